/* npz_fuzz.c - `import npz` of arrays x and y of an archive. The first byte of the input chooses
 * the options. Checksums are not mended: what they hide is npy_fuzz.c's. */
#include "fuzz/fuzz.h"
#include "import/import_arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    if (size < 1)
        return 0;
    const int how = data[0], has_test = how & 4;
    const int file = fuzz_open(data + 1, size - 1, path);
    const oc_import_arrays options = {.format = OC_ARRAY_NPZ,
                                      .common.source = path,
                                      .inputs = {"x", has_test ? "x" : NULL},
                                      .targets = {"y", has_test ? "y" : NULL},
                                      .kind = (oc_targets_kind)((how & 3) % OC_TARGETS_KINDS),
                                      .channels = (oc_channel_order)(how >> 3 & 3) % 3,
                                      .common.test_fraction = has_test ? 0 : 0.25,
                                      .common.seed = 1};
    fuzz_check_output(oc_import_arrays_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(file);
    return 0;
}
