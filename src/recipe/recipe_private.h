/* recipe_private.h - what the files of recipe/ share: the table of keys, and values as
 * written before they are checked. Not for other folders. */
#ifndef OC_RECIPE_RECIPE_PRIVATE_H
#define OC_RECIPE_RECIPE_PRIVATE_H

#include "recipe/recipe.h"

enum { OC_MAX_FIELDS = 192, OC_MAX_ITEMS = 32, OC_OWNERS_BYTES = 256 };
_Static_assert((int)OC_MAX_ITEMS >= (int)OC_MAX_HIDDEN && (int)OC_MAX_ITEMS >= (int)OC_MAX_KNOTS &&
                   (int)OC_MAX_ITEMS >= (int)OC_MAX_PATTERNS,
               "room for every list");

typedef enum oc_field_type {
    OC_FIELD_NAME,     /* one of a list of words -> int, the place in the list */
    OC_FIELD_FILE,     /* path -> char[OC_PATH_BYTES], absolute */
    OC_FIELD_TEXT,     /* a name, perhaps empty -> char[OC_NAME_BYTES] */
    OC_FIELD_WHOLE,    /* int64_t */
    OC_FIELD_BYTES,    /* whole number with a unit, 512MiB -> int64_t */
    OC_FIELD_TIME,     /* number with a unit, 2h, or a word -> double, seconds; a word is -1 */
    OC_FIELD_SEED,     /* uint64_t, its whole range */
    OC_FIELD_REAL,     /* double */
    OC_FIELD_PAIR,     /* one or two numbers -> double[2]; one stands for both */
    OC_FIELD_INT,      /* int */
    OC_FIELD_SIZES,    /* one or two whole numbers -> int[2]; one stands for both */
    OC_FIELD_LAYERS,   /* list of mappings -> the layers of oc_model_config: recipe_layers.c */
    OC_FIELD_WIDTHS,   /* list of whole numbers -> oc_model_config.hidden and hidden_count */
    OC_FIELD_RATE,     /* a number or a slice -> oc_rate */
    OC_FIELD_SPAN,     /* a number of steps, epochs or % -> oc_span */
    OC_FIELD_SPANS,    /* list -> oc_span_list */
    OC_FIELD_NUMBERS,  /* list -> oc_number_list */
    OC_FIELD_PATTERNS, /* list of words -> oc_pattern_list */
    OC_FIELD_SWITCH    /* true or false -> int */
} oc_field_type;

/* Whose name decides whether a key applies. */
typedef enum oc_chooser { OC_ALWAYS, OC_BY_MODEL, OC_BY_OPTIMIZER, OC_BY_SCHEDULE } oc_chooser;

typedef struct oc_field {
    const char *path; /* "section.key" */
    oc_field_type type;
    size_t offset;       /* in oc_recipe; of a layer's keys in oc_layer_config */
    const char *initial; /* the default as a recipe would write it; NULL: must be given */
    double min, max;     /* of numbers */
    int above_min;       /* the bound itself is outside */
    int below_max;       /* likewise */
    int may_be_auto;     /* the word auto stands for `automatic` */
    double automatic;
    const char *zero;         /* OC_FIELD_REAL: another word, which stands for 0; or NULL */
    int may_be_empty;         /* lists, files */
    const char *const *names; /* OC_FIELD_NAME: ends with NULL */
    oc_chooser chooser;
    unsigned kinds; /* the bits of the kinds the key applies to, if there is a chooser */
    const char *meaning;
} oc_field;

extern const oc_field oc_fields[];
extern const size_t oc_field_count;

/* A value as written. */
typedef struct oc_value {
    int given;
    int line;        /* in the file, from 1; 0: none */
    const char *set; /* the --set it is from; NULL: the file. Not owned */
    int is_list;
    size_t count;
    char *items[OC_MAX_ITEMS]; /* owned */
} oc_value;

/* A key of a layer and its value, or with no key the beginning of the next layer. */
typedef struct oc_entry {
    char *key; /* owned */
    oc_value value;
} oc_entry;

/* All that was written, by key: values[i] belongs to oc_fields[i].path, and to the first of
 * the rows where several share a path. */
typedef struct oc_source {
    const char *name;  /* the file, for messages */
    int rate_may_lack; /* a schedule's rate that must be given may be missing: then it is 1 */
    oc_value values[OC_MAX_FIELDS];
    oc_entry *entry; /* of model.layers */
    size_t entries, entries_room;
} oc_source;

/* recipe_fields.c */

/* Local. The first row of a path; -1 if there is none. */
int oc_field_find(const char *path);

/* Local. Does the row apply to what the recipe has chosen? The choosing names are rows
 * before it, so they are known by then. */
int oc_field_applies(const oc_field *field, const oc_recipe *recipe);

/* Local. Fails with what is wrong with `path` and the nearest valid key. */
oc_status oc_field_unknown(const oc_source *source, const oc_value *value, const char *path);

/* Local. Fails because the key does not belong to the chosen model, optimiser or schedule. */
oc_status oc_field_misplaced(const oc_source *source, const oc_value *value, const oc_field *field,
                             const oc_recipe *recipe);

/* Local. "schedule onecycle": whose key it is; "" if it always applies. */
void oc_field_owners(const oc_field *field, char *out, size_t size);

/* Local. "FILE:LINE: " or "--set KEY=VALUE: ", then the formatted text; OC_ERR_USAGE. */
oc_status oc_value_fail(const oc_source *source, const oc_value *value, const char *format, ...)
    OC_PRINTF(3, 4);

/* Local. After a failure whose message begins with a key, "schedule.cycle: ...": OC_ERR_USAGE is
 * told again with the place of that key before it. Any other failure stays as it is. */
oc_status oc_value_place(const oc_source *source, oc_status status);

/* Local. Text from outside made fit for a message: control characters replaced, long text
 * cut. Returns out. */
enum { OC_CLEAN_BYTES = 72 };
const char *oc_clean(const char *text, char out[OC_CLEAN_BYTES]);

/* recipe_yaml.c */

/* Local. A whole file's YAML -> source->values. OC_ERR_USAGE. */
oc_status oc_recipe_read_yaml(oc_source *source, const char *text, size_t length);

/* Local. One "key=value" of the command line, replacing what the file says. OC_ERR_USAGE. */
oc_status oc_recipe_read_set(oc_source *source, const char *set);

/* Local. The YAML of one value (a default). OC_ERR_USAGE. */
oc_status oc_recipe_read_value(oc_source *source, const char *text, oc_value *value);

void oc_value_clear(oc_value *value);

/* Local. Append an entry (taking over key and value); forget all of them. OC_ERR_INTERNAL. */
oc_status oc_entry_add(oc_source *source, char *key, oc_value value);
void oc_entries_clear(oc_source *source);

/* recipe_layers.c */

/* Local. source->entry -> the layers of a model. OC_ERR_USAGE. */
oc_status oc_layers_store(oc_source *source, const oc_value *value, oc_model_config *model);
void oc_layers_print(FILE *out, const oc_model_config *model);

/* recipe_value.c */

/* Local. Check a value against its row and store it in what row->offset counts from. `folder`
 * makes relative paths absolute. OC_ERR_USAGE. */
oc_status oc_value_store(oc_source *source, const oc_value *value, const oc_field *field,
                         const char *folder, void *base);

/* Local. The stored value as YAML that reads back to the same bits. */
void oc_value_print(FILE *out, const oc_field *field, const void *base);

/* Local. What several files need: the whole token as a decimal number (no spaces, hexadecimal,
 * infinity or NaN); is it inside the row's bounds; "expected ..., found ..." (item NULL: the list).
 */
int oc_parse_real(const char *text, double *number);
int oc_in_bounds(const oc_field *field, double number);
oc_status oc_value_unexpected(const oc_source *source, const oc_value *value, const oc_field *field,
                              const char *item, const char *hint);
void oc_print_real(FILE *out, double number);
void oc_print_quoted(FILE *out, const char *text);

/* Local. "a whole number from 1 to 100": what the key takes; into out[size]. */
void oc_field_expects(const oc_field *field, char *out, size_t size);

/* recipe_units.c: as oc_parse_real; of times also the words of field->names, which are -1. */
int oc_parse_bytes(const char *text, int64_t *number);
void oc_print_bytes(FILE *out, int64_t bytes);
int oc_parse_time(const oc_field *field, const char *text, double *seconds);
void oc_print_time(FILE *out, const oc_field *field, double seconds);

/* recipe_spans.c: as the functions above, for types OC_FIELD_RATE to OC_FIELD_PATTERNS. */
oc_status oc_span_store(const oc_source *source, const oc_value *value, const oc_field *field,
                        void *to);
void oc_span_print(FILE *out, const oc_field *field, const void *from);
void oc_span_expects(const oc_field *field, char *out, size_t size);

#endif
