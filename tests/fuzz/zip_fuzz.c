/* zip_fuzz.c - `import images` of a zip archive. */
#include "fuzz/fuzz.h"
#include "import/import_images.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    const int file = fuzz_open(data, size, path);
    const oc_import_images options = {.common.source = path,
                                      .channels = 1,
                                      .height = 2,
                                      .width = 2,
                                      .common.test_fraction = 0.5,
                                      .common.seed = 1};
    fuzz_check_output(oc_import_images_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(file);
    return 0;
}
