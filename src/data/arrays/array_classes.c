/* array_classes.c - the classes that labels of other programs make: their names, where they count
 * from, and which of them nothing can be learnt of. */
#include "data/arrays/array_targets_private.h"

#include "base/utf8.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 24, SHOWN = 8, SHOWN_BYTES = 20 };

/* ---- labels that are strings ---- */

typedef struct name_reader {
    oc_csv_set *collect; /* into these, or */
    const oc_csv_set *names;
    int32_t *labels; /* numbers by those */
    uint64_t index;
    const char *array;
} name_reader;

/* NUL-terminated, if it can be the name of a class. */
static oc_status copy_name(const name_reader *r, const char *text, size_t bytes,
                           char copy[OC_MAX_CLASS_NAME + 1])
{
    if (bytes < 1 || bytes > OC_MAX_CLASS_NAME || memchr(text, '\0', bytes))
        return oc_fail(OC_ERR_DATA,
                       "%s: the label at index %" PRIu64 " has %zu bytes%s, expected 1 to %d",
                       r->array, r->index, bytes,
                       bytes > 0 && memchr(text, '\0', bytes) ? " with a NUL among them" : "",
                       OC_MAX_CLASS_NAME);
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return oc_utf8_is_valid(copy)
               ? OC_OK
               : oc_fail(OC_ERR_DATA, "%s: the label at index %" PRIu64 " is not UTF-8", r->array,
                         r->index);
}

static oc_status take_name(void *user, const char *text, size_t bytes)
{
    name_reader *const r = user;
    char name[OC_MAX_CLASS_NAME + 1];
    oc_csv_value *value;
    oc_status status = copy_name(r, text, bytes, name);
    if (!status && r->collect) {
        status = oc_csv_set_count(r->collect, name, 1, &value);
        if (!status && r->collect->count > OC_MAX_CLASSES)
            status =
                oc_fail(OC_ERR_DATA, "%s: more than %d different labels", r->array, OC_MAX_CLASSES);
    } else if (!status) {
        const size_t found = oc_csv_set_find(r->names, name);
        r->labels[r->index] = (int32_t)found;
        if (found == r->names->count)
            status = oc_fail(OC_ERR_DATA, "%s: was changed while it was read", r->array);
    }
    r->index++;
    return status;
}

oc_status oc_array_targets_find_names(oc_array_targets *t)
{
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const oc_array_location *location = &t->location[split];
        oc_array *array;
        if (!location->path)
            continue;
        status = oc_array_open(&array, location->format, location->path, location->name);
        if (status)
            break;
        name_reader r = {.collect = &t->names, .array = oc_array_describe(array)->name};
        status = oc_array_read_texts(array, t->samples[split], take_name, &r);
        oc_array_close(array);
    }
    oc_csv_set_sort(&t->names);
    return status;
}

oc_status oc_array_targets_read_names(const oc_array_targets *t, oc_array *array, uint64_t n,
                                      int32_t *labels)
{
    name_reader r = {.names = &t->names, .labels = labels, .array = oc_array_describe(array)->name};
    return oc_array_read_texts(array, n, take_name, &r);
}

/* ---- all labels are there ---- */

/* The lowest and the highest. */
static void find_range(const oc_array_targets *t, const int32_t *const labels[OC_SPLIT_COUNT],
                       int32_t *least, int32_t *most)
{
    *least = INT32_MAX;
    *most = 0;
    for (int split = 0; labels && split < OC_SPLIT_COUNT; split++)
        for (uint64_t i = 0; i < t->samples[split]; i++) {
            *least = labels[split][i] < *least ? labels[split][i] : *least;
            *most = labels[split][i] > *most ? labels[split][i] : *most;
        }
}

/* One block: pointers, then characters. */
static oc_status make_names(const oc_array_targets *t, size_t classes, char ***names)
{
    const int64_t first = t->first_label == OC_FIRST_LABEL_UNSAID ? 0 : t->first_label;
    size_t bytes = classes * sizeof **names;
    for (size_t k = 0; k < classes; k++)
        bytes += t->form == FORM_NAMES ? strlen(t->names.item[k]->text) + 1 : NUMBER_BYTES;
    *names = malloc(bytes);
    if (!*names)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for class names", t->location[0].path);
    char *at = (char *)(*names + classes);
    for (size_t k = 0; k < classes; k++) {
        (*names)[k] = at;
        if (t->form == FORM_NAMES)
            at = stpcpy(at, t->names.item[k]->text) + 1;
        else
            at += 1 + snprintf(at, NUMBER_BYTES, "%" PRId64,
                               (t->form == FORM_LABELS ? first : 0) + (int64_t)k);
    }
    return OC_OK;
}

/* "classes without a training sample: 3, 7 and 12 more" */
static oc_status find_empty(const oc_array_targets *t, const int32_t *labels, char *const *names,
                            size_t classes, char note[OC_TARGETS_NOTE])
{
    size_t used = 0, empty = 0;
    unsigned char *is_there = calloc(classes, 1);
    if (!is_there)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for classes", t->location[0].path);
    for (uint64_t i = 0; i < t->samples[OC_SPLIT_TRAIN]; i++)
        is_there[labels[i]] = 1;
    for (size_t k = 0; k < classes; k++)
        if (!is_there[k] && empty++ < SHOWN)
            used += (size_t)snprintf(
                note + used, OC_TARGETS_NOTE - used, "%s%.*s",
                used ? ", " : "classes without a training sample: ", SHOWN_BYTES, names[k]);
    if (empty > SHOWN)
        snprintf(note + used, OC_TARGETS_NOTE - used, " and %zu more", empty - SHOWN);
    free(is_there);
    return OC_OK;
}

oc_status oc_array_targets_classes(const oc_array_targets *t,
                                   const int32_t *const labels[OC_SPLIT_COUNT], char ***names,
                                   size_t *classes, char note[OC_TARGETS_NOTE])
{
    int32_t least, most;
    *names = NULL;
    note[0] = '\0';
    *classes = 0;
    if (!labels && t->form == FORM_LABELS)
        return OC_OK;
    find_range(t, labels, &least, &most);
    if (t->form == FORM_LABELS && t->first_label == OC_FIRST_LABEL_UNSAID && least > 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: labels are %" PRId32 " to %" PRId32
                       ", expected labels that count from 0; add "
                       "--first-label %" PRId32 " (in a recipe data.first_label: %" PRId32
                       "), or 0 if class 0 has no samples",
                       t->location[OC_SPLIT_TRAIN].path, t->location[OC_SPLIT_TRAIN].name, least,
                       most, least, least);
    *classes = t->form == FORM_NAMES     ? t->names.count
               : t->form == FORM_ONE_HOT ? (size_t)t->each
                                         : (size_t)most + 1;
    oc_status status = make_names(t, *classes, names);
    if (!status && labels)
        status = find_empty(t, labels[OC_SPLIT_TRAIN], *names, *classes, note);
    if (status) {
        free(*names);
        *names = NULL;
    }
    return status;
}
