/* blocks.c - see blocks.h. */
#include "kernels/blocks.h"

#include "tensor/tensor.h"

#include <string.h>

static size_t rows_of(int channels, int block)
{
    const int left = channels - block * OC_BLOCK;
    return (size_t)(left < OC_BLOCK ? left : OC_BLOCK);
}

void oc_to_blocks(int n, int channels, size_t pixels, const float *plain, float *blocked)
{
    for (int i = 0; i < n; i++)
        for (int b = 0; b < oc_block_count(channels); b++, blocked += pixels * OC_BLOCK) {
            const size_t rows = rows_of(channels, b);
            if (rows < OC_BLOCK)
                memset(blocked, 0, pixels * OC_BLOCK * sizeof *blocked);
            for (size_t r = 0; r < rows; r++, plain += pixels)
                for (size_t p = 0; p < pixels; p++)
                    blocked[p * OC_BLOCK + r] = plain[p];
        }
}

void oc_from_blocks(int n, int channels, size_t pixels, const float *blocked, float *plain)
{
    for (int i = 0; i < n; i++)
        for (int b = 0; b < oc_block_count(channels); b++, blocked += pixels * OC_BLOCK) {
            const size_t rows = rows_of(channels, b);
            for (size_t r = 0; r < rows; r++, plain += pixels)
                for (size_t p = 0; p < pixels; p++)
                    plain[p] = blocked[p * OC_BLOCK + r];
        }
}
