/* winograd_passes.h - the Winograd passes over a shard: preparing weights, applying them, the
 * gradient of the weights. A file that makes an instance includes a vector header, then this,
 * and names a table.
 *
 * A strip of tiles is transformed, multiplied and transformed back before the next, so that it
 * stays in cache. Tiles and their transforms: winograd_tiles.h; products: winograd_body.h. */
#ifndef OC_KERNELS_CONV_WINOGRAD_PASSES_H
#define OC_KERNELS_CONV_WINOGRAD_PASSES_H

#include "kernels/conv/winograd_body.h"

enum { MOST_TAPS = 25 };

/* Blocks in panel `p` of `blocks`, and floats from one plane of a panel to the next. */
INLINE int panel_blocks(int blocks, int p)
{
    return smaller(PANEL_BLOCKS, blocks - p * PANEL_BLOCKS);
}

INLINE size_t panel_plane(int channels, int blocks)
{
    return oc_winograd_plane((size_t)channels * 16 * (size_t)blocks);
}

/* All panels but the last are full. */
INLINE size_t panel_start(const oc_winograd *way, int p)
{
    return (size_t)p * (size_t)way->planes * panel_plane(way->channels, PANEL_BLOCKS);
}

/* `rows` (of up to 16) rows of `columns` (4 or more) floats, `stride` apart -> (columns, 16),
 * zeros where there is no row. */
static void take(const float *from, size_t stride, int rows, int columns, float *to)
{
    if (rows == 16) {
        for (int i = 0; i < columns - 4; i += 4)
            take_16x4(from + i, stride, to + 16 * i);
        take_16x4(from + columns - 4, stride, to + 16 * (columns - 4)); /* some once more */
        return;
    }
    for (int i = 0; i < columns; i++)
        for (int r = 0; r < 16; r++)
            to[16 * i + r] = r < rows ? from[(size_t)r * stride + (size_t)i] : 0;
}

/* The way back, for the rows there are; adds. */
static void put_add(const float *from, float *to, size_t stride, int rows, int columns)
{
    int i = 0;
    if (rows == 16)
        for (; i + 4 <= columns; i += 4)
            put_16x4(from + 16 * i, to + i, stride, 1);
    for (; i < columns; i++)
        for (int r = 0; r < rows; r++)
            to[(size_t)r * stride + (size_t)i] += from[16 * i + r];
}

/* Kernels of one channel and one block of outputs, [tap][16] -> places, `plane` apart. */
INSTANCE void kernels_to_planes(const transform f, const int side, const int in, int rotate,
                                const float *taps, float *to, size_t plane)
{
    square s = {.step = rotate ? -16 : 16};
    for (int r = 0; r < side; r++)
        s.row[r] = taps + (rotate ? side * side - 1 - r * side : r * side) * 16;
    to_planes(f, side, in, &s, 0, side, to, plane);
}

static void prepare_kernels(int side, int rotate, const float *taps, float *to, size_t plane)
{
    if (side == 3)
        kernels_to_planes(kernel_3, 3, 6, rotate, taps, to, plane);
    else
        kernels_to_planes(kernel_5, 5, 8, rotate, taps, to, plane);
}

/* Channels [c, c + group) of one block of outputs -> (group, taps, 16). */
static void take_kernels(const oc_winograd *way, const float *weights, int block, int c, int group,
                         float *to)
{
    const int taps = way->kernel * way->kernel, rows = smaller(16, way->outputs - 16 * block);
    const size_t output = 16 * (size_t)block, channel = (size_t)c;
    if (!way->rotate) /* (outputs, channels, taps) */
        take(weights + (output * (size_t)way->channels + channel) * (size_t)taps,
             (size_t)way->channels * (size_t)taps, rows, group * taps, to);
    for (size_t i = 0; way->rotate && i < (size_t)group; i++) /* (channels, outputs, taps) */
        take(weights + ((channel + i) * (size_t)way->outputs + output) * (size_t)taps, (size_t)taps,
             rows, taps, to + i * (size_t)taps * 16);
}

/* The weights of one panel of outputs -> [plane][channel][16 or 32 outputs]. */
static void prepare_panel(const oc_winograd *way, int p, const float *weights, float *to)
{
    enum { GROUP = 4 }; /* channels read at a time */
    float kernels[PANEL_BLOCKS][GROUP * MOST_TAPS * 16];
    const int channels = way->channels, taps = way->kernel * way->kernel;
    const int wide = panel_blocks(blocks_of(way->outputs), p);
    const size_t plane = panel_plane(channels, wide);
    for (int c = 0; c < channels; c += GROUP) {
        const int group = smaller(GROUP, channels - c);
        for (int b = 0; b < wide; b++)
            take_kernels(way, weights, p * PANEL_BLOCKS + b, c, group, kernels[b]);
        for (int i = 0; i < group; i++)
            for (int b = 0; b < wide; b++, to += 16)
                prepare_kernels(way->kernel, way->rotate, kernels[b] + i * taps * 16, to, plane);
    }
}

static void prepare(const oc_winograd *way, const float *weights, float *prepared)
{
    for (int p = 0; p * PANEL_BLOCKS < blocks_of(way->outputs); p++)
        prepare_panel(way, p, weights, prepared + panel_start(way, p));
}

/* DO(plane), with a constant for each that few channels have. */
#define FOR_PLANE(plane, DO)                                                                       \
    switch (plane) {                                                                               \
    case OC_WINOGRAD_PLANE(OC_WINOGRAD_MIDDLE):                                                    \
        DO(OC_WINOGRAD_PLANE(OC_WINOGRAD_MIDDLE));                                                 \
        break;                                                                                     \
    case OC_WINOGRAD_PLANE(OC_WINOGRAD_LONG):                                                      \
        DO(OC_WINOGRAD_PLANE(OC_WINOGRAD_LONG));                                                   \
        break;                                                                                     \
    case OC_WINOGRAD_PLANE(OC_WINOGRAD_GRADIENT):                                                  \
        DO(OC_WINOGRAD_PLANE(OC_WINOGRAD_GRADIENT));                                               \
        break;                                                                                     \
    default:                                                                                       \
        DO(plane);                                                                                 \
    }

static void inputs_to_planes(const oc_winograd *way, const float *x, strip s, float *v)
{
    const images from = {x, way->channels, way->height, way->width};
#define THREE(plane)                                                                               \
    strip_to_planes(input_6, 6, 6, way->pad_h, way->pad_w, plane, way, &from, s, s.v.block, v)
#define FIVE(plane)                                                                                \
    strip_to_planes(input_8, 8, 8, way->pad_h, way->pad_w, plane, way, &from, s, s.v.block, v)
    if (way->kernel == 3)
        FOR_PLANE(s.v.plane, THREE)
    else
        FOR_PLANE(s.v.plane, FIVE)
#undef THREE
#undef FIVE
}

static void gradients_to_planes(const oc_winograd *way, const float *dy, strip s, float *z)
{
    const images from = {dy, way->outputs, way->out_h, way->out_w};
#define THREE(plane)                                                                               \
    strip_to_planes(gradient_4_to_6, 4, 6, 0, 0, plane, way, &from, s, s.m.block, z)
#define FIVE(plane) strip_to_planes(gradient_4_to_8, 4, 8, 0, 0, plane, way, &from, s, s.m.block, z)
    if (way->kernel == 3 && s.m.plane == OC_WINOGRAD_PLANE(OC_WINOGRAD_GRADIENT))
        THREE(OC_WINOGRAD_PLANE(OC_WINOGRAD_GRADIENT));
    else if (way->kernel == 3)
        THREE(s.m.plane);
    else if (s.m.plane == OC_WINOGRAD_PLANE(OC_WINOGRAD_GRADIENT))
        FIVE(OC_WINOGRAD_PLANE(OC_WINOGRAD_GRADIENT));
    else
        FIVE(s.m.plane);
#undef THREE
#undef FIVE
}

static void products_to_outputs(const oc_winograd *way, strip s, int block, const float *m,
                                const float *bias, float *y)
{
    const int outputs = smaller(16, way->outputs - 16 * block);
    float block_bias[16] = {0};
    for (int i = 0; bias && i < outputs; i++)
        block_bias[i] = bias[16 * block + i];
#define THREE(plane) strip_to_images(output_6_to_4, 6, plane, way, s, block, m, block_bias, y)
#define FIVE(plane) strip_to_images(output_8_to_4, 8, plane, way, s, block, m, block_bias, y)
    if (way->kernel == 3)
        FOR_PLANE(s.m.plane, THREE)
    else
        FOR_PLANE(s.m.plane, FIVE)
#undef THREE
#undef FIVE
}

/* One panel of outputs of a transformed strip. */
static void apply_panel(const oc_winograd *way, strip s, int p, const float *weights,
                        const float *bias, float *y, const oc_winograd_layout *l, float *scratch)
{
    const int wide = panel_blocks(blocks_of(way->outputs), p);
    const size_t u_plane = panel_plane(way->channels, wide);
    if (way->fresh)
        prepare_panel(way, p, weights, scratch + l->u);
    const float *u = way->fresh ? scratch + l->u : weights + panel_start(way, p);
    float *m = scratch + l->m;
    for (size_t k = 0; k < (size_t)way->planes; k++) {
        const strip has = strip_in_plane(way, s, (int)k);
        const size_t begin = 16 * (size_t)has.begin;
        (wide == 1 ? multiply_one : multiply_two)(has, way->channels,
                                                  scratch + k * s.v.plane + begin, u + k * u_plane,
                                                  m + k * s.m.plane + begin);
    }
    for (int b = 0; b < wide; b++, m += s.m.block)
        products_to_outputs(way, s, p * PANEL_BLOCKS + b, m, bias, y);
}

static void apply(const oc_winograd *way, int n, const float *x, const float *weights,
                  const float *bias, float *y, float *scratch)
{
    const oc_winograd_layout l = oc_winograd_apply_layout(way);
    const int tiles = n * way->tiles_h * way->tiles_w, blocks = blocks_of(way->outputs);
    for (strip s = {0}; (s.begin += s.tiles) < tiles;) {
        s = strip_from(way, &l, s.begin, tiles, way->strip);
        inputs_to_planes(way, x, s, scratch);
        for (int p = 0; p * PANEL_BLOCKS < blocks; p++)
            apply_panel(way, s, p, weights, bias, y, &l, scratch);
    }
}

/* Sums of up to 16 channels and one block of outputs -> [channel][tap][16]. */
INSTANCE void planes_to_kernels(const transform f, const int side, const int in, int channels,
                                const float *sums, size_t step, size_t plane, float *taps)
{
    for (int c = 0; c < channels; c++, sums += step)
        for (size_t part = 0; part < PARTS; part++) {
            vec q[MOST_IN][MOST_IN];
            from_planes(f, in, side, sums, plane, part, q);
            UNROLLED(5)
            for (int r = 0; r < side; r++) {
                UNROLLED(5)
                for (int i = 0; i < side; i++)
                    vec_store(taps + ((c * side + r) * side + i) * 16 + part * LANES, q[r][i]);
            }
        }
}

/* Sums of channels [first, first + 16) and one block of outputs -> (outputs, channels, taps). */
static void add_kernels(const oc_winograd *way, int first, int block, const float *sums,
                        size_t step, size_t plane, float *gradient)
{
    const int channels = smaller(16, way->channels - first), taps = way->kernel * way->kernel;
    float kernels[16 * MOST_TAPS * 16];
    if (way->kernel == 3)
        planes_to_kernels(kernel_gradient_3, 3, 6, channels, sums, step, plane, kernels);
    else
        planes_to_kernels(kernel_gradient_5, 5, 8, channels, sums, step, plane, kernels);
    const size_t row = (size_t)way->channels * (size_t)taps;
    put_add(kernels, gradient + (size_t)block * 16 * row + (size_t)first * (size_t)taps, row,
            smaller(16, way->outputs - 16 * block), channels * taps);
}

/* One group of channels and one panel of outputs: small products over the tiles of a strip,
 * and on to the gradient. Sums in registers over a strip, added to what came before: the error
 * does not grow with images and their size as one long sum's would. */
static void add_panel(const oc_winograd *way, int first, int p, strip s,
                      const oc_winograd_layout *l, const float *scratch, float *sums,
                      float *gradient)
{
    const int group = smaller(way->gradient_channels, way->channels - first);
    const int wide = panel_blocks(blocks_of(way->outputs), p), blocks = blocks_of(group);
    const size_t plane = oc_winograd_plane((size_t)blocks * 16 * 16 * (size_t)wide);
    for (size_t k = 0; k < (size_t)way->planes; k++) {
        const strip has = strip_in_plane(way, s, (int)k);
        const size_t begin = 16 * (size_t)has.begin;
        const float *v = scratch + k * s.v.plane + (size_t)(first / 16) * s.v.block + begin;
        const float *z =
            scratch + l->m + k * s.m.plane + (size_t)(p * PANEL_BLOCKS) * s.m.block + begin;
        float *u = sums + k * plane;
        for (int b = 0; b < blocks; b++, v += s.v.block, u += 16 * 16 * wide)
            (wide == 1 ? correlate_one : correlate_two)(has, v, z, u);
    }
    for (int b = 0; b < blocks; b++)
        for (int o = 0; o < wide; o++)
            add_kernels(way, first + 16 * b, p * PANEL_BLOCKS + o,
                        sums + b * 16 * 16 * wide + 16 * o, (size_t)(16 * wide), plane, gradient);
}

static void add_weight_gradient(const oc_winograd *way, int n, const float *x, const float *dy,
                                float *gradient, float *scratch)
{
    const oc_winograd_layout l = oc_winograd_gradient_layout(way);
    const int tiles = n * way->tiles_h * way->tiles_w, blocks = blocks_of(way->outputs);
    for (strip s = {0}; (s.begin += s.tiles) < tiles;) {
        s = strip_from(way, &l, s.begin, tiles, way->gradient_strip);
        inputs_to_planes(way, x, s, scratch);
        gradients_to_planes(way, dy, s, scratch + l.m);
        for (int c = 0; c < way->channels; c += way->gradient_channels)
            for (int p = 0; p * PANEL_BLOCKS < blocks; p++)
                add_panel(way, c, p, s, &l, scratch, scratch + l.u, gradient);
    }
}

#endif
