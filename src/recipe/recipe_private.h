/* recipe_private.h - what the files of recipe/ share: the table of keys, and values as
 * written before they are checked. Not for other folders. */
#ifndef OC_RECIPE_RECIPE_PRIVATE_H
#define OC_RECIPE_RECIPE_PRIVATE_H

#include "recipe/recipe.h"

enum { OC_MAX_FIELDS = 192, OC_MAX_ITEMS = 32, OC_OWNERS_BYTES = 256 };
_Static_assert((int)OC_MAX_ITEMS >= (int)OC_MAX_HIDDEN && (int)OC_MAX_ITEMS >= (int)OC_MAX_KNOTS &&
                   (int)OC_MAX_ITEMS >= (int)OC_MAX_PATTERNS,
               "room for every list");

typedef enum oc_field_kind {
#define OC_TYPE(kind, name) OC_FIELD_##kind,
#include "recipe/types.def"
#undef OC_TYPE
    OC_FIELD_KINDS
} oc_field_kind;

/* What a key has to do with the result of a training, and so with a resume. */
typedef enum oc_field_effect {
    OC_EFFECT_UNSAID,  /* of keys of layers, which are part of one value */
    OC_EFFECT_RESULT,  /* decides the result: a resume has the same value */
    OC_EFFECT_LENGTH,  /* likewise, by the length of the run */
    OC_EFFECT_CONTENT, /* a file whose content decides: at a resume it may lie elsewhere */
    OC_EFFECT_COURSE,  /* decides where the run ends on the way; may change at a resume */
    OC_EFFECT_NONE     /* no part of the result; may change at a resume */
} oc_field_effect;

/* Whose name decides whether a key applies. */
typedef enum oc_chooser {
    OC_ALWAYS,
    OC_BY_MODEL,
    OC_BY_OPTIMIZER,
    OC_BY_SCHEDULE,
    OC_BY_AVERAGE
} oc_chooser;

typedef struct oc_field {
    const char *path; /* "section.key" */
    oc_field_kind type;
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
    unsigned kinds;    /* the bits of the kinds the key applies to, if there is a chooser */
    const char *needs; /* the key without which this one has no effect; NULL: none */
    oc_field_effect effect;
    const char *short_name; /* what a sweep may call it; NULL: none. On the first row of a path */
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

/* A value on its way into the recipe. */
typedef struct oc_reading {
    oc_source *source;
    const oc_value *value;
    const oc_field *field;
    const char *folder; /* where relative paths start */
} oc_reading;

/* A type of values: a row of types.def. Local, all of them. */
typedef struct oc_field_type {
    /* "a whole number from 1 to 100": what the key takes, into out[size]. */
    void (*expects)(const oc_field *field, char *out, size_t size);
    /* The value, checked, to where the recipe has it. OC_ERR_USAGE. */
    oc_status (*parse)(const oc_reading *reading, void *to);
    /* As YAML that reads back to the same bits. */
    void (*print)(FILE *out, const oc_field *field, const void *from);
} oc_field_type;

#define OC_TYPE(kind, name)                                                                        \
    void oc_##name##_expects(const oc_field *field, char *out, size_t size);                       \
    oc_status oc_##name##_parse(const oc_reading *reading, void *to);                              \
    void oc_##name##_print(FILE *out, const oc_field *field, const void *from);
#include "recipe/types.def"
#undef OC_TYPE

/* recipe_fields.c */

/* Local. The first row of a path; -1 if there is none. */
int oc_field_find(const char *path);

/* Local. Does the row apply to what the recipe has chosen? The choosing names are rows
 * before it, so they are known by then. */
int oc_field_applies(const oc_field *field, const oc_recipe *recipe);

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

/* recipe_unknown.c */

/* Local. Fails with what is wrong with `path` and the nearest valid key. */
oc_status oc_field_unknown(const oc_source *source, const oc_value *value, const char *path);

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

/* Local. Row i of the keys of layers, NULL behind the last; the types of layers that have the key,
 * as "conv2d, linear". */
const oc_field *oc_layer_field(size_t i);
void oc_layer_owners(const oc_field *field, char *out, size_t size);

/* recipe_value.c */

/* Local. Check a value against its row and store it in what row->offset counts from. `folder`
 * makes relative paths absolute. OC_ERR_USAGE. */
oc_status oc_value_store(oc_source *source, const oc_value *value, const oc_field *field,
                         const char *folder, void *base);

/* Local. The stored value as YAML that reads back to the same bits. */
void oc_value_print(FILE *out, const oc_field *field, const void *base);

/* Local. "a whole number from 1 to 100": what the key takes; into out[size]. */
void oc_field_expects(const oc_field *field, char *out, size_t size);

/* What the functions of several types need. Local. */

/* "expected ..., found ..."; item NULL: a list was found; `hint` comes last. OC_ERR_USAGE. */
oc_status oc_value_unexpected(const oc_reading *reading, const char *item, const char *hint);

/* The one value, not empty. OC_ERR_USAGE for a list or nothing. */
oc_status oc_value_single(const oc_reading *reading, const char **item);

/* Is it the word auto, and may it be? */
int oc_value_is_auto(const oc_field *field, const char *item);

/* "auto or ", or what words the row has besides; their length. */
size_t oc_expects_words(const oc_field *field, char *out, size_t size);

/* The whole token as a decimal number: no spaces, hexadecimal, infinity or NaN. */
int oc_parse_real(const char *text, double *number);

/* Is it inside the row's bounds? */
int oc_in_bounds(const oc_field *field, double number);

void oc_print_real(FILE *out, double number);
void oc_print_quoted(FILE *out, const char *text);

#endif
