/* elementwise.h - all that is neither a convolution nor a matrix product: element by element,
 * normalisation, pooling, the update of weights. Memory is what these cost, so each reads and
 * writes as little as it can.
 *
 * Feature maps lie in blocks of 16 channels (tensor.h). "A map" is one block of one image:
 * (pixels, 16). Output may be the input of the same size where not said otherwise. */
#ifndef OC_KERNELS_ELEMENTWISE_ELEMENTWISE_H
#define OC_KERNELS_ELEMENTWISE_ELEMENTWISE_H

#include "kernels/kernels.h"

enum { OC_MAP = 16, OC_LARGEST_POOL = 65536 }; /* floats of a pixel; places in a max_pool window */

/* Up to 16 channels of n images: pixel p of image i at i * stride + p * 16. With fewer than 16
 * lanes (channels at the end of plain rows) there is one pixel an image. */
typedef struct oc_channels {
    size_t n, pixels, stride;
    size_t lanes;
} oc_channels;

/* y = (x - mean) * scale + shift, and with relu 0 where that is below 0. */
typedef struct oc_norm {
    float mean[OC_MAP], scale[OC_MAP], shift[OC_MAP];
    int relu;
} oc_norm;

/* dx = by_dy * dy + by_x * (x - mean) + constant; dy is 0 where relu made y 0. */
typedef struct oc_norm_gradient {
    float by_dy[OC_MAP], by_x[OC_MAP], constant[OC_MAP];
} oc_norm_gradient;

typedef struct oc_elementwise_ops {
    const char *name;

    /* y = x where x > 0, else 0, or factor * x; a NaN stays a NaN: divergence must show. Backward
     * looks at y. */
    void (*relu)(size_t count, const float *x, float *y);
    void (*relu_backward)(size_t count, const float *y, const float *dy, float *dx);
    void (*leaky_relu)(size_t count, float factor, const float *x, float *y);
    void (*leaky_relu_backward)(size_t count, float factor, const float *y, const float *dy,
                                float *dx);

    /* y = x P(x), P the distribution function of the standard normal: to 3e-7 of max(1, |x|).
     * Backward looks at x, which may be dx. */
    void (*gelu)(size_t count, const float *x, float *y);
    void (*gelu_backward)(size_t count, const float *x, const float *dy, float *dx);

    /* y = x / (1 + exp(-x)), likewise. */
    void (*silu)(size_t count, const float *x, float *y);
    void (*silu_backward)(size_t count, const float *x, const float *dy, float *dx);

    /* out = a + b, and with relu 0 where that is below 0. */
    void (*sum)(size_t count, const float *a, const float *b, int relu, float *out);
    void (*scale)(size_t count, float factor, const float *x, float *y);

    /* Mean and biased variance of each channel, in one pass over memory: of short runs by two
     * passes in floats, joined in double (Chan, Golub and LeVeque 1983), so that a large mean
     * takes nothing from the variance: mean to 4e-6 deviations, variance to 4e-6 of itself. */
    void (*moments)(const oc_channels *c, const float *x, double *mean, double *variance);
    void (*normalise)(const oc_channels *c, const oc_norm *norm, const float *x, float *y);
    /* sum(dy) and sum(dy * (x - mean)), where relu makes dy 0 as it made y 0: y is computed once
     * more, in the very way of normalise. Short runs in floats, their sums in double. */
    void (*norm_sums)(const oc_channels *c, const oc_norm *norm, const float *x, const float *dy,
                      double *sum, double *product);
    void (*norm_backward)(const oc_channels *c, const oc_norm *norm,
                          const oc_norm_gradient *gradient, const float *x, const float *dy,
                          float *dx);

    /* `maps` maps, windows of one channel (window->channels is not looked at). max_pool: place
     * (maps, OH * OW, 16) receives each winner's place in its window, row by row; the first one
     * when equal, and a NaN wins. avg_pool: padding counts as zeros and in the divisor, what
     * reaches over it in neither. y is never x. */
    void (*max_pool)(const oc_window *window, size_t maps, const float *x, float *y,
                     uint16_t *place);
    void (*max_pool_backward)(const oc_window *window, size_t maps, const uint16_t *place,
                              const float *dy, float *dx);
    void (*avg_pool)(const oc_window *window, size_t maps, const float *x, float *y);
    void (*avg_pool_backward)(const oc_window *window, size_t maps, const float *dy, float *dx);

    /* One map: the mean of each channel; the largest and its pixel, by max_pool's rule. */
    void (*map_mean)(size_t pixels, const float *x, float *mean);
    void (*map_largest)(size_t pixels, const float *x, float *largest, int32_t *pixel);

    /* See blocks.h. */
    void (*to_blocks)(int n, int channels, size_t pixels, const float *plain, float *blocked);
    void (*from_blocks)(int n, int channels, size_t pixels, const float *blocked, float *plain);

    /* SGD as Sutskever et al. 2013 in PyTorch's form:
     * g' = g + decay * w; v = momentum * v + g'; w -= rate * (nesterov ? g' + momentum * v : v).
     * The same bits from every table. */
    void (*sgd)(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                float decay, int nesterov);

    /* 1 if no element is NaN or infinite. */
    int (*all_finite)(size_t count, const float *x);
} oc_elementwise_ops;

extern const oc_elementwise_ops oc_elementwise_reference, oc_elementwise_generic;
#if defined(__x86_64__)
extern const oc_elementwise_ops oc_elementwise_avx2, oc_elementwise_avx512;
#endif

/* The part of the window at output (oh, ow) that lies in the image: rows [top, bottom), columns
 * [left, right). Its place 0 is (first_row, first_column), perhaps in the padding; `area`: places
 * of it in the padded image. */
typedef struct oc_patch {
    int top, bottom, left, right, first_row, first_column, area;
} oc_patch;

/* Local. */
oc_patch oc_window_patch(const oc_window *window, int oh, int ow);

/* Local. Is every pixel in exactly one window? */
int oc_window_tiles(const oc_window *window);

#endif
