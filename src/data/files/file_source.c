/* file_source.c - see file_source.h: what folders and archives have in common. */
#include "data/files/file_source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* By its first bytes: those of its first member, or of the end of an empty archive. */
static int is_zip(const char *path)
{
    char magic[4] = "";
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return 0;
    const ssize_t n = pread(file, magic, sizeof magic, 0);
    close(file);
    return n == sizeof magic &&
           (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0);
}

oc_status oc_file_source_open(oc_file_source **out, const char *path, oc_follow follow)
{
    struct stat about;
    *out = NULL;
    if (stat(path, &about) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (follow != OC_FOLLOW_NONE && !S_ISDIR(about.st_mode))
        return oc_fail(OC_ERR_USAGE,
                       "%s: not a folder: links in an archive are not followed, unpack it first",
                       path);
    oc_file_source *source = calloc(1, sizeof *source);
    if (source)
        source->path = strdup(path);
    if (!source || !source->path) {
        free(source);
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
    }
    source->follow = follow;
    source->kind = S_ISDIR(about.st_mode) ? &oc_source_folder
                   : is_zip(path)         ? &oc_source_zip
                                          : &oc_source_tar;
    const oc_status status = source->kind->open(source);
    if (status)
        oc_file_source_close(source);
    else
        *out = source;
    return status;
}

void oc_file_source_close(oc_file_source *source)
{
    if (!source)
        return;
    if (source->state)
        source->kind->close(source);
    free(source->buffer);
    free(source->path);
    free(source);
}

/* `from` as a relative path in its plainest form, or why there is none. */
static const char *make_plain(const char *from, char *to)
{
    size_t length = 0;
    if (from[0] == '/')
        return "an absolute path";
    while (*from) {
        const size_t part = strcspn(from, "/");
        if (part == 2 && from[0] == '.' && from[1] == '.')
            return "a path that leads outside";
        if (part > 0 && !(part == 1 && from[0] == '.')) {
            if (length + part + 2 > OC_PATH_BYTES)
                return "a path that is too long";
            if (length > 0)
                to[length++] = '/';
            memcpy(to + length, from, part);
            length += part;
        }
        from += part;
        from += strspn(from, "/");
    }
    to[length] = '\0';
    return length > 0 ? NULL : "no name";
}

oc_status oc_file_source_next(oc_file_source *source, oc_source_entry *entry)
{
    *entry = (oc_source_entry){0};
    source->got = 0;
    const oc_status status = source->kind->next(source, entry);
    if (!status && entry->name) {
        const char *const wrong = make_plain(entry->name, source->name);
        if (wrong)
            entry->refused = wrong; /* its name is only for messages then */
        else
            entry->name = source->name;
    }
    source->entry = *entry;
    return status;
}

/* Room for so many bytes; what is in the buffer stays. */
static oc_status make_room(oc_file_source *source, size_t needed)
{
    if (needed <= source->buffer_bytes)
        return OC_OK;
    char *const more = realloc(source->buffer, needed + needed / 2);
    if (!more)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its %zu bytes", source->entry.name,
                       needed);
    source->buffer = more;
    source->buffer_bytes = needed + needed / 2;
    return OC_OK;
}

oc_status oc_file_source_peek(oc_file_source *source, size_t most, const void **bytes,
                              size_t *count)
{
    const size_t wanted = most < source->entry.bytes ? most : (size_t)source->entry.bytes;
    *bytes = NULL;
    *count = 0;
    oc_status status = make_room(source, most + 1);
    if (!status && source->got < wanted)
        status = source->kind->read(source, wanted, &source->got);
    if (status)
        return status;
    *bytes = source->buffer;
    *count = source->got;
    return OC_OK;
}

oc_status oc_file_source_read(oc_file_source *source, size_t limit, const void **bytes,
                              size_t *count)
{
    const oc_source_entry *entry = &source->entry;
    *bytes = NULL;
    *count = 0;
    if (entry->bytes > limit)
        return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " bytes, expected at most %zu", entry->name,
                       entry->bytes, limit);
    const size_t needed = (size_t)entry->bytes + 1; /* one more, to see that it ends */
    oc_status status = make_room(source, needed);
    if (!status)
        status = source->kind->read(source, needed, &source->got);
    if (status)
        return status;
    if (source->got != entry->bytes)
        return oc_fail(OC_ERR_DATA, "%s: %s than its %" PRIu64 " bytes", entry->name,
                       source->got > entry->bytes ? "longer" : "shorter", entry->bytes);
    *bytes = source->buffer;
    *count = source->got;
    return OC_OK;
}

int oc_file_source_is_broken(const oc_file_source *source)
{
    return source->broken;
}

uint64_t oc_file_source_followed(const oc_file_source *source)
{
    return source->followed;
}

void oc_file_source_progress(const oc_file_source *source, uint64_t *done, uint64_t *total)
{
    *done = source->done;
    *total = source->total;
}
