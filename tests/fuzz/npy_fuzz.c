/* npy_fuzz.c - `import npy`. The first byte of the input chooses the options, the next two say how
 * long the inputs' file is; the rest is the targets' file. Both are their own test split if the
 * options say so. */
#include "fuzz/fuzz.h"
#include "import/import_arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char inputs[FUZZ_PATH], targets[FUZZ_PATH];
    if (size < 3)
        return 0;
    const int how = data[0], has_test = how & 4;
    size_t length = (size_t)data[1] << 8 | data[2];
    length = length < size - 3 ? length : size - 3;
    const int first = fuzz_open(data + 3, length, inputs);
    const int second = fuzz_open(data + 3 + length, size - 3 - length, targets);
    const oc_import_arrays options = {.format = OC_ARRAY_NPY,
                                      .inputs = {inputs, has_test ? inputs : NULL},
                                      .targets = {targets, has_test ? targets : NULL},
                                      .kind = (oc_targets_kind)((how & 3) % OC_TARGETS_KINDS),
                                      .channels = (oc_channel_order)(how >> 3 & 3) % 3,
                                      .common.test_fraction = has_test ? 0 : 0.25,
                                      .common.seed = 1};
    fuzz_check_output(oc_import_arrays_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(second);
    fuzz_close(first);
    return 0;
}
