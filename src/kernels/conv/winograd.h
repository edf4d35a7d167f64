/* winograd.h - Winograd's minimal filtering for 3x3 and 5x5 kernels with stride 1: what conv.c
 * sees.
 *
 * F(4x4, 3x3) for the outputs and for the gradient of the inputs, F(3x3, 4x4) for the gradient
 * of the weights: 36 multiplications do the work of 144 (points 0, 1, -1, 2, -2, infinity).
 * F(4x4, 5x5) and F(5x5, 4x4): 64 do the work of 400 (1/2 and -1/2 besides). Lavin and Gray,
 * "Fast algorithms for convolutional neural networks", 2016. One instance for each vector unit,
 * compiled from winograd_passes.h. */
#ifndef OC_KERNELS_CONV_WINOGRAD_H
#define OC_KERNELS_CONV_WINOGRAD_H

#include <stddef.h>

enum {
    OC_WINOGRAD_TILE = 4,   /* side of an output tile */
    OC_WINOGRAD_MOST_IN = 8 /* of an input tile: 6 or 8, that of an output tile + kernel - 1 */
};

/* Most tiles in a strip; for the gradient of the weights at most the last. */
enum {
    OC_WINOGRAD_SHORT = 14,
    OC_WINOGRAD_MIDDLE = 28,
    OC_WINOGRAD_LONG = 42,
    OC_WINOGRAD_GRADIENT = 128
};

/* How a transformed strip lies in memory, in floats: from one of its planes to the next, and
 * within a plane from one block of 16 channels to the next (0: as many as the strip's tiles have);
 * tiles are 16 apart. */
typedef struct oc_winograd_steps {
    size_t plane, block;
} oc_winograd_steps;

/* The planes of strips of at most so many tiles with few channels, whose blocks lie behind each
 * other: constants, so that the transforms, which have no registers left, need no addresses for
 * the places of a tile. An odd number of cache lines, so that these fall into different sets. */
#define OC_WINOGRAD_PLANE(tiles) ((size_t)((tiles) | 1) * 16)

/* One direction: images (channels, height, width) -> (outputs, out_h, out_w). The gradient of
 * the inputs is the direction back, with rotated kernels and padding kernel - 1 - pad. Its
 * weights are prepared apart: turning a kernel maps the point 2 to 1/2, which is none of these. */
typedef struct oc_winograd {
    int kernel; /* 3 or 5 */
    int channels, height, width;
    int outputs, out_h, out_w;
    int pad_h, pad_w;      /* 0 to kernel - 1 */
    int rotate;            /* weights are those of the opposite direction, (channels, outputs,
                              kernel, kernel), turned by 180 degrees */
    int in;                /* side of an input tile */
    int planes;            /* products of one tile: in squared */
    int tiles_h, tiles_w;  /* of an image */
    int strip;             /* most tiles transformed before they are multiplied */
    int gradient_strip;    /* as strip, for the gradient of the weights */
    int gradient_channels; /* channels whose products are added up at a time */
    int fresh;             /* so many weights that transforming them anew for each strip is quicker
                              than to read them transformed: nothing is prepared */
} oc_winograd;

typedef struct oc_winograd_ops {
    const char *name;
    /* weights (outputs, channels, kernel, kernel), unless `rotate` -> as apply wants them. Not if
     * `fresh`. */
    void (*prepare)(const oc_winograd *way, const float *weights, float *prepared);
    /* x (n, channels, height, width) -> y (n, outputs, out_h, out_w), both in blocks of 16
     * channels; weights: what prepare made, with `fresh` the weights themselves; bias may be NULL.
     * An image's y depends on that image alone, not on n. */
    void (*apply)(const oc_winograd *way, int n, const float *x, const float *weights,
                  const float *bias, float *y, float *scratch);
    /* Adds to gradient (outputs, channels, kernel, kernel). */
    void (*add_weight_gradient)(const oc_winograd *way, int n, const float *x, const float *dy,
                                float *gradient, float *scratch);
} oc_winograd_ops;

extern const oc_winograd_ops oc_winograd_generic;
#if defined(__x86_64__)
extern const oc_winograd_ops oc_winograd_avx2, oc_winograd_avx512;
#endif

/* Local. Fill the tiling and `fresh` from kernel, sizes and padding. */
void oc_winograd_plan(oc_winograd *way);

/* Local. Floats that prepare writes (0 if `fresh`), and that apply or add_weight_gradient need as
 * scratch. */
size_t oc_winograd_prepared(const oc_winograd *way);
size_t oc_winograd_scratch(const oc_winograd *way);
size_t oc_winograd_gradient_scratch(const oc_winograd *way);

/* Where things lie in scratch, for winograd_passes.h: transformed images v, products m (for the
 * gradient of the weights: transformed gradients of outputs), and transformed weights u of a
 * panel (their gradient's sums). */
typedef struct oc_winograd_layout {
    oc_winograd_steps v_steps, m_steps;
    size_t m, u, total; /* v begins at 0 */
} oc_winograd_layout;

oc_winograd_layout oc_winograd_apply_layout(const oc_winograd *way);
oc_winograd_layout oc_winograd_gradient_layout(const oc_winograd *way);

/* Local. Products of an image, for each pair of a channel and an output. A tile that reaches past
 * the outputs has one row or column of planes less: F(3, 3) is F(4, 3) without the point at
 * infinity. */
double oc_winograd_products(const oc_winograd *way);

/* Local. Floats from plane to plane with `floats` (a multiple of 16) of weights in each. */
size_t oc_winograd_plane(size_t floats);

#endif
