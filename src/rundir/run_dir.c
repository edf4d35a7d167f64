/* run_dir.c - see run_dir.h. The lock is flock() on the file `lock`, which stays: it ends with the
 * process that holds it, however that ends. File systems without locks are left to the user's
 * care. */
#include "rundir/run_dir.h"

#include "base/clock.h"
#include "base/leftovers.h"
#include "base/log.h"
#include "storage/checkpoint_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct timespec nap = {.tv_nsec = 50 * 1000 * 1000};

int oc_run_dir_holds_run(const char *path)
{
    char part[OC_PATH_BYTES];
    if (oc_path_join(part, path, "recipe.yaml") == OC_OK && oc_file_exists(part))
        return 1;
    return oc_path_join(part, path, "checkpoints") == OC_OK && oc_checkpoint_dir_holds_any(part);
}

/* Open or make the lock file -> descriptor. A folder that vanishes meanwhile was another process's,
 * which has begun no run: made anew. */
static oc_status open_lock_file(oc_run_dir *dir, const char *path)
{
    const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat about;
    size_t made = 0;
    for (int i = 0;; i++) {
        dir->lock = open(path, flags | O_EXCL, 0666);
        dir->made_lock = dir->lock >= 0;
        if (dir->lock < 0 && errno == EEXIST)
            dir->lock = open(path, flags, 0666);
        if (dir->lock >= 0 || errno != ENOENT || i == 100)
            break;
        const oc_status status = oc_folder_make(dir->path, &made);
        if (status != OC_OK)
            return status;
        dir->made_from = dir->made_from ? dir->made_from : made;
    }
    if (dir->lock < 0)
        return oc_fail(OC_ERR_IO, "%s: %s; the run directory must be writable", path,
                       strerror(errno));
    if (fstat(dir->lock, &about) != 0 || !S_ISREG(about.st_mode))
        return oc_fail(OC_ERR_IO, "%s: not a regular file", path);
    return OC_OK;
}

/* 1: held; 0: another process has it, or the file was removed while we opened it. */
static int try_lock(const oc_run_dir *dir, const char *path)
{
    struct stat ours, there;
    if (flock(dir->lock, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK && errno != EINTR;
    return fstat(dir->lock, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

static oc_status take_lock(oc_run_dir *dir, const oc_run_dir_options *options)
{
    char path[OC_PATH_BYTES];
    const double end = oc_seconds() + options->wait;
    oc_status status = oc_path_join(path, dir->path, "lock");
    for (int told = 0; status == OC_OK; told = 1) {
        status = open_lock_file(dir, path);
        if (status != OC_OK || try_lock(dir, path))
            return status;
        close(dir->lock);
        dir->lock = -1;
        if (options->stop && *options->stop)
            return oc_fail(OC_STOPPED, "%s: stopped while waiting for its lock", dir->path);
        if (oc_seconds() >= end)
            return oc_fail(OC_ERR_IO, "%s: another onecycle is training in this run directory%s",
                           dir->path, options->wait > 0 ? " and has not released it" : "");
        if (!told)
            oc_log(OC_LOG_WARN,
                   "%s: another onecycle is training in this run directory; waiting for it up to "
                   "%.0f s",
                   dir->path, options->wait);
        nanosleep(&nap, NULL);
    }
    return status;
}

static int is_runs(const char *name)
{
    static const char *const names[] = {"recipe.yaml", "summary.json", "steps.csv", "epochs.csv",
                                        "points.csv",  "sweep.csv",    "sweep.png"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return 0;
}

static int is_picture(const char *name)
{
    const char *const ending = strrchr(name, '.');
    return ending && strcmp(ending, ".png") == 0;
}

static void clean(const oc_run_dir *dir)
{
    char folder[OC_PATH_BYTES];
    oc_leftovers_remove(dir->path, is_runs);
    if (oc_path_join(folder, dir->path, "plots") == OC_OK)
        oc_leftovers_remove(folder, is_picture);
    if (oc_path_join(folder, dir->path, "checkpoints") == OC_OK)
        oc_checkpoint_dir_clean(folder);
}

static oc_status open_log(oc_run_dir *dir, int must_exist)
{
    char path[OC_PATH_BYTES];
    oc_status status = oc_path_join(path, dir->path, "log.txt");
    if (status != OC_OK || dir->log || (must_exist && !oc_file_exists(path)))
        return status;
    status = oc_file_append(&dir->log, path);
    oc_log_to_file(dir->log);
    return status;
}

oc_status oc_run_dir_open(oc_run_dir *dir, const char *path, const oc_run_dir_options *options)
{
    *dir = OC_RUN_DIR_CLOSED;
    const int length = snprintf(dir->path, sizeof dir->path, "%s", path);
    if (length < 0 || (size_t)length >= sizeof dir->path)
        return oc_fail(OC_ERR_IO, "%.60s...: the path is too long", path);
    oc_status status = oc_folder_make(dir->path, &dir->made_from);
    if (status != OC_OK)
        return status;
    dir->is_new = dir->made_from > 0;
    if (options->must_be_new && !dir->is_new)
        return OC_OK;
    status = take_lock(dir, options);
    if (status != OC_OK)
        return status;
    dir->folder = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->folder < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", dir->path, strerror(errno));
    clean(dir);
    return options->resumes ? open_log(dir, 1) : OC_OK;
}

oc_status oc_run_dir_begin(oc_run_dir *dir)
{
    dir->is_begun = 1;
    return open_log(dir, 0);
}

oc_status oc_run_dir_check(const oc_run_dir *dir)
{
    struct stat ours, there;
    if (fstat(dir->folder, &ours) == 0 && ours.st_nlink > 0 && stat(dir->path, &there) == 0 &&
        ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
        return OC_OK;
    return oc_fail(OC_ERR_IO,
                   "%s: the run directory was removed, moved or replaced during the run; its "
                   "contents are not written again",
                   dir->path);
}

void oc_run_dir_note(const oc_run_dir *dir, oc_status status)
{
    if (dir->log && status != OC_OK && status != OC_STOPPED)
        oc_log_file_only(OC_LOG_ERROR, "%s",
                         oc_message()[0] ? oc_message() : oc_status_text(status));
}

/* From the innermost folder out; what is not empty stays. */
static void remove_made(oc_run_dir *dir)
{
    size_t length = strlen(dir->path);
    while (length > 1 && dir->path[length - 1] == '/')
        length--;
    while (dir->made_from > 0 && length >= dir->made_from) {
        dir->path[length] = '\0';
        if (rmdir(dir->path) != 0)
            return;
        while (length > 0 && dir->path[length - 1] != '/')
            length--;
        while (length > 0 && dir->path[length - 1] == '/')
            length--;
    }
}

void oc_run_dir_close(oc_run_dir *dir, oc_status status)
{
    char path[OC_PATH_BYTES];
    oc_run_dir_note(dir, status);
    if (dir->log) {
        oc_log_to_file(NULL);
        fclose(dir->log);
    }
    if (!dir->is_begun && dir->made_lock && dir->lock >= 0 &&
        oc_path_join(path, dir->path, "lock") == OC_OK)
        unlink(path);
    if (!dir->is_begun)
        remove_made(dir);
    if (dir->lock >= 0)
        close(dir->lock);
    if (dir->folder >= 0)
        close(dir->folder);
    *dir = OC_RUN_DIR_CLOSED;
}
