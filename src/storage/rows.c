/* rows.c - see rows.h. Plain pread. */
#include "storage/rows.h"

#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct oc_rows {
    int descriptor;
    uint64_t count, rows_per_piece;
    size_t row_bytes;
    struct stat opened; /* what the file was then */
    char path[OC_PATH_BYTES], name[128];
    uint64_t offset[]; /* of each piece */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Every piece inside the file, so that what was asked of HDF5 is not taken on trust. */
static oc_status check_places(const oc_rows *rows, size_t pieces)
{
    const uint64_t bytes = (uint64_t)rows->opened.st_size;
    for (size_t i = 0; i < pieces; i++) {
        const uint64_t rest = rows->count - i * rows->rows_per_piece;
        const uint64_t there = smaller(rest, rows->rows_per_piece);
        if (rows->offset[i] > bytes || there > (bytes - rows->offset[i]) / rows->row_bytes)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s: row %" PRIu64 " and on lie at byte %" PRIu64
                           ", beyond the file's %" PRIu64,
                           rows->path, rows->name, i * rows->rows_per_piece, rows->offset[i],
                           bytes);
    }
    return OC_OK;
}

oc_status oc_rows_create(oc_rows **out, const char *path, const char *name, uint64_t count,
                         size_t row_bytes, uint64_t rows_per_piece, const uint64_t *offset)
{
    *out = NULL;
    const size_t pieces = (size_t)((count + rows_per_piece - 1) / rows_per_piece);
    oc_rows *rows = calloc(1, sizeof *rows + pieces * sizeof rows->offset[0]);
    if (!rows)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the places of its rows", path);
    rows->count = count;
    rows->rows_per_piece = rows_per_piece;
    rows->row_bytes = row_bytes;
    snprintf(rows->path, sizeof rows->path, "%s", path);
    snprintf(rows->name, sizeof rows->name, "%s", name);
    memcpy(rows->offset, offset, pieces * sizeof rows->offset[0]);
    oc_status status = OC_OK;
    status = oc_file_open(&rows->descriptor, path);
    if (!status && fstat(rows->descriptor, &rows->opened) < 0)
        status = oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (!status)
        status = check_places(rows, pieces);
    if (status)
        oc_rows_destroy(rows);
    else
        *out = rows;
    return status;
}

void oc_rows_destroy(oc_rows *rows)
{
    if (!rows)
        return;
    if (rows->descriptor >= 0)
        close(rows->descriptor);
    free(rows);
}

static oc_status read_bytes(const oc_rows *rows, uint64_t row, uint64_t at, void *to, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        const ssize_t got =
            pread(rows->descriptor, (char *)to + done, bytes - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return oc_fail(OC_ERR_IO, "%s: cannot read row %" PRIu64 " of %s: %s", rows->path, row,
                           rows->name, strerror(errno));
        if (got == 0)
            return oc_fail(OC_ERR_DATA,
                           "%s: ends before byte %" PRIu64 ", in row %" PRIu64
                           " of %s: truncated since it was opened",
                           rows->path, at + done, row, rows->name);
        done += (size_t)got;
    }
    return OC_OK;
}

oc_status oc_rows_read(const oc_rows *rows, uint64_t first, uint64_t count, void *to)
{
    oc_status status = OC_OK;
    if (first > rows->count || count > rows->count - first)
        return oc_fail(OC_ERR_INTERNAL, "%s: %s has no row %" PRIu64, rows->path, rows->name,
                       first + count);
    while (!status && count > 0) {
        const uint64_t piece = first / rows->rows_per_piece, in = first % rows->rows_per_piece;
        const uint64_t n = smaller(count, rows->rows_per_piece - in);
        status = read_bytes(rows, first, rows->offset[piece] + in * rows->row_bytes, to,
                            (size_t)n * rows->row_bytes);
        to = (char *)to + (size_t)n * rows->row_bytes;
        first += n;
        count -= n;
    }
    return status;
}

oc_status oc_rows_unchanged(const oc_rows *rows)
{
    struct stat now;
    if (fstat(rows->descriptor, &now) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot read: %s", rows->path, strerror(errno));
    if (now.st_size != rows->opened.st_size || now.st_mtim.tv_sec != rows->opened.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != rows->opened.st_mtim.tv_nsec)
        return oc_fail(OC_ERR_DATA, "%s: was changed while it was read (%lld bytes, at first %lld)",
                       rows->path, (long long)now.st_size, (long long)rows->opened.st_size);
    return OC_OK;
}
