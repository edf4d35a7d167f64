/* idx_fuzz.c - `import idx`. The first two bytes of the input are the size of the images' file,
 * which comes next, then the labels'; both splits are the same. */
#include "fuzz/fuzz.h"
#include "import/import_idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char images[FUZZ_PATH], labels[FUZZ_PATH];
    if (size < 2)
        return 0;
    const size_t asked = (size_t)data[0] << 8 | data[1];
    const size_t count = asked < size - 2 ? asked : size - 2;
    const int first = fuzz_open(data + 2, count, images);
    const int second = fuzz_open(data + 2 + count, size - 2 - count, labels);
    const oc_import_idx options = {.file = {images, labels, images, labels}};
    fuzz_check_output(oc_import_idx_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(first);
    fuzz_close(second);
    return 0;
}
