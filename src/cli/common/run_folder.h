/* run_folder.h - a run directory, also when the user gave no name for it. */
#ifndef OC_CLI_COMMON_RUN_FOLDER_H
#define OC_CLI_COMMON_RUN_FOLDER_H

#include "rundir/run_dir.h"

/* Local, rank 0. Open `given` if not NULL; else runs/NAME-NNN, where NAME is the recipe's file name
 * without ending, then `kind` ("-sweep"; "" for a run), and NNN the next free number, which no
 * other process gets, or where a run resumes the highest one in use (001 if none). Failures as
 * those of oc_run_dir_open; close it also after one. */
oc_status oc_run_folder_open(oc_run_dir *dir, const char *given, const char *recipe,
                             const char *kind, const oc_run_dir_options *options);

#endif
