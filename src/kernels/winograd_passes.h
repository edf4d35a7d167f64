/* winograd_passes.h - the passes over a shard, built from winograd_body.h: preparing weights,
 * applying them, the gradient of the weights. Included after it by each instance. */
#ifndef OC_KERNELS_WINOGRAD_PASSES_H
#define OC_KERNELS_WINOGRAD_PASSES_H

#include "kernels/winograd_body.h"

/* Blocks in panel `p` of `blocks`, and floats from one plane of a panel to the next. */
INLINE int panel_blocks(int blocks, int p)
{
    return smaller(PANEL_BLOCKS, blocks - p * PANEL_BLOCKS);
}

INLINE size_t panel_plane(int channels, int blocks)
{
    return (size_t)channels * 16 * (size_t)blocks + 16;
}

/* All panels but the last are full. */
INLINE size_t panel_start(int channels, int p)
{
    return (size_t)p * OC_WINOGRAD_PLANES * panel_plane(channels, PANEL_BLOCKS);
}

/* (9, 16) kernels of one channel -> 36 places, `plane` apart. */
static void prepare_kernels(const float *taps, int rotate, float *to, size_t plane)
{
    for (size_t part = 0; part < PARTS; part++) {
        vec mixed[6][3];
        for (int j = 0; j < 3; j++) {
            vec g[3], q[6];
            for (int i = 0; i < 3; i++)
                g[i] = vec_load(taps + 16 * (rotate ? 8 - (3 * i + j) : 3 * i + j) + part * LANES);
            kernel_transform(g, q);
            for (int i = 0; i < 6; i++)
                mixed[i][j] = q[i];
        }
        for (size_t i = 0; i < 6; i++) {
            vec q[6];
            kernel_transform(mixed[i], q);
            for (size_t j = 0; j < 6; j++)
                vec_store(to + (6 * i + j) * plane + part * LANES, q[j]);
        }
    }
}

static void prepare(const oc_winograd *way, int rotate, const float *weights, float *prepared)
{
    enum { GROUP = 16 }; /* channels read at a time: rows of 144 floats */
    float taps[GROUP * 9 * 16];
    const int channels = way->channels, blocks = blocks_of(way->outputs);
    for (int b = 0; b < blocks; b++) {
        const int p = b / PANEL_BLOCKS, wide = panel_blocks(blocks, p);
        const int rows = smaller(16, way->outputs - 16 * b);
        const size_t plane = panel_plane(channels, wide);
        float *to = prepared + panel_start(channels, p) + 16 * (b % PANEL_BLOCKS);
        for (int c = 0; c < channels; c += GROUP) {
            const int group = smaller(GROUP, channels - c);
            if (!rotate) /* (outputs, channels, 9) */
                take(weights + ((size_t)b * 16 * (size_t)channels + (size_t)c) * 9,
                     (size_t)channels * 9, rows, group * 9, taps);
            for (int i = 0; i < group; i++, to += 16 * wide) {
                if (rotate) /* (channels, outputs, 9) */
                    take(weights + ((size_t)(c + i) * (size_t)way->outputs + (size_t)b * 16) * 9, 9,
                         rows, 9, taps + i * 9 * 16);
                prepare_kernels(taps + i * 9 * 16, rotate, to, plane);
            }
        }
    }
}

/* Transformed input of a strip, all channels. */
static void transform_strip(const oc_winograd *way, const images *from, strip s,
                            const oc_winograd_layout *l, size_t block, float *scratch)
{
    const size_t width = OUT * (size_t)way->segment + 2;
    float *ring = scratch + l->rows;
    for (int b = 0; b < blocks_of(from->channels); b++) {
        float *v = scratch + l->v + (size_t)b * block;
        for (int i = s.begin; i < s.end; i++) {
            const unit u = unit_at(way, i);
            const int top = OUT * u.tile_row - way->pad_h, left = OUT * u.first - way->pad_w;
            const int known = i > s.begin && u.tile_row > 0 ? 2 : 0; /* rows of the last unit */
            const float *row[6];
            for (int r = 0; r < 6; r++) {
                float *at = ring + (size_t)((top + r + 6) % 6) * width * 16;
                if (r >= known)
                    take_row(from, u.image, b, top + r, left, OUT * u.tiles + 2, at);
                row[r] = at;
            }
            transform_unit(u.tiles, row, scratch + l->mixed, v, l->v_plane);
            v += 16 * u.tiles;
        }
    }
}

/* Transformed gradients of the outputs of a strip, all of them. */
static void transform_gradient_strip(const oc_winograd *way, const images *from, strip s,
                                     const oc_winograd_layout *l, size_t block, float *scratch)
{
    const size_t width = OUT * (size_t)way->segment;
    for (int b = 0; b < blocks_of(from->channels); b++) {
        float *z = scratch + l->m + (size_t)b * block;
        for (int i = s.begin; i < s.end; i++) {
            const unit u = unit_at(way, i);
            const float *row[4];
            for (int r = 0; r < 4; r++) {
                float *at = scratch + l->rows + (size_t)r * width * 16;
                take_row(from, u.image, b, OUT * u.tile_row + r, OUT * u.first, OUT * u.tiles, at);
                row[r] = at;
            }
            transform_gradient_unit(u.tiles, row, scratch + l->mixed, z, l->m_plane);
            z += 16 * u.tiles;
        }
    }
}

/* Products of one block of outputs of a strip -> the images. */
static void output_strip(const oc_winograd *way, strip s, int block, const float *m,
                         const oc_winograd_layout *l, const float *bias, float *y, float *scratch)
{
    const int outputs = smaller(16, way->outputs - 16 * block);
    float all_bias[16] = {0};
    for (int i = 0; bias && i < outputs; i++)
        all_bias[i] = bias[16 * block + i];
    for (int i = s.begin; i < s.end; i++) {
        const unit u = unit_at(way, i);
        const int top = OUT * u.tile_row, left = OUT * u.first;
        const int height = smaller(OUT, way->out_h - top);
        const int width = smaller(OUT * u.tiles, way->out_w - left);
        const size_t plane = (size_t)u.image * (size_t)blocks_of(way->outputs) + (size_t)block;
        output_unit(u.tiles, m, l->m_plane, all_bias, scratch + l->rows);
        for (int r = 0; r < height; r++)
            memcpy(y + ((plane * (size_t)way->out_h + (size_t)(top + r)) * (size_t)way->out_w +
                        (size_t)left) *
                           16,
                   scratch + l->rows + r * OUT * u.tiles * 16, (size_t)width * 16 * sizeof *y);
        m += 16 * u.tiles;
    }
}

static void apply(const oc_winograd *way, int n, const float *x, const float *prepared,
                  const float *bias, float *y, float *scratch)
{
    const oc_winograd_layout l = oc_winograd_apply_layout(way);
    const images from = {x, way->channels, way->height, way->width};
    const int units = units_of(way, n), blocks = blocks_of(way->outputs);
    for (int begin = 0; begin < units;) {
        const strip s = strip_from(way, begin, units, way->strip);
        const size_t block = 16 * (size_t)s.tiles;
        transform_strip(way, &from, s, &l, block, scratch);
        for (int p = 0; p * PANEL_BLOCKS < blocks; p++) {
            const int wide = panel_blocks(blocks, p);
            const float *u = prepared + panel_start(way->channels, p);
            for (size_t k = 0; k < PLANES; k++)
                (wide == 1 ? multiply_one : multiply_two)(
                    s.tiles, way->channels, scratch + l.v + k * l.v_plane,
                    u + k * panel_plane(way->channels, wide), scratch + l.m + k * l.m_plane, block);
            for (int b = 0; b < wide; b++)
                output_strip(way, s, p * PANEL_BLOCKS + b, scratch + l.m + (size_t)b * block, &l,
                             bias, y, scratch);
        }
        begin = s.end;
    }
}

/* Sums of channels [first, first + 16) and one block of outputs -> (outputs, channels, 3, 3). */
static void add_kernels(const oc_winograd *way, int first, int block, const float *sums,
                        size_t step, size_t plane, float *gradient)
{
    const int channels = smaller(16, way->channels - first);
    float taps[16 * 9 * 16];
    for (int c = 0; c < channels; c++, sums += step)
        for (size_t part = 0; part < PARTS; part++) {
            vec mixed[3][6];
            for (size_t i = 0; i < 6; i++) {
                vec d[6], q[3];
                for (size_t r = 0; r < 6; r++)
                    d[r] = vec_load(sums + (6 * r + i) * plane + part * LANES);
                kernel_gradient_transform(d, q);
                for (size_t r = 0; r < 3; r++)
                    mixed[r][i] = q[r];
            }
            for (int r = 0; r < 3; r++) {
                vec q[3];
                kernel_gradient_transform(mixed[r], q);
                for (int i = 0; i < 3; i++)
                    vec_store(taps + (9 * c + 3 * r + i) * 16 + part * LANES, q[i]);
            }
        }
    put_add(taps, gradient + ((size_t)block * 16 * (size_t)way->channels + (size_t)first) * 9,
            (size_t)way->channels * 9, smaller(16, way->outputs - 16 * block), channels * 9);
}

/* One group of channels and one panel of outputs: 36 small products over the tiles of a strip,
 * and on to the gradient: sums in registers over a strip, so the error does not grow with images.
 */
static void add_panel(const oc_winograd *way, int first, int p, strip s,
                      const oc_winograd_layout *l, float *scratch, float *sums, float *gradient)
{
    const size_t block = 16 * (size_t)s.tiles;
    const int group = smaller(way->gradient_channels, way->channels - first);
    const int wide = panel_blocks(blocks_of(way->outputs), p), blocks = blocks_of(group);
    const size_t plane = (size_t)blocks * 16 * 16 * (size_t)wide + 16;
    for (size_t k = 0; k < PLANES; k++) {
        const float *v = scratch + l->v + k * l->v_plane + (size_t)(first / 16) * block;
        const float *z = scratch + l->m + k * l->m_plane + (size_t)(p * PANEL_BLOCKS) * block;
        for (int b = 0; b < blocks; b++, v += block)
            (wide == 1 ? correlate_one : correlate_two)(
                s.tiles, v, z, sums + k * plane + (size_t)(b * 16 * 16 * wide), block);
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
    const images input = {x, way->channels, way->height, way->width};
    const images output = {dy, way->outputs, way->out_h, way->out_w};
    const int units = units_of(way, n), blocks = blocks_of(way->outputs);
    for (int begin = 0; begin < units;) {
        const strip s = strip_from(way, begin, units, way->gradient_strip);
        const size_t block = 16 * (size_t)s.tiles;
        transform_strip(way, &input, s, &l, block, scratch);
        transform_gradient_strip(way, &output, s, &l, block, scratch);
        for (int c = 0; c < way->channels; c += way->gradient_channels)
            for (int p = 0; p * PANEL_BLOCKS < blocks; p++)
                add_panel(way, c, p, s, &l, scratch, scratch + l.total, gradient);
        begin = s.end;
    }
}

#endif
