/* winograd_tiles.h - the walk over tiles, and the two-dimensional transforms between blocked
 * images and the planes. Included by winograd_body.h alone, after a vector header. */
#ifndef OC_KERNELS_CONV_WINOGRAD_TILES_H
#define OC_KERNELS_CONV_WINOGRAD_TILES_H

#include "kernels/conv/winograd.h"
#include "kernels/conv/winograd_transforms.h"

#include <stdint.h>
#include <string.h>

enum {
    TILE = OC_WINOGRAD_TILE,
    MOST_IN = OC_WINOGRAD_MOST_IN,
    PARTS = 16 / LANES, /* vectors in a block of channels */
    READ_AHEAD = 16,    /* tiles from asking for pixels to their use */
    WRITE_AHEAD = 4
};

INLINE int smaller(int a, int b)
{
    return a < b ? a : b;
}

INLINE int blocks_of(int channels)
{
    return (channels + 15) / 16;
}

/* Where a tile lies. Tiles follow each other along the rows of an image, then down, then on to
 * the next image. */
typedef struct place {
    int image, row, column;
} place;

INLINE place place_of(const oc_winograd *way, int tile)
{
    const int row = tile / way->tiles_w;
    return (place){row / way->tiles_h, row % way->tiles_h, tile % way->tiles_w};
}

INLINE void next_place(const oc_winograd *way, place *at)
{
    if (++at->column < way->tiles_w)
        return;
    at->column = 0;
    if (++at->row < way->tiles_h)
        return;
    at->row = 0;
    at->image++;
}

/* The last tiles of a row or column reach past the outputs where these are no multiple of TILE. The
 * product at infinity, in the last row or column of planes, is part of a tile's last pixels alone,
 * and of gradients of outputs it is made of those alone: where they are not there, neither is it.
 * In this order of kinds the tiles that have a product in a plane lie together. */
typedef enum kind { PAST_RIGHT, WITHIN, PAST_BOTTOM, PAST_BOTH, KINDS } kind;

INLINE kind kind_of(const oc_winograd *way, place at)
{
    const int right = at.column == way->tiles_w - 1 && way->out_w % TILE != 0;
    const int bottom = at.row == way->tiles_h - 1 && way->out_h % TILE != 0;
    return bottom ? (right ? PAST_BOTH : PAST_BOTTOM) : (right ? PAST_RIGHT : WITHIN);
}

/* A strip: consecutive tiles, those of a kind beside each other, from `first[kind]` on.
 * Transformed it lies at these steps: as images, and as products or as gradients of outputs. */
typedef struct strip {
    int begin, tiles;
    int first[KINDS];
    oc_winograd_steps v, m;
} strip;

INLINE void sort_tiles(const oc_winograd *way, strip *s)
{
    int count[KINDS] = {0};
    place at = place_of(way, s->begin);
    for (int t = 0; t < s->tiles; t++, next_place(way, &at))
        count[kind_of(way, at)]++;
    s->first[0] = 0;
    for (int k = 1; k < KINDS; k++)
        s->first[k] = s->first[k - 1] + count[k - 1];
}

/* Strip after strip, `most` tiles or fewer, about as many in each. */
INLINE strip strip_from(const oc_winograd *way, const oc_winograd_layout *l, int begin, int tiles,
                        int most)
{
    const int left = tiles - begin, strips = (left + most - 1) / most;
    const int taken = (left + strips - 1) / strips;
    strip s = {.begin = begin, .tiles = taken, .v = l->v_steps, .m = l->m_steps};
    if (s.v.block == 0)
        s.v.block = 16 * (size_t)taken;
    if (s.m.block == 0)
        s.m.block = 16 * (size_t)taken;
    sort_tiles(way, &s);
    return s;
}

/* Those with products in plane k: `tiles` from `begin` on, of the transformed strip. */
INLINE strip strip_in_plane(const oc_winograd *way, strip s, int k)
{
    const int in_last_row = k / way->in == way->in - 1, in_last_column = k % way->in == way->in - 1;
    const int end = in_last_row      ? s.first[PAST_BOTTOM]
                    : in_last_column ? s.first[PAST_BOTH]
                                     : s.tiles;
    s.begin = in_last_column ? s.first[WITHIN] : 0;
    s.tiles = end - s.begin;
    return s;
}

/* Images of some size, in blocks of 16 channels. */
typedef struct images {
    const float *x;
    int channels, height, width;
} images;

/* A square of 16 channels to read: columns [first, end) are there, the others are zeros. */
typedef struct square {
    const float *row[MOST_IN]; /* at the first column that is there */
    ptrdiff_t step;            /* floats from column to column */
    int first, end;
} square;

INLINE square square_at(const images *from, place at, int block, int top, int left, const int side)
{
    static const float no_row[MOST_IN * 16];
    const size_t plane = (size_t)at.image * (size_t)blocks_of(from->channels) + (size_t)block;
    const size_t height = (size_t)from->height, width = (size_t)from->width;
    const int first = left < 0 ? -left : 0;
    square s = {.step = 16, .first = first, .end = smaller(side, from->width - left)};
    const size_t line = width * 16, column = (size_t)(left + first) * 16;
    if (top >= 0 && top + side <= from->height) { /* nearly all */
        s.row[0] = from->x + (plane * height + (size_t)top) * line + column;
        UNROLLED(8)
        for (int r = 1; r < side; r++)
            s.row[r] = s.row[r - 1] + line;
        return s;
    }
    for (int r = 0; r < side; r++)
        s.row[r] = top + r < 0 || top + r >= from->height
                       ? no_row
                       : from->x + (plane * height + (size_t)(top + r)) * line + column;
    return s;
}

/* The first half of a transform, along the columns: (side, side) -> (made, side). */
INSTANCE void columns_first(const transform f, const int side, const int made, const square *from,
                            const int first, const int end, size_t part,
                            vec mixed[MOST_IN][MOST_IN])
{
    UNROLLED(8)
    for (int c = 0; c < side; c++) {
        vec d[MOST_IN], q[MOST_IN];
        const int there = c >= first && c < end;
        UNROLLED(8)
        for (int r = 0; r < side; r++)
            d[r] = there ? vec_load(from->row[r] + (c - first) * from->step + part * LANES)
                         : vec_set(0);
        f(d, q);
        UNROLLED(8)
        for (int r = 0; r < made; r++)
            mixed[r][c] = q[r];
    }
}

/* A square -> its (in, in) places, `plane` apart. */
INSTANCE void to_planes(const transform f, const int side, const int in, const square *from,
                        const int first, const int end, float *to, size_t plane)
{
    for (size_t part = 0; part < PARTS; part++) {
        vec mixed[MOST_IN][MOST_IN];
        columns_first(f, side, in, from, first, end, part, mixed);
        UNROLLED(8)
        for (size_t r = 0; r < (size_t)in; r++) {
            vec q[MOST_IN];
            f(mixed[r], q);
            UNROLLED(8)
            for (size_t c = 0; c < (size_t)in; c++)
                vec_store(to + ((size_t)in * r + c) * plane + part * LANES, q[c]);
        }
    }
}

/* What is read next: a tile of a strip in a block, then the next tile, the same strip in the next
 * block, the next strip. */
typedef struct reader {
    place at;
    int tile, block;
} reader;

INLINE void next_tile(const oc_winograd *way, strip s, int blocks, reader *next)
{
    next_place(way, &next->at);
    if (++next->tile < s.tiles)
        return;
    next->tile = 0;
    if (++next->block < blocks) {
        next->at = place_of(way, s.begin);
        return;
    }
    next->block = 0;
    next->at = place_of(way, s.begin + s.tiles);
}

/* Asks for a tile's pixels, (TILE, TILE): what overlaps is part of other tiles, too. A layer does
 * not fit into the second-level cache, and short pieces of some rows at a time are no stream that a
 * processor sees coming: without this a third of the time is waiting. Addresses are numbers
 * here, as there is nothing behind the last image. */
INLINE void ask_for(const images *from, const reader *next, const int write)
{
    const int blocks = blocks_of(from->channels);
    const int row = TILE * next->at.row, column = TILE * next->at.column;
    const size_t line = 16 * sizeof(float), width = (size_t)from->width;
    const size_t plane = (size_t)next->at.image * (size_t)blocks + (size_t)next->block;
    const uintptr_t first =
        (uintptr_t)from->x +
        ((plane * (size_t)from->height + (size_t)row) * width + (size_t)column) * line;
    UNROLLED(4)
    for (size_t r = 0; r < TILE; r++) {
        UNROLLED(4)
        for (size_t c = 0; c < TILE; c++) {
            const void *pixel = (const void *)(first + (r * width + c) * line);
            if (write) /* clang wants a constant to be one by itself */
                __builtin_prefetch(pixel, 1);
            else
                __builtin_prefetch(pixel, 0);
        }
    }
}

/* All tiles of a strip, all channels: squares of `side`, TILE apart from each other, the first one
 * at -pad; `block` of the strip's steps apart. `plane` is a constant where it can be. */
INSTANCE void strip_to_planes(const transform f, const int side, const int in, int pad_h, int pad_w,
                              const size_t plane, const oc_winograd *way, const images *from,
                              strip s, size_t block, float *planes)
{
    const int blocks = blocks_of(from->channels);
    reader next = {.at = place_of(way, s.begin)};
    for (int i = 0; i < READ_AHEAD; i++)
        next_tile(way, s, blocks, &next);
    for (int b = 0; b < blocks; b++, planes += block) {
        place at = place_of(way, s.begin);
        int slots[KINDS];
        memcpy(slots, s.first, sizeof slots);
        for (int t = 0; t < s.tiles; t++, next_place(way, &at)) {
            float *const to = planes + 16 * slots[kind_of(way, at)]++;
            const square it =
                square_at(from, at, b, TILE * at.row - pad_h, TILE * at.column - pad_w, side);
            ask_for(from, &next, 0);
            next_tile(way, s, blocks, &next);
            if (it.first == 0 && it.end == side)
                to_planes(f, side, in, &it, 0, side, to, plane);
            else
                to_planes(f, side, in, &it, it.first, it.end, to, plane);
        }
    }
}

/* One tile's (in, in) places -> (made, made), the part of each block that `part` says. */
INSTANCE void from_planes(const transform f, const int in, const int made, const float *from,
                          size_t plane, size_t part, vec to[MOST_IN][MOST_IN])
{
    square s = {.step = (ptrdiff_t)plane};
    for (size_t r = 0; r < (size_t)in; r++)
        s.row[r] = from + (size_t)in * r * plane;
    vec mixed[MOST_IN][MOST_IN];
    columns_first(f, in, made, &s, 0, in, part, mixed);
    UNROLLED(8)
    for (int r = 0; r < made; r++)
        f(mixed[r], to[r]);
}

/* One tile's (in, in) places -> `rows` by `columns` pixels of an image, `out_w` pixels wide. */
INSTANCE void put_tile(const transform f, const int in, const float *m, const size_t plane,
                       const float bias[16], float *to, size_t out_w, const int rows,
                       const int columns)
{
    for (size_t part = 0; part < PARTS; part++) {
        const vec b = vec_load(bias + part * LANES);
        vec q[MOST_IN][MOST_IN];
        from_planes(f, in, TILE, m, plane, part, q);
        UNROLLED(4)
        for (int r = 0; r < TILE; r++) {
            UNROLLED(4)
            for (int c = 0; c < TILE; c++)
                if (r < rows && c < columns)
                    vec_store(to + ((size_t)r * out_w + (size_t)c) * 16 + part * LANES,
                              q[r][c] + b);
        }
    }
}

/* One block of outputs of a strip -> the images; `plane` as above. */
INSTANCE void strip_to_images(const transform f, const int in, const size_t plane,
                              const oc_winograd *way, strip s, int block, const float *m,
                              const float bias[16], float *y)
{
    const size_t out_h = (size_t)way->out_h, out_w = (size_t)way->out_w;
    const images to_images = {y, way->outputs, way->out_h, way->out_w};
    place at = place_of(way, s.begin);
    reader next = {.at = at, .block = block};
    int slots[KINDS];
    memcpy(slots, s.first, sizeof slots);
    for (int i = 0; i < WRITE_AHEAD; i++)
        next_place(way, &next.at);
    for (int t = 0; t < s.tiles; t++, next_place(way, &at), next_place(way, &next.at)) {
        const float *const from = m + 16 * slots[kind_of(way, at)]++;
        const int top = TILE * at.row, left = TILE * at.column;
        const int rows = smaller(TILE, way->out_h - top),
                  columns = smaller(TILE, way->out_w - left);
        const size_t image = (size_t)at.image * (size_t)blocks_of(way->outputs) + (size_t)block;
        float *to = y + ((image * out_h + (size_t)top) * out_w + (size_t)left) * 16;
        ask_for(&to_images, &next, 1);
        if (rows == TILE && columns == TILE)
            put_tile(f, in, from, plane, bias, to, out_w, TILE, TILE);
        else
            put_tile(f, in, from, plane, bias, to, out_w, rows, columns);
    }
}

#endif
