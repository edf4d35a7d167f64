/* file_source_tar.c - the files of a tar archive, by libarchive, which is given unpacked bytes: of
 * all it can read only tar is switched on. packed.c verifies gzip's checksum, libarchive would
 * not. */
#include "data/files/file_source_private.h"
#include "data/files/packed.h"

#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

enum {
    BLOCK_BYTES = 1 << 16,
    END_BYTES = 1024 /* of zeros: how every tar archive ends */
};

typedef struct tar_state {
    struct archive *archive;
    oc_packed *file;
    oc_status status; /* of the file below, when libarchive gives up because of it */
    uint64_t zeros;   /* at the end of what was read so far */
    char block[BLOCK_BYTES];
} tar_state;

static oc_status read_block(tar_state *tar, size_t *got)
{
    const oc_status status = oc_packed_read(tar->file, tar->block, sizeof tar->block, got);
    size_t zeros = 0;
    while (zeros < *got && tar->block[*got - 1 - zeros] == 0)
        zeros++;
    tar->zeros = zeros + (zeros == *got ? tar->zeros : 0);
    return status;
}

static la_ssize_t give_block(struct archive *archive, void *data, const void **block)
{
    tar_state *const tar = data;
    size_t got;
    (void)archive;
    tar->status = read_block(tar, &got);
    *block = tar->block;
    return tar->status ? -1 : (la_ssize_t)got;
}

/* What libarchive says, unless it only passes on that reading failed. */
static oc_status broken(const oc_file_source *source, const tar_state *tar)
{
    if (tar->status)
        return tar->status;
    const char *const text = archive_error_string(tar->archive);
    return oc_fail(OC_ERR_DATA, "%s: not a valid .tar or .tar.gz archive: %s", source->path,
                   text ? text : "it cannot be read");
}

static void close_tar(oc_file_source *source)
{
    tar_state *const tar = source->state;
    if (tar->archive)
        archive_read_free(tar->archive);
    oc_packed_close(tar->file);
    free(tar);
}

static oc_status open_tar(oc_file_source *source)
{
    tar_state *const tar = calloc(1, sizeof *tar);
    if (!tar)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", source->path);
    source->state = tar;
    const oc_status status = oc_packed_open(&tar->file, source->path);
    if (status)
        return status;
    source->total = oc_packed_bytes(tar->file);
    tar->archive = archive_read_new();
    if (!tar->archive)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", source->path);
    if (archive_read_support_format_tar(tar->archive) != ARCHIVE_OK ||
        archive_read_open(tar->archive, tar, NULL, give_block, NULL) != ARCHIVE_OK)
        return broken(source, tar);
    return OC_OK;
}

/* The rest of the file: its checksum must be right, and it must end as archives do. */
static oc_status check_end(const oc_file_source *source, tar_state *tar)
{
    size_t got = 1;
    oc_status status = OC_OK;
    while (!status && got > 0)
        status = read_block(tar, &got);
    if (!status && tar->zeros < END_BYTES)
        status = oc_fail(OC_ERR_DATA, "%s: truncated: the end marker of the tar archive is missing",
                         source->path);
    return status;
}

static oc_status next_in_tar(oc_file_source *source, oc_source_entry *entry)
{
    tar_state *const tar = source->state;
    struct archive_entry *found;
    do {
        const int code = archive_read_next_header(tar->archive, &found);
        source->done = oc_packed_position(tar->file);
        if (code == ARCHIVE_EOF)
            return check_end(source, tar);
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return broken(source, tar);
    } while (archive_entry_filetype(found) == AE_IFDIR && !archive_entry_hardlink(found));
    /* The name is bytes; only one that an archive has as UTF-8 may not fit the locale. */
    entry->name = archive_entry_pathname(found);
    if (!entry->name)
        entry->name = archive_entry_pathname_utf8(found);
    if (!entry->name)
        entry->name = "";
    const la_int64_t bytes = archive_entry_size(found);
    if (archive_entry_hardlink(found) || archive_entry_filetype(found) == AE_IFLNK)
        entry->refused = "a link";
    else if (archive_entry_filetype(found) != AE_IFREG)
        entry->refused = "not a regular file";
    else if (bytes < 0)
        entry->refused = "a negative size";
    else
        entry->bytes = (uint64_t)bytes;
    return OC_OK;
}

static oc_status read_in_tar(oc_file_source *source, size_t count, size_t *got)
{
    tar_state *const tar = source->state;
    while (*got < count) {
        const la_ssize_t n = archive_read_data(tar->archive, source->buffer + *got, count - *got);
        if (n < 0) {
            source->broken = 1;
            return broken(source, tar);
        }
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return OC_OK;
}

const oc_source_kind oc_source_tar = {open_tar, close_tar, next_in_tar, read_in_tar};
