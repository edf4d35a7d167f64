/* recipe_yaml.c - nodes of YAML (recipe_nodes.h) -> the values written, by key. Knows which keys
 * there are and that a recipe is two levels deep but for its layers, nothing of types and bounds.
 */
#include "recipe/recipe_nodes.h"

#include <stdlib.h>
#include <string.h>

void oc_value_clear(oc_value *value)
{
    for (size_t i = 0; i < value->count; i++)
        free(value->items[i]);
    *value = (oc_value){0};
}

/* A key's value that is no list of layers, of which `first` is the first node (taken over). */
static oc_status read_plain(oc_node_reader *in, const char *path, oc_node first, oc_value *value)
{
    value->given = 1;
    value->line = in->at.set ? 0 : first.line;
    value->set = in->at.set;
    value->is_list = first.kind == OC_NODE_LIST;
    if (first.kind == OC_NODE_SCALAR) {
        value->items[value->count++] = first.text;
        return OC_OK;
    }
    if (first.kind != OC_NODE_LIST)
        return oc_value_fail(in->source, &in->at,
                             "%s: expected a single value or a list, found a mapping", path);
    for (;;) {
        oc_node item;
        const oc_status status = oc_node_reader_next(in, &item);
        if (status != OC_OK)
            return status;
        if (item.kind == OC_NODE_LIST_END)
            return OC_OK;
        if (item.kind != OC_NODE_SCALAR)
            return oc_value_fail(in->source, &in->at,
                                 "%s: expected single values in the list, found a %s", path,
                                 item.kind == OC_NODE_LIST ? "list" : "mapping");
        if (value->count == OC_MAX_ITEMS) {
            free(item.text);
            return oc_value_fail(in->source, &in->at, "%s: the list has more than %d values", path,
                                 OC_MAX_ITEMS);
        }
        value->items[value->count++] = item.text;
    }
}

/* What follows a layer's "{" or first "-", up to its end. */
static oc_status read_layer_keys(oc_node_reader *in)
{
    for (;;) {
        oc_node key, first;
        oc_value value = {0};
        oc_status status = oc_node_reader_next(in, &key);
        if (status != OC_OK || key.kind == OC_NODE_MAPPING_END) {
            free(key.text);
            return status;
        }
        if (key.kind != OC_NODE_SCALAR)
            return oc_value_fail(in->source, &in->at,
                                 "model.layers: expected a key, found a list or mapping");
        status = oc_node_reader_next(in, &first);
        if (status == OC_OK)
            status = read_plain(in, "model.layers", first, &value);
        else
            free(first.text);
        if (status == OC_OK)
            status = oc_entry_add(in->source, key.text, value);
        else {
            free(key.text);
            oc_value_clear(&value);
        }
        if (status != OC_OK)
            return status;
    }
}

/* A layer that is just its type: "- relu". */
static oc_status add_type(oc_node_reader *in, oc_node type)
{
    oc_value value = {.given = 1,
                      .line = in->at.set ? 0 : type.line,
                      .set = in->at.set,
                      .count = 1,
                      .items = {type.text}};
    char *key = strdup("type");
    if (key)
        return oc_entry_add(in->source, key, value);
    oc_value_clear(&value);
    return oc_fail(OC_ERR_MEMORY, "%s: out of memory", in->source->name);
}

/* The list of model.layers, of which `first` is the first node (taken over). */
static oc_status read_layers(oc_node_reader *in, oc_node first, oc_value *value)
{
    oc_entries_clear(in->source);
    value->given = 1;
    value->line = in->at.set ? 0 : first.line;
    value->set = in->at.set;
    value->is_list = 1;
    free(first.text);
    if (first.kind != OC_NODE_LIST)
        return oc_value_fail(in->source, &in->at, "model.layers: expected a list, found a %s",
                             first.kind == OC_NODE_SCALAR ? "single value" : "mapping");
    for (;;) {
        oc_node item;
        oc_status status = oc_node_reader_next(in, &item);
        if (status != OC_OK || item.kind == OC_NODE_LIST_END)
            return status;
        const oc_value place = {.given = 1, .line = in->at.set ? 0 : item.line, .set = in->at.set};
        status = oc_entry_add(in->source, NULL, place);
        if (status == OC_OK && item.kind == OC_NODE_SCALAR)
            status = add_type(in, item);
        else if (status == OC_OK && item.kind == OC_NODE_MAPPING)
            status = read_layer_keys(in);
        else {
            free(item.text);
            if (status == OC_OK)
                status = oc_value_fail(in->source, &in->at,
                                       "model.layers: expected a layer such as {type: relu}, found "
                                       "a list");
        }
        if (status != OC_OK)
            return status;
    }
}

static oc_status read_value(oc_node_reader *in, const char *path, oc_node first, oc_value *value)
{
    const int row = oc_field_find(path);
    return row >= 0 && oc_fields[row].type == OC_FIELD_LAYERS ? read_layers(in, first, value)
                                                              : read_plain(in, path, first, value);
}

/* Where the value of a key goes; checks that the key is known and not there twice. */
static oc_status place_of(oc_node_reader *in, const char *path, oc_value **value)
{
    const int row = oc_field_find(path);
    if (row < 0)
        return oc_field_unknown(in->source, &in->at, path);
    *value = &in->source->values[row];
    if ((*value)->given && (*value)->line == 0)
        return oc_value_fail(in->source, &in->at, "%s: given twice", path);
    if ((*value)->given)
        return oc_value_fail(in->source, &in->at, "%s: given twice, first on line %d", path,
                             (*value)->line);
    return OC_OK;
}

/* "section.key"; cut where too long, which makes it unknown. */
static void join(char *path, size_t size, const char *section, const char *key)
{
    snprintf(path, size, "%s.%s", section, key);
}

static oc_status read_section(oc_node_reader *in, const char *section)
{
    for (;;) {
        oc_node key, first;
        oc_status status = oc_node_reader_next(in, &key);
        if (status != OC_OK || key.kind == OC_NODE_MAPPING_END) {
            free(key.text);
            return status;
        }
        if (key.kind != OC_NODE_SCALAR)
            return oc_value_fail(in->source, &in->at, "%s: expected a key, found a list or mapping",
                                 section);
        char path[256];
        oc_value *value = NULL;
        join(path, sizeof path, section, key.text);
        free(key.text);
        status = place_of(in, path, &value);
        if (status != OC_OK)
            return status;
        status = oc_node_reader_next(in, &first);
        if (status == OC_OK)
            status = read_value(in, path, first, value);
        else
            free(first.text);
        if (status != OC_OK)
            return status;
    }
}

static int is_section(const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < oc_field_count; i++)
        if (strncmp(oc_fields[i].path, name, length) == 0 && oc_fields[i].path[length] == '.')
            return 1;
    return 0;
}

/* What stands behind "section:": a mapping of keys, or just its name. */
static oc_status read_section_value(oc_node_reader *in, const char *section)
{
    oc_node first;
    char path[256];
    join(path, sizeof path, section, "name");
    oc_status status = oc_node_reader_next(in, &first);
    if (status == OC_OK && first.kind == OC_NODE_MAPPING)
        return read_section(in, section);
    if (status == OC_OK && first.kind == OC_NODE_SCALAR && first.text[0] &&
        oc_field_find(path) >= 0) {
        oc_value *value = NULL;
        status = place_of(in, path, &value);
        if (status == OC_OK)
            return read_value(in, path, first, value);
    } else if (status == OC_OK) {
        status = oc_value_fail(in->source, &in->at, "%s: expected keys below it, found %s", section,
                               first.kind == OC_NODE_LIST    ? "a list"
                               : first.text && first.text[0] ? "a single value"
                                                             : "nothing");
    }
    free(first.text);
    return status;
}

/* The sections inside the document's mapping, up to its end. */
static oc_status read_sections(oc_node_reader *in)
{
    int seen[OC_MAX_FIELDS] = {0}; /* line of a section, at its first row */
    for (;;) {
        oc_node key;
        oc_status status = oc_node_reader_next(in, &key);
        if (status != OC_OK || key.kind == OC_NODE_MAPPING_END) {
            free(key.text);
            return status;
        }
        if (key.kind != OC_NODE_SCALAR)
            return oc_value_fail(in->source, &in->at,
                                 "expected the name of a section, found a list or mapping");
        if (!is_section(key.text))
            status = oc_field_unknown(in->source, &in->at, key.text);
        for (size_t i = 0; status == OC_OK && i < oc_field_count; i++) {
            const size_t length = strlen(key.text);
            if (strncmp(oc_fields[i].path, key.text, length) != 0 ||
                oc_fields[i].path[length] != '.')
                continue;
            if (seen[i])
                status = oc_value_fail(in->source, &in->at, "%s: given twice, first on line %d",
                                       key.text, seen[i]);
            seen[i] = key.line;
            break;
        }
        if (status == OC_OK)
            status = read_section_value(in, key.text);
        free(key.text);
        if (status != OC_OK)
            return status;
    }
}

oc_status oc_recipe_read_yaml(oc_source *source, const char *text, size_t length)
{
    oc_node_reader in;
    oc_node document, root = {0}, end;
    oc_status status = oc_node_reader_open(&in, source, text, length);
    if (status != OC_OK)
        return status;
    status = oc_node_reader_next(&in, &document);
    if (status == OC_OK && document.kind == OC_NODE_STREAM_END) {
        in.at.line = 0;
        status = oc_value_fail(source, &in.at,
                               "is empty, expected a recipe with model, data, "
                               "train and other sections");
    }
    if (status == OC_OK)
        status = oc_node_reader_next(&in, &root);
    if (status == OC_OK && root.kind != OC_NODE_MAPPING)
        status = oc_value_fail(source, &in.at, "expected sections such as \"model:\", found %s",
                               root.kind == OC_NODE_LIST ? "a list" : "a single value");
    free(root.text);
    if (status == OC_OK)
        status = read_sections(&in);
    if (status == OC_OK)
        status = oc_node_reader_next(&in, &end); /* of the document */
    if (status == OC_OK)
        status = oc_node_reader_next(&in, &end);
    if (status == OC_OK && end.kind != OC_NODE_STREAM_END)
        status = oc_value_fail(source, &in.at, "found a second YAML document, expected only one");
    oc_node_reader_close(&in);
    return status;
}

/* One value as YAML, as in `at`. */
static oc_status read_text(oc_source *source, const oc_value *at, const char *path,
                           const char *text, oc_value *value)
{
    oc_node_reader in;
    oc_node first = {0}, more = {0};
    oc_status status = oc_node_reader_open(&in, source, text, strlen(text));
    if (status != OC_OK)
        return status;
    in.at = *at;
    status = oc_node_reader_next(&in, &first);
    if (status == OC_OK && first.kind == OC_NODE_STREAM_END)
        status = oc_value_fail(source, at, "%s: has no value", path);
    if (status == OC_OK)
        status = oc_node_reader_next(&in, &first);
    if (status == OC_OK)
        status = read_value(&in, path, first, value);
    else
        free(first.text);
    if (status == OC_OK)
        status = oc_node_reader_next(&in, &more); /* end of the document */
    free(more.text);
    more = (oc_node){0};
    if (status == OC_OK)
        status = oc_node_reader_next(&in, &more);
    if (status == OC_OK && more.kind != OC_NODE_STREAM_END)
        status = oc_value_fail(source, at, "%s: expected one value, found more", path);
    free(more.text);
    oc_node_reader_close(&in);
    return status;
}

oc_status oc_recipe_read_value(oc_source *source, const char *text, oc_value *value)
{
    const oc_value nowhere = {0};
    return read_text(source, &nowhere, "default", text, value);
}

oc_status oc_recipe_read_set(oc_source *source, const char *set)
{
    const oc_value at = {.set = set};
    const char *const equals = strchr(set, '=');
    char path[256];
    if (!equals || equals == set)
        return oc_value_fail(source, &at, "expected KEY=VALUE, such as train.epochs=3");
    snprintf(path, sizeof path, "%.*s", (int)(equals - set < 200 ? equals - set : 200), set);
    if (is_section(path)) { /* model=lenet, as in a file */
        const size_t length = strlen(path);
        snprintf(path + length, sizeof path - length, ".name");
        if (oc_field_find(path) < 0)
            return oc_value_fail(source, &at,
                                 "%.*s: is a section, expected one of its keys, such as "
                                 "train.epochs=3",
                                 (int)length, set);
    }
    const int row = oc_field_find(path);
    if (row < 0)
        return oc_field_unknown(source, &at, path);
    oc_value *value = &source->values[row];
    oc_value_clear(value);
    if (oc_fields[row].type != OC_FIELD_FILE)
        return read_text(source, &at, path, equals + 1, value);
    /* A path is taken as it stands: the shell has dealt with its quotes already. */
    *value = (oc_value){.given = 1, .set = set, .count = 1, .items = {strdup(equals + 1)}};
    return value->items[0] ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: out of memory", source->name);
}
