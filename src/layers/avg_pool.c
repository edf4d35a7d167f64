/* avg_pool.c - the mean of a sliding window. Padding counts as zeros and in the divisor
 * (PyTorch's default, count_include_pad); what reaches over it (ceil_mode) counts in neither.
 *   x (n, C, H, W) -> y (n, C, OH, OW) */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    oc_status status = oc_layer_fit_window(layer);
    if (status != OC_OK)
        return status;
    const oc_window *w = &layer->window;
    layer->out = oc_shape3(w->channels, w->out_h, w->out_w);
    return OC_OK;
}

/* The part of the window at output (oh, ow) that lies in the image, and 1 / its padded size. */
typedef struct patch {
    int top, bottom, left, right;
    float share;
} patch;

static int least(int a, int b)
{
    return a < b ? a : b;
}

static patch patch_at(const oc_window *w, int oh, int ow)
{
    const int top = oh * w->stride_h - w->pad_h, left = ow * w->stride_w - w->pad_w;
    const int bottom = least(top + w->kernel_h, w->height + w->pad_h);
    const int right = least(left + w->kernel_w, w->width + w->pad_w);
    return (patch){.top = top < 0 ? 0 : top,
                   .bottom = least(bottom, w->height),
                   .left = left < 0 ? 0 : left,
                   .right = least(right, w->width),
                   .share = 1.0f / ((float)(bottom - top) * (float)(right - left))};
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_window *w = &layer->window;
    const size_t planes = (size_t)pass->n * (size_t)w->channels;
    const float *x = pass->x;
    float *y = pass->y;
    for (size_t plane = 0; plane < planes; plane++, x += w->height * w->width)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++) {
                const patch p = patch_at(w, oh, ow);
                float sum = 0;
                for (int h = p.top; h < p.bottom; h++)
                    for (int v = p.left; v < p.right; v++)
                        sum += x[h * w->width + v];
                *y++ = sum * p.share;
            }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const oc_window *w = &layer->window;
    const size_t planes = (size_t)pass->n * (size_t)w->channels;
    const float *dy = pass->dy;
    float *dx = pass->dx;
    memset(dx, 0, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
    for (size_t plane = 0; plane < planes; plane++, dx += w->height * w->width)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++) {
                const patch p = patch_at(w, oh, ow);
                const float part = *dy++ * p.share;
                for (int h = p.top; h < p.bottom; h++)
                    for (int v = p.left; v < p.right; v++)
                        dx[h * w->width + v] += part;
            }
}

const oc_layer_ops oc_layer_avg_pool = {
    .name = "avg_pool", .plan = plan, .forward = forward, .backward = backward};
