/* checkpoint_keep.c - saving into the folder of checkpoints, and deleting older ones; see
 * checkpoint_dir.h. In two halves: what needs the run, HDF5 or the log is in the first; the second
 * may run on another thread. */
#include "storage/checkpoint_dir_private.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_ASIDE = 1000 };

/* Files that this process has written or looked at already: a checkpoint is as large as the run's
 * memory, and need not be read once more to be deleted. The two halves of saves take turns. */
typedef enum verdict { UNKNOWN, OURS, FOREIGN } verdict;

typedef struct known_file {
    struct stat about;
    verdict verdict;
    uint64_t number; /* OURS: of the run's checkpoints, from 1; 0: not known */
} known_file;

static struct {
    known_file *file;
    size_t count, capacity;
} known;

static int is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mode == b->st_mode && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static const known_file *recall_file(const struct stat *about)
{
    for (size_t i = 0; i < known.count; i++)
        if (is_same_file(&known.file[i].about, about))
            return &known.file[i];
    return NULL;
}

static verdict recall(const struct stat *about)
{
    const known_file *const file = recall_file(about);
    return file ? file->verdict : UNKNOWN;
}

/* A file of the same number was another one, which is gone. Without memory nothing is remembered,
 * and the file looked at again. */
static void remember(const struct stat *about, verdict is, uint64_t number)
{
    size_t at = 0;
    while (at < known.count && (known.file[at].about.st_ino != about->st_ino ||
                                known.file[at].about.st_dev != about->st_dev))
        at++;
    if (at == known.capacity) {
        const size_t capacity = known.capacity ? 2 * known.capacity : 16;
        known_file *larger = realloc(known.file, capacity * sizeof *larger);
        if (!larger)
            return;
        known.file = larger;
        known.capacity = capacity;
    }
    known.file[at] = (known_file){*about, is, number};
    known.count += at == known.count;
}

static void remember_written(const oc_checkpoint_job *job, const char *path)
{
    struct stat about;
    if (lstat(path, &about) == 0)
        remember(&about, OURS, job->info.checkpoints);
}

static void forget(const struct stat *about)
{
    for (size_t i = 0; i < known.count; i++)
        if (is_same_file(&known.file[i].about, about)) {
            known.file[i] = known.file[--known.count];
            return;
        }
}

OC_PRINTF(2, 3)
static void warn(oc_checkpoint_job *job, const char *format, ...)
{
    const size_t used = strlen(job->warnings);
    va_list args;
    va_start(args, format);
    vsnprintf(job->warnings + used, sizeof job->warnings - used, format, args);
    va_end(args);
    const size_t end = strlen(job->warnings);
    if (end + 1 < sizeof job->warnings)
        memcpy(job->warnings + end, "\n", 2);
}

static verdict verdict_of(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 ? recall(&about) : FOREIGN;
}

/* Only a whole checkpoint of this very run, in a file of its own, may be deleted or replaced. What
 * is something else is told once. */
static void look_at(oc_checkpoint_job *job, const char *path, const oc_checkpoint_owner *owner)
{
    struct stat about;
    oc_checkpoint_info info = {0};
    char *recipe = NULL;
    if (lstat(path, &about) != 0 || recall(&about) != UNKNOWN)
        return;
    oc_status status = S_ISREG(about.st_mode)
                           ? oc_checkpoint_read_info(path, &info, &recipe)
                           : oc_fail(OC_ERR_DATA, "%s: not a regular file", path);
    if (status == OC_OK &&
        (info.seed != job->info.seed || info.steps_per_epoch != job->info.steps_per_epoch ||
         !oc_digest_equal(info.data_digest, job->info.data_digest)))
        status = oc_fail(OC_ERR_DATA, "%s: a checkpoint of another run", path);
    if (status == OC_OK && owner)
        status = owner->check(owner->context, path, &info, recipe);
    free(recipe);
    remember(&about, status == OC_OK ? OURS : FOREIGN, info.checkpoints);
    if (status != OC_OK)
        warn(job, "ignored, not a checkpoint of this run: %s", oc_message());
}

/* The number of this run's newest checkpoint of those from list->steps[at] on; 0: not known. */
static uint64_t number_from(const oc_checkpoint_job *job, const oc_step_list *list, size_t at)
{
    char name[OC_CHECKPOINT_NAME], path[OC_PATH_BYTES];
    struct stat about;
    for (; at < list->count; at++) {
        oc_checkpoint_name(name, list->steps[at]);
        if (oc_path_join(path, job->folder, name) != OC_OK || lstat(path, &about) != 0)
            continue;
        const known_file *const file = recall_file(&about);
        if (file && file->verdict == OURS)
            return file->number;
    }
    return 0;
}

/* Does it stay as the first with this or a later multiple of keep.every? A multiple itself may be
 * missing, because it could not be saved. */
static int is_kept_for_good(const oc_checkpoint_job *job, const oc_step_list *list, size_t at)
{
    const uint64_t every = job->keep.every > 0 ? (uint64_t)job->keep.every : 0;
    return every > 0 && number_from(job, list, at) / every > number_from(job, list, at + 1) / every;
}

/* Kept are the newest up to the step just saved, which is always among them, and each so many-th.
 * Later ones belong to a continuation that was given up (this run resumed before them): a later
 * resume must not fall on them. Calls `visit` for all others. */
static oc_status for_surplus(oc_checkpoint_job *job, const oc_checkpoint_owner *owner,
                             oc_status (*visit)(oc_checkpoint_job *job, const char *path, int later,
                                                const oc_checkpoint_owner *owner))
{
    char name[OC_CHECKPOINT_NAME], path[OC_PATH_BYTES];
    const int64_t most = job->keep.newest > 1 ? job->keep.newest : 1;
    oc_step_list list;
    int64_t kept = 0;
    oc_status status = oc_checkpoint_scan(job->folder, &list);
    for (size_t i = 0; !status && i < list.count; i++) {
        const int later = list.steps[i] > job->info.step;
        if (!later &&
            (list.steps[i] == job->info.step || ++kept < most || is_kept_for_good(job, &list, i)))
            continue;
        oc_checkpoint_name(name, list.steps[i]);
        status = oc_path_join(path, job->folder, name);
        if (!status)
            status = visit(job, path, later, owner);
    }
    free(list.steps);
    return status;
}

static oc_status look_at_surplus(oc_checkpoint_job *job, const char *path, int later,
                                 const oc_checkpoint_owner *owner)
{
    (void)later;
    look_at(job, path, owner);
    return OC_OK;
}

static oc_status delete_surplus(oc_checkpoint_job *job, const char *path, int later,
                                const oc_checkpoint_owner *owner)
{
    (void)owner;
    struct stat about;
    if (lstat(path, &about) != 0 || recall(&about) != OURS)
        return OC_OK;
    if (unlink(path) < 0 && errno != ENOENT)
        return oc_fail(OC_ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
    forget(&about);
    if (later)
        warn(job, "%s: removed: it is from a run that continued beyond step %" PRIu64, path,
             job->info.step);
    return OC_OK;
}

/* Is anything in the folder that was not looked at? Then the next save has to. */
static int has_strangers(const char *folder)
{
    char name[OC_CHECKPOINT_NAME], path[OC_PATH_BYTES];
    oc_step_list list;
    int found = oc_checkpoint_scan(folder, &list) != OC_OK;
    for (size_t i = 0; !found && i < list.count; i++) {
        oc_checkpoint_name(name, list.steps[i]);
        found = oc_path_join(path, folder, name) == OC_OK && verdict_of(path) == UNKNOWN;
    }
    free(list.steps);
    return found ||
           (oc_path_join(path, folder, OC_CHECKPOINT_BEST) == OC_OK && verdict_of(path) == UNKNOWN);
}

/* Something that is not this run's stands where a file of it has to go: it gets another name. */
static oc_status move_aside(oc_checkpoint_job *job, const char *path)
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
        warn(job, "%s: was in the way; renamed to %s", path, aside);
        return OC_OK;
    }
    return oc_fail(OC_ERR_IO, "%s: in the way, and it cannot be renamed: %s", path,
                   strerror(errno));
}

/* Where a file of this run has to go. */
static oc_status look_at_place(oc_checkpoint_job *job, const char *name,
                               const oc_checkpoint_owner *owner)
{
    char path[OC_PATH_BYTES];
    const oc_status status = oc_path_join(path, job->folder, name);
    if (status || !oc_file_exists(path))
        return status;
    look_at(job, path, owner);
    return verdict_of(path) == OURS ? OC_OK : move_aside(job, path);
}

static oc_status look(oc_checkpoint_job *job, const char *name, const oc_checkpoint_owner *owner)
{
    oc_status status = look_at_place(job, name, owner);
    if (!status && job->best)
        status = look_at_place(job, OC_CHECKPOINT_BEST, owner);
    if (!status)
        status = for_surplus(job, owner, look_at_surplus);
    job->strangers = has_strangers(job->folder);
    return status;
}

static oc_status save_as(oc_checkpoint_job *job, const char *name)
{
    char path[OC_PATH_BYTES];
    oc_status status = oc_path_join(path, job->folder, name);
    if (!status && oc_file_exists(path) && verdict_of(path) != OURS)
        status = move_aside(job, path);
    if (!status)
        status = oc_file_image_write(&job->image, path);
    if (!status)
        remember_written(job, path);
    return status;
}

static oc_status write_hint(oc_checkpoint_job *job, const char *name)
{
    char line[OC_CHECKPOINT_NAME + 1], path[OC_PATH_BYTES];
    struct stat about;
    const int length = snprintf(line, sizeof line, "%s\n", name);
    oc_status status = oc_path_join(path, job->folder, OC_CHECKPOINT_LATEST);
    if (!status && lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        status = move_aside(job, path);
    return status ? status : oc_file_write(path, line, (size_t)length);
}

oc_status oc_checkpoint_dir_build(oc_checkpoint_job *job, const char *folder,
                                  const oc_checkpoint_content *content,
                                  const oc_checkpoint_keep *keep, int best,
                                  const oc_checkpoint_owner *owner, int looks)
{
    char name[OC_CHECKPOINT_NAME], path[OC_PATH_BYTES];
    *job = (oc_checkpoint_job){.info = *content->info, .keep = *keep, .best = best};
    oc_checkpoint_name(name, job->info.step);
    oc_status status = oc_path_join(path, folder, name);
    if (status)
        return status;
    snprintf(job->folder, sizeof job->folder, "%s", folder);
    if (looks)
        status = look(job, name, owner);
    return status ? status
                  : oc_checkpoint_build(path, content->info, content->recipe, content->schema,
                                        content->tensors, content->count, &job->image);
}

oc_status oc_checkpoint_dir_write(oc_checkpoint_job *job)
{
    char name[OC_CHECKPOINT_NAME];
    int is_new; /* not its parents: a run directory is there */
    oc_status status = oc_folder_add(job->folder, &is_new);
    if (status)
        return status;
    oc_checkpoint_dir_clean(job->folder); /* leftovers first: they may be what fills the disk */
    oc_checkpoint_name(name, job->info.step);
    status = save_as(job, name);
    if (!status && job->best)
        status = save_as(job, OC_CHECKPOINT_BEST);
    if (!status)
        status = write_hint(job, name);
    return status ? status : for_surplus(job, NULL, delete_surplus);
}

void oc_checkpoint_job_free(oc_checkpoint_job *job)
{
    oc_file_image_free(&job->image);
}

void oc_checkpoint_job_tell(oc_checkpoint_job *job)
{
    char *rest = NULL;
    for (char *line = strtok_r(job->warnings, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        oc_log(OC_LOG_WARN, "%s", line);
    job->warnings[0] = '\0';
}
