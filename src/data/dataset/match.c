/* match.c - see match.h. */
#include "data/dataset/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 8, LIST_BYTES = 200 };

/* Names sorted, so that 60,000 columns are matched in no time. */
typedef struct index_entry {
    const char *name;
    int32_t at;
} index_entry;

typedef struct name_index {
    index_entry *entry;
    size_t count;
} name_index;

/* Name number i of a list, whatever the list is of. */
typedef const char *name_of(const void *list, size_t i);

static const char *class_name(const void *list, size_t i)
{
    return ((const oc_schema *)list)->class_names[i];
}

static const char *feature_name(const void *list, size_t i)
{
    return ((const oc_schema *)list)->feature[i].name;
}

static const char *level_name(const void *list, size_t i)
{
    return ((const oc_feature *)list)->level[i];
}

static int compare_entries(const void *one, const void *other)
{
    return strcmp(((const index_entry *)one)->name, ((const index_entry *)other)->name);
}

static oc_status index_names(name_index *index, const void *list, name_of *name, size_t count)
{
    index->count = count;
    index->entry = calloc(count + 1, sizeof *index->entry);
    if (!index->entry)
        return oc_fail(OC_ERR_MEMORY, "no memory for %zu names", count);
    for (size_t i = 0; i < count; i++)
        index->entry[i] = (index_entry){name(list, i), (int32_t)i};
    qsort(index->entry, count, sizeof *index->entry, compare_entries);
    return OC_OK;
}

static int32_t find(const name_index *index, const char *name)
{
    const index_entry key = {name, 0};
    const index_entry *found =
        bsearch(&key, index->entry, index->count, sizeof key, compare_entries);
    return found ? found->at : OC_MATCH_NONE;
}

/* The first names of a list, or of those that `other` lacks, and how many more: "a, b, c and 7
 * more". */
static void list_names(char *text, const void *list, name_of *name, size_t count,
                       const name_index *other)
{
    size_t used = 0, shown = 0, left = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *one = name(list, i);
        const size_t bytes = strlen(one);
        if (other && find(other, one) != OC_MATCH_NONE)
            continue;
        if (shown == LISTED || used + bytes + 32 > LIST_BYTES) {
            left++;
            continue;
        }
        used += (size_t)snprintf(text + used, LIST_BYTES - used, "%s%s", shown ? ", " : "", one);
        shown++;
    }
    if (left > 0)
        snprintf(text + used, LIST_BYTES - used, " and %zu more", left);
    if (shown + left == 0)
        snprintf(text, LIST_BYTES, "none");
}

/* Two lists that are not the same: what the file has and what the network, missing and new. */
static oc_status differ(const char *path, const char *what, const void *file, size_t file_count,
                        const void *trained, size_t trained_count, name_of *name,
                        const char *advice)
{
    char found[LIST_BYTES], expected[LIST_BYTES], missing[LIST_BYTES], new[LIST_BYTES];
    name_index in_file = {0}, in_network = {0};
    oc_status status = index_names(&in_file, file, name, file_count);
    if (!status)
        status = index_names(&in_network, trained, name, trained_count);
    if (!status) {
        list_names(found, file, name, file_count, NULL);
        list_names(expected, trained, name, trained_count, NULL);
        list_names(missing, trained, name, trained_count, &in_file);
        list_names(new, file, name, file_count, &in_network);
        status = oc_fail(OC_ERR_DATA,
                         "%s: %s are not those that the network was trained on: found %s; "
                         "expected %s; missing: %s; new: %s%s",
                         path, what, found, expected, missing, new, advice);
    }
    free(in_file.entry);
    free(in_network.entry);
    return status;
}

/* ---- values ---- */

static oc_status match_shapes(const oc_schema *file, const oc_schema *trained, const char *path)
{
    if (file->channels == trained->channels && file->height == trained->height &&
        file->width == trained->width)
        return OC_OK;
    return oc_fail(OC_ERR_DATA,
                   "%s: samples of %dx%dx%d (channels x height x width), expected %dx%dx%d, which "
                   "the network was trained on",
                   path, file->channels, file->height, file->width, trained->channels,
                   trained->height, trained->width);
}

/* Levels of one category: the network's -> the file's. */
static oc_status match_levels(int32_t *value, const oc_feature *trained, const oc_feature *file,
                              size_t at, int ignore, const char *path)
{
    name_index in_file = {0}, in_network = {0};
    size_t known = 0;
    oc_status status = index_names(&in_file, file, level_name, file->levels);
    if (!status)
        status = index_names(&in_network, trained, level_name, trained->levels);
    for (size_t i = 0; !status && i < trained->levels; i++) {
        const int32_t there = find(&in_file, trained->level[i]);
        value[i] = there == OC_MATCH_NONE ? OC_MATCH_NONE : (int32_t)at + there;
    }
    for (size_t i = 0; !status && i < file->levels; i++)
        known += find(&in_network, file->level[i]) != OC_MATCH_NONE;
    free(in_file.entry);
    free(in_network.entry);
    if (status || known == file->levels || ignore)
        return status;
    char what[LIST_BYTES];
    snprintf(what, sizeof what, "levels of category %.100s", trained->name);
    return differ(path, what, file, file->levels, trained, trained->levels, level_name,
                  " (--unknown-level ignore encodes new ones as zeros)");
}

/* All features of both by name, each once. `at` is where each of the file's begins. */
static oc_status match_each(oc_match *match, const oc_schema *file, const oc_schema *trained,
                            const name_index *in_file, const int32_t *at, int ignore,
                            const char *path)
{
    int32_t *value = match->value;
    for (size_t i = 0; i < trained->features; i++) {
        const oc_feature *wanted = &trained->feature[i];
        const int32_t there = find(in_file, wanted->name);
        if (there == OC_MATCH_NONE)
            return differ(path, "columns", file, file->features, trained, trained->features,
                          feature_name, "");
        const oc_feature *found = &file->feature[there];
        if ((found->levels == 0) != (wanted->levels == 0))
            return oc_fail(OC_ERR_DATA,
                           "%s: column %s is a %s, expected a %s, as the network was trained on",
                           path, wanted->name, found->levels ? "category" : "number",
                           wanted->levels ? "category" : "number");
        if (wanted->levels == 0) {
            *value = at[there];
        } else {
            const oc_status status =
                match_levels(value, wanted, found, (size_t)at[there], ignore, path);
            if (status)
                return status;
        }
        value += oc_feature_values(wanted);
    }
    return OC_OK;
}

/* Values that lie where they should need no list. */
static void drop_if_in_order(int32_t **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((*list)[i] != (int32_t)i)
            return;
    free(*list);
    *list = NULL;
}

static oc_status match_columns(oc_match *match, const oc_schema *file, const oc_schema *trained,
                               int ignore, const char *path)
{
    name_index in_file = {0};
    int32_t *at = calloc(file->features + 1, sizeof *at);
    match->value = calloc(oc_schema_values(trained), sizeof *match->value);
    oc_status status = at && match->value
                           ? index_names(&in_file, file, feature_name, file->features)
                           : oc_fail(OC_ERR_MEMORY, "%s: no memory to match its columns", path);
    for (size_t i = 0; !status && i < file->features; i++)
        at[i + 1] = at[i] + (int32_t)oc_feature_values(&file->feature[i]);
    if (!status && file->features > trained->features)
        status = differ(path, "columns", file, file->features, trained, trained->features,
                        feature_name, "");
    if (!status)
        status = match_each(match, file, trained, &in_file, at, ignore, path);
    if (!status && oc_schema_values(file) == oc_schema_values(trained))
        drop_if_in_order(&match->value, oc_schema_values(trained));
    free(in_file.entry);
    free(at);
    return status;
}

static oc_status match_values(oc_match *match, const oc_schema *file, const oc_schema *trained,
                              int ignore, const char *path)
{
    if (file->values != trained->values)
        return oc_fail(OC_ERR_DATA,
                       "%s: samples are %s, expected %s, which the network was "
                       "trained on",
                       path, oc_values_name(file->values), oc_values_name(trained->values));
    if (trained->features == 0)
        return match_shapes(file, trained, path);
    if (file->features == 0)
        return differ(path, "columns", file, 0, trained, trained->features, feature_name,
                      " (samples without names cannot be told apart: import a table with a "
                      "header)");
    return match_columns(match, file, trained, ignore, path);
}

/* ---- classes and targets ---- */

static oc_status match_classes(oc_match *match, const oc_schema *file, const oc_schema *trained,
                               const char *path)
{
    const size_t count = (size_t)file->classes;
    name_index in_network = {0};
    oc_status status = index_names(&in_network, trained, class_name, (size_t)trained->classes);
    match->label = calloc(count, sizeof *match->label);
    if (!status && !match->label)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory to match its classes", path);
    for (size_t i = 0; !status && i < count; i++) {
        match->label[i] = find(&in_network, file->class_names[i]);
        if (match->label[i] == OC_MATCH_NONE)
            status = differ(path, "classes", file, count, trained, (size_t)trained->classes,
                            class_name, "");
    }
    if (!status)
        drop_if_in_order(&match->label, count);
    free(in_network.entry);
    return status;
}

static oc_status match_targets(oc_match *match, const oc_schema *file, const oc_schema *trained,
                               const char *path)
{
    const size_t count = (size_t)trained->classes;
    name_index in_file = {0};
    oc_status status = index_names(&in_file, file, class_name, (size_t)file->classes);
    match->target = calloc(count, sizeof *match->target);
    if (!status && !match->target)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory to match its targets", path);
    for (size_t i = 0; !status && i < count; i++)
        match->target[i] = find(&in_file, trained->class_names[i]);
    for (size_t i = 0; !status && i < count; i++)
        if (match->target[i] == OC_MATCH_NONE || file->classes != trained->classes)
            status = differ(path, "targets", file, (size_t)file->classes, trained, count,
                            class_name, "");
    if (!status)
        drop_if_in_order(&match->target, count);
    free(in_file.entry);
    return status;
}

oc_status oc_match_create(oc_match *match, const oc_schema *file, const oc_schema *trained,
                          int ignore_levels, const char *path)
{
    *match = (oc_match){0};
    if (file->kind != trained->kind)
        return oc_fail(OC_ERR_DATA,
                       "%s: targets are %s, expected %s, which the network was "
                       "trained on",
                       path, oc_targets_name(file->kind), oc_targets_name(trained->kind));
    oc_status status = match_values(match, file, trained, ignore_levels, path);
    if (!status && file->kind == OC_TARGETS_CLASSES)
        status = match_classes(match, file, trained, path);
    else if (!status)
        status = match_targets(match, file, trained, path);
    if (status)
        oc_match_free(match);
    return status;
}

void oc_match_free(oc_match *match)
{
    free(match->value);
    free(match->label);
    free(match->target);
    *match = (oc_match){0};
}
