/* reference.c - every kernel in plain C: what the others are compared with, and what
 * runs where nothing better does. Written to be read; loops are left to the compiler. */
#include "kernels/kernels_private.h"

#include <math.h>
#include <string.h>

static void reference_gemm(int transpose_a, int transpose_b, int m, int n, int k, const float *a,
                           int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    const size_t a_row = transpose_a ? 1 : (size_t)lda, a_step = transpose_a ? (size_t)lda : 1;
    const size_t b_row = transpose_b ? 1 : (size_t)ldb, b_column = transpose_b ? (size_t)ldb : 1;
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int p = 0; p < k; p++)
                sum += (double)a[(size_t)i * a_row + (size_t)p * a_step] *
                       (double)b[(size_t)p * b_row + (size_t)j * b_column];
            float *out = c + (size_t)i * (size_t)ldc + j;
            *out = (float)sum + (beta == 0.0f ? 0.0f : beta * *out);
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

void oc_reference_relu(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i]; /* a NaN stays a NaN: divergence must show */
}

void oc_reference_relu_backward(size_t count, const float *y, const float *dy, float *dx)
{
    for (size_t i = 0; i < count; i++)
        dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

void oc_reference_max_pool(const oc_window *w, const float *x, float *y, int32_t *index)
{
    for (int c = 0; c < w->channels; c++, x += (size_t)w->height * (size_t)w->width)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++) {
                const int top = oh * w->stride_h - w->pad_h, left = ow * w->stride_w - w->pad_w;
                const int h0 = top < 0 ? 0 : top, w0 = left < 0 ? 0 : left;
                const int h1 = top + w->kernel_h > w->height ? w->height : top + w->kernel_h;
                const int w1 = left + w->kernel_w > w->width ? w->width : left + w->kernel_w;
                int best = h0 * w->width + w0;
                for (int h = h0; h < h1; h++)
                    for (int v = w0; v < w1; v++)
                        if (!(x[h * w->width + v] <= x[best]) && x[best] == x[best])
                            best = h * w->width + v;
                *y++ = x[best];
                *index++ = best;
            }
}

void oc_reference_sgd(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                      float decay, int nesterov)
{
    for (size_t i = 0; i < count; i++) {
        const float gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (nesterov ? gradient + momentum * v[i] : v[i]);
    }
}

int oc_reference_all_finite(size_t count, const float *x)
{
    float sum[16] = {0}; /* x * 0 is 0, or NaN where x is not finite; lanes for the compiler */
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t lane = 0; lane < 16; lane++)
            sum[lane] += x[i + lane] * 0.0f;
    for (; i < count; i++)
        sum[0] += x[i] * 0.0f;
    for (size_t lane = 1; lane < 16; lane++)
        sum[0] += sum[lane];
    return !isnan(sum[0]);
}

const oc_kernels oc_kernels_reference = {
    .name = "reference",
    .gemm = reference_gemm,
    .im2col = oc_reference_im2col,
    .col2im = oc_reference_col2im,
    .relu = oc_reference_relu,
    .relu_backward = oc_reference_relu_backward,
    .max_pool = oc_reference_max_pool,
    .sgd = oc_reference_sgd,
    .all_finite = oc_reference_all_finite,
};
