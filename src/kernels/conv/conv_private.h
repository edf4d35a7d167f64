/* conv_private.h - the algorithms behind conv.h, for conv.c alone. */
#ifndef OC_KERNELS_CONV_CONV_PRIVATE_H
#define OC_KERNELS_CONV_CONV_PRIVATE_H

#include "kernels/conv/conv.h"

/* Any shape: a column matrix and one matrix product an image (Chellapilla et al. 2006). */
size_t oc_conv_im2col_scratch(const oc_conv *conv);
void oc_conv_im2col_forward(const oc_conv *conv, int n, const float *x, const float *weights,
                            const float *bias, float *y, float *scratch);
void oc_conv_im2col_backward_data(const oc_conv *conv, int n, const float *dy, const float *weights,
                                  float *dx, float *scratch);
void oc_conv_im2col_backward_weights(const oc_conv *conv, int n, const float *x, const float *dy,
                                     float *gradient, float *scratch);

#endif
