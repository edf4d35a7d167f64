/* blocks.c - see blocks.h. */
#include "kernels/blocks.h"

#include "kernels/unit.h"

void oc_to_blocks(int n, int channels, size_t pixels, const float *plain, float *blocked)
{
    oc_unit_get()->elementwise->to_blocks(n, channels, pixels, plain, blocked);
}

void oc_from_blocks(int n, int channels, size_t pixels, const float *blocked, float *plain)
{
    oc_unit_get()->elementwise->from_blocks(n, channels, pixels, blocked, plain);
}
