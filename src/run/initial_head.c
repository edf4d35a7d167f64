/* initial_head.c - the last layer of a run that begins with the weights of a file: its rows stand
 * for the classes (or targets) of what the file was trained on, which need not be those of the
 * data. */
#include "run/initial_weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last layer with parameters. */
static const oc_layer *head_of(const oc_network *network)
{
    for (int i = network->layers - 1; i >= 0; i--)
        if (network->layer[i].parameters > 0)
            return &network->layer[i];
    return NULL;
}

int oc_init_is_head(const oc_init *init, size_t i)
{
    const oc_layer *const head = head_of(init->run->network);
    const char *const name = init->list.tensor[i].name;
    const size_t length = head ? strlen(head->name) : 0;
    return head && strncmp(name, head->name, length) == 0 && name[length] == '.';
}

/* Has the file other rows for a tensor of the head, which else is of the same shape? */
static int has_other_rows(const oc_init *init, size_t i, uint64_t *rows)
{
    const oc_shape shape = init->list.tensor[i].tensor.shape;
    if (init->source[i] == OC_INIT_NONE)
        return 0;
    const oc_weight *const weight = &init->file.weight[init->source[i]];
    int same = weight->rank == shape.rank && shape.rank > 0;
    for (int k = 1; k < shape.rank && same; k++)
        same = weight->extent[k] == (uint64_t)shape.dim[k];
    *rows = weight->rank > 0 ? weight->extent[0] : 0;
    return same && *rows != (uint64_t)shape.dim[0];
}

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* The names of both sides, of the same number: are they the same, and if in another order, which?
 */
static oc_status compare_names(oc_init *init, const char *const *theirs, int *differ)
{
    const oc_dataset_info *const data = oc_dataset_describe(init->run->dataset);
    const int count = data->schema.classes;
    int is_ordered = 1;
    init->row = calloc((size_t)count, sizeof *init->row);
    if (!init->row)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to compare classes", init->path);
    for (int i = 0; i < count; i++) {
        init->row[i] = find_name(theirs, count, data->schema.class_names[i]);
        if (init->row[i] < 0) {
            *differ = i + 1; /* counted from 1 */
            break;
        }
        is_ordered &= init->row[i] == i;
    }
    if (is_ordered || *differ) {
        free(init->row);
        init->row = NULL;
    }
    return OC_OK;
}

/* A checkpoint knows what its rows stand for. */
static oc_status compare_with_checkpoint(oc_init *init)
{
    const oc_dataset_info *const data = oc_dataset_describe(init->run->dataset);
    oc_schema input = {0};
    int differ = 0;
    oc_status status = oc_checkpoint_read_schema(init->path, &input);
    if (status != OC_OK)
        return status;
    if (input.kind != data->schema.kind || input.classes != data->schema.classes) {
        init->head_is_new = 1;
        oc_init_note(init,
                     "train.init: %s starts at random: the file has %d outputs for %s, the data "
                     "has %d for %s",
                     head_of(init->run->network)->name, input.classes, oc_targets_name(input.kind),
                     data->schema.classes, oc_targets_name(data->schema.kind));
    } else {
        status = compare_names(init, (const char *const *)input.class_names, &differ);
    }
    if (differ) {
        init->head_is_new = 1;
        oc_init_note(init,
                     "train.init: %s starts at random: the file has no class or target %s "
                     "(train.init_head: keep, if only the names differ)",
                     head_of(init->run->network)->name, data->schema.class_names[differ - 1]);
    }
    oc_schema_free(&input);
    return status;
}

/* Does the last layer end in a row a class at all? */
static int is_by_class(const oc_init *init)
{
    const int classes = oc_dataset_describe(init->run->dataset)->schema.classes;
    int found = 0;
    for (size_t i = 0; i < init->list.count; i++) {
        const oc_shape shape = init->list.tensor[i].tensor.shape;
        if (oc_init_is_head(init, i) && (shape.rank == 0 || shape.dim[0] != classes))
            return 0;
        found |= oc_init_is_head(init, i);
    }
    return found;
}

oc_status oc_init_choose_head(oc_init *init)
{
    const int wish = init->run->recipe.train.init_head;
    const int classes = oc_dataset_describe(init->run->dataset)->schema.classes;
    if (wish == OC_INIT_HEAD_NEW) {
        init->head_is_new = 1;
        oc_init_note(init, "train.init: %s starts at random, as train.init_head says",
                     head_of(init->run->network)->name);
    }
    if (wish != OC_INIT_HEAD_AUTO || !is_by_class(init))
        return OC_OK;
    for (size_t i = 0; i < init->list.count; i++) {
        uint64_t rows;
        if (!oc_init_is_head(init, i) || !has_other_rows(init, i, &rows))
            continue;
        init->head_is_new = 1;
        oc_init_note(init,
                     "train.init: %s starts at random: the file has %llu classes, the data %d",
                     head_of(init->run->network)->name, (unsigned long long)rows, classes);
        return OC_OK;
    }
    return init->file.kind == OC_WEIGHTS_CHECKPOINT ? compare_with_checkpoint(init) : OC_OK;
}

oc_status oc_init_order_head(oc_init *init)
{
    if (!init->row)
        return OC_OK;
    for (size_t i = 0; i < init->list.count; i++) {
        const oc_tensor tensor = init->list.tensor[i].tensor;
        if (!oc_init_is_head(init, i) || init->source[i] == OC_INIT_NONE)
            continue;
        const size_t rows = (size_t)tensor.shape.dim[0];
        const size_t width = oc_shape_count(tensor.shape) / rows;
        float *const theirs = malloc(rows * width * sizeof *theirs);
        if (!theirs)
            return oc_fail(OC_ERR_MEMORY, "%s: no memory to order classes", init->path);
        memcpy(theirs, tensor.data, rows * width * sizeof *theirs);
        for (size_t r = 0; r < rows; r++)
            memcpy(tensor.data + r * width, theirs + (size_t)init->row[r] * width,
                   width * sizeof *theirs);
        free(theirs);
    }
    oc_init_note(init, "train.init: the rows of %s were reordered by class name to match the data",
                 head_of(init->run->network)->name);
    return OC_OK;
}
