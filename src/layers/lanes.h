/* lanes.h - moving channels between images in blocks of 16 channels (tensor.h): what concat and
 * pad_channels share. */
#ifndef OC_LAYERS_LANES_H
#define OC_LAYERS_LANES_H

#include <stddef.h>

/* A block of channels seen as rows of pixels: pixel (h, w) begins at h * row + w * pixel floats. */
typedef struct oc_lanes_grid {
    size_t height, width; /* how many pixels to move; the same for both sides */
    size_t in_row, in_pixel, in_plane;
    size_t out_row, out_pixel, out_plane; /* floats of a block of 16 channels */
} oc_lanes_grid;

/* Local. Channels in_first to in_first + count - 1 of one image become out_first to ... of
 * another; its other channels are left alone. Quick where both firsts are alike modulo 16. */
void oc_lanes_move(const oc_lanes_grid *grid, const float *in, size_t in_first, float *out,
                   size_t out_first, size_t count);

#endif
