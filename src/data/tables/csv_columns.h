/* csv_columns.h - what the columns of a CSV file become: numbers, one-hot categories, a label,
 * targets, or nothing. Reading records is csv_read.h's. */
#ifndef OC_DATA_TABLES_CSV_COLUMNS_H
#define OC_DATA_TABLES_CSV_COLUMNS_H

#include "data/tables/csv_names.h"
#include "data/tables/csv_read.h"
#include "data/tables/csv_roles.h"
#include "data/tables/csv_set.h"
#include "storage/schema.h"

#include <locale.h>

typedef enum oc_csv_role {
    OC_CSV_NUMBER,
    OC_CSV_CATEGORY,
    OC_CSV_IGNORED,
    OC_CSV_LABEL,
    OC_CSV_TARGET
} oc_csv_role;

/* What numbers of a column look like; its first field says it. */
typedef enum oc_csv_look { OC_CSV_UNSEEN, OC_CSV_NUMBERS, OC_CSV_BOOLEANS } oc_csv_look;

typedef struct oc_csv_column {
    char *name; /* "" when it has none, as only ignored ones may */
    oc_csv_role role;
    oc_csv_set set; /* of categories or labels */
    size_t at;      /* its first feature; of a target which one it is */
    oc_csv_look look;
    double first; /* number, of the file of the training split */
    int varies;   /* are there others than the first in that file? */
} oc_csv_column;

typedef struct oc_csv_columns {
    oc_csv_column *column; /* (count + 1), the last for fields that belong to none */
    char **name;           /* (count) theirs, owned */
    size_t count, features, targets;
    size_t levels;  /* of all categories so far */
    size_t numbers; /* columns that are numbers, and features */
    size_t label;   /* the column of it; `count` for none */
    int is_multi_label;
    int ignore_unknown; /* a word that a category does not know becomes zeros */
    int needs_double;   /* a feature is not exactly a float */
    locale_t plain;     /* where a number has a point */
} oc_csv_columns;

/* Local. Names and roles by the first record at hand (numbers 1, 2, ... without a header).
 * OC_ERR_USAGE for options that name no column, or one twice; OC_ERR_DATA for columns that are in
 * use and have no name or that of another; OC_ERR_INTERNAL. */
oc_status oc_csv_columns_create(oc_csv_columns *columns, const oc_csv *csv,
                                const oc_csv_roles *roles);
void oc_csv_columns_free(oc_csv_columns *columns); /* safe on a zeroed one */

/* Which column each field of a file's records belongs to. */
typedef struct oc_csv_mapping {
    size_t *column; /* (fields) */
    size_t fields;
} oc_csv_mapping;

/* Local. The mapping of a file whose header is the record at hand: by name, so in any order;
 * columns that are ignored may be missing, and of its other fields those of `ignore` (NULL: none).
 * Without a header (`by_number`) field i is column i. OC_ERR_DATA with what is missing and what is
 * new; OC_ERR_INTERNAL. */
oc_status oc_csv_mapping_create(oc_csv_mapping *mapping, const oc_csv_columns *columns,
                                const oc_csv *csv, const oc_csv_lists *ignore, int by_number);
void oc_csv_mapping_free(oc_csv_mapping *mapping); /* safe on a zeroed one */

/* Local. Check a record; with `collect`, in the file of the training split, take its categories and
 * labels, else they must be known. OC_ERR_DATA names line and column; OC_ERR_INTERNAL. */
oc_status oc_csv_columns_scan(oc_csv_columns *columns, const oc_csv *csv,
                              const oc_csv_mapping *mapping, int collect);

/* Local. All is scanned: where each column's features begin, and how many there are. OC_ERR_DATA
 * when they are too many, or none. */
oc_status oc_csv_columns_lay_out(oc_csv_columns *columns, const char *path);

/* Local. A record -> features (features), targets (targets) or a label. OC_ERR_DATA when the file
 * has changed since it was scanned. */
oc_status oc_csv_columns_values(const oc_csv_columns *columns, const oc_csv *csv,
                                const oc_csv_mapping *mapping, double *features, double *targets,
                                int32_t *label);

/* ---- csv_schema.c ---- */

/* Local. All is laid out -> the schema's kind, classes or targets, label, features, and notes of
 * what a reader of the data card should know. OC_ERR_INTERNAL. */
oc_status oc_csv_columns_describe(const oc_csv_columns *columns, oc_schema *schema);

/* Local. The columns of the table that a network was trained on, laid out as its samples are; those
 * of labels and targets are ignored. OC_ERR_DATA when it has no names of columns (`path`, the new
 * table, is for the message); OC_ERR_INTERNAL. */
oc_status oc_csv_columns_restore(oc_csv_columns *columns, const oc_schema *schema,
                                 const char *path);

#endif
