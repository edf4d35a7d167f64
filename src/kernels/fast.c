/* fast.c - kernels written for the compiler's vectors where the plain ones are slow: the same
 * sums in the same order as reference.c, so the same bits. Not the matrix product: blas.c. */
#include "kernels/kernels_private.h"

#include <math.h>
#include <string.h>

/* Rows are short (8 to 32 values): a call of memcpy costs more than the copy. */
static void copy_row(float *restrict out, const float *restrict in, int count)
{
    enum { BLOCK = 8 };
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK)
        memcpy(out + i, in + i, BLOCK * sizeof *out); /* of fixed size: two to four moves */
    for (; i < count; i++)
        out[i] = in[i];
}

static void add_row(float *restrict out, const float *restrict in, int count)
{
    for (int i = 0; i < count; i++)
        out[i] += in[i];
}

/* Is every output column of every kernel place a plain shift of the input? */
static int is_plain(const oc_window *w)
{
    return w->stride_w == 1 && w->stride_h == 1 && w->pad_w == 0 && w->pad_h == 0;
}

void oc_fast_im2col(const oc_window *w, const float *image, float *columns)
{
    if (!is_plain(w)) {
        oc_reference_im2col(w, image, columns);
        return;
    }
    const size_t width = (size_t)w->width, plane = width * (size_t)w->height;
    for (int c = 0; c < w->channels; c++, image += plane)
        for (int kh = 0; kh < w->kernel_h; kh++)
            for (int kw = 0; kw < w->kernel_w; kw++) {
                const float *row = image + (size_t)kh * width + (size_t)kw;
                for (int oh = 0; oh < w->out_h; oh++, row += width, columns += w->out_w)
                    copy_row(columns, row, w->out_w);
            }
}

void oc_fast_col2im(const oc_window *w, const float *columns, float *image)
{
    if (!is_plain(w)) {
        oc_reference_col2im(w, columns, image);
        return;
    }
    const size_t width = (size_t)w->width, plane = width * (size_t)w->height;
    for (int c = 0; c < w->channels; c++, image += plane)
        for (int kh = 0; kh < w->kernel_h; kh++)
            for (int kw = 0; kw < w->kernel_w; kw++) {
                float *row = image + (size_t)kh * width + (size_t)kw;
                for (int oh = 0; oh < w->out_h; oh++, row += width, columns += w->out_w)
                    add_row(row, columns, w->out_w);
            }
}

/* All ones if b wins over a, which comes first; else 0. Which one wins is a coin's toss, so no
 * branches; the macros of math.h, because plain comparisons may trap and keep gcc from vectors. */
static int32_t wins(float b, float a)
{
    const int32_t larger = isgreater(b, a) ? -1 : 0, b_is_nan = isunordered(b, b) ? -1 : 0;
    return (larger | b_is_nan) & (isunordered(a, a) ? 0 : -1);
}

/* 2x2 places, stride 2, no padding: two rows in, one row out. `first`: where top lies. */
static void halve_rows(const float *restrict top, const float *restrict bottom, int32_t width,
                       int32_t first, int count, float *restrict y, int32_t *restrict index)
{
    for (int o = 0; o < count; o++) {
        const float a = top[2 * o], b = top[2 * o + 1];
        const float c = bottom[2 * o], d = bottom[2 * o + 1];
        const int32_t b_wins = wins(b, a), d_wins = wins(d, c);
        const float upper = b_wins ? b : a, lower = d_wins ? d : c;
        const int32_t lower_wins = wins(lower, upper);
        y[o] = lower_wins ? lower : upper;
        index[o] = first + 2 * o + ((lower_wins & (width - d_wins)) | (~lower_wins & -b_wins));
    }
}

void oc_fast_max_pool(const oc_window *w, const float *x, float *y, int32_t *index)
{
    if (w->kernel_h != 2 || w->kernel_w != 2 || w->stride_h != 2 || w->stride_w != 2 || w->pad_h ||
        w->pad_w || 2 * w->out_h > w->height || 2 * w->out_w > w->width) {
        oc_reference_max_pool(w, x, y, index);
        return;
    }
    const size_t width = (size_t)w->width, plane = width * (size_t)w->height;
    for (int c = 0; c < w->channels; c++, x += plane)
        for (int oh = 0; oh < w->out_h; oh++, y += w->out_w, index += w->out_w) {
            const float *row = x + 2 * (size_t)oh * width;
            halve_rows(row, row + width, w->width, 2 * oh * w->width, w->out_w, y, index);
        }
}
