/* import_csv.h - the importer of CSV tables, for C callers. */
#ifndef OC_IMPORT_IMPORT_CSV_H
#define OC_IMPORT_IMPORT_CSV_H

#include "data/tables/csv_roles.h"
#include "import/importer.h"

typedef struct oc_import_csv {
    oc_import_common common; /* the source is a CSV file, plain or .gz */
    const char *test;        /* another one, with the test split; NULL: a fraction of the source */
    oc_csv_roles roles;
    int channels, height, width; /* of the features; 0: each is a channel */
} oc_import_csv;

/* Local. CSV tables (csv_read.h). Categories and labels are sorted, whole numbers by value, before
 * words by their bytes. Nothing may be missing. OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE (columns that
 * are not there), OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_import_csv_run(const oc_import_csv *options, const char *out);

#endif
