/* csv.h - reading back rows of numbers that onecycle wrote. Not a general CSV reader: no
 * quoting, no text fields. */
#ifndef OC_TRAIN_CSV_H
#define OC_TRAIN_CSV_H

#include <stddef.h>

enum {
    OC_CSV_LINE = 1024,  /* bytes: more than any row has; a longer line is no row */
    OC_CSV_COLUMNS = 64, /* more than any table has */
};

/* Local. Columns of a table: 1 and the commas of its first line. */
size_t oc_csv_width(const char *header);

/* Local. `line` is a row of exactly `count` numbers and ends with a newline (a torn last
 * line does not). values[count] [out]; "nan" and "inf" are numbers. Returns 1 if so, else 0. */
int oc_csv_row(const char *line, double *values, size_t count);

#endif
