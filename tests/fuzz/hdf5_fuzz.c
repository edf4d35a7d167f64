/* hdf5_fuzz.c - `import hdf5` of a sound HDF5 file whose arrays the input describes (made_h5.h),
 * with options that it chooses; labels may be strings. Inputs that begin with 0 are no HDF5 at all.
 */
#include "fuzz/fuzz.h"
#include "fuzz/made_h5.h"
#include "import/import_arrays.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Labels are numbers, or with `texts` strings. */
static int make(fuzz_bytes *from, const char *path, int texts)
{
    oc_h5 *file;
    if (oc_h5_create(&file, path))
        return 0;
    fuzz_array(file, "/x", (oc_h5_array){OC_H5_FLOAT32, 4, {8, 2, 3, 2}}, from);
    if (texts)
        fuzz_texts(file, "/y", 8, from);
    else
        fuzz_array(file, "/y", (oc_h5_array){OC_H5_INT64, 1, {8}}, from);
    fuzz_array(file, "/test/x", (oc_h5_array){OC_H5_FLOAT32, 4, {3, 2, 3, 2}}, from);
    if (texts)
        fuzz_texts(file, "/test/y", 3, from);
    else
        fuzz_array(file, "/test/y", (oc_h5_array){OC_H5_INT64, 1, {3}}, from);
    return oc_h5_commit(file, OC_FILE_DATASET) == OC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH], made[FUZZ_PATH];
    int file = -1;
    if (size < 2)
        return 0;
    const int how = data[1], has_test = how & 4;
    snprintf(made, sizeof made, "%.50s-in", fuzz_output());
    fuzz_bytes from = {data + 2, data + size};
    if (data[0] == 0)
        file = fuzz_open(data + 2, size - 2, path);
    else if (make(&from, made, how >> 6 & 1))
        memcpy(path, made, sizeof made);
    else
        return 0;
    const oc_import_arrays options = {.format = OC_ARRAY_HDF5,
                                      .common.source = path,
                                      .inputs = {"/x", has_test ? "/test/x" : NULL},
                                      .targets = {"/y", has_test ? "/test/y" : NULL},
                                      .kind = (oc_targets_kind)((how & 3) % OC_TARGETS_KINDS),
                                      .channels = (oc_channel_order)(how >> 3 & 3) % 3,
                                      .is_first_label_said = how >> 5 & 1,
                                      .first_label = 1,
                                      .common.test_fraction = has_test ? 0 : 0.25,
                                      .common.seed = 1};
    fuzz_check_output(oc_import_arrays_run(&options, fuzz_output()) != OC_OK);
    if (file >= 0)
        fuzz_close(file);
    unlink(made);
    return 0;
}
