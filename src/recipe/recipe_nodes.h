/* recipe_nodes.h - YAML text as nodes, one after the other: the part of YAML that recipes may use.
 * What a node stands for in a recipe is recipe_yaml.c's. Only for recipe/. */
#ifndef OC_RECIPE_RECIPE_NODES_H
#define OC_RECIPE_RECIPE_NODES_H

#include "recipe/recipe_private.h"

#include <yaml.h>

typedef enum oc_node_kind {
    OC_NODE_SCALAR,
    OC_NODE_LIST,
    OC_NODE_LIST_END,
    OC_NODE_MAPPING,
    OC_NODE_MAPPING_END,
    OC_NODE_DOCUMENT,
    OC_NODE_DOCUMENT_END,
    OC_NODE_STREAM_END
} oc_node_kind;

/* What comes next in the text; `text` (of a scalar) is owned. */
typedef struct oc_node {
    oc_node_kind kind;
    char *text;
    int line;
} oc_node;

typedef struct oc_node_reader {
    yaml_parser_t parser;
    oc_source *source;
    oc_value at; /* only a place for messages */
    const char *text;
    size_t length;
} oc_node_reader;

/* Begins to read `length` bytes of text, which stay the caller's and must outlive the reader.
 * A byte order mark of UTF-8 is passed over. Local. OC_ERR_USAGE: text in UTF-16 or UTF-32;
 * OC_ERR_MEMORY: memory is short; then there is nothing to close. */
oc_status oc_node_reader_open(oc_node_reader *in, oc_source *source, const char *text,
                              size_t length);

/* The next node; its text, if it has one, is then the caller's to free. Local. OC_ERR_USAGE: no
 * YAML, or YAML with anchors, aliases or tags. */
oc_status oc_node_reader_next(oc_node_reader *in, oc_node *out);

/* Frees what the reader holds. Local. */
void oc_node_reader_close(oc_node_reader *in);

#endif
