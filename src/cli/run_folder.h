/* run_folder.h - the name of a run directory when the user gave none. */
#ifndef OC_CLI_RUN_FOLDER_H
#define OC_CLI_RUN_FOLDER_H

#include "base/file.h"

/* Local, rank 0. folder[OC_PATH_BYTES]: `given` if not NULL; else runs/NAME-NNN, where NAME is
 * the recipe's file name without ending, then `kind` ("-sweep"; "" for a run), and NNN the next
 * free number, or with `resume` the highest one in use (001 if none). OC_ERR_IO. */
oc_status oc_run_folder_choose(char *folder, const char *given, const char *recipe,
                               const char *kind, int resume);

#endif
