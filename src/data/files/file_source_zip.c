/* file_source_zip.c - the files of a zip archive, by libarchive: by the directory at its end, which
 * is what says that a file is there, so that a truncated archive is none. Of a file no more is
 * unpacked than is asked for, and checksums are verified. */
#include "data/files/file_source_private.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

enum { BLOCK_BYTES = 1 << 16 };

typedef struct zip_state {
    struct archive *archive;
    locale_t utf8; /* libarchive gives names that are marked as UTF-8 only to who can write them */
} zip_state;

static oc_status broken(const oc_file_source *source)
{
    const zip_state *const zip = source->state;
    const char *const text = archive_error_string(zip->archive);
    return oc_fail(OC_ERR_DATA, "%s: not a valid .zip archive: %s", source->path,
                   text ? text : "it cannot be read");
}

static void close_zip(oc_file_source *source)
{
    zip_state *const zip = source->state;
    if (zip->archive)
        archive_read_free(zip->archive);
    if (zip->utf8)
        freelocale(zip->utf8);
    free(zip);
}

static oc_status open_zip(oc_file_source *source)
{
    struct stat about;
    if (stat(source->path, &about) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", source->path, strerror(errno));
    source->total = (uint64_t)about.st_size;
    zip_state *const zip = calloc(1, sizeof *zip);
    source->state = zip;
    if (zip)
        zip->archive = archive_read_new();
    if (!zip || !zip->archive)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", source->path);
    zip->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (archive_read_support_format_zip_seekable(zip->archive) != ARCHIVE_OK ||
        archive_read_open_filename(zip->archive, source->path, BLOCK_BYTES) != ARCHIVE_OK)
        return broken(source);
    return OC_OK;
}

/* Its name as bytes, valid until the next entry. */
static const char *name_of(struct archive_entry *entry)
{
    const char *const name = archive_entry_pathname(entry);
    const char *const other = name && name[0] ? name : archive_entry_pathname_utf8(entry);
    return other ? other : "";
}

static oc_status next_entry(oc_file_source *source, oc_source_entry *entry)
{
    const zip_state *const zip = source->state;
    struct archive_entry *found;
    do {
        const int code = archive_read_next_header(zip->archive, &found);
        if (code == ARCHIVE_EOF)
            return OC_OK;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return broken(source);
        const la_int64_t at = archive_read_header_position(zip->archive);
        source->done = at > 0 ? (uint64_t)at : 0;
    } while (archive_entry_filetype(found) == AE_IFDIR);
    const la_int64_t bytes = archive_entry_size(found);
    entry->name = name_of(found);
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

static oc_status next_in_zip(oc_file_source *source, oc_source_entry *entry)
{
    const zip_state *const zip = source->state;
    const locale_t before = zip->utf8 ? uselocale(zip->utf8) : (locale_t)0;
    const oc_status status = next_entry(source, entry);
    if (zip->utf8)
        uselocale(before);
    return status;
}

/* A damaged file does no harm to those behind it. */
static oc_status read_in_zip(oc_file_source *source, size_t count, size_t *got)
{
    const zip_state *const zip = source->state;
    while (*got < count) {
        const la_ssize_t n = archive_read_data(zip->archive, source->buffer + *got, count - *got);
        if (n < 0) {
            const char *const text = archive_error_string(zip->archive);
            source->broken = n == ARCHIVE_FATAL;
            return source->broken ? broken(source)
                                  : oc_fail(OC_ERR_DATA, "%s: damaged: %s", source->name,
                                            text ? text : "it cannot be decompressed");
        }
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return OC_OK;
}

const oc_source_kind oc_source_zip = {open_zip, close_zip, next_in_zip, read_in_zip};
