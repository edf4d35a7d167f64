/* csv_columns.h - what the columns of a CSV file become: numbers, one-hot categories, a label,
 * targets, or nothing. Reading records is csv_read.h's. */
#ifndef OC_DATA_CSV_COLUMNS_H
#define OC_DATA_CSV_COLUMNS_H

#include "data/csv_read.h"
#include "data/importers.h"

#include <locale.h>

typedef enum oc_csv_role {
    OC_CSV_NUMBER,
    OC_CSV_CATEGORY,
    OC_CSV_IGNORED,
    OC_CSV_LABEL,
    OC_CSV_TARGET
} oc_csv_role;

typedef struct oc_csv_category {
    char *text;
    uint64_t count; /* of records that have it */
} oc_csv_category;

/* Sorted: whole numbers by value, then other texts by their bytes. */
typedef struct oc_csv_set {
    oc_csv_category *item;
    size_t count, room, bytes;
} oc_csv_set;

typedef struct oc_csv_column {
    char *name;
    oc_csv_role role;
    oc_csv_set set; /* of categories or labels */
    size_t at;      /* its first feature; of a target which one it is */
} oc_csv_column;

typedef struct oc_csv_columns {
    oc_csv_column *column;
    size_t count, features, targets;
    size_t label; /* the column of it; `count` for none */
    int is_multi_label;
    locale_t plain; /* where a number has a point */
} oc_csv_columns;

/* Local. Names and roles by the first record at hand (numbers 1, 2, ... without a header).
 * OC_ERR_USAGE for options that name no column, or one twice; OC_ERR_DATA; OC_ERR_INTERNAL. */
oc_status oc_csv_columns_create(oc_csv_columns *columns, const oc_csv *csv,
                                const oc_import_csv *options);
void oc_csv_columns_free(oc_csv_columns *columns); /* safe on a zeroed one */

/* Local. Has a second file the same header? OC_ERR_DATA. */
oc_status oc_csv_columns_same(const oc_csv_columns *columns, const oc_csv *csv);

/* Local. Check a record; with `collect` take its categories and labels, else they must be known.
 * OC_ERR_DATA names line and column. */
oc_status oc_csv_columns_scan(oc_csv_columns *columns, const oc_csv *csv, int collect);

/* Local. All is scanned: where each column's features begin, and how many there are. OC_ERR_DATA
 * when they are too many. */
oc_status oc_csv_columns_lay_out(oc_csv_columns *columns, const char *path);

/* Local. A record -> features (features), targets (targets) or a label. OC_ERR_DATA when the file
 * has changed since it was scanned. */
oc_status oc_csv_columns_values(const oc_csv_columns *columns, const oc_csv *csv, float *features,
                                float *targets, int32_t *label);

#endif
