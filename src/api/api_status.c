/* api_status.c - public statuses, and the few words that all calls share. */
#include "api/api.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OC_VERSION_TEXT(major, minor, patch) #major "." #minor "." #patch
#define OC_VERSION_OF(major, minor, patch) OC_VERSION_TEXT(major, minor, patch)

static const struct {
    oc_status inside;
    onecycle_status outside;
} table[] = {
    {OC_OK, ONECYCLE_OK},
    {OC_ERR_USAGE, ONECYCLE_ERR_USAGE},
    {OC_ERR_DATA, ONECYCLE_ERR_DATA},
    {OC_ERR_INTERNAL, ONECYCLE_ERR_INTERNAL},
    {OC_ERR_PEER, ONECYCLE_ERR_PEER},
    {OC_ERR_DIVERGED, ONECYCLE_ERR_DIVERGED},
    {OC_ERR_REPLICAS, ONECYCLE_ERR_REPLICAS},
    {OC_ERR_IO, ONECYCLE_ERR_IO},
    {OC_STOPPED, ONECYCLE_STOPPED},
    {OC_ERR_MEMORY, ONECYCLE_ERR_MEMORY},
};
_Static_assert(sizeof table / sizeof table[0] == OC_STATUS_COUNT, "one row a status");

onecycle_status oc_api_status(oc_status status)
{
    for (size_t i = 0; i < OC_STATUS_COUNT; i++)
        if (table[i].inside == status)
            return table[i].outside;
    return ONECYCLE_ERR_INTERNAL;
}

oc_status oc_api_status_from(onecycle_status status)
{
    for (size_t i = 0; i < OC_STATUS_COUNT; i++)
        if (table[i].outside == status)
            return table[i].inside;
    return OC_ERR_INTERNAL;
}

const char *onecycle_message(void)
{
    return oc_message();
}

const char *onecycle_version(void)
{
    return OC_VERSION_OF(ONECYCLE_VERSION_MAJOR, ONECYCLE_VERSION_MINOR, ONECYCLE_VERSION_PATCH);
}

oc_status oc_api_need(const void *argument, const char *call, const char *name)
{
    return argument ? OC_OK : oc_fail(OC_ERR_USAGE, "%s: %s: found NULL", call, name);
}

oc_status oc_api_absolute(char **absolute, const char *path)
{
    char folder[PATH_MAX] = "", joined[OC_PATH_BYTES];
    *absolute = NULL;
    if (path[0] != '/' && !getcwd(folder, sizeof folder))
        return oc_fail(OC_ERR_IO, "%s: the current folder: %s", path, strerror(errno));
    if (folder[0]) {
        const oc_status status = oc_path_join(joined, folder, path);
        if (status != OC_OK)
            return status;
        path = joined;
    }
    *absolute = strdup(path);
    return *absolute ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory for its name", path);
}
