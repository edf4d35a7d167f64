/* array_targets.c - see array_targets.h: shapes, and one split's labels or numbers. What the
 * classes are is array_classes.c's. */
#include "data/arrays/array_targets_private.h"

#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 18 };

/* ---- shapes ---- */

/* Numbers a sample, all in one dimension. */
static oc_status count_each(const oc_array_info *info, uint64_t *each)
{
    int long_ones = 0;
    for (int i = 1; i < info->rank; i++)
        long_ones += info->extent[i] > 1;
    *each = info->row_elements;
    return long_ones <= 1 && *each <= OC_MAX_CLASSES
               ? OC_OK
               : oc_fail(OC_ERR_DATA,
                         "%s: %" PRIu64 " numbers per sample in %d dimensions, expected 1 to %d in "
                         "one",
                         info->name, *each, info->rank - 1, OC_MAX_CLASSES);
}

static oc_status find_form(oc_array_targets *t, const oc_array_info *info, uint64_t each,
                           target_form *form)
{
    *form = FORM_NUMBERS;
    if (info->type.kind == OC_NUMBER_NONE) {
        *form = FORM_NAMES;
        if (each != 1 || t->kind != OC_TARGETS_CLASSES)
            return oc_fail(
                OC_ERR_DATA, "%s: strings, %" PRIu64 " per sample: expected %s", info->name, each,
                t->kind == OC_TARGETS_CLASSES ? "one, the name of its class" : "numbers");
    } else if (t->kind == OC_TARGETS_CLASSES) {
        *form = each == 1 ? FORM_LABELS : FORM_ONE_HOT;
    }
    return OC_OK;
}

static oc_status open_split(oc_array_targets *t, int split)
{
    const oc_array_location *location = &t->location[split];
    oc_array *array;
    uint64_t each = 0;
    target_form form = FORM_LABELS;
    if (!location->path)
        return OC_OK;
    oc_status status = oc_array_open(&array, location->format, location->path, location->name);
    if (status)
        return status;
    const oc_array_info *info = oc_array_describe(array);
    status = count_each(info, &each);
    if (!status)
        status = find_form(t, info, each, &form);
    if (!status && split != OC_SPLIT_TRAIN && (form != t->form || each != t->each))
        status = oc_fail(OC_ERR_DATA,
                         "%s: %" PRIu64 " targets per sample, expected %" PRIu64
                         " of the same kind, as in %s",
                         info->name, each, t->each, t->location[OC_SPLIT_TRAIN].name);
    t->form = form;
    t->each = each;
    t->samples[split] = info->extent[0];
    oc_array_close(array);
    return status;
}

oc_status oc_array_targets_open(oc_array_targets **out,
                                const oc_array_location location[OC_SPLIT_COUNT],
                                oc_targets_kind kind, int64_t first_label)
{
    *out = NULL;
    oc_array_targets *t = calloc(1, sizeof *t);
    if (!t)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", location[OC_SPLIT_TRAIN].path);
    memcpy(t->location, location, sizeof t->location);
    t->kind = kind;
    t->first_label = first_label;
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = open_split(t, split);
    if (!status && t->form == FORM_NAMES)
        status = oc_array_targets_find_names(t);
    if (status)
        oc_array_targets_close(t);
    else
        *out = t;
    return status;
}

void oc_array_targets_close(oc_array_targets *targets)
{
    if (!targets)
        return;
    oc_csv_set_free(&targets->names);
    free(targets);
}

uint64_t oc_array_targets_samples(const oc_array_targets *targets, oc_split split)
{
    return targets->samples[split];
}

int oc_array_targets_each(const oc_array_targets *targets)
{
    return targets->kind == OC_TARGETS_CLASSES ? 0 : (int)targets->each;
}

/* ---- values ---- */

static int64_t first_of(const oc_array_targets *t)
{
    return t->first_label == OC_FIRST_LABEL_UNSAID ? 0 : t->first_label;
}

static oc_status read_label(const oc_array_targets *t, const oc_array_info *info, uint64_t sample,
                            const void *stored, double value, int32_t *to)
{
    const double label = value - (double)first_of(t);
    char text[OC_NUMBER_TEXT_BYTES];
    if (label >= 0 && label < OC_MAX_CLASSES && label == floor(label)) {
        *to = (int32_t)label;
        return OC_OK;
    }
    oc_number_text(info->type, stored, text);
    if (isfinite(value) && value != floor(value))
        return oc_fail(OC_ERR_DATA,
                       "%s: label %s at index %" PRIu64 ", expected whole numbers (for numbers as "
                       "targets: --kind regression in an import, loss.name mse in a recipe)",
                       info->name, text, sample);
    return oc_fail(
        OC_ERR_DATA, "%s: label %s at index %" PRIu64 ", expected %" PRId64 " to %" PRId64 "%s",
        info->name, text, sample, first_of(t), first_of(t) + OC_MAX_CLASSES - 1,
        value == -1 ? " (for classes -1 and 1, store numpy.maximum(labels, 0) instead)" : "");
}

/* A row of zeros with a single 1. */
static oc_status read_one_hot(const oc_array_info *info, uint64_t sample, const double *row,
                              size_t each, int32_t *to)
{
    size_t ones = 0;
    for (size_t k = 0; k < each; k++) {
        if (row[k] == 1) {
            ones++;
            *to = (int32_t)k;
        } else if (row[k] != 0) {
            return oc_fail(OC_ERR_DATA,
                           "%s: sample %" PRIu64 ": number %zu is %g, expected one label per "
                           "sample, or one-hot rows of 0 and a single 1 (for numbers as targets: "
                           "--kind regression in an import, loss.name mse in a recipe)",
                           info->name, sample, k, row[k]);
        }
    }
    return ones == 1 ? OC_OK
                     : oc_fail(OC_ERR_DATA,
                               "%s: sample %" PRIu64 " has %zu ones among %zu numbers, expected a "
                               "single 1 as one-hot labels have (for several labels per sample: "
                               "--kind multi_label in an import, loss.name binary_cross_entropy in "
                               "a recipe)",
                               info->name, sample, ones, each);
}

static oc_status check_number(const oc_array_targets *t, const oc_array_info *info, uint64_t sample,
                              size_t target, double value)
{
    const int is_multi = t->kind == OC_TARGETS_MULTI_LABEL;
    return isfinite(value) && (!is_multi || value == 0 || value == 1)
               ? OC_OK
               : oc_fail(OC_ERR_DATA, "%s: target %zu of sample %" PRIu64 " is %g, expected %s",
                         info->name, target, sample, value,
                         is_multi ? "0 or 1" : "a finite number");
}

/* A block of samples on the way to labels or numbers. */
typedef struct block {
    unsigned char *stored;
    double *value;
    uint64_t most;
} block;

static oc_status take_block(const oc_array_targets *t, const oc_array_info *info, const block *b,
                            uint64_t first, uint64_t n, int32_t *labels, double *numbers)
{
    const size_t each = (size_t)t->each, bytes = (size_t)info->type.bytes;
    oc_status status = OC_OK;
    oc_numbers_to_double(info->type, b->stored, (size_t)n * each, b->value);
    for (uint64_t i = 0; !status && i < n; i++) {
        const double *row = b->value + i * each;
        if (t->form == FORM_LABELS)
            status = read_label(t, info, first + i, b->stored + i * bytes, *row, &labels[i]);
        else if (t->form == FORM_ONE_HOT)
            status = read_one_hot(info, first + i, row, each, &labels[i]);
        for (size_t k = 0; t->form == FORM_NUMBERS && !status && k < each; k++)
            status = check_number(t, info, first + i, k, row[k]);
    }
    if (!status && t->form == FORM_NUMBERS) {
        memcpy(numbers, b->value, (size_t)n * each * sizeof *numbers);
        status = oc_array_check(info, first, n, b->stored);
    }
    return status;
}

static oc_status read_blocks(const oc_array_targets *t, oc_array *array, uint64_t first, uint64_t n,
                             int32_t *labels, double *numbers)
{
    const oc_array_info *info = oc_array_describe(array);
    const size_t row = oc_array_row_bytes(array), each = (size_t)t->each;
    block b = {.most = row < BLOCK_BYTES ? BLOCK_BYTES / row : 1};
    oc_status status = OC_OK;
    b.most = b.most < n ? b.most : n;
    b.stored = malloc((size_t)b.most * row);
    b.value = malloc((size_t)b.most * each * sizeof *b.value);
    if (!b.stored || !b.value)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", info->name);
    for (uint64_t i = 0, m; !status && i < n; i += m) {
        m = n - i < b.most ? n - i : b.most;
        status = oc_array_read(array, m, b.stored);
        if (!status)
            status = take_block(t, info, &b, first + i, m, labels ? labels + i : NULL,
                                numbers ? numbers + i * each : NULL);
    }
    free(b.value);
    free(b.stored);
    return status;
}

static oc_status read_split(const oc_array_targets *t, oc_split split, uint64_t first, uint64_t n,
                            int32_t *labels, double *numbers)
{
    const oc_array_location *location = &t->location[split];
    oc_array *array;
    if (n == 0)
        return OC_OK;
    oc_status status = oc_array_open(&array, location->format, location->path, location->name);
    if (status)
        return status;
    status = oc_array_seek(array, first);
    if (!status && t->form == FORM_NAMES)
        status = oc_array_targets_read_names(t, array, n, labels);
    else if (!status)
        status = read_blocks(t, array, first, n, labels, numbers);
    oc_array_close(array);
    return status;
}

oc_status oc_array_targets_labels(const oc_array_targets *targets, oc_split split, uint64_t first,
                                  uint64_t n, int32_t *to)
{
    return read_split(targets, split, first, n, to, NULL);
}

oc_status oc_array_targets_numbers(const oc_array_targets *targets, oc_split split, uint64_t first,
                                   uint64_t n, double *to)
{
    return read_split(targets, split, first, n, NULL, to);
}
