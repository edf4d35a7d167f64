/* file.c - see file.h. The only place that renames a file into its final name. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_uint_fast64_t sync_count;

static oc_status too_long(const char *path)
{
    return oc_fail(OC_ERR_IO, "%.60s...: path is longer than %d bytes", path, OC_PATH_BYTES - 1);
}

/* fsync and count; a file system that cannot sync a folder says EINVAL, which is no error. */
static int sync_descriptor(int descriptor)
{
    atomic_fetch_add(&sync_count, 1);
    int result;
    do
        result = fsync(descriptor);
    while (result < 0 && errno == EINTR);
    return result < 0 && errno != EINVAL ? -1 : 0;
}

uint64_t oc_file_sync_count(void)
{
    return atomic_load(&sync_count);
}

/* Length of the folder part of a path with its last slash; 0 without one. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

oc_status oc_file_temporary(char *out, const char *final_path)
{
    const size_t folder = folder_length(final_path);
    struct stat there;
    if (final_path[folder] == '\0')
        return oc_fail(OC_ERR_IO, "%s: names a folder, expected a file", final_path);
    /* The commit's rename would replace a device or pipe by a plain file. */
    if (stat(final_path, &there) == 0 && !S_ISREG(there.st_mode))
        return oc_fail(OC_ERR_IO, "%s: cannot write: it exists and is not a regular file",
                       final_path);
    const int length = snprintf(out, OC_PATH_BYTES, "%.*s.%s.tmp-%ld", (int)folder, final_path,
                                final_path + folder, (long)getpid());
    if (length < 0 || length >= OC_PATH_BYTES)
        return too_long(final_path);
    return OC_OK;
}

/* A signal may interrupt it on some file systems; the descriptor is closed all the same, and what
 * matters was or will be flushed by sync_descriptor. */
static int close_descriptor(int descriptor)
{
    return close(descriptor) < 0 && errno != EINTR ? -1 : 0;
}

static int sync_path(const char *path, int flags)
{
    const int descriptor = open(path, flags | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return -1;
    const int result = sync_descriptor(descriptor);
    const int error = errno;
    const int closed = close_descriptor(descriptor);
    if (result < 0)
        errno = error;
    return result < 0 ? result : closed;
}

/* The folder in which a path is. */
static int sync_folder_of(const char *path)
{
    char folder[OC_PATH_BYTES];
    const size_t length = folder_length(path);
    memcpy(folder, length ? path : ".", length ? length : 1);
    folder[length ? length : 1] = '\0';
    return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

oc_status oc_file_commit(const char *temporary, const char *final_path)
{
    const char *step = "flush to disk";
    int error;
    if (folder_length(final_path) >= OC_PATH_BYTES)
        return too_long(final_path);
    if (sync_path(temporary, O_RDONLY | O_NOFOLLOW) < 0)
        goto failed;
    step = "rename to its final name";
    if (rename(temporary, final_path) < 0)
        goto failed;
    if (sync_folder_of(final_path) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot flush its folder to disk: %s", final_path,
                       strerror(errno));
    return OC_OK;
failed:
    error = errno;
    unlink(temporary);
    return oc_fail(OC_ERR_IO, "%s: cannot %s: %s", final_path, step, strerror(error));
}

static int write_all(int descriptor, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t done = write(descriptor, bytes, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes += done;
        count -= (size_t)done;
    }
    return 0;
}

oc_status oc_file_create(int *descriptor, char *temporary, const char *path)
{
    *descriptor = -1;
    const oc_status status = oc_file_temporary(temporary, path);
    if (status)
        return status;
    unlink(temporary); /* left by a killed process of the same number */
    *descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (*descriptor < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot create a file next to it: %s", path, strerror(errno));
    return OC_OK;
}

oc_status oc_file_write(const char *path, const void *bytes, size_t count)
{
    char temporary[OC_PATH_BYTES];
    int descriptor;
    const oc_status status = oc_file_create(&descriptor, temporary, path);
    if (status)
        return status;
    int error = write_all(descriptor, bytes, count) < 0 ? errno : 0;
    if (close_descriptor(descriptor) < 0 && !error)
        error = errno;
    if (error) {
        unlink(temporary);
        return oc_fail(OC_ERR_IO, "%s: cannot write %zu bytes: %s", path, count, strerror(error));
    }
    return oc_file_commit(temporary, path);
}

/* What is no regular file may block for ever: O_NONBLOCK opens a pipe at once, and then it is
 * refused. */
static oc_status open_regular(int *descriptor, const char *path, int flags)
{
    struct stat about;
    *descriptor = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (*descriptor < 0 && errno == ELOOP && (flags & O_NOFOLLOW))
        return oc_fail(OC_ERR_IO, "%s: is a symbolic link, expected a regular file", path);
    if (*descriptor < 0 && errno == ENXIO) /* a pipe that nobody reads, a socket */
        return oc_fail(OC_ERR_IO, "%s: not a regular file", path);
    if (*descriptor < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    const int known = fstat(*descriptor, &about) == 0;
    if (known && S_ISREG(about.st_mode))
        return OC_OK;
    close(*descriptor);
    *descriptor = -1;
    return oc_fail(OC_ERR_IO, "%s: not a regular file%s", path,
                   known && S_ISDIR(about.st_mode) ? " but a directory" : "");
}

oc_status oc_file_open(int *descriptor, const char *path)
{
    return open_regular(descriptor, path, O_RDONLY);
}

/* A stream over a descriptor, which is closed if there is none. */
static oc_status stream_over(FILE **stream, int descriptor, const char *path, const char *mode)
{
    *stream = fdopen(descriptor, mode);
    if (*stream)
        return OC_OK;
    close(descriptor);
    return oc_fail(OC_ERR_MEMORY, "%s: no memory for a stream", path);
}

oc_status oc_file_open_stream(FILE **stream, const char *path)
{
    int descriptor;
    *stream = NULL;
    const oc_status status = oc_file_open(&descriptor, path);
    return status ? status : stream_over(stream, descriptor, path, "r");
}

oc_status oc_file_append(FILE **stream, const char *path)
{
    int descriptor;
    *stream = NULL;
    const oc_status status =
        open_regular(&descriptor, path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
    return status ? status : stream_over(stream, descriptor, path, "a");
}

oc_status oc_file_create_stream(FILE **stream, char *temporary, const char *path)
{
    int descriptor;
    *stream = NULL;
    const oc_status status = oc_file_create(&descriptor, temporary, path);
    return status ? status : stream_over(stream, descriptor, path, "w");
}

/* Fill *bytes until the end of the file or one byte beyond the limit. */
static oc_status read_all(int descriptor, const char *path, size_t limit, char **bytes,
                          size_t *count)
{
    struct stat about;
    size_t capacity = 4096;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
        if ((uint64_t)about.st_size > limit)
            return oc_fail(OC_ERR_DATA, "%s: %lld bytes, expected at most %zu", path,
                           (long long)about.st_size, limit);
        capacity = (size_t)about.st_size + 2; /* NUL, and a byte so that the end is seen */
    }
    for (*count = 0;;) {
        char *larger = realloc(*bytes, capacity);
        if (!larger)
            return oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu bytes", path, capacity);
        *bytes = larger;
        while (*count < capacity - 1) {
            const ssize_t done = read(descriptor, *bytes + *count, capacity - 1 - *count);
            if (done < 0 && errno == EINTR)
                continue;
            if (done < 0)
                return oc_fail(OC_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
            if (done == 0) {
                (*bytes)[*count] = '\0';
                return OC_OK;
            }
            *count += (size_t)done;
            if (*count > limit)
                return oc_fail(OC_ERR_DATA, "%s: more than %zu bytes", path, limit);
        }
        capacity *= 2;
    }
}

oc_status oc_file_read(const char *path, size_t limit, char **bytes, size_t *count)
{
    int descriptor;
    *bytes = NULL;
    *count = 0;
    oc_status status = oc_file_open(&descriptor, path);
    if (status)
        return status;
    status = read_all(descriptor, path, limit, bytes, count);
    close(descriptor);
    if (status) {
        free(*bytes);
        *bytes = NULL;
        *count = 0;
    }
    return status;
}

/* A folder that nobody may read cannot be opened to be flushed. */
oc_status oc_folder_add(const char *path, int *is_new)
{
    struct stat there;
    *is_new = 0;
    if (strlen(path) >= OC_PATH_BYTES)
        return too_long(path);
    if (mkdir(path, 0777) == 0) {
        *is_new = 1;
        return sync_folder_of(path) == 0 || errno == EACCES
                   ? OC_OK
                   : oc_fail(OC_ERR_IO, "%s: cannot flush its folder to disk: %s", path,
                             strerror(errno));
    }
    const int error = errno; /* a parent that is there may refuse mkdir by EROFS */
    return error == EEXIST || stat(path, &there) == 0
               ? OC_OK
               : oc_fail(OC_ERR_IO, "%s: cannot create folder: %s", path, strerror(error));
}

oc_status oc_folder_make(const char *path, size_t *made_from)
{
    char part[OC_PATH_BYTES];
    const size_t length = strlen(path);
    struct stat there;
    int is_new;
    *made_from = 0;
    if (length >= sizeof part)
        return too_long(path);
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        const oc_status status = oc_folder_add(part, &is_new);
        if (is_new)
            *made_from = *made_from ? *made_from : i;
        if (status != OC_OK)
            return status;
        part[i] = path[i];
    }
    if (stat(path, &there) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot create folder: %s", path, strerror(errno));
    if (!S_ISDIR(there.st_mode))
        return oc_fail(OC_ERR_IO, "%s: exists and is not a folder", path);
    return OC_OK;
}

oc_status oc_folder_create(const char *path)
{
    size_t made_from;
    return oc_folder_make(path, &made_from);
}

int oc_file_exists(const char *path)
{
    struct stat there;
    return lstat(path, &there) == 0;
}

oc_status oc_path_join(char *out, const char *folder, const char *name)
{
    const size_t length = strlen(folder);
    const char *separator = length == 0 || folder[length - 1] == '/' ? "" : "/";
    const int written = snprintf(out, OC_PATH_BYTES, "%s%s%s", folder, separator, name);
    if (written < 0 || written >= OC_PATH_BYTES)
        return too_long(folder);
    return OC_OK;
}
