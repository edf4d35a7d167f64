/* image_keep.c - see image_keep.h. */
#include "import/image_keep.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static oc_status make_file(const char *beside, int *file)
{
    char path[OC_PATH_BYTES];
    const int length = snprintf(path, sizeof path, "%s.images-XXXXXX", beside);
    *file = length < (int)sizeof path ? mkostemp(path, O_CLOEXEC) : -1;
    if (*file < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot create a temporary file beside it: %s", beside,
                       length < (int)sizeof path ? strerror(errno) : "the path is too long");
    unlink(path);
    return OC_OK;
}

oc_status oc_image_keep_open(oc_image_keep *keep, const char *beside)
{
    *keep = (oc_image_keep){.beside = beside, .bits = 8};
    return make_file(beside, &keep->file);
}

oc_status oc_image_keep_set_size(oc_image_keep *keep, size_t values)
{
    keep->values = values;
    keep->room = malloc(values * sizeof *keep->room);
    return keep->room ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory for an image", keep->beside);
}

size_t oc_image_keep_bytes(const oc_image_keep *keep)
{
    return keep->values * (size_t)(keep->bits / 8);
}

static oc_status write_room(const oc_image_keep *keep, int file)
{
    const char *const from = (const char *)keep->room;
    for (size_t done = 0; done < oc_image_keep_bytes(keep);) {
        const ssize_t n = write(file, from + done, oc_image_keep_bytes(keep) - done);
        if (n < 0)
            return oc_fail(OC_ERR_IO, "%s: cannot write a temporary file beside it: %s",
                           keep->beside, strerror(errno));
        done += (size_t)n;
    }
    return OC_OK;
}

oc_status oc_image_keep_fetch(const oc_image_keep *keep, uint64_t number, void *to)
{
    const size_t bytes = oc_image_keep_bytes(keep);
    for (size_t done = 0; done < bytes;) {
        const off_t at = (off_t)(number * bytes + done);
        const ssize_t n = pread(keep->file, (char *)to + done, bytes - done, at);
        if (n <= 0)
            return oc_fail(OC_ERR_IO, "%s: cannot read the temporary file beside it: %s",
                           keep->beside, n < 0 ? strerror(errno) : "it has become shorter");
        done += (size_t)n;
    }
    return OC_OK;
}

/* All that are there go over into a new file, with 16 bits. */
static oc_status widen(oc_image_keep *keep)
{
    oc_image_keep wide = *keep;
    oc_status status = make_file(keep->beside, &wide.file);
    wide.bits = 16;
    for (uint64_t number = 0; number < keep->count && !status; number++) {
        status = oc_image_keep_fetch(keep, number, keep->room);
        const uint8_t *const bytes = (const uint8_t *)keep->room;
        for (size_t i = keep->values; i-- > 0 && !status;) /* in place, from the end */
            keep->room[i] = (uint16_t)(bytes[i] * 257);
        if (!status)
            status = write_room(&wide, wide.file);
    }
    if (status) {
        if (wide.file >= 0)
            close(wide.file);
        return status;
    }
    close(keep->file);
    *keep = wide;
    return OC_OK;
}

oc_status oc_image_keep_add(oc_image_keep *keep, const uint16_t *values, int bits)
{
    oc_status status = bits > keep->bits ? widen(keep) : OC_OK;
    uint8_t *const bytes = (uint8_t *)keep->room;
    for (size_t i = 0; i < keep->values && !status; i++)
        if (keep->bits == 8)
            bytes[i] = (uint8_t)values[i];
        else
            keep->room[i] = (uint16_t)(values[i] * (bits == 8 ? 257 : 1));
    if (!status)
        status = write_room(keep, keep->file);
    keep->count += !status;
    return status;
}

void oc_image_keep_close(oc_image_keep *keep)
{
    if (keep->file >= 0)
        close(keep->file);
    free(keep->room);
    *keep = (oc_image_keep){.file = -1};
}
