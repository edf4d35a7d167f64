/* h5_large.c - see h5_large.h. The bytes in memory are those of the file: both little-endian. */
#include "storage/h5_large.h"

#include "storage/h5_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "rows are written as they lie in memory: this needs a little-endian machine"
#endif

enum { LAYOUT_BYTES = 1 << 20 }; /* more than HDF5's own part takes */

struct oc_h5_large {
    oc_h5 *file;    /* NULL once laid out */
    int descriptor; /* -1 until then */
    int arrays;
    hid_t set[OC_H5_LARGE_ARRAYS]; /* open until laid out */
    size_t row_bytes[OC_H5_LARGE_ARRAYS];
    uint64_t offset[OC_H5_LARGE_ARRAYS];
    char path[OC_PATH_BYTES], temporary[OC_PATH_BYTES];
};

/* Take the room. File systems that cannot do that in advance run full later, which is seen then. */
static oc_status take_room(const oc_h5_large *large, int descriptor, uint64_t bytes)
{
    int result;
    do
        result = fallocate(descriptor, 0, 0, (off_t)bytes);
    while (result < 0 && errno == EINTR);
    if (result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
        result = ftruncate(descriptor, (off_t)bytes); /* a limit of file sizes is seen at least */
    if (result < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot write %llu bytes: %s", large->path,
                       (unsigned long long)bytes, strerror(errno));
    return OC_OK;
}

static oc_status create_file(oc_h5_large *large)
{
    oc_status status = OC_OK;
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    if (creation < 0 || access < 0 || H5Pset_userblock(creation, OC_USER_BLOCK_BYTES) < 0 ||
        H5Pset_obj_track_times(creation, 0) < 0 || H5Pset_file_locking(access, 0, 1) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0)
        status = oc_h5_refused(large->file, "prepare", "the file");
    else if ((large->file->id = H5Fcreate(large->temporary, H5F_ACC_TRUNC, creation, access)) < 0)
        status = oc_h5_refused(large->file, "create", "the file");
    H5Pclose(creation);
    H5Pclose(access);
    return status;
}

oc_status oc_h5_large_create(oc_h5_large **out, const char *path, uint64_t bytes)
{
    *out = NULL;
    oc_h5_large *large = calloc(1, sizeof *large);
    if (!large)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    large->descriptor = -1;
    strncpy(large->path, path, sizeof large->path - 1);
    int descriptor;
    oc_status status = oc_file_create(&descriptor, large->temporary, path);
    if (status) {
        large->temporary[0] = '\0'; /* not ours */
    } else {
        status = take_room(large, descriptor, bytes + LAYOUT_BYTES);
        close(descriptor);
    }
    if (!status)
        status = oc_h5_start();
    if (!status && !(large->file = oc_h5_new(path, 1)))
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    if (!status)
        status = create_file(large);
    if (status)
        oc_h5_large_discard(large);
    else
        *out = large;
    return status;
}

oc_h5 *oc_h5_large_file(oc_h5_large *large)
{
    return large->file;
}

oc_status oc_h5_large_reserve(oc_h5_large *large, const char *name, const oc_h5_array *array,
                              int *number)
{
    hid_t set;
    size_t row_bytes = oc_h5_type_bytes(array->type);
    for (int i = 1; i < array->rank; i++)
        row_bytes *= (size_t)array->extent[i];
    if (large->arrays == OC_H5_LARGE_ARRAYS)
        return oc_fail(OC_ERR_INTERNAL, "%s: more than %d arrays", large->path, large->arrays);
    const oc_status status = oc_h5_array_create_early(large->file, name, array, &set);
    if (status)
        return status;
    *number = large->arrays++;
    large->set[*number] = set;
    large->row_bytes[*number] = row_bytes;
    return OC_OK;
}

/* The places of the arrays, from the file's first byte; then HDF5 lets go. */
static oc_status close_layout(oc_h5_large *large)
{
    oc_status status = OC_OK;
    for (int i = 0; i < large->arrays; i++) {
        const haddr_t at = status ? HADDR_UNDEF : H5Dget_offset(large->set[i]);
        if (!status && at == HADDR_UNDEF)
            status = oc_h5_refused(large->file, "place", "an array");
        large->offset[i] = at;
        H5Dclose(large->set[i]);
    }
    large->arrays = status ? 0 : large->arrays;
    if (!status && H5Fclose(large->file->id) < 0)
        status = oc_fail(OC_ERR_IO, "%s: cannot write its layout", large->path);
    if (!status)
        large->file->id = H5I_INVALID_HID;
    oc_h5_close(large->file);
    large->file = NULL;
    return status;
}

oc_status oc_h5_large_lay_out(oc_h5_large *large)
{
    oc_status status = close_layout(large);
    if (status)
        return status;
    large->descriptor = open(large->temporary, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    const off_t end = large->descriptor < 0 ? -1 : lseek(large->descriptor, 0, SEEK_END);
    if (end < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", large->temporary, strerror(errno));
    status = take_room(large, large->descriptor, (uint64_t)end);
    return status;
}

static oc_status write_at(const oc_h5_large *large, uint64_t at, const void *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        const ssize_t put =
            pwrite(large->descriptor, (const char *)data + done, bytes - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return oc_fail(OC_ERR_IO, "%s: cannot write %zu bytes: %s", large->path, bytes,
                           strerror(errno));
        done += (size_t)put;
    }
    return OC_OK;
}

oc_status oc_h5_large_write(oc_h5_large *large, int number, uint64_t first_row, uint64_t rows,
                            const void *data)
{
    const size_t row_bytes = large->row_bytes[number];
    return write_at(large, large->offset[number] + first_row * row_bytes, data,
                    (size_t)rows * row_bytes);
}

oc_status oc_h5_large_commit(oc_h5_large *large, oc_file_kind kind)
{
    unsigned char block[OC_USER_BLOCK_BYTES];
    oc_digest digest;
    const off_t end = lseek(large->descriptor, 0, SEEK_END);
    oc_status status = end < OC_USER_BLOCK_BYTES
                           ? oc_fail(OC_ERR_IO, "%s: cannot find its end", large->path)
                           : oc_hash_file(large->temporary, OC_USER_BLOCK_BYTES, &digest);
    if (!status) {
        oc_user_block_make(block, kind, (uint64_t)end - OC_USER_BLOCK_BYTES, digest);
        status = write_at(large, 0, block, sizeof block);
    }
    if (close(large->descriptor) < 0 && !status)
        status = oc_fail(OC_ERR_IO, "%s: cannot write: %s", large->path, strerror(errno));
    large->descriptor = -1;
    if (!status) {
        status = oc_file_commit(large->temporary, large->path);
        large->temporary[0] = '\0'; /* renamed or removed */
    }
    oc_h5_large_discard(large);
    return status;
}

void oc_h5_large_discard(oc_h5_large *large)
{
    if (!large)
        return;
    for (int i = 0; large->file && i < large->arrays; i++)
        H5Dclose(large->set[i]);
    oc_h5_close(large->file);
    if (large->descriptor >= 0)
        close(large->descriptor);
    if (large->temporary[0])
        unlink(large->temporary);
    free(large);
}
