/* recipe_nodes.c - YAML text (libyaml) -> nodes, with messages that name line and column. Knows
 * nothing of the keys of recipes. */
#include "recipe/recipe_nodes.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

oc_status oc_node_reader_open(oc_node_reader *in, oc_source *source, const char *text,
                              size_t length)
{
    const char *const foreign = oc_utf8_foreign(text, length);
    const size_t mark = oc_utf8_mark(text, length);
    if (foreign)
        return oc_fail(OC_ERR_USAGE, "%s: found text in %s, expected UTF-8", source->name, foreign);
    *in = (oc_node_reader){.source = source, .text = text + mark, .length = length - mark};
    if (!yaml_parser_initialize(&in->parser))
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", source->name);
    yaml_parser_set_encoding(&in->parser, YAML_UTF8_ENCODING); /* or it would take UTF-16 */
    yaml_parser_set_input_string(&in->parser, (const unsigned char *)in->text, in->length);
    return OC_OK;
}

/* Is the first visible thing of a line (from 0) preceded by a tab? */
static int indented_by_tab(const oc_node_reader *in, size_t line)
{
    const char *at = in->text, *const end = in->text + in->length;
    for (; line > 0 && at < end; at++)
        line -= *at == '\n';
    while (at < end && *at == ' ')
        at++;
    return at < end && *at == '\t';
}

static oc_status syntax_error(oc_node_reader *in)
{
    const yaml_parser_t *p = &in->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", in->source->name);
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
static oc_status translate(oc_node_reader *in, const yaml_event_t *event, oc_node *out)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (event->type) {
    case YAML_STREAM_END_EVENT:
        out->kind = OC_NODE_STREAM_END;
        break;
    case YAML_DOCUMENT_START_EVENT:
        out->kind = OC_NODE_DOCUMENT;
        break;
    case YAML_DOCUMENT_END_EVENT:
        out->kind = OC_NODE_DOCUMENT_END;
        break;
    case YAML_SCALAR_EVENT:
        out->kind = OC_NODE_SCALAR;
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        out->kind = OC_NODE_LIST;
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_SEQUENCE_END_EVENT:
        out->kind = OC_NODE_LIST_END;
        break;
    case YAML_MAPPING_START_EVENT:
        out->kind = OC_NODE_MAPPING;
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    case YAML_MAPPING_END_EVENT:
        out->kind = OC_NODE_MAPPING_END;
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
    if (out->kind != OC_NODE_SCALAR)
        return OC_OK;
    if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
        return oc_value_fail(in->source, &in->at, "found a NUL character, expected text");
    out->text = strdup((const char *)event->data.scalar.value);
    return out->text ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: out of memory", in->source->name);
}

oc_status oc_node_reader_next(oc_node_reader *in, oc_node *out)
{
    *out = (oc_node){.kind = OC_NODE_STREAM_END};
    yaml_event_t event;
    if (!yaml_parser_parse(&in->parser, &event))
        return syntax_error(in);
    oc_status status = OC_OK;
    if (event.type == YAML_STREAM_START_EVENT) {
        yaml_event_delete(&event);
        return oc_node_reader_next(in, out);
    }
    out->line = in->at.line = (int)event.start_mark.line + 1;
    status = translate(in, &event, out);
    yaml_event_delete(&event);
    return status;
}

void oc_node_reader_close(oc_node_reader *in)
{
    yaml_parser_delete(&in->parser);
}
