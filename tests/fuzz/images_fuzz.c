/* images_fuzz.c - `import images` of an archive. Checksums of tar's headers are put right first,
 * or nearly no change to the input would come through. */
#include "fuzz/fuzz.h"
#include "import/import_images.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, MAGIC_AT = 257, SUM_AT = 148, SUM_BYTES = 8 };

static void mend_header(uint8_t *head)
{
    unsigned sum = 0;
    memset(head + SUM_AT, ' ', SUM_BYTES);
    for (int i = 0; i < BLOCK; i++)
        sum += head[i];
    for (int i = 5; i >= 0; i--, sum /= 8)
        head[SUM_AT + i] = (uint8_t)('0' + sum % 8);
    head[SUM_AT + 6] = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK)
        if (memcmp(copy + at + MAGIC_AT, "ustar", 5) == 0)
            mend_header(copy + at);
    const int file = fuzz_open(copy, size, path);
    const oc_import_images options = {.common.source = path,
                                      .channels = size & 1 ? 1 : 3,
                                      .height = 4,
                                      .width = 6,
                                      .fit = (oc_fit)(size / 2 % OC_FIT_COUNT),
                                      .common.test_fraction = size / 8 % 2 ? 0.5 : 0,
                                      .common.seed = 1};
    fuzz_check_output(oc_import_images_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(file);
    free(copy);
    return 0;
}
