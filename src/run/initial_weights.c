/* initial_weights.c - see initial_weights.h: which tensor of the file is which of the run, reading
 * them, and telling what was done. */
#include "run/initial_weights.h"

#include "base/log.h"
#include "run/torchvision_names.h"
#include "run/whiten.h"
#include "storage/checkpoint_dir.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAMES_TOLD = 5, LIST_BYTES = 400 };

void oc_init_note(oc_init *init, const char *format, ...)
{
    char *const notes = init->run->init_notes;
    const size_t used = strlen(notes), size = sizeof init->run->init_notes;
    va_list arguments;
    if (used + 2 >= size)
        return;
    if (used > 0)
        memcpy(notes + used, "\n", 2);
    va_start(arguments, format);
    vsnprintf(notes + strlen(notes), size - strlen(notes), format, arguments);
    va_end(arguments);
}

oc_status oc_init_find(const oc_run *run, char *path)
{
    const char *const given = run->recipe.train.init;
    char folder[OC_PATH_BYTES];
    struct stat about;
    int skipped = 0;
    if (stat(given, &about) != 0)
        return oc_fail(OC_ERR_IO,
                       "train.init: %s: %s; expected a checkpoint, a run directory, an .npz or a "
                       ".safetensors file",
                       given, strerror(errno));
    if (!S_ISDIR(about.st_mode)) {
        snprintf(path, OC_PATH_BYTES, "%s", given);
        return OC_OK;
    }
    oc_status status = oc_path_join(folder, given, "checkpoints");
    if (status == OC_OK)
        status = oc_checkpoint_dir_latest(oc_file_exists(folder) ? folder : given, path, &skipped);
    if (status == OC_OK && !path[0])
        status = oc_fail(OC_ERR_IO, "train.init: %s: no checkpoint in this folder", given);
    return status;
}

/* ---- names ---- */

static size_t find(const oc_weights_file *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->weight[i].name, name) == 0)
            return i;
    return OC_INIT_NONE;
}

/* Where the file has a tensor of ours. Our own names with PyTorch's word for the variance will do.
 */
static size_t find_ours(const oc_weights_file *file, const char *name, int names)
{
    static const char variance[] = "running_variance";
    char theirs[OC_WEIGHT_NAME];
    if (names == OC_INIT_NAMES_TORCHVISION)
        return oc_torchvision_name(name, theirs, sizeof theirs) ? find(file, theirs) : OC_INIT_NONE;
    const size_t place = find(file, name);
    const char *const end = strstr(name, variance);
    if (place != OC_INIT_NONE || !end)
        return place;
    snprintf(theirs, sizeof theirs, "%.*srunning_var", (int)(end - name), name);
    return find(file, theirs);
}

static size_t count_found(const oc_init *init, int names)
{
    size_t found = 0;
    for (size_t i = 0; i < init->list.count; i++)
        found += find_ours(&init->file, init->list.tensor[i].name, names) != OC_INIT_NONE;
    return found;
}

static oc_status choose_names(oc_init *init)
{
    const int wish = init->run->recipe.train.init_names, kind = init->run->recipe.model.kind;
    const int has_torchvision = oc_model_is_torchvision(kind);
    if (wish == OC_INIT_NAMES_TORCHVISION && !has_torchvision)
        return oc_fail(OC_ERR_USAGE,
                       "train.init_names: torchvision, but the model is %s; expected resnet18, "
                       "resnet34 or resnet50",
                       oc_model_name(kind));
    const size_t own = count_found(init, OC_INIT_NAMES_ONECYCLE);
    const size_t theirs = has_torchvision ? count_found(init, OC_INIT_NAMES_TORCHVISION) : 0;
    init->names = wish != OC_INIT_NAMES_AUTO ? wish
                  : theirs > own             ? OC_INIT_NAMES_TORCHVISION
                                             : OC_INIT_NAMES_ONECYCLE;
    if ((init->names == OC_INIT_NAMES_ONECYCLE ? own : theirs) > 0)
        return OC_OK;
    return oc_fail(
        OC_ERR_DATA,
        "train.init: %s: none of its %zu tensors (%s...) has a name used by the model (%s...)",
        init->path, init->file.count, init->file.count > 0 ? init->file.weight[0].name : "",
        init->list.tensor[0].name);
}

static oc_status match(oc_init *init)
{
    init->source = calloc(init->list.count, sizeof *init->source);
    init->used = calloc(init->file.count + 1, sizeof *init->used);
    if (!init->source || !init->used)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to compare names", init->path);
    const oc_status status = choose_names(init);
    for (size_t i = 0; status == OC_OK && i < init->list.count; i++) {
        init->source[i] = find_ours(&init->file, init->list.tensor[i].name, init->names);
        if (init->source[i] != OC_INIT_NONE)
            init->used[init->source[i]] = 1;
    }
    return status;
}

/* ---- shapes and numbers ---- */

static const char *shape_text(const oc_weight *weight, char text[OC_SHAPE_TEXT])
{
    size_t used = (size_t)snprintf(text, OC_SHAPE_TEXT, "%s", weight->rank == 0 ? "()" : "");
    for (int i = 0; i < weight->rank && used < OC_SHAPE_TEXT; i++)
        used += (size_t)snprintf(text + used, OC_SHAPE_TEXT - used, "%s%llu", i ? "x" : "",
                                 (unsigned long long)weight->extent[i]);
    return text;
}

static oc_status check_shapes(const oc_init *init)
{
    for (size_t i = 0; i < init->list.count; i++) {
        if (init->source[i] == OC_INIT_NONE || (init->head_is_new && oc_init_is_head(init, i)))
            continue;
        const oc_weight *const weight = &init->file.weight[init->source[i]];
        const oc_shape shape = init->list.tensor[i].tensor.shape;
        int same = weight->rank == shape.rank;
        for (int k = 0; k < shape.rank && same; k++)
            same = weight->extent[k] == (uint64_t)shape.dim[k];
        char found[OC_SHAPE_TEXT], expected[OC_SHAPE_TEXT];
        if (!same)
            return oc_fail(OC_ERR_DATA, "train.init: %s: %s has shape %s, the model's %s has %s",
                           init->path, weight->name, shape_text(weight, found),
                           init->list.tensor[i].name, oc_shape_text(shape, expected));
    }
    return OC_OK;
}

static oc_status check_finite(const oc_init *init, const oc_named_tensor *tensor)
{
    const size_t count = oc_shape_count(tensor->tensor.shape);
    for (size_t k = 0; k < count; k++)
        if (!isfinite(tensor->tensor.data[k]))
            return oc_fail(OC_ERR_DATA,
                           "train.init: %s: %s: value %zu is %g, expected a finite number",
                           init->path, tensor->name, k, (double)tensor->tensor.data[k]);
    return OC_OK;
}

static oc_status read_numbers(oc_init *init)
{
    size_t count = 0;
    size_t *const index = calloc(init->list.count, sizeof *index);
    float **const to = calloc(init->list.count, sizeof *to);
    oc_status status = index && to ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory", init->path);
    for (size_t i = 0; status == OC_OK && i < init->list.count; i++)
        if (init->source[i] != OC_INIT_NONE && !(init->head_is_new && oc_init_is_head(init, i))) {
            index[count] = init->source[i];
            to[count++] = init->list.tensor[i].tensor.data;
        }
    if (status == OC_OK)
        status = oc_weights_read(&init->file, index, to, count);
    for (size_t i = 0; status == OC_OK && i < init->list.count; i++)
        status = check_finite(init, &init->list.tensor[i]);
    if (status == OC_OK)
        oc_init_note(init, "train.init: %zu of %zu tensors from %s", count, init->list.count,
                     init->path);
    free(to);
    free(index);
    return status;
}

/* ---- columns ---- */

/* The first column that the data has not where the network had it, or NULL. */
static const char *moved_column(const oc_schema *trained, const oc_schema *data)
{
    const size_t count = trained->features > 0 && data->features > 0 ? data->features : 0;
    for (size_t i = 0; i < count; i++)
        if (i >= trained->features || strcmp(trained->feature[i].name, data->feature[i].name) != 0)
            return data->feature[i].name;
    return NULL;
}

/* Weights of the first layer belong to columns by their places. */
static oc_status check_columns(oc_init *init)
{
    oc_schema trained = {0};
    if (init->file.kind != OC_WEIGHTS_CHECKPOINT)
        return OC_OK;
    oc_status status = oc_checkpoint_read_schema(init->path, &trained);
    const char *const moved =
        status == OC_OK ? moved_column(&trained, &oc_dataset_describe(init->run->dataset)->schema)
                        : NULL;
    if (moved && init->run->recipe.train.init_strict)
        status = oc_fail(OC_ERR_DATA,
                         "train.init: %s: train.init_strict, but the column %.60s of the data is "
                         "in another place than the network had it",
                         init->path, moved);
    else if (moved)
        oc_init_note(init,
                     "train.init: the data's columns differ from the file's, starting with %.60s: "
                     "the first layer's weights meet other columns",
                     moved);
    oc_schema_free(&trained);
    return status;
}

/* ---- what was not there, and what is left ---- */

/* The first few names and how many there are: "a, b and 7 more" into list. */
static void add_name(char list[LIST_BYTES], size_t *count, const char *name)
{
    const size_t used = strlen(list);
    if (++*count <= NAMES_TOLD)
        snprintf(list + used, LIST_BYTES - used, "%s%.60s", used ? ", " : "", name);
}

static void close_list(char list[LIST_BYTES], size_t count)
{
    const size_t used = strlen(list);
    if (count > NAMES_TOLD)
        snprintf(list + used, LIST_BYTES - used, " and %zu more", count - NAMES_TOLD);
}

/* PyTorch's counter beside running statistics, which nothing here needs. */
static int is_counter(const char *name)
{
    static const char counter[] = "num_batches_tracked";
    const size_t length = strlen(name), end = sizeof counter - 1;
    return length >= end && strcmp(name + length - end, counter) == 0;
}

static oc_status tell_rest(oc_init *init)
{
    char missing[LIST_BYTES] = "", left[LIST_BYTES] = "";
    size_t lacks = 0, besides = 0;
    for (size_t i = 0; i < init->list.count; i++)
        if (init->source[i] == OC_INIT_NONE && !(init->head_is_new && oc_init_is_head(init, i)))
            add_name(missing, &lacks, init->list.tensor[i].name);
    for (size_t i = 0; i < init->file.count; i++)
        if (!init->used[i] && !is_counter(init->file.weight[i].name))
            add_name(left, &besides, init->file.weight[i].name);
    close_list(missing, lacks);
    close_list(left, besides);
    if (init->run->recipe.train.init_strict && lacks + besides > 0)
        return oc_fail(OC_ERR_DATA,
                       "train.init: %s: train.init_strict, but it lacks %zu tensors of the model "
                       "(%s), and the model lacks %zu of its tensors (%s)",
                       init->path, lacks, lacks ? missing : "none", besides,
                       besides ? left : "none");
    if (lacks > 0)
        oc_init_note(init,
                     "train.init: %zu tensors of the model are not in the file and stay random: "
                     "%s",
                     lacks, missing);
    if (besides > 0)
        oc_init_note(init, "train.init: %zu tensors of the file are not in the model: %s", besides,
                     left);
    return OC_OK;
}

/* ---- all of it ---- */

static void release(oc_init *init)
{
    oc_weights_close(&init->file);
    oc_tensor_list_free(&init->list);
    free(init->source);
    free(init->used);
    free(init->row);
    free(init);
}

static oc_status load(oc_run *run)
{
    oc_init *const init = calloc(1, sizeof *init);
    if (!init)
        return oc_fail(OC_ERR_MEMORY, "train.init: no memory");
    init->run = run;
    oc_status status = oc_init_find(run, init->path);
    if (status == OC_OK)
        status = oc_weights_open(&init->file, init->path);
    if (status == OC_OK)
        status =
            oc_tensor_list_create(&init->list, run->network, run->parameters, run->state, -1, NULL);
    if (status == OC_OK)
        status = match(init);
    if (status == OC_OK)
        status = oc_init_choose_head(init);
    if (status == OC_OK)
        status = check_shapes(init);
    if (status == OC_OK)
        status = read_numbers(init);
    if (status == OC_OK)
        status = oc_init_order_head(init);
    if (status == OC_OK)
        status = tell_rest(init);
    if (status == OC_OK)
        status = check_columns(init);
    if (status == OC_OK)
        status = oc_hash_file(init->path, 0, &run->info.init_digest);
    release(init);
    return status;
}

void oc_run_tell_start(const oc_run *run)
{
    for (const char *at = run->init_notes; *at;) {
        const size_t length = strcspn(at, "\n");
        oc_log(OC_LOG_INFO, "%.*s", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

oc_status oc_run_initialise(oc_run *run)
{
    const int has_file = run->recipe.train.init[0] != '\0';
    const int whitens = oc_network_whitens(run->network, 0) >= 0;
    if (run->is_started || !(has_file || whitens))
        return OC_OK;
    const int root = oc_comm_rank(run->comm) == 0;
    run->init_notes[0] = '\0';
    oc_status status = root && whitens ? oc_run_whiten(run) : OC_OK;
    if (status == OC_OK && root && has_file)
        status = load(run);
    status = oc_comm_agree(run->comm, status);
    if (status == OC_OK && has_file)
        status =
            oc_comm_broadcast(run->comm, &run->info.init_digest, sizeof run->info.init_digest, 0);
    if (status == OC_OK)
        status = oc_run_share_numbers(run, 0, 0);
    run->is_started = status == OC_OK;
    return status;
}
