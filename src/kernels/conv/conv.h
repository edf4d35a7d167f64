/* conv.h - convolution (cross-correlation, as every framework means it) of one shard, in its
 * three passes, by the algorithm that suits the shape.
 *   x (n, C, H, W), weights (O, C, KH, KW), bias (O) -> y (n, O, OH, OW)
 * y and its gradient lie in blocks of 16 channels (tensor.h), with zeros where there is no
 * channel; x and its gradient too, unless `plain_input`: then x is (n, C, H, W) row by row, as
 * data sets have it, and its gradient is not to be had. Weights and their gradients are plain.
 *
 * Plan once; prepare once each time the weights have changed, for all shards and threads; then
 * any number of passes, each with its own scratch. No pass allocates or can fail, and what it
 * computes depends on its arguments alone: the same bits in any thread. */
#ifndef OC_KERNELS_CONV_CONV_H
#define OC_KERNELS_CONV_CONV_H

#include "kernels/conv/direct.h"
#include "kernels/conv/winograd.h"
#include "kernels/kernels.h"
#include "kernels/unit.h"

typedef enum oc_conv_algorithm {
#define OC_CONV(algorithm, name) OC_CONV_##algorithm,
#include "kernels/conv/conv.def"
#undef OC_CONV
    OC_CONV_ALGORITHMS
} oc_conv_algorithm;

typedef struct oc_conv {
    oc_window window;            /* fitted */
    int outputs;                 /* O */
    int plain_input;             /* x is not blocked */
    oc_conv_algorithm algorithm; /* wished for; after oc_conv_plan, the one in use */
    size_t prepared;             /* floats for oc_conv_prepare; 0: it need not be called */
    size_t scratch;              /* floats for any pass */
    /* Of conv.c and the algorithms alone. */
    const oc_unit *unit;
    oc_winograd forward, backward;
    oc_direct direct, direct_back;
} oc_conv;

/* Local. window, outputs, plain_input and algorithm are set: choose (OC_CONV_AUTO) and fill the
 * rest. OC_ERR_USAGE if the algorithm cannot do this shape; `what` names the layer. */
oc_status oc_conv_plan(oc_conv *conv, const char *what);

/* Local. "auto", "im2col", ... */
const char *oc_conv_algorithm_name(oc_conv_algorithm algorithm);

/* Local. What does the work, for tables: "winograd avx2" into text[OC_CONV_TEXT]; returns it. */
enum { OC_CONV_TEXT = 32 };
const char *oc_conv_describe(const oc_conv *conv, char *text);

/* Local. Multiply-adds for one image as the algorithm in use does them, forward, and backward with
 * or without the gradient of x. Winograd's transforms are not counted, nor blocks that are padded.
 */
double oc_conv_work(const oc_conv *conv);
double oc_conv_backward_work(const oc_conv *conv, int dx);

/* Local. Weights as the passes want them, into conv->prepared floats; those of the gradient of
 * x only if `backward`. */
void oc_conv_prepare(const oc_conv *conv, int backward, const float *weights, float *prepared);

/* Local. bias may be NULL. */
void oc_conv_forward(const oc_conv *conv, int n, const float *x, const float *weights,
                     const float *prepared, const float *bias, float *y, float *scratch);

/* Local. Gradient of x from that of y; writes all of dx. Not for a plain input. */
void oc_conv_backward_data(const oc_conv *conv, int n, const float *dy, const float *weights,
                           const float *prepared, float *dx, float *scratch);

/* Local. Adds to the gradients of weights and bias; the latter may be NULL. */
void oc_conv_backward_weights(const oc_conv *conv, int n, const float *x, const float *dy,
                              float *weight_gradient, float *bias_gradient, float *scratch);

#endif
