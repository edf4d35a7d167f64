/* recipe_edit.c - see recipe_edit.h. libyaml says where a value stands; the text around it is
 * never written anew. */
#include "recipe/recipe_edit.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* What is put in place of bytes [start, end): the three texts one behind the other. */
typedef struct change {
    size_t start, end;
    char before[4 * OC_NAME_BYTES], after[OC_NAME_BYTES];
} change;

typedef struct editor {
    yaml_parser_t parser;
    const char *text, *name, *section, *key, *value;
    size_t length;
} editor;

/* libyaml counts characters, a byte order mark as one. */
static size_t byte_of(const editor *e, size_t character)
{
    size_t at = 0;
    for (; character > 0 && at < e->length; character--) {
        at++;
        while (at < e->length && ((unsigned char)e->text[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static oc_status next(editor *e, yaml_event_t *event)
{
    if (yaml_parser_parse(&e->parser, event))
        return OC_OK;
    return oc_fail(OC_ERR_USAGE, "%s:%zu: not valid YAML", e->name,
                   e->parser.problem_mark.line + 1);
}

/* The rest of a node that `type` began. */
static oc_status skip(editor *e, yaml_event_type_t type)
{
    int depth = type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
    oc_status status = OC_OK;
    while (depth > 0 && status == OC_OK) {
        yaml_event_t event;
        status = next(e, &event);
        if (status != OC_OK)
            break;
        depth += event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT;
        depth -= event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
        yaml_event_delete(&event);
    }
    return status;
}

/* Where the first thing of a mapping stands, and whether there is a second. */
typedef struct opening {
    yaml_mark_t mark;
    int is_empty;
} opening;

/* In a mapping just begun look for a key: its value's event, to be deleted by the caller; *found
 * 0 and no event at the mapping's end. */
static oc_status find(editor *e, const char *key, yaml_event_t *value, int *found, opening *first)
{
    int seen = 0;
    *found = 0;
    for (;;) {
        yaml_event_t event;
        oc_status status = next(e, &event);
        if (status != OC_OK)
            return status;
        const int ends = event.type == YAML_MAPPING_END_EVENT;
        if (!seen)
            *first = (opening){event.start_mark, ends};
        seen = 1;
        *found = event.type == YAML_SCALAR_EVENT &&
                 strcmp((const char *)event.data.scalar.value, key) == 0;
        const yaml_event_type_t type = event.type;
        yaml_event_delete(&event);
        if (ends)
            return OC_OK;
        status = skip(e, type);
        if (status == OC_OK)
            status = next(e, value);
        if (status != OC_OK || *found)
            return status;
        const yaml_event_type_t kind = value->type;
        yaml_event_delete(value);
        status = skip(e, kind);
        if (status != OC_OK)
            return status;
    }
}

/* "key: value" as the first of a mapping that began with `start`. */
static void insert(const editor *e, const yaml_event_t *start, const opening *first,
                   const char *pair, change *c)
{
    const int flow = start->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    c->start = c->end = byte_of(e, flow ? start->end_mark.index : first->mark.index);
    snprintf(c->before, sizeof c->before, "%s", pair);
    if (flow)
        snprintf(c->after, sizeof c->after, "%s", first->is_empty ? "" : ", ");
    else
        snprintf(c->after, sizeof c->after, "\n%*s", (int)first->mark.column, "");
}

static oc_status in_section(editor *e, const yaml_event_t *section, change *c)
{
    yaml_event_t value;
    opening first = {0};
    int found = 0;
    char pair[2 * OC_NAME_BYTES];
    oc_status status = OC_OK;
    snprintf(pair, sizeof pair, "%s: %s", e->key, e->value);
    if (section->type == YAML_SCALAR_EVENT) { /* just the name of what is chosen */
        c->start = byte_of(e, section->start_mark.index);
        c->end = byte_of(e, section->end_mark.index);
        snprintf(c->before, sizeof c->before, "{name: %.*s, %s}",
                 (int)(c->end - c->start < 200 ? c->end - c->start : 200), e->text + c->start,
                 pair);
        return OC_OK;
    }
    if (section->type != YAML_MAPPING_START_EVENT)
        return oc_fail(OC_ERR_USAGE, "%s:%zu: %s: expected keys below it, found a list", e->name,
                       section->start_mark.line + 1, e->section);
    status = find(e, e->key, &value, &found, &first);
    if (status == OC_OK && !found)
        insert(e, section, &first, pair, c);
    if (status != OC_OK || !found)
        return status;
    c->start = byte_of(e, value.start_mark.index);
    c->end = byte_of(e, value.end_mark.index);
    snprintf(c->before, sizeof c->before, "%s", e->value);
    if (value.type != YAML_SCALAR_EVENT)
        status = oc_fail(OC_ERR_USAGE,
                         "%s:%zu: %s.%s: is a list or mapping, expected a single value to replace",
                         e->name, value.start_mark.line + 1, e->section, e->key);
    yaml_event_delete(&value);
    return status;
}

static oc_status find_place(editor *e, change *c)
{
    yaml_event_t root, section;
    opening first = {0};
    int found = 0;
    oc_status status;
    do { /* stream and document begin */
        status = next(e, &root);
        if (status != OC_OK)
            return status;
        if (root.type == YAML_MAPPING_START_EVENT)
            break;
        const int more =
            root.type == YAML_STREAM_START_EVENT || root.type == YAML_DOCUMENT_START_EVENT;
        yaml_event_delete(&root);
        if (!more)
            return oc_fail(OC_ERR_USAGE, "%s: expected a recipe", e->name);
    } while (1);
    status = find(e, e->section, &section, &found, &first);
    if (status == OC_OK && found) {
        status = in_section(e, &section, c);
        yaml_event_delete(&section);
    } else if (status == OC_OK) {
        const int flow = root.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        char pair[2 * OC_NAME_BYTES];
        snprintf(pair, sizeof pair, flow ? "%s: {%s: %s}" : "%s:\n  %s: %s", e->section, e->key,
                 e->value);
        insert(e, &root, &first, pair, c);
    }
    yaml_event_delete(&root);
    return status;
}

oc_status oc_recipe_edit(char **edited, const char *text, size_t length, const char *name,
                         const char *section, const char *key, const char *value)
{
    editor e = {.text = text,
                .length = length,
                .name = name,
                .section = section,
                .key = key,
                .value = value};
    change c = {0};
    *edited = NULL;
    if (!yaml_parser_initialize(&e.parser))
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", name);
    yaml_parser_set_encoding(&e.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&e.parser, (const unsigned char *)text, length);
    oc_status status = find_place(&e, &c);
    yaml_parser_delete(&e.parser);
    if (status != OC_OK)
        return status;
    size_t size = 0;
    FILE *const out = open_memstream(edited, &size);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", name);
    fwrite(text, 1, c.start, out);
    fputs(c.before, out);
    fputs(c.after, out);
    fwrite(text + c.end, 1, length - c.end, out);
    if (fclose(out) == 0)
        return OC_OK;
    free(*edited);
    *edited = NULL;
    return oc_fail(OC_ERR_MEMORY, "%s: out of memory", name);
}

const char *oc_recipe_rate_key(const oc_schedule_config *schedule)
{
    return oc_schedule_is_peaked(schedule->kind) ? "schedule.max_lr" : "schedule.lr";
}

/* As a recipe would write it; slices in quotes, which {...} needs. */
static void print_rate(char *value, const oc_rate *old, double lr)
{
    if (old->spread == OC_SPREAD_TENTH)
        snprintf(value, OC_NAME_BYTES, "slice(%.3g)", lr);
    else if (old->spread == OC_SPREAD_GEOMETRIC)
        snprintf(value, OC_NAME_BYTES, "\"slice(%.3g, %.3g)\"", lr * old->first / old->last, lr);
    else
        snprintf(value, OC_NAME_BYTES, "%.3g", lr);
}

/* Is the new text the old recipe with the rate `lr` (to the digits written)? */
static oc_status check_edited(const char *path, const oc_recipe *old, double lr, const char *text,
                              const char *folder)
{
    oc_recipe *const fresh = malloc(sizeof *fresh);
    if (!fresh)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    oc_status status = oc_recipe_parse(fresh, text, strlen(text), path, folder, NULL, 0);
    if (status == OC_OK) {
        const double written = fresh->schedule.lr.last;
        fresh->schedule.lr = old->schedule.lr;
        if (memcmp(fresh, old, sizeof *fresh) != 0 || !(fabs(written - lr) <= 0.01 * lr))
            status =
                oc_fail(OC_ERR_USAGE,
                        "%s: the learning rate cannot be changed without changing something else; "
                        "the file is left as it was",
                        path);
    }
    free(fresh);
    return status;
}

oc_status oc_recipe_write_rate(const char *path, double lr, char *value)
{
    char target[PATH_MAX], folder[PATH_MAX];
    char *text = NULL, *edited = NULL;
    size_t length = 0;
    value[0] = '\0';
    oc_recipe *const old = malloc(sizeof *old);
    oc_status status = old ? oc_recipe_load_any_rate(old, path, NULL, 0)
                           : oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    if (status == OC_OK && !realpath(path, target)) /* a link stays one */
        status = oc_fail(OC_ERR_IO, "%s: no longer exists", path);
    if (status == OC_OK)
        status = oc_file_read(path, OC_RECIPE_BYTES, &text, &length);
    if (status == OC_OK) {
        print_rate(value, &old->schedule.lr, lr);
        status = oc_recipe_edit(&edited, text, length, path, "schedule",
                                oc_recipe_rate_key(&old->schedule) + strlen("schedule."), value);
    }
    if (status == OC_OK) {
        const char *const slash = strrchr(path, '/');
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                 slash ? path : ".");
        status = check_edited(path, old, lr, edited, folder);
    }
    if (status == OC_OK)
        status = oc_file_write(target, edited, strlen(edited));
    free(edited);
    free(text);
    free(old);
    return status;
}
