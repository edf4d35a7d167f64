/* h5.c - see h5.h: the library, its errors, types and files. Writing is in h5_write.c, reading
 * in h5_read.c; no other file includes hdf5.h. Nothing here knows what is stored. */
#include "storage/h5_private.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the library: quiet, closed to plug-ins and to other files ---- */

oc_status oc_h5_start(void)
{
    static int started;
    if (started)
        return OC_OK;
    H5dont_atexit(); /* every file is closed here; its own clean-up may loop after a failure */
    if (H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 || H5PLset_loading_state(0) < 0 ||
        H5Lunregister(H5L_TYPE_EXTERNAL) < 0)
        return oc_fail(OC_ERR_INTERNAL, "HDF5 cannot be initialised");
    started = 1;
    return OC_OK;
}

const char *oc_h5_version(void)
{
    static char text[32];
    unsigned parts[3];
    if (oc_h5_start() || H5get_libversion(&parts[0], &parts[1], &parts[2]) < 0)
        return "HDF5";
    snprintf(text, sizeof text, "HDF5 %u.%u.%u", parts[0], parts[1], parts[2]);
    return text;
}

/* The entry where the error began is the first one of the walk. */
static herr_t innermost(unsigned n, const H5E_error2_t *entry, void *user)
{
    if (n == 0)
        snprintf(user, 256, "%s", entry->desc ? entry->desc : "");
    return 0;
}

/* HDF5 refused: a file that verified is wrong inside, or memory is short while writing. */
oc_status oc_h5_refused(const oc_h5 *file, const char *doing, const char *name)
{
    char cause[256] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, cause);
    return oc_fail(file->writing ? OC_ERR_INTERNAL : OC_ERR_DATA, "%s: cannot %s %s (HDF5: %s)",
                   file->path, doing, name, cause);
}

hid_t oc_h5_stored_type(oc_h5_type type)
{
    const hid_t types[] = {H5T_STD_U8LE,   H5T_STD_I32LE, H5T_STD_U64LE, H5T_IEEE_F32LE,
                           H5T_IEEE_F64LE, H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_U16LE,
                           H5T_STD_U32LE,  H5T_STD_I64LE};
    _Static_assert(sizeof types / sizeof types[0] == OC_H5_TYPE_COUNT, "one a type");
    return types[type];
}

hid_t oc_h5_memory_type(oc_h5_type type)
{
    const hid_t types[] = {
        H5T_NATIVE_UINT8, H5T_NATIVE_INT32, H5T_NATIVE_UINT64, H5T_NATIVE_FLOAT,  H5T_NATIVE_DOUBLE,
        H5T_NATIVE_INT8,  H5T_NATIVE_INT16, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_INT64};
    _Static_assert(sizeof types / sizeof types[0] == OC_H5_TYPE_COUNT, "one a type");
    return types[type];
}

size_t oc_h5_type_bytes(oc_h5_type type)
{
    static const size_t bytes[] = {1, 4, 8, 4, 8, 1, 2, 2, 4, 8};
    _Static_assert(sizeof bytes / sizeof bytes[0] == OC_H5_TYPE_COUNT, "one a type");
    return bytes[type];
}

oc_number_type oc_h5_number_type(oc_h5_type type)
{
    static const oc_number_kind kinds[] = {
        OC_NUMBER_UNSIGNED, OC_NUMBER_SIGNED, OC_NUMBER_UNSIGNED, OC_NUMBER_FLOAT,
        OC_NUMBER_FLOAT,    OC_NUMBER_SIGNED, OC_NUMBER_SIGNED,   OC_NUMBER_UNSIGNED,
        OC_NUMBER_UNSIGNED, OC_NUMBER_SIGNED};
    _Static_assert(sizeof kinds / sizeof kinds[0] == OC_H5_TYPE_COUNT, "one a type");
    return (oc_number_type){kinds[type], (int)oc_h5_type_bytes(type), 0};
}

oc_h5 *oc_h5_new(const char *path, int writing)
{
    oc_h5 *file = calloc(1, sizeof *file);
    if (file) {
        file->id = H5I_INVALID_HID;
        file->writing = writing;
        snprintf(file->path, sizeof file->path, "%s", path);
    }
    return file;
}

/* The memory type for a data set's own stored type. */
int oc_h5_find_type(hid_t type, oc_h5_type *found)
{
    for (int i = 0; i < OC_H5_TYPE_COUNT; i++)
        if (H5Tequal(type, oc_h5_stored_type((oc_h5_type)i)) > 0) {
            *found = (oc_h5_type)i;
            return 1;
        }
    return 0;
}

/* A UTF-8 string type of a fixed number of bytes. */
hid_t oc_h5_text_type(size_t bytes)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, bytes > 0 ? bytes : 1) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)
        return H5I_INVALID_HID;
    return type;
}

void oc_h5_close(oc_h5 *file)
{
    if (!file)
        return;
    if (file->id >= 0)
        H5Fclose(file->id); /* in memory or read only: nothing can be lost */
    free(file);
}
