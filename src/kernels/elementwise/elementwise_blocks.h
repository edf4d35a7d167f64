/* elementwise_blocks.h - plain images into blocks of 16 channels and back, by 16x16 at a time, so
 * that whole cache lines are read. Included by elementwise_body.h alone. */
#ifndef OC_KERNELS_ELEMENTWISE_ELEMENTWISE_BLOCKS_H
#define OC_KERNELS_ELEMENTWISE_ELEMENTWISE_BLOCKS_H

INLINE size_t rows_of(int channels, int block)
{
    const int left = channels - block * OC_MAP;
    return (size_t)(left < OC_MAP ? left : OC_MAP);
}

/* 16 floats of a row, or what is left of it: calls of memcpy of a fixed size are two moves. */
INLINE void copy_row(float *to, const float *from, size_t count)
{
    if (count == OC_MAP)
        memcpy(to, from, OC_MAP * sizeof *to);
    else
        memcpy(to, from, count * sizeof *to);
}

static void map_to_blocks(size_t rows, size_t pixels, const float *plain, float *blocked)
{
    float tile[OC_MAP * OC_MAP] = {0}, turned[OC_MAP * OC_MAP];
    for (size_t p = 0; p < pixels; p += OC_MAP) {
        const size_t count = pixels - p < OC_MAP ? pixels - p : OC_MAP;
        float *to = count == OC_MAP ? blocked + p * OC_MAP : turned;
        for (size_t r = 0; r < rows; r++)
            copy_row(tile + r * OC_MAP, plain + r * pixels + p, count);
        for (size_t quarter = 0; quarter < 4; quarter++)
            take_16x4(tile + 4 * quarter, OC_MAP, to + 4 * quarter * OC_MAP);
        if (to == turned)
            memcpy(blocked + p * OC_MAP, turned, count * OC_MAP * sizeof *turned);
    }
}

static void map_from_blocks(size_t rows, size_t pixels, const float *blocked, float *plain)
{
    float tile[OC_MAP * OC_MAP], last[OC_MAP * OC_MAP] = {0};
    for (size_t p = 0; p < pixels; p += OC_MAP) {
        const size_t count = pixels - p < OC_MAP ? pixels - p : OC_MAP;
        const float *from = blocked + p * OC_MAP;
        if (count < OC_MAP)
            from = memcpy(last, from, count * OC_MAP * sizeof *last);
        for (size_t quarter = 0; quarter < 4; quarter++)
            put_16x4(from + 4 * quarter * OC_MAP, tile + 4 * quarter, OC_MAP, 0);
        for (size_t r = 0; r < rows; r++)
            copy_row(plain + r * pixels + p, tile + r * OC_MAP, count);
    }
}

static void to_blocks(int n, int channels, size_t pixels, const float *plain, float *blocked)
{
    for (int i = 0; i < n; i++)
        for (int first = 0; first < channels; first += OC_MAP, blocked += pixels * OC_MAP) {
            const size_t rows = rows_of(channels, first / OC_MAP);
            map_to_blocks(rows, pixels, plain, blocked);
            plain += rows * pixels;
        }
}

static void from_blocks(int n, int channels, size_t pixels, const float *blocked, float *plain)
{
    for (int i = 0; i < n; i++)
        for (int first = 0; first < channels; first += OC_MAP, blocked += pixels * OC_MAP) {
            const size_t rows = rows_of(channels, first / OC_MAP);
            map_from_blocks(rows, pixels, blocked, plain);
            plain += rows * pixels;
        }
}

#endif
