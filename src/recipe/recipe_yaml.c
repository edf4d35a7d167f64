/* recipe_yaml.c - YAML text (libyaml) -> the values written, by key. Knows which keys there
 * are and that a recipe is two levels deep but for its layers, nothing of types and bounds. */
#include "recipe/recipe_private.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef enum node_kind {
    NODE_SCALAR,
    NODE_LIST,
    NODE_LIST_END,
    NODE_MAPPING,
    NODE_MAPPING_END,
    NODE_DOCUMENT,
    NODE_DOCUMENT_END,
    NODE_STREAM_END
} node_kind;

/* What comes next in the text; `text` (of a scalar) is owned. */
typedef struct node {
    node_kind kind;
    char *text;
    int line;
} node;

typedef struct reader {
    yaml_parser_t parser;
    oc_source *source;
    oc_value at; /* only a place for messages */
    const char *text;
    size_t length;
} reader;

void oc_value_clear(oc_value *value)
{
    for (size_t i = 0; i < value->count; i++)
        free(value->items[i]);
    *value = (oc_value){0};
}

/* Is the first visible thing of a line (from 0) preceded by a tab? */
static int indented_by_tab(const reader *in, size_t line)
{
    const char *at = in->text, *const end = in->text + in->length;
    for (; line > 0 && at < end; at++)
        line -= *at == '\n';
    while (at < end && *at == ' ')
        at++;
    return at < end && *at == '\t';
}

static oc_status syntax_error(reader *in)
{
    const yaml_parser_t *p = &in->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return oc_fail(OC_ERR_INTERNAL, "%s: memory is short", in->source->name);
    size_t line = p->problem_mark.line, column = p->problem_mark.column;
    if (p->error == YAML_READER_ERROR) { /* has an offset in bytes only */
        line = column = 0;
        for (size_t i = 0; i < p->problem_offset && i < in->length; i++) {
            column = in->text[i] == '\n' ? 0 : column + 1;
            line += in->text[i] == '\n';
        }
    }
    in->at.line = (int)line + 1;
    const char *const hint =
        indented_by_tab(in, line) ? " (tabs may not indent in YAML: use spaces)" : "";
    const char *const what = p->problem ? p->problem : "unknown problem";
    if (p->error == YAML_READER_ERROR)
        return oc_value_fail(in->source, &in->at, "column %zu: not UTF-8 text: %s", column + 1,
                             what);
    return oc_value_fail(in->source, &in->at, "column %zu: not valid YAML: %s%s%s%s", column + 1,
                         what, p->context ? " " : "", p->context ? p->context : "", hint);
}

/* The node an event stands for; OC_ERR_USAGE for what recipes may not use. */
static oc_status translate(reader *in, const yaml_event_t *event, node *out)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (event->type) {
    case YAML_STREAM_END_EVENT:
        out->kind = NODE_STREAM_END;
        break;
    case YAML_DOCUMENT_START_EVENT:
        out->kind = NODE_DOCUMENT;
        break;
    case YAML_DOCUMENT_END_EVENT:
        out->kind = NODE_DOCUMENT_END;
        break;
    case YAML_SCALAR_EVENT:
        out->kind = NODE_SCALAR;
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        out->kind = NODE_LIST;
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_SEQUENCE_END_EVENT:
        out->kind = NODE_LIST_END;
        break;
    case YAML_MAPPING_START_EVENT:
        out->kind = NODE_MAPPING;
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    case YAML_MAPPING_END_EVENT:
        out->kind = NODE_MAPPING_END;
        break;
    default: /* an alias: the only event left inside a stream */
        return oc_value_fail(in->source, &in->at,
                             "YAML aliases (*name) are not supported: write the value itself "
                             "(in quotes if it begins with *)");
    }
    if (anchor)
        return oc_value_fail(in->source, &in->at,
                             "YAML anchors (&name) are not supported: write the value itself");
    if (tag)
        return oc_value_fail(in->source, &in->at,
                             "YAML tags (!name) are not supported: write the value itself");
    if (out->kind != NODE_SCALAR)
        return OC_OK;
    if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
        return oc_value_fail(in->source, &in->at, "found a NUL character, expected text");
    out->text = strdup((const char *)event->data.scalar.value);
    return out->text ? OC_OK : oc_fail(OC_ERR_INTERNAL, "%s: memory is short", in->source->name);
}

static oc_status next(reader *in, node *out)
{
    *out = (node){.kind = NODE_STREAM_END};
    yaml_event_t event;
    if (!yaml_parser_parse(&in->parser, &event))
        return syntax_error(in);
    oc_status status = OC_OK;
    if (event.type == YAML_STREAM_START_EVENT) {
        yaml_event_delete(&event);
        return next(in, out);
    }
    out->line = in->at.line = (int)event.start_mark.line + 1;
    status = translate(in, &event, out);
    yaml_event_delete(&event);
    return status;
}

/* A key's value that is no list of layers, of which `first` is the first node (taken over). */
static oc_status read_plain(reader *in, const char *path, node first, oc_value *value)
{
    value->given = 1;
    value->line = in->at.set ? 0 : first.line;
    value->set = in->at.set;
    value->is_list = first.kind == NODE_LIST;
    if (first.kind == NODE_SCALAR) {
        value->items[value->count++] = first.text;
        return OC_OK;
    }
    if (first.kind != NODE_LIST)
        return oc_value_fail(in->source, &in->at,
                             "%s: expected a single value or a list, found a mapping", path);
    for (;;) {
        node item;
        const oc_status status = next(in, &item);
        if (status != OC_OK)
            return status;
        if (item.kind == NODE_LIST_END)
            return OC_OK;
        if (item.kind != NODE_SCALAR)
            return oc_value_fail(in->source, &in->at,
                                 "%s: expected single values in the list, found a %s", path,
                                 item.kind == NODE_LIST ? "list" : "mapping");
        if (value->count == OC_MAX_ITEMS) {
            free(item.text);
            return oc_value_fail(in->source, &in->at, "%s: the list has more than %d values", path,
                                 OC_MAX_ITEMS);
        }
        value->items[value->count++] = item.text;
    }
}

/* What follows a layer's "{" or first "-", up to its end. */
static oc_status read_layer_keys(reader *in)
{
    for (;;) {
        node key, first;
        oc_value value = {0};
        oc_status status = next(in, &key);
        if (status != OC_OK || key.kind == NODE_MAPPING_END) {
            free(key.text);
            return status;
        }
        if (key.kind != NODE_SCALAR)
            return oc_value_fail(in->source, &in->at,
                                 "model.layers: expected a key, found a list or mapping");
        status = next(in, &first);
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
static oc_status add_type(reader *in, node type)
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
    return oc_fail(OC_ERR_INTERNAL, "%s: memory is short", in->source->name);
}

/* The list of model.layers, of which `first` is the first node (taken over). */
static oc_status read_layers(reader *in, node first, oc_value *value)
{
    oc_entries_clear(in->source);
    value->given = 1;
    value->line = in->at.set ? 0 : first.line;
    value->set = in->at.set;
    value->is_list = 1;
    free(first.text);
    if (first.kind != NODE_LIST)
        return oc_value_fail(in->source, &in->at, "model.layers: expected a list, found a %s",
                             first.kind == NODE_SCALAR ? "single value" : "mapping");
    for (;;) {
        node item;
        oc_status status = next(in, &item);
        if (status != OC_OK || item.kind == NODE_LIST_END)
            return status;
        const oc_value place = {.given = 1, .line = in->at.set ? 0 : item.line, .set = in->at.set};
        status = oc_entry_add(in->source, NULL, place);
        if (status == OC_OK && item.kind == NODE_SCALAR)
            status = add_type(in, item);
        else if (status == OC_OK && item.kind == NODE_MAPPING)
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

static oc_status read_value(reader *in, const char *path, node first, oc_value *value)
{
    const int row = oc_field_find(path);
    return row >= 0 && oc_fields[row].type == OC_FIELD_LAYERS ? read_layers(in, first, value)
                                                              : read_plain(in, path, first, value);
}

/* Where the value of a key goes; checks that the key is known and not there twice. */
static oc_status place_of(reader *in, const char *path, oc_value **value)
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

static oc_status read_section(reader *in, const char *section)
{
    for (;;) {
        node key, first;
        oc_status status = next(in, &key);
        if (status != OC_OK || key.kind == NODE_MAPPING_END) {
            free(key.text);
            return status;
        }
        if (key.kind != NODE_SCALAR)
            return oc_value_fail(in->source, &in->at, "%s: expected a key, found a list or mapping",
                                 section);
        char path[256];
        oc_value *value = NULL;
        join(path, sizeof path, section, key.text);
        free(key.text);
        status = place_of(in, path, &value);
        if (status != OC_OK)
            return status;
        status = next(in, &first);
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
static oc_status read_section_value(reader *in, const char *section)
{
    node first;
    char path[256];
    join(path, sizeof path, section, "name");
    oc_status status = next(in, &first);
    if (status == OC_OK && first.kind == NODE_MAPPING)
        return read_section(in, section);
    if (status == OC_OK && first.kind == NODE_SCALAR && first.text[0] && oc_field_find(path) >= 0) {
        oc_value *value = NULL;
        status = place_of(in, path, &value);
        if (status == OC_OK)
            return read_value(in, path, first, value);
    } else if (status == OC_OK) {
        status = oc_value_fail(in->source, &in->at, "%s: expected keys below it, found %s", section,
                               first.kind == NODE_LIST       ? "a list"
                               : first.text && first.text[0] ? "a single value"
                                                             : "nothing");
    }
    free(first.text);
    return status;
}

/* The sections inside the document's mapping, up to its end. */
static oc_status read_sections(reader *in)
{
    int seen[OC_MAX_FIELDS] = {0}; /* line of a section, at its first row */
    for (;;) {
        node key;
        oc_status status = next(in, &key);
        if (status != OC_OK || key.kind == NODE_MAPPING_END) {
            free(key.text);
            return status;
        }
        if (key.kind != NODE_SCALAR)
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

static oc_status open_reader(reader *in, oc_source *source, const char *text, size_t length)
{
    *in = (reader){.source = source, .text = text, .length = length};
    if (!yaml_parser_initialize(&in->parser))
        return oc_fail(OC_ERR_INTERNAL, "%s: memory is short", source->name);
    yaml_parser_set_encoding(&in->parser, YAML_UTF8_ENCODING); /* or it would take UTF-16 */
    yaml_parser_set_input_string(&in->parser, (const unsigned char *)text, length);
    return OC_OK;
}

oc_status oc_recipe_read_yaml(oc_source *source, const char *text, size_t length)
{
    reader in;
    node document, root = {0}, end;
    oc_status status = open_reader(&in, source, text, length);
    if (status != OC_OK)
        return status;
    status = next(&in, &document);
    if (status == OC_OK && document.kind == NODE_STREAM_END) {
        in.at.line = 0;
        status = oc_value_fail(source, &in.at,
                               "is empty, expected a recipe with model, data, "
                               "train and other sections");
    }
    if (status == OC_OK)
        status = next(&in, &root);
    if (status == OC_OK && root.kind != NODE_MAPPING)
        status = oc_value_fail(source, &in.at, "expected sections such as \"model:\", found %s",
                               root.kind == NODE_LIST ? "a list" : "a single value");
    free(root.text);
    if (status == OC_OK)
        status = read_sections(&in);
    if (status == OC_OK)
        status = next(&in, &end); /* of the document */
    if (status == OC_OK)
        status = next(&in, &end);
    if (status == OC_OK && end.kind != NODE_STREAM_END)
        status = oc_value_fail(source, &in.at, "a second YAML document begins, expected only one");
    yaml_parser_delete(&in.parser);
    return status;
}

/* One value as YAML, as in `at`. */
static oc_status read_text(oc_source *source, const oc_value *at, const char *path,
                           const char *text, oc_value *value)
{
    reader in;
    node first = {0}, more = {0};
    oc_status status = open_reader(&in, source, text, strlen(text));
    if (status != OC_OK)
        return status;
    in.at = *at;
    status = next(&in, &first);
    if (status == OC_OK && first.kind == NODE_STREAM_END)
        status = oc_value_fail(source, at, "%s: has no value", path);
    if (status == OC_OK)
        status = next(&in, &first);
    if (status == OC_OK)
        status = read_value(&in, path, first, value);
    else
        free(first.text);
    if (status == OC_OK)
        status = next(&in, &more); /* end of the document */
    free(more.text);
    more = (node){0};
    if (status == OC_OK)
        status = next(&in, &more);
    if (status == OC_OK && more.kind != NODE_STREAM_END)
        status = oc_value_fail(source, at, "%s: expected one value, found more", path);
    free(more.text);
    yaml_parser_delete(&in.parser);
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
    return value->items[0] ? OC_OK : oc_fail(OC_ERR_INTERNAL, "%s: memory is short", source->name);
}
