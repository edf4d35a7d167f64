/* direct.h - direct convolution of any shape: what conv.c sees. One instance for each vector
 * unit, compiled from direct_passes.h.
 *
 * A few pixels of a row by one or two blocks of 16 outputs are summed in registers over all
 * kernel places (taps) and channels, reading x pixel by pixel and prepared weights in order; the
 * loops and the layout in blocks of channels follow Georganas et al., "Anatomy of
 * high-performance deep learning convolutions on SIMD architectures", 2018. What is read is first
 * copied strip by strip unless it lies well: padding becomes zeros, pixels of several small images
 * neighbours, and columns of one remainder by a stride too, so that rows are long and a step in x
 * is one pixel or two whatever the shape. The gradient of x is the way back with transposed
 * weights: the pixels of one remainder by the stride (a class) are a convolution of dy with
 * stride 1. */
#ifndef OC_KERNELS_CONV_DIRECT_H
#define OC_KERNELS_CONV_DIRECT_H

#include <stddef.h>

/* One side, height or width. Windows are numbered by `place`, in each class from 0. */
typedef struct oc_direct_side {
    int in, out; /* pixels read, pixels written */
    int kernel, pad, stride;
    int back;      /* reads dy and writes dx */
    int read_step; /* pixels read from one place to the next: stride; 1 on the way back */
    int classes;   /* 1; stride on the way back */
    int low;       /* the first pixel that place 0 reads, in any class; may be negative */
    int span;      /* pixels from there that a place reads */
} oc_direct_side;

/* The pixels first + step * place of what is written, and the taps that reach them: tap j is
 * kernel place kernel_first + kernel_step * j and reads pixel read_first + read_step * j of a
 * window. */
typedef struct oc_direct_class {
    int first, step, places;
    int taps, kernel_first, kernel_step, read_first, read_step;
} oc_direct_class;

/* One direction: images (channels, h.in, w.in) -> (outputs, h.out, w.out). */
typedef struct oc_direct {
    int channels, outputs;
    int unit; /* channels of a pixel side by side in what is read: 16, or 1 in plain images */
    oc_direct_side h, w;
    int in_place;        /* what is read needs no copy */
    int joined;          /* and rows follow each other without a gap: they are one */
    int apart;           /* pixels of x from one place to the next: 1 or 2 */
    int images;          /* images taken together */
    int rows;            /* rows of places in a strip */
    int gradient_rows;   /* the same for the gradient of the weights */
    int group;           /* blocks of channels read at a time */
    int phases, columns; /* of a copied row */
} oc_direct;

typedef struct oc_direct_ops {
    const char *name;
    /* weights (outputs, channels, KH, KW), or on the way back (channels, outputs, KH, KW)
     * -> [class][panel][block of channels][tap][channel][16 or 32 outputs]. */
    void (*prepare)(const oc_direct *way, const float *weights, float *prepared);
    /* x (n, channels, h.in, w.in) -> y (n, outputs, h.out, w.out); bias may be NULL. */
    void (*apply)(const oc_direct *way, int n, const float *x, const float *prepared,
                  const float *bias, float *y, float *scratch);
    /* Adds to gradient (outputs, channels, KH, KW); not for a way back. */
    void (*add_weight_gradient)(const oc_direct *way, int n, const float *x, const float *dy,
                                float *gradient, float *scratch);
} oc_direct_ops;

extern const oc_direct_ops oc_direct_generic;
#if defined(__x86_64__)
extern const oc_direct_ops oc_direct_avx2, oc_direct_avx512;
#endif

/* Local. Fill the rest from channels, outputs, unit and, of both sides, in, out, kernel, pad,
 * stride and back. */
void oc_direct_plan(oc_direct *way);

/* Local. Class `index` of a side. */
oc_direct_class oc_direct_class_of(const oc_direct_side *side, int index);

/* Local. Floats that prepare writes, and that apply or add_weight_gradient need as scratch. */
size_t oc_direct_prepared(const oc_direct *way);
size_t oc_direct_scratch(const oc_direct *way);
size_t oc_direct_gradient_scratch(const oc_direct *way);

/* Where things lie in scratch, for direct_passes.h, in floats. */
typedef struct oc_direct_layout {
    size_t taps, at;    /* tables of size_t */
    size_t bias;        /* of all blocks of outputs */
    size_t x, dy, sums; /* copies; sums of the gradient: [block of outputs][channel][tap][16] */
    size_t total;
} oc_direct_layout;

enum { OC_DIRECT_MOST_PIXELS = 32 }; /* that a micro-kernel makes at once */

oc_direct_layout oc_direct_apply_layout(const oc_direct *way);
oc_direct_layout oc_direct_gradient_layout(const oc_direct *way);

#endif
