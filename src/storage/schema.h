/* schema.h - what the numbers of a sample mean: shape, names, units, how a picture was prepared,
 * mean and standard deviation. A data set has one, a checkpoint has that of the data it was trained
 * on; match.h (data/) holds one against the other. No samples are in here, and no files: a schema
 * is a text for those who store or send it. */
#ifndef OC_STORAGE_SCHEMA_H
#define OC_STORAGE_SCHEMA_H

#include "base/status.h"
#include "storage/h5.h"
#include "storage/targets.h"

#include <stddef.h>

/* What a stored number counts as. */
typedef enum oc_values {
    OC_VALUES_NUMBERS, /* itself */
    OC_VALUES_BYTES,   /* a pixel of 8 bits: value / 255 */
    OC_VALUES_WORDS,   /* a pixel of 16 bits: value / 65535 */
    OC_VALUES_KINDS
} oc_values;

enum { OC_FIT_NAME_BYTES = 16, OC_MAX_NOTE = 511 /* bytes */ };

/* A column of a table: a number, or a category that is one-hot over its levels. */
typedef struct oc_feature {
    char *name;
    char **level;  /* (levels) in the order of their values */
    size_t levels; /* 0: a number */
} oc_feature;

/* How pictures became samples of (C, H, W); with one channel grey, with three red, green, blue. */
typedef struct oc_picture {
    int is_known;                /* 0: samples were not made of pictures, or nobody knows how */
    int upright;                 /* turned as their EXIF orientation says */
    char fit[OC_FIT_NAME_BYTES]; /* a name of fits.def; "": pictures had this very size */
} oc_picture;

typedef struct oc_schema {
    int channels, height, width; /* of a sample, (C, H, W) */
    oc_values values;
    oc_targets_kind kind;
    int classes;        /* or targets a sample: the outputs of a network */
    char **class_names; /* (classes) of them */
    char *label;        /* of a table: the column that the classes came from; NULL: not known */
    /* Columns in the order of their values, which fill (C, H, W) one behind another; none where
     * values have no names. */
    oc_feature *feature;
    size_t features;
    oc_picture picture;
    char **note; /* (notes) what an import had to say, for people */
    size_t notes;
    /* (C) of the training split, in units of the stored numbers: a network is given
     * (v - mean) / deviation. Deviation is that of the population, 1 for a channel that is
     * constant. NULL until oc_schema_make_statistics. */
    double *mean, *deviation;
    /* (classes) likewise of targets: 0 and 1 unless they are standardised; NULL with classes. */
    double *target_mean, *target_deviation;
} oc_schema;

/* Local. "numbers", "bytes", "words"; the kind of a name or -1; and the stored number that counts
 * as 1: 1, 255, 65535. */
const char *oc_values_name(oc_values values);
int oc_values_find(const char *name);
double oc_values_unit(oc_values values);

void oc_schema_free(oc_schema *schema); /* safe on a zeroed one */

/* Local. A copy of its own of everything. OC_ERR_INTERNAL. */
oc_status oc_schema_copy(oc_schema *to, const oc_schema *from);

/* Local. `count` classes or targets; their names are copied, NULL: "0", "1", ... Replaces those
 * before. OC_ERR_INTERNAL. */
oc_status oc_schema_set_classes(oc_schema *schema, const char *const *names, size_t count);

/* Local. The column that the classes came from, a copy. OC_ERR_INTERNAL. */
oc_status oc_schema_set_label(oc_schema *schema, const char *label);

/* Local. One more column; name and levels are copied. OC_ERR_INTERNAL. */
oc_status oc_schema_add_feature(oc_schema *schema, const char *name, const char *const *levels,
                                size_t count);

/* Local. One more line that an import has to say, cut at OC_MAX_NOTE. OC_ERR_INTERNAL. */
oc_status oc_schema_add_note(oc_schema *schema, const char *text);

/* Local. Room for statistics by channels and classes: mean 0 and deviation 1. OC_ERR_INTERNAL. */
oc_status oc_schema_make_statistics(oc_schema *schema);

/* Local. Values of a sample, C * H * W; and of a feature: 1, or its levels. */
size_t oc_schema_values(const oc_schema *schema);
size_t oc_feature_values(const oc_feature *feature);

/* ---- as text: JSON, described in docs/FORMATS.md ---- */

/* Local. *text is freed by the caller with free(). Statistics are in it where there are some,
 * digits enough for every bit. OC_ERR_INTERNAL. */
oc_status oc_schema_format(const oc_schema *schema, char **text);

/* Local. All that the text must be is checked; *schema is new. `where` names it in messages.
 * OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_schema_parse(oc_schema *schema, const char *text, const char *where);

/* Local. The text as the array `name` of a file. OC_ERR_INTERNAL; OC_ERR_DATA. */
oc_status oc_schema_write(const oc_schema *schema, oc_h5 *file, const char *name);
oc_status oc_schema_read(oc_schema *schema, const oc_h5 *file, const char *name, const char *path);

#endif
