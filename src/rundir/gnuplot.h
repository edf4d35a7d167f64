/* gnuplot.h - one bounded run of the program gnuplot. Knows nothing of what is drawn. */
#ifndef OC_RUNDIR_GNUPLOT_H
#define OC_RUNDIR_GNUPLOT_H

#include "base/status.h"

#include <stddef.h>
#include <stdio.h>

enum { OC_GNUPLOT_TABLES = 2 }; /* most input files of a script */

/* Local. Run a script whose output is the file `picture` (replaced atomically). No file name
 * is ever part of a script, so none needs quoting: table i is '/dev/fd/<3 + i>', the picture is
 * gnuplot's standard output. OC_ERR_IO when gnuplot is missing, fails, or takes over 60 s. */
oc_status oc_gnuplot_run(const char *script, size_t length, const char *const *tables, size_t count,
                         const char *picture);

/* Local. Any text (a name from outside) as a string of a script, in single quotes. */
void oc_gnuplot_put_text(FILE *script, const char *text);

#endif
