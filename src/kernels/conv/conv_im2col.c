/* conv_im2col.c - convolution of any shape by im2col and one matrix product an image. Not quick:
 * each image is taken out of its blocks first. */
#include "kernels/conv/conv_private.h"

#include "kernels/blocks.h"
#include "tensor/tensor.h"

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

static size_t pixels_in(const oc_window *w)
{
    return (size_t)w->height * (size_t)w->width;
}

static size_t pixels_out(const oc_window *w)
{
    return (size_t)w->out_h * (size_t)w->out_w;
}

static size_t blocked_floats(int channels, size_t pixels)
{
    return (size_t)oc_block_count(channels) * OC_BLOCK * pixels;
}

/* Of one image, plain: columns, input, output. */
typedef struct parts {
    float *columns, *in, *out;
} parts;

static parts parts_of(const oc_conv *conv, float *scratch)
{
    const oc_window *w = &conv->window;
    float *in = scratch + (size_t)depth_of(w) * pixels_out(w);
    return (parts){scratch, in, in + image_floats(w)};
}

size_t oc_conv_im2col_scratch(const oc_conv *conv)
{
    const oc_window *w = &conv->window;
    return (size_t)depth_of(w) * pixels_out(w) + image_floats(w) +
           (size_t)conv->outputs * pixels_out(w);
}

/* Columns of image i. */
static const float *columns_of(const oc_conv *conv, int i, const float *x, const parts *p)
{
    const oc_window *w = &conv->window;
    const float *image = x + (size_t)i * image_floats(w);
    if (!conv->plain_input) {
        oc_from_blocks(1, w->channels, pixels_in(w),
                       x + (size_t)i * blocked_floats(w->channels, pixels_in(w)), p->in);
        image = p->in;
    }
    if (is_pointwise(w))
        return image;
    oc_kernels_get()->im2col(w, image, p->columns);
    return p->columns;
}

void oc_conv_im2col_forward(const oc_conv *conv, int n, const float *x, const float *weights,
                            const float *bias, float *y, float *scratch)
{
    const oc_window *w = &conv->window;
    const size_t pixels = pixels_out(w);
    const int depth = depth_of(w);
    const parts part = parts_of(conv, scratch);
    for (int i = 0; i < n; i++, y += blocked_floats(conv->outputs, pixels)) {
        const float *columns = columns_of(conv, i, x, &part);
        for (size_t o = 0; bias && o < (size_t)conv->outputs; o++)
            for (size_t p = 0; p < pixels; p++)
                part.out[o * pixels + p] = bias[o];
        oc_kernels_get()->gemm(0, 0, conv->outputs, (int)pixels, depth, weights, depth, columns,
                               (int)pixels, bias ? 1.0f : 0.0f, part.out, (int)pixels);
        oc_to_blocks(1, conv->outputs, pixels, part.out, y);
    }
}

void oc_conv_im2col_backward_data(const oc_conv *conv, int n, const float *dy, const float *weights,
                                  float *dx, float *scratch)
{
    const oc_window *w = &conv->window;
    const size_t pixels = pixels_out(w);
    const int depth = depth_of(w);
    const parts part = parts_of(conv, scratch);
    for (int i = 0; i < n; i++, dy += blocked_floats(conv->outputs, pixels)) {
        float *columns = is_pointwise(w) ? part.in : part.columns;
        oc_from_blocks(1, conv->outputs, pixels, dy, part.out);
        oc_kernels_get()->gemm(1, 0, depth, (int)pixels, conv->outputs, weights, depth, part.out,
                               (int)pixels, 0.0f, columns, (int)pixels);
        if (columns != part.in) {
            memset(part.in, 0, image_floats(w) * sizeof *part.in);
            oc_kernels_get()->col2im(w, columns, part.in);
        }
        oc_to_blocks(1, w->channels, pixels_in(w), part.in, dx);
        dx += blocked_floats(w->channels, pixels_in(w));
    }
}

void oc_conv_im2col_backward_weights(const oc_conv *conv, int n, const float *x, const float *dy,
                                     float *gradient, float *scratch)
{
    const oc_window *w = &conv->window;
    const size_t pixels = pixels_out(w);
    const int depth = depth_of(w);
    const parts part = parts_of(conv, scratch);
    for (int i = 0; i < n; i++, dy += blocked_floats(conv->outputs, pixels)) {
        const float *columns = columns_of(conv, i, x, &part);
        oc_from_blocks(1, conv->outputs, pixels, dy, part.out);
        oc_kernels_get()->gemm(0, 1, conv->outputs, depth, (int)pixels, part.out, (int)pixels,
                               columns, (int)pixels, 1.0f, gradient, depth);
    }
}
