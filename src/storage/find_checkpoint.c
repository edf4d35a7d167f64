/* find_checkpoint.c - see find_checkpoint.h. */
#include "storage/find_checkpoint.h"

#include "storage/checkpoint_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

oc_status oc_find_checkpoint(char *path, const char *given)
{
    struct stat about;
    if (stat(given, &about) != 0)
        return oc_fail(OC_ERR_IO, "%s: %s; expected a checkpoint file or a run directory", given,
                       strerror(errno));
    if (!S_ISDIR(about.st_mode)) {
        const int length = snprintf(path, OC_PATH_BYTES, "%s", given);
        return length < OC_PATH_BYTES ? OC_OK : oc_fail(OC_ERR_IO, "%s: path too long", given);
    }
    char folder[OC_PATH_BYTES];
    oc_status status = oc_path_join(folder, given, "checkpoints");
    if (status != OC_OK)
        return status;
    int skipped = 0;
    status = oc_checkpoint_dir_latest(oc_file_exists(folder) ? folder : given, path, &skipped);
    if (status == OC_OK && !path[0])
        status = oc_fail(OC_ERR_IO, "%s: no checkpoint in this folder", given);
    return status;
}
