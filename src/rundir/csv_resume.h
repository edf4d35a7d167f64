/* csv_resume.h - a table of a run that goes on: its rows up to a step stay, and what is damaged is
 * told and kept aside. */
#ifndef OC_RUNDIR_CSV_RESUME_H
#define OC_RUNDIR_CSV_RESUME_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_csv_format {
    const char *header; /* with the newline. Not owned */
    size_t columns;     /* at most OC_CSV_COLUMNS */
    size_t step_column; /* rows rise in it */
    int has_every_step; /* a row for each step from 1 on */
} oc_csv_format;

/* Local. Replace a table, atomically, by its header and its rows up to from_step. A torn last line
 * and rows beyond are left out; with from_step 0 all rows are. A damaged header or row is left out
 * with a warning that names file and line, and the whole table as it was found stays beside it as
 * PATH.damaged-N (the first N that is free). OC_ERR_IO. */
oc_status oc_csv_resume(const char *path, const oc_csv_format *format, uint64_t from_step);

#endif
