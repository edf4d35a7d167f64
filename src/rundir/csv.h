/* csv.h - reading back rows of numbers that onecycle wrote. Not a general CSV reader: no
 * quoting, no text fields. */
#ifndef OC_RUNDIR_CSV_H
#define OC_RUNDIR_CSV_H

#include <stddef.h>
#include <stdio.h>

enum {
    OC_CSV_LINE = 12 * 1024, /* bytes: more than any row has; a longer line is no row */
    OC_CSV_COLUMNS = 192,    /* more than any table has */
};

typedef enum oc_csv_end {
    OC_CSV_END,   /* there was no further line */
    OC_CSV_TORN,  /* the file ends before the line does, as after a kill */
    OC_CSV_WHOLE, /* with its newline */
} oc_csv_end;

/* Local. The next line of a file -> line[OC_CSV_LINE], with its newline; empty where it is too
 * long or holds a NUL, and so is no row. */
oc_csv_end oc_csv_line(FILE *file, char line[OC_CSV_LINE]);

/* Local. Columns of a table: 1 and the commas of its first line. */
size_t oc_csv_width(const char *header);

/* Local. `line` is a row of exactly `count` numbers and ends with a newline (a torn last
 * line does not). values[count] [out]; "nan" and "inf" are numbers. Returns 1 if so, else 0. */
int oc_csv_row(const char *line, double *values, size_t count);

/* Local. Is a number read back a count, as steps and epochs are: whole, from 0 to 2^53? */
int oc_csv_is_count(double value);

#endif
