/* checkpoint_fuzz.c - reading a checkpoint: what it says of its run, of its data, its tensors. An
 * input that begins with 1 describes an HDF5 file whose digest is right (made_h5.h); any other is
 * the file itself, whose damage the digest must show. */
#include "fuzz/fuzz.h"
#include "fuzz/made_h5.h"
#include "storage/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void see(const char *name, oc_shape shape, void *user)
{
    size_t *const seen = user;
    *seen += strlen(name) + (size_t)shape.rank;
}

static void read_all(const char *path)
{
    oc_checkpoint_info info;
    oc_schema schema = {0};
    char *recipe = NULL;
    float weights[6];
    size_t seen = 0;
    const oc_named_tensor tensor = {"parameters", "w", {weights, oc_shape2(2, 3)}};
    if (oc_checkpoint_read_info(path, &info, &recipe) == OC_OK && !recipe)
        abort();
    if (oc_checkpoint_read_schema(path, &schema) == OC_OK) {
        for (int i = 0; i < schema.classes; i++)
            seen += strlen(schema.class_names[i]);
        for (int c = 0; c < schema.channels; c++)
            seen += schema.deviation[c] > 0;
    }
    oc_checkpoint_list(path, see, &seen);
    if (oc_checkpoint_read_tensors(path, &tensor, 1) == OC_OK)
        seen += weights[5] > 0;
    oc_schema_free(&schema);
    free(recipe);
}

/* Attributes of /input cannot be made wrong one by one by made_h5.h: its arrays can. */
static int make(fuzz_bytes *from, const char *path)
{
    static const char *const numbers[] = {"step",          "total_steps", "steps_per_epoch",
                                          "seed",          "ranks",       "shards",
                                          "epoch_correct", "epoch_count", "evaluated_step"};
    static const char *const reals[] = {"seconds", "best_accuracy", "test_accuracy", "test_loss",
                                        "epoch_loss_sum"};
    static const char *const shape[] = {"channels", "height", "width", "classes", "is_float"};
    static const int32_t extents[] = {2, 3, 2, 3, 0};
    const int has_targets = fuzz_take(from) & 1;
    char recipe[300];
    oc_h5 *file;
    if (oc_h5_create(&file, path))
        return 0;
    fuzz_number(file, "format_version", 1, from);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        fuzz_number(file, numbers[i], 1, from);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        const uint8_t how = fuzz_take(from);
        const double values[] = {1, -1, 1e300 * 1e300, (double)how, 0};
        if (how % 8 < 5)
            oc_h5_attribute_write(file, "/", reals[i], OC_H5_FLOAT64, &values[how % 8]);
        else
            fuzz_number(file, reals[i], how, from);
    }
    fuzz_word(file, "data_digest", "00000000000000010000000000000002", from);
    fuzz_word(file, "weights_hash", "00000000000000010000000000000002", from);
    fuzz_text(from, recipe, sizeof recipe);
    oc_h5_text_write(file, "/recipe", recipe);
    fuzz_array(file, "/input/mean", (oc_h5_array){OC_H5_FLOAT32, 1, {2}}, from);
    fuzz_array(file, "/input/deviation", (oc_h5_array){OC_H5_FLOAT32, 1, {2}}, from);
    fuzz_texts(file, "/input/class_names", 3, from);
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++) {
        const uint8_t how = fuzz_take(from);
        const int32_t value = how ? (int32_t)((uint32_t)how << fuzz_take(from) % 32) : extents[i];
        oc_h5_attribute_write(file, "/input", shape[i], OC_H5_INT32, &value);
    }
    if (has_targets) {
        fuzz_array(file, "/input/target_mean", (oc_h5_array){OC_H5_FLOAT32, 1, {3}}, from);
        fuzz_array(file, "/input/target_deviation", (oc_h5_array){OC_H5_FLOAT32, 1, {3}}, from);
        fuzz_text(from, recipe, 16);
        oc_h5_attribute_text_write(file, "/input", "targets", recipe[0] ? recipe : "regression");
    }
    fuzz_array(file, "/parameters/w", (oc_h5_array){OC_H5_FLOAT32, 2, {2, 3}}, from);
    fuzz_array(file, "/optimizer/momentum/w", (oc_h5_array){OC_H5_FLOAT32, 2, {2, 3}}, from);
    fuzz_texts(file, "/tensor_names", 2, from);
    return oc_h5_commit(file, OC_FILE_CHECKPOINT) == OC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    if (size > 0 && data[0] == 1) {
        fuzz_bytes from = {data + 1, data + size};
        if (make(&from, fuzz_output()))
            read_all(fuzz_output());
        unlink(fuzz_output());
        return 0;
    }
    const int file = fuzz_open(data, size, path);
    read_all(path);
    fuzz_close(file);
    return 0;
}
