/* h5_rows.c - asks HDF5 where the rows of an array lie, so that threads can read them without it.
 */
#include "storage/h5_private.h"

#include <stdlib.h>
#include <string.h>

enum { PROBE_BYTES = 512, PROBE_VALUE = 0x6f6e6563 };

/* Does this HDF5 count a chunk's address from the file's first byte, or from behind the user
 * block? Versions differ and none says so: a file in memory, with one chunk of a known value,
 * tells. -1: neither. */
static int chunk_addresses_are_absolute(void)
{
    const hsize_t one[] = {1}, first[] = {0};
    const int32_t value = PROBE_VALUE;
    int32_t found = 0;
    unsigned filters;
    haddr_t at = HADDR_UNDEF;
    hsize_t bytes;
    int answer = -1;
    unsigned char *image = NULL;
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(1, one, NULL);
    H5Pset_userblock(creation, PROBE_BYTES);
    H5Pset_fapl_core(access, 1 << 16, 0);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_chunk(properties, 1, one);
    const hid_t file = H5Fcreate("probe", H5F_ACC_TRUNC, creation, access);
    const hid_t set =
        H5Dcreate2(file, "x", H5T_NATIVE_INT32, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (H5Dwrite(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) >= 0 &&
        H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 &&
        H5Dget_chunk_info_by_coord(set, first, &filters, &at, &bytes) >= 0) {
        const ssize_t count = H5Fget_file_image(file, NULL, 0); /* without the user block */
        image = count > 0 ? malloc((size_t)count) : NULL;
        if (image && H5Fget_file_image(file, image, (size_t)count) == count)
            for (int absolute = 0; absolute <= 1 && answer < 0; absolute++) {
                const haddr_t offset = at - (absolute ? PROBE_BYTES : 0);
                if (offset <= (haddr_t)count - sizeof found)
                    memcpy(&found, image + offset, sizeof found);
                answer = found == value ? absolute : -1;
            }
    }
    free(image);
    H5Dclose(set);
    H5Fclose(file);
    H5Sclose(space);
    H5Pclose(properties);
    H5Pclose(access);
    H5Pclose(creation);
    return answer;
}

/* Add the user block to chunk addresses where this HDF5 leaves it out. */
static oc_status find_base(const oc_h5 *file, uint64_t *base)
{
    static int known, absolute;
    hsize_t user_block = 0;
    const hid_t creation = H5Fget_create_plist(file->id);
    const int bad = creation < 0 || H5Pget_userblock(creation, &user_block) < 0;
    H5Pclose(creation);
    if (!known && user_block > 0)
        absolute = chunk_addresses_are_absolute();
    known |= user_block > 0;
    if (bad || (user_block > 0 && absolute < 0))
        return oc_fail(OC_ERR_INTERNAL, "%s: HDF5 does not report where the data are stored",
                       file->path);
    *base = absolute ? 0 : user_block;
    return OC_OK;
}

/* Places of chunks of whole rows -> *rows. */
static oc_status open_chunks(const oc_h5 *file, const char *name, hid_t set, const hsize_t *extent,
                             hsize_t rows_per_chunk, size_t row_bytes, oc_rows **rows)
{
    uint64_t base = 0;
    const size_t pieces = (size_t)((extent[0] + rows_per_chunk - 1) / rows_per_chunk);
    uint64_t *offset = malloc(pieces * sizeof *offset);
    int whole = 1;
    oc_status status =
        offset ? find_base(file, &base)
               : oc_fail(OC_ERR_MEMORY, "%s: no memory for the places of %s", file->path, name);
    for (size_t i = 0; !status && whole && i < pieces; i++) {
        const hsize_t first[H5S_MAX_RANK] = {i * rows_per_chunk};
        haddr_t at = HADDR_UNDEF;
        hsize_t bytes = 0;
        unsigned filters = 0;
        if (H5Dget_chunk_info_by_coord(set, first, &filters, &at, &bytes) < 0)
            status = oc_h5_refused(file, "find the chunks of", name);
        whole = at != HADDR_UNDEF && bytes == rows_per_chunk * row_bytes;
        offset[i] = at + base;
    }
    if (!status && whole)
        status =
            oc_rows_create(rows, file->path, name, extent[0], row_bytes, rows_per_chunk, offset);
    free(offset);
    return status;
}

oc_status oc_h5_rows_open(const oc_h5 *file, const char *name, oc_rows **rows)
{
    hsize_t extent[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0};
    oc_status status = OC_OK;
    *rows = NULL;
    const hid_t set = H5Dopen2(file->id, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set), type = H5Dget_type(set);
    const hid_t properties = H5Dget_create_plist(set);
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    size_t row_bytes = H5Tget_size(type);
    if (rank < 1 || row_bytes == 0 || properties < 0) {
        status = oc_h5_refused(file, "open", name);
        goto done;
    }
    for (int i = 1; i < rank; i++)
        row_bytes *= (size_t)extent[i]; /* at most the file's size: describe() has checked */
    const H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_CONTIGUOUS) {
        const haddr_t at = H5Dget_offset(set); /* from the file's first byte */
        const uint64_t offset[] = {at};
        if (at != HADDR_UNDEF)
            status =
                oc_rows_create(rows, file->path, name, extent[0], row_bytes, extent[0], offset);
    } else if (layout == H5D_CHUNKED && H5Pget_chunk(properties, rank, chunk) == rank) {
        int cut = 0;
        for (int i = 1; i < rank; i++)
            cut |= chunk[i] != extent[i];
        if (!cut)
            status = open_chunks(file, name, set, extent, chunk[0], row_bytes, rows);
    }
done:
    H5Pclose(properties);
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}
