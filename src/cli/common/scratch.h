/* scratch.h - a folder of one's own for a file on the way to another program. */
#ifndef OC_CLI_COMMON_SCRATCH_H
#define OC_CLI_COMMON_SCRATCH_H

#include "base/file.h"

/* Local. Make a folder that only this user may enter, in TMPDIR or else /tmp:
 * path[OC_PATH_BYTES] = FOLDER/name. OC_ERR_IO. */
oc_status oc_scratch_make(char *path, const char *name);

/* Local. Remove that file and its folder. */
void oc_scratch_remove(const char *path);

#endif
