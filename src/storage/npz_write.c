/* npz_write.c - see npz_write.h. Formats: numpy/lib/format.py, PKWARE's APPNOTE.TXT. */
#include "storage/npz_write.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum {
    NPY_ALIGNMENT = 64,
    NPY_PREFIX = 10,   /* magic, version, length of the header */
    NPY_HEADER = 192,  /* room for the dictionary: at most 4 dimensions */
    MEMBER_NAME = 128, /* with .npy */
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    MOST_MEMBERS = 65535,
    ZIP_VERSION = 20,
    FIRST_DATE = 1 << 5 | 1 /* 1 January 1980 */
};

static const uint64_t most_bytes = UINT32_MAX;

typedef struct member {
    char name[MEMBER_NAME];
    unsigned char header[NPY_PREFIX + NPY_HEADER];
    size_t name_bytes, header_bytes, data_bytes;
    uint32_t crc, offset; /* of the local header */
} member;

static unsigned char *put(unsigned char *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *to++ = (unsigned char)(value >> 8 * i & 0xff);
    return to;
}

static void make_npy_header(member *m, oc_shape shape)
{
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    char text[NPY_HEADER];
    size_t length =
        (size_t)snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < shape.rank; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%d%s", i ? " " : "",
                                   shape.dim[i], i + 1 < shape.rank || shape.rank == 1 ? "," : "");
    length += (size_t)snprintf(text + length, sizeof text - length, "), }");
    /* Blanks and a line end behind it, so that the numbers begin at a multiple of 64. */
    m->header_bytes = (NPY_PREFIX + length + NPY_ALIGNMENT) / NPY_ALIGNMENT * NPY_ALIGNMENT;
    memset(m->header, ' ', sizeof m->header);
    memcpy(m->header, magic, sizeof magic);
    put(m->header + sizeof magic, m->header_bytes - NPY_PREFIX, 2);
    memcpy(m->header + NPY_PREFIX, text, length);
    m->header[m->header_bytes - 1] = '\n';
}

static oc_status make_member(member *m, const char *path, const oc_named_tensor *tensor)
{
    const int length = snprintf(m->name, sizeof m->name, "%s.npy", tensor->name);
    if (length < 0 || length >= MEMBER_NAME)
        return oc_fail(OC_ERR_DATA, "%s: the name of tensor %s is longer than %d bytes", path,
                       tensor->name, MEMBER_NAME - 5);
    m->name_bytes = (size_t)length;
    make_npy_header(m, tensor->tensor.shape);
    m->data_bytes = oc_shape_count(tensor->tensor.shape) * sizeof(float);
    if (m->data_bytes > most_bytes)
        return oc_fail(OC_ERR_DATA,
                       "%s: tensor %s has 4 GiB or more; expected less in an .npz "
                       "archive: write .safetensors",
                       path, tensor->name);
    m->crc = (uint32_t)crc32(0, m->header, (uInt)m->header_bytes);
    m->crc =
        (uint32_t)crc32(m->crc, (const unsigned char *)tensor->tensor.data, (uInt)m->data_bytes);
    return OC_OK;
}

/* What local and central headers share, from "version needed" to "extra field length". */
static unsigned char *put_common(unsigned char *to, const member *m)
{
    const uint64_t bytes = m->header_bytes + m->data_bytes;
    to = put(to, ZIP_VERSION, 2);
    to = put(to, 0, 2); /* flags */
    to = put(to, 0, 2); /* stored */
    to = put(to, 0, 2); /* time */
    to = put(to, FIRST_DATE, 2);
    to = put(to, m->crc, 4);
    to = put(to, bytes, 4);
    to = put(to, bytes, 4);
    to = put(to, m->name_bytes, 2);
    return put(to, 0, 2);
}

static unsigned char *put_member(unsigned char *to, const member *m, const float *data)
{
    to = put_common(put(to, 0x04034b50, 4), m);
    memcpy(to, m->name, m->name_bytes);
    to += m->name_bytes;
    memcpy(to, m->header, m->header_bytes);
    to += m->header_bytes;
    memcpy(to, data, m->data_bytes);
    return to + m->data_bytes;
}

static unsigned char *put_central(unsigned char *to, const member *m)
{
    to = put(put(to, 0x02014b50, 4), ZIP_VERSION, 2);
    to = put_common(to, m);
    to = put(put(to, 0, 6), 0, 4); /* comment, disk, attributes */
    to = put(to, m->offset, 4);
    memcpy(to, m->name, m->name_bytes);
    return to + m->name_bytes;
}

static unsigned char *put_end(unsigned char *to, size_t count, size_t central_at, size_t bytes)
{
    to = put(put(to, 0x06054b50, 4), 0, 4);
    to = put(put(to, count, 2), count, 2);
    return put(put(put(to, bytes, 4), central_at, 4), 0, 2);
}

static oc_status write_members(const char *path, member *members, const oc_named_tensor *tensors,
                               size_t count)
{
    uint64_t central_at = 0, central_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const oc_status status = make_member(&members[i], path, &tensors[i]);
        if (status)
            return status;
        members[i].offset = (uint32_t)central_at; /* checked below */
        central_at +=
            LOCAL_BYTES + members[i].name_bytes + members[i].header_bytes + members[i].data_bytes;
        central_bytes += CENTRAL_BYTES + members[i].name_bytes;
    }
    const uint64_t total = central_at + central_bytes + END_BYTES;
    if (total > most_bytes || count > MOST_MEMBERS)
        return oc_fail(OC_ERR_DATA,
                       "%s: %zu tensors of %llu bytes, expected at most %d below 4 GiB in an .npz "
                       "archive: write .safetensors",
                       path, count, (unsigned long long)total, MOST_MEMBERS);
    unsigned char *const bytes = malloc((size_t)total);
    if (!bytes)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to write it", path);
    unsigned char *to = bytes;
    for (size_t i = 0; i < count; i++)
        to = put_member(to, &members[i], tensors[i].tensor.data);
    for (size_t i = 0; i < count; i++)
        to = put_central(to, &members[i]);
    put_end(to, count, (size_t)central_at, (size_t)central_bytes);
    const oc_status status = oc_file_write(path, bytes, (size_t)total);
    free(bytes);
    return status;
}

oc_status oc_npz_write(const char *path, const oc_named_tensor *tensors, size_t count)
{
    member *const members = calloc(count + 1, sizeof *members);
    if (!members)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to write it", path);
    const oc_status status = write_members(path, members, tensors, count);
    free(members);
    return status;
}
