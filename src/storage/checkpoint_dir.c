/* checkpoint_dir.c - see checkpoint_dir.h. Names, order and deletion; checkpoint.c has the
 * content. */
#include "storage/checkpoint_dir.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 64 };

static const char best_name[] = "best.h5", latest_name[] = "latest";

/* The steps of the checkpoints in a folder, newest first. */
typedef struct step_list {
    uint64_t *steps;
    size_t count, capacity;
} step_list;

static void step_name(char name[NAME_BYTES], uint64_t step)
{
    snprintf(name, NAME_BYTES, "step-%09" PRIu64 ".h5", step);
}

/* Is this the name of a checkpoint, exactly as step_name writes it? */
static int parse_step(const char *name, uint64_t *step)
{
    char again[NAME_BYTES];
    if (sscanf(name, "step-%20" SCNu64 ".h5", step) != 1)
        return 0;
    step_name(again, *step);
    return strcmp(name, again) == 0;
}

/* A file that a killed process was still writing: ".NAME.tmp-PID" of a name used here. */
static int is_leftover(const char *name)
{
    return (strncmp(name, ".step-", 6) == 0 || strncmp(name, ".best.h5.", 9) == 0 ||
            strncmp(name, ".latest.", 8) == 0) &&
           strstr(name, ".tmp-") != NULL;
}

static int newest_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

static oc_status append(step_list *list, const char *folder, uint64_t step)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        uint64_t *larger = realloc(list->steps, capacity * sizeof *larger);
        if (!larger)
            return oc_fail(OC_ERR_INTERNAL, "%s: no memory to list it", folder);
        list->steps = larger;
        list->capacity = capacity;
    }
    list->steps[list->count++] = step;
    return OC_OK;
}

/* A folder that is not there holds nothing. With `clean`, leftovers are removed on the way. */
static oc_status scan(const char *folder, int clean, step_list *list)
{
    oc_status status = OC_OK;
    uint64_t step;
    *list = (step_list){0};
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
        else if (clean && is_leftover(entry->d_name))
            unlinkat(dirfd(stream), entry->d_name, 0); /* if it stays, only room is lost */
    }
    closedir(stream);
    if (!status && list->count > 0)
        qsort(list->steps, list->count, sizeof list->steps[0], newest_first);
    return status;
}

/* Keep the newest `keep` up to `step`, which is always among them. Later ones belong to a
 * continuation that was given up (this run resumed before them, or began anew in the folder): a
 * later resume must not fall on them. */
static oc_status rotate(const char *folder, uint64_t step, int64_t keep)
{
    char name[NAME_BYTES], path[OC_PATH_BYTES];
    step_list list;
    int64_t kept = 0;
    oc_status status = scan(folder, 0, &list);
    for (size_t i = 0; !status && i < list.count; i++) {
        const int later = list.steps[i] > step;
        if (!later && (list.steps[i] == step || ++kept < (keep > 1 ? keep : 1)))
            continue;
        step_name(name, list.steps[i]);
        status = oc_path_join(path, folder, name);
        if (!status && unlink(path) < 0 && errno != ENOENT)
            status = oc_fail(OC_ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
        if (!status && later)
            oc_log(OC_LOG_WARN, "%s: removed, of a run that went on beyond step %" PRIu64, path,
                   step);
    }
    free(list.steps);
    return status;
}

oc_status oc_checkpoint_dir_save(const char *folder, const oc_checkpoint_info *info,
                                 const char *recipe, const oc_schema *schema,
                                 const oc_named_tensor *tensors, size_t count, int64_t keep,
                                 int best)
{
    char name[NAME_BYTES], path[OC_PATH_BYTES];
    step_list list;
    oc_status status = oc_folder_create(folder);
    if (!status)
        status = scan(folder, 1, &list); /* leftovers first: they may be what fills the disk */
    if (status)
        return status;
    free(list.steps);
    step_name(name, info->step);
    status = oc_path_join(path, folder, name);
    if (!status)
        status = oc_checkpoint_save(path, info, recipe, schema, tensors, count);
    if (!status && best) {
        status = oc_path_join(path, folder, best_name);
        if (!status)
            status = oc_checkpoint_save(path, info, recipe, schema, tensors, count);
    }
    if (!status)
        status = oc_path_join(path, folder, latest_name);
    if (!status) {
        char line[NAME_BYTES + 1];
        const int length = snprintf(line, sizeof line, "%s\n", name);
        status = oc_file_write(path, line, (size_t)length);
    }
    return status ? status : rotate(folder, info->step, keep);
}

/* Does a whole checkpoint read? Its digest, info and recipe. */
static oc_status verify(const char *path)
{
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
    if (oc_path_join(path, folder, latest_name) || !oc_file_exists(path))
        return;
    if (oc_file_read(path, NAME_BYTES, &hint, &length)) {
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
    char name[NAME_BYTES];
    step_list list;
    path[0] = '\0';
    *skipped = 0;
    oc_status found = OC_ERR_DATA, status = scan(folder, 0, &list);
    if (status || list.count == 0)
        goto done;
    for (size_t i = 0; i < list.count; i++) {
        step_name(name, list.steps[i]);
        status = oc_path_join(path, folder, name);
        if (!status)
            status = verify(path);
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
