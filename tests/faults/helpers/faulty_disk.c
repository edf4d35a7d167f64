/* faulty_disk.c - part of `faulty`, a copy of the program: its own calls on files below $FAULT_ROOT
 * come here first (--wrap). The one with the number $FAULT_AT fails, or the process ends there and
 * what it had not synced is lost; $FAULT_KIND says how (kinds[]). $FAULT_REPORT then has the
 * number and name of the call, the newest checkpoint that a power cut cannot take away, and the
 * newest one of which something was written. Without $FAULT_AT: each call, a line. Calls inside
 * libraries are not seen. */
#include "lost_data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A call as the program makes it, and as the C library does it. */
#define CALL(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

enum { DESCRIPTORS = 1024, PATH_BYTES = 512 };

typedef enum fate { PASS, FAIL, SHORT, BEFORE, AFTER, CUT } fate;

static const struct {
    const char *name;
    fate fate;
    int number; /* an errno, or a loss */
} kinds[] = {
    {"eio", FAIL, EIO},       {"enospc", FAIL, ENOSPC},   {"eintr", FAIL, EINTR},
    {"short", SHORT, 0},      {"before", BEFORE, 0},      {"after", AFTER, 0},
    {"drop", CUT, LOSS_DROP}, {"halve", CUT, LOSS_HALVE}, {"garble", CUT, LOSS_GARBLE},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *report;
static size_t kind = KINDS;
static unsigned long at, count;
static char paths[DESCRIPTORS][PATH_BYTES]; /* of descriptors below the root */
static long renamed, durable, begun;        /* steps of checkpoints */

__attribute__((constructor)) static void begin(void)
{
    const char *const stash = getenv("FAULT_STASH"), *const number = getenv("FAULT_AT"),
                      *const word = getenv("FAULT_KIND");
    root = getenv("FAULT_ROOT");
    report = getenv("FAULT_REPORT");
    at = number ? strtoul(number, NULL, 10) : 0;
    for (size_t i = 0; word && i < KINDS; i++)
        if (strcmp(kinds[i].name, word) == 0)
            kind = i;
    if (root && (!stash || !report || (word && kind == KINDS)))
        abort();
    if (root)
        lost_data_begin(root, stash);
}

static int is_ours(const char *path)
{
    const size_t length = root ? strlen(root) : 0;
    return root && path && strncmp(path, root, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

static const char *path_of(int descriptor)
{
    return root && descriptor >= 0 && descriptor < DESCRIPTORS && paths[descriptor][0]
               ? paths[descriptor]
               : NULL;
}

static void note_descriptor(int descriptor, const char *path)
{
    if (descriptor >= DESCRIPTORS)
        abort();
    if (descriptor >= 0)
        snprintf(paths[descriptor], PATH_BYTES, "%s", path);
}

/* The step of a checkpoint's name, as it is at the end or temporary; 0 of other names. */
static long step_of(const char *path)
{
    const char *const slash = strrchr(path, '/'), *const name = slash ? slash + 1 : path;
    return strncmp(name, "step-", 5) == 0    ? strtol(name + 5, NULL, 10)
           : strncmp(name, ".step-", 6) == 0 ? strtol(name + 6, NULL, 10)
                                             : 0;
}

static void tell(const char *call, const char *path)
{
    const int file = open(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    dprintf(file, "%lu %s .%s %ld %ld\n", count, call, path + strlen(root), durable, begun);
    close(file);
}

/* As a cut of power would: all at once, so another process does the rest. */
static void die(void)
{
    const pid_t self = getpid();
    const struct timespec nap = {0, 100 * 1000};
    if (kinds[kind].fate == CUT && fork() > 0)
        for (;;)
            pause();
    kill(self, SIGKILL);
    while (getppid() == self)
        nanosleep(&nap, NULL);
    root = NULL; /* from here on no call is looked at */
    lost_data_lose((loss)kinds[kind].number);
    _exit(0);
}

/* What happens to this call; nobody else's begins before leave(). */
static fate enter(const char *call, const char *path)
{
    pthread_mutex_lock(&turn);
    count++;
    if (!at)
        tell(call, path);
    if (count != at || (kinds[kind].fate == SHORT && strcmp(call, "write") != 0))
        return PASS;
    tell(call, path);
    if (kinds[kind].fate == BEFORE)
        die();
    return kinds[kind].fate;
}

static int fails(fate of)
{
    return of == FAIL;
}

static void leave(fate of)
{
    const int error = errno;
    if (of == AFTER || of == CUT)
        die();
    pthread_mutex_unlock(&turn);
    errno = fails(of) ? kinds[kind].number : error;
}

CALL(int, open, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (!is_ours(path))
        return __real_open(path, flags, mode);
    const fate to_be = enter("open", path);
    const int file = fails(to_be) ? -1 : __real_open(path, flags, mode);
    note_descriptor(file, path);
    if (flags & O_CREAT && file >= 0)
        lost_data_made_file(file);
    if (flags & O_CREAT && step_of(path) > begun)
        begun = step_of(path);
    leave(to_be);
    return file;
}

CALL(ssize_t, write, int file, const void *bytes, size_t size)
{
    const char *const path = path_of(file);
    if (!path)
        return __real_write(file, bytes, size);
    const fate to_be = enter("write", path);
    const ssize_t done =
        fails(to_be) ? -1 : __real_write(file, bytes, to_be == SHORT ? size / 2 : size);
    leave(to_be);
    return done;
}

CALL(int, fsync, int file)
{
    const char *const path = path_of(file);
    if (!path)
        return __real_fsync(file);
    const fate to_be = enter("fsync", path);
    const int result = fails(to_be) ? -1 : __real_fsync(file);
    if (result == 0) {
        lost_data_synced(file, path);
        const char *const end = strstr(path, "/checkpoints");
        if (end &&
            strspn(end + strlen("/checkpoints"), "/") == strlen(end + strlen("/checkpoints")))
            durable = renamed;
    }
    leave(to_be);
    return result;
}

/* Whether it fails or not the descriptor is free. */
CALL(int, close, int file)
{
    const char *const path = path_of(file);
    if (!path)
        return __real_close(file);
    const fate to_be = enter("close", path);
    paths[file][0] = '\0';
    const int result = __real_close(file);
    leave(to_be);
    return fails(to_be) ? -1 : result;
}

CALL(int, fflush, FILE *stream)
{
    const char *const path = stream ? path_of(fileno(stream)) : NULL;
    if (!path)
        return __real_fflush(stream);
    const fate to_be = enter("fflush", path);
    const int result = fails(to_be) ? EOF : __real_fflush(stream);
    leave(to_be);
    return result;
}

CALL(int, fclose, FILE *stream)
{
    const int file = fileno(stream);
    const char *const path = path_of(file);
    if (!path)
        return __real_fclose(stream);
    const fate to_be = enter("fclose", path);
    paths[file][0] = '\0';
    const int result = __real_fclose(stream);
    leave(to_be);
    return fails(to_be) ? EOF : result;
}

CALL(int, ftruncate, int file, off_t bytes)
{
    const char *const path = path_of(file);
    if (!path)
        return __real_ftruncate(file, bytes);
    const fate to_be = enter("ftruncate", path);
    const int result = fails(to_be) ? -1 : __real_ftruncate(file, bytes);
    leave(to_be);
    return result;
}

CALL(int, rename, const char *from, const char *to)
{
    if (!is_ours(to))
        return __real_rename(from, to);
    const fate to_be = enter("rename", to);
    lost_data_before_rename(from, to);
    const int result = fails(to_be) ? -1 : __real_rename(from, to);
    if (result != 0)
        lost_data_took_back();
    else if (step_of(to) > renamed)
        renamed = step_of(to);
    leave(to_be);
    return result;
}

CALL(int, unlink, const char *path)
{
    if (!is_ours(path))
        return __real_unlink(path);
    const fate to_be = enter("unlink", path);
    lost_data_before_unlink(path);
    const int result = fails(to_be) ? -1 : __real_unlink(path);
    if (result != 0)
        lost_data_took_back();
    leave(to_be);
    return result;
}

CALL(int, unlinkat, int folder, const char *name, int flags)
{
    const char *const above = path_of(folder);
    char path[PATH_BYTES * 2];
    if (!above)
        return __real_unlinkat(folder, name, flags);
    snprintf(path, sizeof path, "%s/%s", above, name);
    const fate to_be = enter("unlinkat", path);
    lost_data_before_unlink(path);
    const int result = fails(to_be) ? -1 : __real_unlinkat(folder, name, flags);
    if (result != 0)
        lost_data_took_back();
    leave(to_be);
    return result;
}

CALL(int, mkdir, const char *path, mode_t mode)
{
    if (!is_ours(path))
        return __real_mkdir(path, mode);
    const fate to_be = enter("mkdir", path);
    const int result = fails(to_be) ? -1 : __real_mkdir(path, mode);
    if (result == 0)
        lost_data_made_folder(path);
    leave(to_be);
    return result;
}

CALL(DIR *, opendir, const char *path)
{
    if (!is_ours(path))
        return __real_opendir(path);
    const fate to_be = enter("opendir", path);
    DIR *const stream = fails(to_be) ? NULL : __real_opendir(path);
    note_descriptor(stream ? dirfd(stream) : -1, path);
    leave(to_be);
    return stream;
}

CALL(int, closedir, DIR *stream)
{
    if (path_of(dirfd(stream)))
        paths[dirfd(stream)][0] = '\0';
    return __real_closedir(stream);
}
