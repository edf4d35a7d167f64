/* winograd_walk.h - how the Winograd kernels walk over tiles, and how they read and write plain
 * images (channel after channel) as rows of 16 channels. Included by winograd_body.h alone. */
#ifndef OC_KERNELS_WINOGRAD_WALK_H
#define OC_KERNELS_WINOGRAD_WALK_H

#include "kernels/winograd.h"

#include <string.h>

enum { OUT = OC_WINOGRAD_OUT };

INLINE int smaller(int a, int b)
{
    return a < b ? a : b;
}

INLINE int blocks_of(int channels)
{
    return (channels + 15) / 16;
}

/* `rows` (of up to 16) rows of `columns` floats, `stride` apart -> (columns, 16), zeros where
 * there is no row. */
static void take(const float *from, size_t stride, int rows, int columns, float *to)
{
    int i = 0;
    if (rows == 16)
        for (; i + 4 <= columns; i += 4)
            take_16x4(from + i, stride, to + 16 * i);
    for (; i < columns; i++) {
        int r = 0;
        for (; r < rows; r++)
            to[16 * i + r] = from[(size_t)r * stride + (size_t)i];
        for (; r < 16; r++)
            to[16 * i + r] = 0;
    }
}

/* The way back, for the rows there are; with `add`, adds. */
INLINE void put_rows(const float *from, float *to, size_t stride, int rows, int columns,
                     const int add)
{
    int i = 0;
    if (rows == 16)
        for (; i + 4 <= columns; i += 4)
            put_16x4(from + 16 * i, to + i, stride, add);
    for (; i < columns; i++)
        for (int r = 0; r < rows; r++) {
            float *at = to + (size_t)r * stride + (size_t)i;
            *at = add ? *at + from[16 * i + r] : from[16 * i + r];
        }
}

static void put_add(const float *from, float *to, size_t stride, int rows, int columns)
{
    put_rows(from, to, stride, rows, columns, 1);
}

/* A unit: the tiles of one segment of one tile row of one image. Units follow each other down
 * an image, so that the next one shares two rows of pixels. */
typedef struct unit {
    int image, tile_row;
    int first; /* first tile in its tile row */
    int tiles;
} unit;

INLINE int units_of(const oc_winograd *way, int n)
{
    return n * way->segments * way->tiles_h;
}

INLINE unit unit_at(const oc_winograd *way, int index)
{
    const int column = index / way->tiles_h, segment = column % way->segments;
    const int first = segment * way->segment;
    return (unit){.image = column / way->segments,
                  .tile_row = index % way->tiles_h,
                  .first = first,
                  .tiles = smaller(way->segment, way->tiles_w - first)};
}

/* A strip: consecutive units, and their tiles in all. */
typedef struct strip {
    int begin, end, tiles;
} strip;

static strip strip_from(const oc_winograd *way, int begin, int units, int most)
{
    strip s = {begin, begin, 0};
    while (s.end < units) {
        const int more_tiles = unit_at(way, s.end).tiles;
        if (s.end > begin && s.tiles + more_tiles > most)
            break;
        s.tiles += more_tiles;
        s.end++;
    }
    return s;
}

/* Images of some size, seen in blocks of 16 channels. */
typedef struct images {
    const float *x;
    int channels, height, width;
} images;

/* Row `y` of a block of channels, columns [x, x + columns), as (columns, 16); zeros outside. */
static void take_row(const images *from, int image, int block, int y, int x, int columns, float *to)
{
    const int begin = x < 0 ? 0 : x, end = smaller(x + columns, from->width);
    if (y < 0 || y >= from->height || begin >= end) {
        memset(to, 0, (size_t)columns * 16 * sizeof *to);
        return;
    }
    const size_t blocks = (size_t)blocks_of(from->channels), width = (size_t)from->width;
    const size_t plane = (size_t)image * blocks + (size_t)block;
    const float *row = from->x + (plane * (size_t)from->height + (size_t)y) * width * 16;
    const int lead = begin - x, count = end - begin;
    memset(to, 0, (size_t)lead * 16 * sizeof *to);
    memcpy(to + 16 * lead, row + 16 * begin, (size_t)count * 16 * sizeof *to);
    memset(to + 16 * (lead + count), 0, (size_t)(columns - lead - count) * 16 * sizeof *to);
}

#endif
