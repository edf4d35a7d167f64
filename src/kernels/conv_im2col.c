/* conv_im2col.c - convolution of any shape by im2col and one matrix product an image. */
#include "kernels/conv_private.h"

#include <string.h>

/* A 1x1 kernel with stride 1 and no padding: the image is its own column matrix. */
static int is_pointwise(const oc_window *w)
{
    return w->kernel_h == 1 && w->kernel_w == 1 && w->stride_h == 1 && w->stride_w == 1 &&
           w->pad_h == 0 && w->pad_w == 0;
}

static int depth_of(const oc_window *w) /* rows of the column matrix */
{
    return w->channels * w->kernel_h * w->kernel_w;
}

static size_t image_floats(const oc_window *w)
{
    return (size_t)w->channels * (size_t)w->height * (size_t)w->width;
}

static const float *columns_of(const oc_window *w, const float *image, float *scratch)
{
    if (is_pointwise(w))
        return image;
    oc_kernels_get()->im2col(w, image, scratch);
    return scratch;
}

size_t oc_conv_im2col_scratch(const oc_conv *conv)
{
    const oc_window *w = &conv->window;
    return (size_t)depth_of(w) * (size_t)w->out_h * (size_t)w->out_w;
}

void oc_conv_im2col_forward(const oc_conv *conv, int n, const float *x, const float *weights,
                            const float *bias, float *y, float *scratch)
{
    const oc_window *w = &conv->window;
    const int pixels = w->out_h * w->out_w, depth = depth_of(w);
    for (int i = 0; i < n; i++, x += image_floats(w)) {
        const float *columns = columns_of(w, x, scratch);
        for (int o = 0; bias && o < conv->outputs; o++)
            for (int p = 0; p < pixels; p++)
                y[(size_t)o * (size_t)pixels + (size_t)p] = bias[o];
        oc_kernels_get()->gemm(0, 0, conv->outputs, pixels, depth, weights, depth, columns, pixels,
                               bias ? 1.0f : 0.0f, y, pixels);
        y += (size_t)conv->outputs * (size_t)pixels;
    }
}

void oc_conv_im2col_backward_data(const oc_conv *conv, int n, const float *dy, const float *weights,
                                  float *dx, float *scratch)
{
    const oc_window *w = &conv->window;
    const int pixels = w->out_h * w->out_w, depth = depth_of(w);
    for (int i = 0; i < n; i++, dx += image_floats(w)) {
        float *columns = is_pointwise(w) ? dx : scratch;
        oc_kernels_get()->gemm(1, 0, depth, pixels, conv->outputs, weights, depth, dy, pixels, 0.0f,
                               columns, pixels);
        if (columns != dx) {
            memset(dx, 0, image_floats(w) * sizeof *dx);
            oc_kernels_get()->col2im(w, columns, dx);
        }
        dy += (size_t)conv->outputs * (size_t)pixels;
    }
}

void oc_conv_im2col_backward_weights(const oc_conv *conv, int n, const float *x, const float *dy,
                                     float *gradient, float *scratch)
{
    const oc_window *w = &conv->window;
    const int pixels = w->out_h * w->out_w, depth = depth_of(w);
    for (int i = 0; i < n; i++, x += image_floats(w)) {
        const float *columns = columns_of(w, x, scratch);
        oc_kernels_get()->gemm(0, 1, conv->outputs, depth, pixels, dy, pixels, columns, pixels,
                               1.0f, gradient, depth);
        dy += (size_t)conv->outputs * (size_t)pixels;
    }
}
