/* avg_pool.c - the mean of a sliding window. Padding counts as zeros and in the divisor
 * (PyTorch's default, count_include_pad).
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

/* The part of the window at output (oh, ow) that lies in the image. */
typedef struct patch {
    int top, bottom, left, right;
} patch;

static patch patch_at(const oc_window *w, int oh, int ow)
{
    const int top = oh * w->stride_h - w->pad_h, left = ow * w->stride_w - w->pad_w;
    const int bottom = top + w->kernel_h, right = left + w->kernel_w;
    return (patch){top < 0 ? 0 : top, bottom > w->height ? w->height : bottom, left < 0 ? 0 : left,
                   right > w->width ? w->width : right};
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_window *w = &layer->window;
    const float share = 1.0f / ((float)w->kernel_h * (float)w->kernel_w);
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
                *y++ = sum * share;
            }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const oc_window *w = &layer->window;
    const float share = 1.0f / ((float)w->kernel_h * (float)w->kernel_w);
    const size_t planes = (size_t)pass->n * (size_t)w->channels;
    const float *dy = pass->dy;
    float *dx = pass->dx;
    memset(dx, 0, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
    for (size_t plane = 0; plane < planes; plane++, dx += w->height * w->width)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++) {
                const patch p = patch_at(w, oh, ow);
                const float part = *dy++ * share;
                for (int h = p.top; h < p.bottom; h++)
                    for (int v = p.left; v < p.right; v++)
                        dx[h * w->width + v] += part;
            }
}

const oc_layer_ops oc_layer_avg_pool = {"avg_pool", plan, NULL, forward, backward, NULL};
