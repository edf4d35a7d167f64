/* winograd.h - Winograd's minimal filtering for 3x3 kernels with stride 1: what conv.c sees.
 *
 * F(4x4, 3x3) for the outputs and for the gradient of the inputs, F(3x3, 4x4) for the gradient
 * of the weights: 36 multiplications do the work of 144 (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", 2016; points 0, 1, -1, 2, -2, infinity). One instance for
 * each vector unit, compiled from winograd_body.h. */
#ifndef OC_KERNELS_WINOGRAD_H
#define OC_KERNELS_WINOGRAD_H

#include <stddef.h>

enum {
    OC_WINOGRAD_OUT = 4,    /* side of an output tile */
    OC_WINOGRAD_IN = 6,     /* side of an input tile */
    OC_WINOGRAD_PLANES = 36 /* products of one tile */
};

/* One direction: images (channels, height, width) -> (outputs, out_h, out_w). The gradient of
 * the inputs is the direction back, with rotated kernels and padding 2 - pad. */
typedef struct oc_winograd {
    int channels, height, width;
    int outputs, out_h, out_w;
    int pad_h, pad_w;      /* 0 to 2 */
    int tiles_h, tiles_w;  /* of an image */
    int segment, segments; /* tiles of a tile row taken together, and how many times */
    int strip;             /* most tiles transformed before they are multiplied */
    int gradient_strip;    /* the same for the gradient of the weights */
    int gradient_channels; /* channels whose products are added up at a time */
} oc_winograd;

typedef struct oc_winograd_ops {
    const char *name;
    /* weights (outputs, channels, 3, 3), or with `rotate` those of the opposite direction,
     * (channels, outputs, 3, 3), turned by 180 degrees -> as apply wants them. */
    void (*prepare)(const oc_winograd *way, int rotate, const float *weights, float *prepared);
    /* x (n, channels, height, width) -> y (n, outputs, out_h, out_w), both in blocks of 16
     * channels; bias may be NULL. */
    void (*apply)(const oc_winograd *way, int n, const float *x, const float *prepared,
                  const float *bias, float *y, float *scratch);
    /* Adds to gradient (outputs, channels, 3, 3). */
    void (*add_weight_gradient)(const oc_winograd *way, int n, const float *x, const float *dy,
                                float *gradient, float *scratch);
} oc_winograd_ops;

extern const oc_winograd_ops oc_winograd_generic;
#if defined(__x86_64__)
extern const oc_winograd_ops oc_winograd_avx2, oc_winograd_avx512;
#endif

/* Local. Fill the tiling from the sizes above it. */
void oc_winograd_plan(oc_winograd *way);

/* Local. Floats that prepare writes, and that apply or add_weight_gradient need as scratch. */
size_t oc_winograd_prepared(const oc_winograd *way);
size_t oc_winograd_scratch(const oc_winograd *way);
size_t oc_winograd_gradient_scratch(const oc_winograd *way);

/* Where things lie in scratch, for winograd_body.h. Rows of 16 channels; planes are 16 floats
 * longer than what is in them, so that the 36 places of a tile fall into different cache sets. */
typedef struct oc_winograd_layout {
    size_t v_plane, m_plane; /* floats from one of the 36 planes to the next */
    size_t v, m, rows, mixed, total;
} oc_winograd_layout;

oc_winograd_layout oc_winograd_apply_layout(const oc_winograd *way);
oc_winograd_layout oc_winograd_gradient_layout(const oc_winograd *way);

#endif
