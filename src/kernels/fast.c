/* fast.c - kernels written for the compiler's vectors where the plain ones are slow: the same
 * sums in the same order as reference.c, so the same bits. Not the matrix product: blas.c. */
#include "kernels/kernels_private.h"

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
