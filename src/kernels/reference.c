/* reference.c - matrix product and im2col in plain C: what the others are compared with. Written
 * to be read. What is neither: elementwise_reference.c. */
#include "kernels/kernels_private.h"

#include <string.h>

static void reference_gemm(int transpose_a, int transpose_b, int m, int n, int k, const float *a,
                           int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    const size_t a_row = transpose_a ? 1 : (size_t)lda, a_step = transpose_a ? (size_t)lda : 1;
    const size_t b_row = transpose_b ? 1 : (size_t)ldb, b_column = transpose_b ? (size_t)ldb : 1;
    enum { TOGETHER = 16 }; /* sums that do not wait for each other; each is added in order of p */
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j += TOGETHER) {
            const int columns = n - j < TOGETHER ? n - j : TOGETHER;
            double sum[TOGETHER] = {0};
            for (int p = 0; p < k; p++) {
                const double factor = a[(size_t)i * a_row + (size_t)p * a_step];
                const float *row = b + (size_t)p * b_row + (size_t)j * b_column;
                for (int q = 0; q < columns; q++)
                    sum[q] += factor * (double)row[(size_t)q * b_column];
            }
            float *out = c + (size_t)i * (size_t)ldc + j;
            for (int q = 0; q < columns; q++)
                out[q] = (float)sum[q] + (beta == 0.0f ? 0.0f : beta * out[q]);
        }
}

/* The outputs [*first, *last) of a row whose input column o * stride - pad + k exists. */
static void valid_range(int in, int out, int stride, int pad, int k, int *first, int *last)
{
    const int lead = pad - k; /* input column of output 0 is -lead */
    *first = lead > 0 ? (lead + stride - 1) / stride : 0;
    *last = in + lead > 0 ? (in + lead - 1) / stride + 1 : 0;
    if (*last > out)
        *last = out;
    if (*first > *last)
        *first = *last;
}

void oc_reference_im2col(const oc_window *w, const float *image, float *columns)
{
    for (int c = 0; c < w->channels; c++)
        for (int kh = 0; kh < w->kernel_h; kh++)
            for (int kw = 0; kw < w->kernel_w; kw++) {
                const float *plane = image + (size_t)c * (size_t)w->height * (size_t)w->width;
                int first, last;
                valid_range(w->width, w->out_w, w->stride_w, w->pad_w, kw, &first, &last);
                for (int oh = 0; oh < w->out_h; oh++, columns += w->out_w) {
                    const int h = oh * w->stride_h - w->pad_h + kh;
                    if (h < 0 || h >= w->height || first == last) {
                        memset(columns, 0, (size_t)w->out_w * sizeof *columns);
                        continue;
                    }
                    const float *row = plane + (size_t)h * (size_t)w->width;
                    const int shift = kw - w->pad_w;
                    for (int o = 0; o < first; o++)
                        columns[o] = 0;
                    if (w->stride_w == 1)
                        memcpy(columns + first, row + first + shift,
                               (size_t)(last - first) * sizeof *columns);
                    else
                        for (int o = first; o < last; o++)
                            columns[o] = row[o * w->stride_w + shift];
                    for (int o = last; o < w->out_w; o++)
                        columns[o] = 0;
                }
            }
}

void oc_reference_col2im(const oc_window *w, const float *columns, float *image)
{
    for (int c = 0; c < w->channels; c++)
        for (int kh = 0; kh < w->kernel_h; kh++)
            for (int kw = 0; kw < w->kernel_w; kw++) {
                float *plane = image + (size_t)c * (size_t)w->height * (size_t)w->width;
                int first, last;
                valid_range(w->width, w->out_w, w->stride_w, w->pad_w, kw, &first, &last);
                for (int oh = 0; oh < w->out_h; oh++, columns += w->out_w) {
                    const int h = oh * w->stride_h - w->pad_h + kh;
                    if (h < 0 || h >= w->height)
                        continue;
                    float *row = plane + (size_t)h * (size_t)w->width;
                    const int shift = kw - w->pad_w;
                    for (int o = first; o < last; o++)
                        row[o * w->stride_w + shift] += columns[o];
                }
            }
}

const oc_kernels oc_kernels_reference = {
    .gemm = reference_gemm,
    .im2col = oc_reference_im2col,
    .col2im = oc_reference_col2im,
};
