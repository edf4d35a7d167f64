/* safetensors_fuzz.c - every tensor of a .safetensors file, as train.init reads them. */
#include "fuzz/fuzz.h"
#include "storage/safetensors.h"

#include <stdlib.h>

enum { MOST_ELEMENTS = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    oc_safetensors *tensors;
    const int file = fuzz_open(data, size, path);
    if (oc_safetensors_open(&tensors, path) == OC_OK) {
        for (size_t i = 0; i < oc_safetensors_count(tensors); i++) {
            const oc_safetensor *const t = oc_safetensors_at(tensors, i);
            if (t->elements > MOST_ELEMENTS)
                continue;
            float *const to = malloc(t->elements * sizeof *to + 1); /* so that more is seen */
            if (to)
                oc_safetensors_read(tensors, i, to);
            free(to);
        }
        oc_safetensors_close(tensors);
    }
    fuzz_close(file);
    return 0;
}
