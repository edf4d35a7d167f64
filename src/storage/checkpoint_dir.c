/* checkpoint_dir.c - see checkpoint_dir.h. Names, order, and which to load; checkpoint_keep.c saves
 * and deletes, checkpoint.c has the content. */
#include "storage/checkpoint_dir_private.h"

#include "base/leftovers.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void oc_checkpoint_name(char name[OC_CHECKPOINT_NAME], uint64_t step)
{
    snprintf(name, OC_CHECKPOINT_NAME, "step-%09" PRIu64 ".h5", step);
}

/* Is this the name of a checkpoint, exactly as step_name writes it? */
static int parse_step(const char *name, uint64_t *step)
{
    char again[OC_CHECKPOINT_NAME];
    if (sscanf(name, "step-%20" SCNu64 ".h5", step) != 1)
        return 0;
    oc_checkpoint_name(again, *step);
    return strcmp(name, again) == 0;
}

static int is_ours(const char *name)
{
    uint64_t step;
    return parse_step(name, &step) || strcmp(name, OC_CHECKPOINT_BEST) == 0 ||
           strcmp(name, OC_CHECKPOINT_LATEST) == 0;
}

void oc_checkpoint_dir_clean(const char *folder)
{
    oc_leftovers_remove(folder, is_ours);
}

static int newest_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

static oc_status append(oc_step_list *list, const char *folder, uint64_t step)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        uint64_t *larger = realloc(list->steps, capacity * sizeof *larger);
        if (!larger)
            return oc_fail(OC_ERR_MEMORY, "%s: no memory to list it", folder);
        list->steps = larger;
        list->capacity = capacity;
    }
    list->steps[list->count++] = step;
    return OC_OK;
}

oc_status oc_checkpoint_scan(const char *folder, oc_step_list *list)
{
    oc_status status = OC_OK;
    uint64_t step;
    *list = (oc_step_list){0};
    DIR *stream = opendir(folder);
    if (!stream)
        return errno == ENOENT ? OC_OK
                               : oc_fail(OC_ERR_IO, "%s: cannot list: %s", folder, strerror(errno));
    while (!status) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry) {
            if (errno)
                status = oc_fail(OC_ERR_IO, "%s: cannot list: %s", folder, strerror(errno));
            break;
        }
        if (parse_step(entry->d_name, &step))
            status = append(list, folder, step);
    }
    closedir(stream);
    if (!status && list->count > 0)
        qsort(list->steps, list->count, sizeof list->steps[0], newest_first);
    return status;
}

uint64_t oc_checkpoint_dir_newest(const char *folder)
{
    oc_step_list list;
    uint64_t newest = 0;
    const oc_status status = oc_checkpoint_scan(folder, &list); /* as far as it could be listed */
    (void)status;
    for (size_t i = 0; i < list.count; i++)
        newest = list.steps[i] > newest ? list.steps[i] : newest;
    free(list.steps);
    return newest;
}

int oc_checkpoint_dir_holds_any(const char *folder)
{
    char path[OC_PATH_BYTES];
    oc_step_list list;
    const oc_status status =
        oc_checkpoint_scan(folder, &list); /* what can't be listed may hold some */
    const int some = status != OC_OK || list.count > 0;
    free(list.steps);
    return some ||
           (oc_path_join(path, folder, OC_CHECKPOINT_BEST) == OC_OK && oc_file_exists(path));
}

/* Does a whole checkpoint read? Its digest, info and recipe. */
static oc_status verify(void *nothing, const char *path)
{
    (void)nothing;
    oc_checkpoint_info info;
    char *recipe;
    const oc_status status = oc_checkpoint_read_info(path, &info, &recipe);
    free(recipe);
    return status;
}

/* `latest` is for people and scripts: say so when it disagrees, and go by what is there. */
static void compare_hint(const char *folder, const char *newest)
{
    char path[OC_PATH_BYTES], *hint = NULL;
    size_t length;
    if (oc_path_join(path, folder, OC_CHECKPOINT_LATEST) || !oc_file_exists(path))
        return;
    if (oc_file_read(path, OC_CHECKPOINT_NAME, &hint, &length)) {
        oc_log(OC_LOG_WARN, "%s; going by the files in the folder", oc_message());
        return;
    }
    hint[strcspn(hint, "\n")] = '\0';
    if (strcmp(hint, newest) != 0)
        oc_log(OC_LOG_WARN, "%s does not name the newest checkpoint, %s; using that", path, newest);
    free(hint);
}

oc_status oc_checkpoint_dir_latest(const char *folder, char *path, int *skipped)
{
    return oc_checkpoint_dir_latest_by(folder, path, skipped, verify, NULL);
}

oc_status oc_checkpoint_dir_latest_by(const char *folder, char *path, int *skipped,
                                      oc_status (*check)(void *context, const char *path),
                                      void *context)
{
    char name[OC_CHECKPOINT_NAME];
    oc_step_list list;
    path[0] = '\0';
    *skipped = 0;
    oc_status found = OC_ERR_DATA, status = oc_checkpoint_scan(folder, &list);
    if (status || list.count == 0)
        goto done;
    for (size_t i = 0; i < list.count; i++) {
        oc_checkpoint_name(name, list.steps[i]);
        status = oc_path_join(path, folder, name);
        if (!status)
            status = check(context, path);
        if (!status) {
            if (*skipped == 0) /* else it names a damaged one, which was just said */
                compare_hint(folder, name);
            goto done;
        }
        oc_log(OC_LOG_WARN, "skipping a checkpoint: %s", oc_message());
        if (status != OC_ERR_DATA)
            found = status; /* it may be sound, only out of reach */
        ++*skipped;
    }
    path[0] = '\0';
    status = oc_fail(found, "%s: none of %zu checkpoints can be used; the last one tried: %s",
                     folder, list.count, oc_message());
done:
    free(list.steps);
    return status;
}
