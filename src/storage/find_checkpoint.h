/* find_checkpoint.h - a checkpoint by what a user types: a file, or a run directory. */
#ifndef OC_STORAGE_FIND_CHECKPOINT_H
#define OC_STORAGE_FIND_CHECKPOINT_H

#include "base/file.h"

/* Local. path[OC_PATH_BYTES]: `given` itself if it is a file; the newest checkpoint that
 * verifies if it is a run directory or its folder of checkpoints. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_find_checkpoint(char *path, const char *given);

#endif
