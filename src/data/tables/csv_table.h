/* csv_table.h - new rows of a table, as samples for a network that was trained on another one: its
 * columns are found by their names, in whatever order they are. */
#ifndef OC_DATA_TABLES_CSV_TABLE_H
#define OC_DATA_TABLES_CSV_TABLE_H

#include "base/status.h"
#include "data/tables/csv_roles.h"
#include "storage/schema.h"

#include <stdint.h>

typedef struct oc_csv_table oc_csv_table;

typedef struct oc_csv_table_options {
    oc_csv_lists ignore;      /* columns of the file to pass over, as csv_names.h has lists */
    char delimiter;           /* 0: a comma */
    uint64_t skip_lines;      /* before the header */
    int no_header;            /* fields are called 1, 2, ... */
    int unknown_level_ignore; /* a level of a category that is not known becomes zeros */
} oc_csv_table_options;

/* Local. Open a CSV file, plain or packed with gzip, and match its header with the features of
 * `trained`, the schema of a checkpoint, by name. Columns of the label and of targets may be there
 * and are passed over. Nothing is kept of `trained` and `options`. OC_ERR_DATA lists the columns
 * that are missing and those that are new and not ignored, and for a schema without names of
 * columns; OC_ERR_USAGE for an --ignore that names no column; OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_csv_table_open(oc_csv_table **table, const char *path, const oc_schema *trained,
                            const oc_csv_table_options *options);
void oc_csv_table_close(oc_csv_table *table); /* NULL-safe */

/* Local. The next row -> numbers, oc_schema_values(trained) of them in the network's order and in
 * the units of the table, (C, H, W): a number as the double nearest to its text, a category as
 * zeros and a one. They have the very bits that an import of the row would store and
 * oc_dataset_numbers gives. *more is 0 at the end, and then there are no numbers. OC_ERR_DATA names
 * line, column and what was found: no finite number, a level that is not known (with those that
 * are), too few or too many fields. */
oc_status oc_csv_table_next(oc_csv_table *table, double *numbers, int *more);

/* Local. The line of the file, from 1, where the row at hand begins. */
uint64_t oc_csv_table_line(const oc_csv_table *table);

#endif
