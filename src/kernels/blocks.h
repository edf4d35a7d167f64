/* blocks.h - images in blocks of 16 channels (tensor.h) from plain ones and back. */
#ifndef OC_KERNELS_BLOCKS_H
#define OC_KERNELS_BLOCKS_H

#include <stddef.h>

/* Local. plain (n, channels, pixels) -> blocked (n, ceil(channels / 16), pixels, 16); the
 * channels that there are not become zeros. */
void oc_to_blocks(int n, int channels, size_t pixels, const float *plain, float *blocked);

/* Local. The way back. */
void oc_from_blocks(int n, int channels, size_t pixels, const float *blocked, float *plain);

#endif
