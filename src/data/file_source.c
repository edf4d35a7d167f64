/* file_source.c - see file_source.h: what folders and archives have in common. */
#include "data/file_source_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

oc_status oc_file_source_open(oc_file_source **out, const char *path)
{
    struct stat about;
    *out = NULL;
    if (stat(path, &about) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    oc_file_source *source = calloc(1, sizeof *source);
    if (source)
        source->path = strdup(path);
    if (!source || !source->path) {
        free(source);
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory to read it", path);
    }
    source->kind = S_ISDIR(about.st_mode) ? &oc_source_folder : &oc_source_tar;
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
            return "a path that leads out";
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
    if (needed > source->buffer_bytes) {
        free(source->buffer);
        source->buffer_bytes = 0;
        source->buffer = malloc(needed + needed / 2);
        if (!source->buffer)
            return oc_fail(OC_ERR_INTERNAL, "%s: no memory for its %zu bytes", entry->name, needed);
        source->buffer_bytes = needed + needed / 2;
    }
    size_t got = 0;
    const oc_status status = source->kind->read(source, needed, &got);
    if (status)
        return status;
    if (got != entry->bytes)
        return oc_fail(OC_ERR_DATA, "%s: %s than its %" PRIu64 " bytes", entry->name,
                       got > entry->bytes ? "longer" : "shorter", entry->bytes);
    *bytes = source->buffer;
    *count = got;
    return OC_OK;
}

int oc_file_source_is_broken(const oc_file_source *source)
{
    return source->broken;
}

void oc_file_source_progress(const oc_file_source *source, uint64_t *done, uint64_t *total)
{
    *done = source->done;
    *total = source->total;
}
