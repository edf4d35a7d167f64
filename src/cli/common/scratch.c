/* scratch.c - see scratch.h. */
#include "cli/common/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

oc_status oc_scratch_make(char *path, const char *name)
{
    char folder[OC_PATH_BYTES];
    const char *const place = getenv("TMPDIR");
    const oc_status status =
        oc_path_join(folder, place && place[0] ? place : "/tmp", "onecycle-XXXXXX");
    if (status != OC_OK)
        return status;
    if (!mkdtemp(folder))
        return oc_fail(OC_ERR_IO, "%s: cannot create a folder for temporary files: %s (TMPDIR)",
                       folder, strerror(errno));
    return oc_path_join(path, folder, name);
}

void oc_scratch_remove(const char *path)
{
    char folder[OC_PATH_BYTES];
    const char *const slash = strrchr(path, '/');
    unlink(path);
    if (!slash)
        return;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    rmdir(folder);
}
