/* dataset_fuzz.c - opening a data set. An input that begins with 1 describes an HDF5 file whose
 * digest is right (made_h5.h); any other is the file itself, whose damage the digest must show. */
#include "data/dataset/dataset.h"
#include "fuzz/fuzz.h"
#include "fuzz/made_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One sample of each split, as a network would be given it. */
static void look(const oc_dataset *dataset)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    const size_t values = oc_schema_values(&info->schema);
    float *image = malloc(values * sizeof *image);
    float *targets = malloc((size_t)info->schema.classes * sizeof *targets);
    if (!image || !targets || info->schema.classes < 1)
        abort();
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        if (info->samples[split] == 0)
            continue;
        const uint32_t last = (uint32_t)(info->samples[split] - 1);
        int32_t label = 0;
        oc_dataset_gather(dataset, (oc_split)split, &last, 1,
                          oc_dataset_images(dataset, (oc_split)split) ? image : NULL, &label);
        if (info->schema.kind != OC_TARGETS_CLASSES)
            oc_dataset_target(dataset, (oc_split)split, last, targets);
        if (label < 0 || label >= info->schema.classes)
            abort();
    }
    free(targets);
    free(image);
}

static void open_both_ways(const char *path)
{
    oc_dataset *dataset;
    const int whole = oc_dataset_open(&dataset, path) == OC_OK;
    if (whole)
        look(dataset);
    oc_dataset_close(dataset);
    const int alone = oc_dataset_open_labels(&dataset, path) == OC_OK;
    if (alone)
        look(dataset);
    if (whole && !alone)
        abort();
    oc_dataset_close(dataset);
}

/* A schema of such samples, some of whose bytes are others. */
static void make_schema(oc_h5 *file, int has_targets, fuzz_bytes *from)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "{\"shape\":[2,3,2],\"values\":\"bytes\",\"targets\":\"%s\",\"classes\":[\"a\",\"b\"%s],"
        "\"picture\":{\"fit\":\"crop\",\"upright\":true},\"notes\":[\"n\"]}",
        has_targets ? "regression" : "classes", has_targets ? "" : ",\"c\"");
    for (int others = fuzz_take(from) % 8; others > 0; others--) {
        const size_t at = fuzz_take(from);
        const uint8_t byte = fuzz_take(from);
        if (at < strlen(text))
            text[at] = (char)byte;
    }
    oc_h5_text_write(file, "/schema", text);
}

/* 6 and 4 samples of 2x3x2 in 3 classes, or with 2 targets each. */
static int make(fuzz_bytes *from, const char *path)
{
    static const char *const names[OC_SPLIT_TEST + 1][3] = {
        {"/train/images", "/train/labels", "/train/targets"},
        {"/test/images", "/test/labels", "/test/targets"}};
    const uint8_t how = fuzz_take(from);
    const int has_targets = how & 1, is_newest = how >> 1 & 1;
    oc_h5 *file;
    if (oc_h5_create(&file, path))
        return 0;
    const oc_h5_type real = is_newest ? OC_H5_FLOAT64 : OC_H5_FLOAT32;
    fuzz_number(file, "format_version", is_newest ? 3 : has_targets ? 2 : 1, from);
    if (has_targets && !is_newest)
        fuzz_word(file, "targets", "regression", from);
    fuzz_word(file, "source", "made", from);
    if (is_newest)
        make_schema(file, has_targets, from);
    else
        fuzz_texts(file, has_targets ? "/target_names" : "/class_names", has_targets ? 2 : 3, from);
    for (int split = 0; split <= OC_SPLIT_TEST; split++) {
        const uint64_t n = split ? 4 : 6;
        fuzz_array(file, names[split][0], (oc_h5_array){OC_H5_UINT8, 4, {n, 2, 3, 2}}, from);
        fuzz_array(file, names[split][1 + has_targets],
                   has_targets ? (oc_h5_array){real, 2, {n, 2}}
                               : (oc_h5_array){OC_H5_INT32, 1, {n}},
                   from);
    }
    fuzz_array(file, "/mean", (oc_h5_array){real, 1, {2}}, from);
    /* 0, 1, 2, ... is no deviation: a byte of the input makes it 1 */
    const oc_h5_array two = {real, 1, {2}};
    static const float ones[] = {1, 1};
    static const double double_ones[] = {1, 1};
    if (fuzz_take(from))
        fuzz_array(file, "/deviation", two, from);
    else if (oc_h5_array_create(file, "/deviation", &two, 0) == OC_OK)
        oc_h5_array_write(file, "/deviation", 0, 2,
                          is_newest ? (const void *)double_ones : (const void *)ones);
    return oc_h5_commit(file, OC_FILE_DATASET) == OC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    if (size > 0 && data[0] == 1) {
        fuzz_bytes from = {data + 1, data + size};
        if (make(&from, fuzz_output()))
            open_both_ways(fuzz_output());
        unlink(fuzz_output());
        return 0;
    }
    const int file = fuzz_open(data, size, path);
    open_both_ways(path);
    fuzz_close(file);
    return 0;
}
