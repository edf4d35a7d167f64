/* file_source_zip.c - the files of a zip archive, by libarchive: by the directory at its end, which
 * is what says that a file is there, so that a truncated archive is none. Of a file no more is
 * unpacked than is asked for, and checksums are verified. */
#include "data/file_source_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

enum { BLOCK_BYTES = 1 << 16 };

static oc_status broken(const oc_file_source *source)
{
    const char *const text = archive_error_string(source->state);
    return oc_fail(OC_ERR_DATA, "%s: not a sound .zip archive: %s", source->path,
                   text ? text : "it cannot be read");
}

static void close_zip(oc_file_source *source)
{
    archive_read_free(source->state);
}

static oc_status open_zip(oc_file_source *source)
{
    struct stat about;
    if (stat(source->path, &about) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", source->path, strerror(errno));
    source->total = (uint64_t)about.st_size;
    source->state = archive_read_new();
    if (!source->state)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory to read it", source->path);
    if (archive_read_support_format_zip_seekable(source->state) != ARCHIVE_OK ||
        archive_read_open_filename(source->state, source->path, BLOCK_BYTES) != ARCHIVE_OK)
        return broken(source);
    return OC_OK;
}

static oc_status next_in_zip(oc_file_source *source, oc_source_entry *entry)
{
    struct archive_entry *found;
    do {
        const int code = archive_read_next_header(source->state, &found);
        if (code == ARCHIVE_EOF)
            return OC_OK;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return broken(source);
        const la_int64_t at = archive_read_header_position(source->state);
        source->done = at > 0 ? (uint64_t)at : 0;
    } while (archive_entry_filetype(found) == AE_IFDIR);
    /* The name is bytes; only one that an archive has as UTF-8 may not fit the locale. */
    entry->name = archive_entry_pathname(found);
    if (!entry->name)
        entry->name = archive_entry_pathname_utf8(found);
    if (!entry->name)
        entry->name = "";
    const la_int64_t bytes = archive_entry_size(found);
    if (archive_entry_filetype(found) == AE_IFLNK)
        entry->refused = "a link";
    else if (archive_entry_filetype(found) != AE_IFREG)
        entry->refused = "not a regular file";
    else if (archive_entry_is_encrypted(found))
        entry->refused = "encrypted";
    else if (!archive_entry_size_is_set(found) || bytes < 0)
        entry->refused = "of unknown size";
    else
        entry->bytes = (uint64_t)bytes;
    return OC_OK;
}

/* A damaged file does no harm to those behind it. */
static oc_status read_in_zip(oc_file_source *source, size_t count, size_t *got)
{
    while (*got < count) {
        const la_ssize_t n = archive_read_data(source->state, source->buffer + *got, count - *got);
        if (n < 0) {
            const char *const text = archive_error_string(source->state);
            source->broken = n == ARCHIVE_FATAL;
            return source->broken ? broken(source)
                                  : oc_fail(OC_ERR_DATA, "%s: damaged: %s", source->name,
                                            text ? text : "it cannot be unpacked");
        }
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return OC_OK;
}

const oc_source_kind oc_source_zip = {open_zip, close_zip, next_in_zip, read_in_zip};
