/* checkpoint_dir.c - see checkpoint_dir.h. Names, order and deletion; checkpoint.c has the
 * content. */
#include "storage/checkpoint_dir.h"

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

enum { NAME_BYTES = 64, REMEMBERED = 64, MOST_ASIDE = 1000 };

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

static int is_ours(const char *name)
{
    uint64_t step;
    return parse_step(name, &step) || strcmp(name, best_name) == 0 ||
           strcmp(name, latest_name) == 0;
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

static oc_status append(step_list *list, const char *folder, uint64_t step)
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

/* What is called as checkpoints are. A folder that is not there holds nothing. */
static oc_status scan(const char *folder, step_list *list)
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
    }
    closedir(stream);
    if (!status && list->count > 0)
        qsort(list->steps, list->count, sizeof list->steps[0], newest_first);
    return status;
}

int oc_checkpoint_dir_holds_any(const char *folder)
{
    char path[OC_PATH_BYTES];
    step_list list;
    const oc_status status = scan(folder, &list); /* what can't be listed may hold some */
    const int some = status != OC_OK || list.count > 0;
    free(list.steps);
    return some || (oc_path_join(path, folder, best_name) == OC_OK && oc_file_exists(path));
}

/* Files that this process has written or looked at already: a checkpoint is as large as the run's
 * memory, and need not be read once more to be deleted. */
typedef enum verdict { UNKNOWN, OURS, FOREIGN } verdict;

static struct {
    struct stat about;
    verdict verdict;
} remembered[REMEMBERED];
static size_t remembered_next;

static verdict recall(const struct stat *about)
{
    for (size_t i = 0; i < REMEMBERED; i++) {
        const struct stat *const known = &remembered[i].about;
        if (remembered[i].verdict != UNKNOWN && known->st_ino == about->st_ino &&
            known->st_dev == about->st_dev && known->st_size == about->st_size &&
            known->st_mode == about->st_mode && known->st_mtim.tv_sec == about->st_mtim.tv_sec &&
            known->st_mtim.tv_nsec == about->st_mtim.tv_nsec)
            return remembered[i].verdict;
    }
    return UNKNOWN;
}

static void remember(const struct stat *about, verdict is)
{
    remembered[remembered_next].about = *about;
    remembered[remembered_next].verdict = is;
    remembered_next = (remembered_next + 1) % REMEMBERED;
}

static void remember_written(const char *path)
{
    struct stat about;
    if (lstat(path, &about) == 0)
        remember(&about, OURS);
}

/* Only a whole checkpoint of this very run, in a file of its own, may be deleted or replaced. What
 * is something else is told once. */
static int is_this_runs(const char *path, const oc_checkpoint_info *now,
                        const oc_checkpoint_owner *owner)
{
    struct stat about;
    oc_checkpoint_info info;
    char *recipe = NULL;
    if (lstat(path, &about) != 0)
        return 0;
    const verdict known = recall(&about);
    if (known != UNKNOWN)
        return known == OURS;
    oc_status status = S_ISREG(about.st_mode)
                           ? oc_checkpoint_read_info(path, &info, &recipe)
                           : oc_fail(OC_ERR_DATA, "%s: not a regular file", path);
    if (status == OC_OK &&
        (info.seed != now->seed || info.steps_per_epoch != now->steps_per_epoch ||
         !oc_digest_equal(info.data_digest, now->data_digest)))
        status = oc_fail(OC_ERR_DATA, "%s: a checkpoint of another run", path);
    if (status == OC_OK && owner)
        status = owner->check(owner->context, path, &info, recipe);
    free(recipe);
    remember(&about, status == OC_OK ? OURS : FOREIGN);
    if (status != OC_OK)
        oc_log(OC_LOG_WARN, "ignored, not a checkpoint of this run: %s", oc_message());
    return status == OC_OK;
}

/* Keep the newest `keep` up to the step just saved, which is always among them. Later ones belong
 * to a continuation that was given up (this run resumed before them): a later resume must not fall
 * on them. */
static oc_status rotate(const char *folder, const oc_checkpoint_info *info, int64_t keep,
                        const oc_checkpoint_owner *owner)
{
    char name[NAME_BYTES], path[OC_PATH_BYTES];
    step_list list;
    int64_t kept = 0;
    oc_status status = scan(folder, &list);
    for (size_t i = 0; !status && i < list.count; i++) {
        const int later = list.steps[i] > info->step;
        if (!later && (list.steps[i] == info->step || ++kept < (keep > 1 ? keep : 1)))
            continue;
        step_name(name, list.steps[i]);
        status = oc_path_join(path, folder, name);
        if (status || !is_this_runs(path, info, owner))
            continue;
        if (unlink(path) < 0 && errno != ENOENT)
            status = oc_fail(OC_ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
        if (!status && later)
            oc_log(OC_LOG_WARN, "%s: removed: it is from a run that continued beyond step %" PRIu64,
                   path, info->step);
    }
    free(list.steps);
    return status;
}

/* Something that is not this run's stands where a file of it has to go: it gets another name. */
static oc_status move_aside(const char *path)
{
    char aside[OC_PATH_BYTES];
    for (int i = 1; i <= MOST_ASIDE; i++) {
        const int length = snprintf(aside, sizeof aside, "%s.found-%d", path, i);
        if (length < 0 || (size_t)length >= sizeof aside)
            return oc_fail(OC_ERR_IO, "%s: in the way, and its path is too long to rename it",
                           path);
        if (oc_file_exists(aside))
            continue;
        if (rename(path, aside) < 0)
            break;
        oc_log(OC_LOG_WARN, "%s: was in the way; renamed to %s", path, aside);
        return OC_OK;
    }
    return oc_fail(OC_ERR_IO, "%s: in the way, and it cannot be renamed: %s", path,
                   strerror(errno));
}

static oc_status save_as(char path[OC_PATH_BYTES], const char *folder, const char *name,
                         const oc_checkpoint_content *content, const oc_checkpoint_owner *owner)
{
    oc_status status = oc_path_join(path, folder, name);
    if (!status && oc_file_exists(path) && !is_this_runs(path, content->info, owner))
        status = move_aside(path);
    if (!status)
        status = oc_checkpoint_save(path, content->info, content->recipe, content->schema,
                                    content->tensors, content->count);
    if (!status)
        remember_written(path);
    return status;
}

static oc_status write_hint(const char *folder, const char *name)
{
    char line[NAME_BYTES + 1], path[OC_PATH_BYTES];
    struct stat about;
    const int length = snprintf(line, sizeof line, "%s\n", name);
    oc_status status = oc_path_join(path, folder, latest_name);
    if (!status && lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        status = move_aside(path);
    return status ? status : oc_file_write(path, line, (size_t)length);
}

oc_status oc_checkpoint_dir_save(const char *folder, const oc_checkpoint_content *content,
                                 int64_t keep, int best, const oc_checkpoint_owner *owner)
{
    char name[NAME_BYTES], path[OC_PATH_BYTES];
    if (mkdir(folder, 0777) < 0 && errno != EEXIST) /* not its parents: a run directory is there */
        return oc_fail(OC_ERR_IO, "%s: cannot create folder: %s", folder, strerror(errno));
    oc_checkpoint_dir_clean(folder); /* leftovers first: they may be what fills the disk */
    step_name(name, content->info->step);
    oc_status status = save_as(path, folder, name, content, owner);
    if (!status && best)
        status = save_as(path, folder, best_name, content, owner);
    if (!status)
        status = write_hint(folder, name);
    return status ? status : rotate(folder, content->info, keep, owner);
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
    oc_status found = OC_ERR_DATA, status = scan(folder, &list);
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
