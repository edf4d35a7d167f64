/* lanes.c - see lanes.h. */
#include "layers/lanes.h"

#include "tensor/tensor.h"

#include <string.h>

static size_t lower(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* `lanes` is a constant where this is called, so each copy is a few moves. */
static inline void move(const oc_lanes_grid *g, const float *in, float *out, size_t lanes)
{
    for (size_t h = 0; h < g->height; h++)
        for (size_t w = 0; w < g->width; w++)
            memcpy(out + h * g->out_row + w * g->out_pixel, in + h * g->in_row + w * g->in_pixel,
                   lanes * sizeof *out);
}

static void move_some(const oc_lanes_grid *g, const float *in, float *out, size_t lanes)
{
    for (; lanes >= 8; lanes -= 8, in += 8, out += 8)
        move(g, in, out, 8);
    if (lanes & 4) {
        move(g, in, out, 4);
        in += 4;
        out += 4;
    }
    if (lanes & 2) {
        move(g, in, out, 2);
        in += 2;
        out += 2;
    }
    if (lanes & 1)
        move(g, in, out, 1);
}

void oc_lanes_move(const oc_lanes_grid *grid, const float *in, size_t in_first, float *out,
                   size_t out_first, size_t count)
{
    while (count > 0) {
        const size_t from = in_first % OC_BLOCK, to = out_first % OC_BLOCK;
        const size_t lanes = lower(count, OC_BLOCK - (from > to ? from : to));
        const float *source = in + in_first / OC_BLOCK * grid->in_plane + from;
        float *target = out + out_first / OC_BLOCK * grid->out_plane + to;
        if (lanes == OC_BLOCK)
            move(grid, source, target, OC_BLOCK);
        else
            move_some(grid, source, target, lanes);
        in_first += lanes;
        out_first += lanes;
        count -= lanes;
    }
}
