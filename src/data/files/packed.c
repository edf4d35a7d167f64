/* packed.c - see packed.h. */
#include "data/files/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

enum {
    BUFFER_BYTES = 1 << 17,
    MOST_RATIO = 1040 /* deflate packs at most 1032 to 1, and gzip adds its header */
};

struct oc_packed {
    gzFile stream;
    uint64_t bytes;
    int is_packed;
    char path[];
};

oc_status oc_packed_open(oc_packed **out, const char *path)
{
    struct stat about;
    *out = NULL;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    oc_packed *file = NULL;
    oc_status status = OC_OK;
    if (fstat(descriptor, &about) < 0 || !S_ISREG(about.st_mode)) {
        status = oc_fail(OC_ERR_IO, "%s: not a regular file", path);
        goto done;
    }
    file = calloc(1, sizeof *file + strlen(path) + 1);
    if (file)
        file->stream = gzdopen(descriptor, "rb");
    if (!file || !file->stream || gzbuffer(file->stream, BUFFER_BYTES) != 0) {
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
        goto done;
    }
    memcpy(file->path, path, strlen(path) + 1);
    file->bytes = (uint64_t)about.st_size;
    file->is_packed = !gzdirect(file->stream);
done:
    if (!file || !file->stream) /* else the stream has the descriptor */
        close(descriptor);
    if (status)
        oc_packed_close(file);
    else
        *out = file;
    return status;
}

void oc_packed_close(oc_packed *file)
{
    if (file && file->stream)
        gzclose_r(file->stream);
    free(file);
}

oc_status oc_packed_read(oc_packed *file, void *to, size_t count, size_t *got)
{
    int error = Z_OK;
    *got = 0;
    while (*got < count) {
        const size_t left = count - *got;
        const unsigned most = left > INT_MAX / 2 ? INT_MAX / 2 : (unsigned)left;
        const int n = gzread(file->stream, (char *)to + *got, most);
        if (n <= 0)
            break;
        *got += (size_t)n;
    }
    const char *const text = *got < count ? gzerror(file->stream, &error) : "";
    if (error == Z_OK || error == Z_STREAM_END)
        return OC_OK;
    if (error == Z_ERRNO)
        return oc_fail(OC_ERR_IO, "%s: cannot read: %s", file->path, strerror(errno));
    if (error == Z_BUF_ERROR)
        return oc_fail(OC_ERR_DATA, "%s: truncated: the compressed data ends early", file->path);
    return oc_fail(OC_ERR_DATA, "%s: damaged gzip data: %s", file->path, text);
}

uint64_t oc_packed_most(const oc_packed *file)
{
    return file->bytes * (file->is_packed ? MOST_RATIO : 1);
}

int oc_packed_is_packed(const oc_packed *file)
{
    return file->is_packed;
}

uint64_t oc_packed_bytes(const oc_packed *file)
{
    return file->bytes;
}

uint64_t oc_packed_position(const oc_packed *file)
{
    const z_off_t at = gzoffset(file->stream);
    return at < 0 ? 0 : (uint64_t)at;
}
