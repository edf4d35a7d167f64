/* kernels_private.h - the tables, for kernels.c alone. */
#ifndef OC_KERNELS_KERNELS_PRIVATE_H
#define OC_KERNELS_KERNELS_PRIVATE_H

#include "kernels/kernels.h"

extern const oc_kernels oc_kernels_blas;

/* The parts of the reference table that other tables take over as they are. */
void oc_reference_im2col(const oc_window *window, const float *image, float *columns);
void oc_reference_col2im(const oc_window *window, const float *columns, float *image);
void oc_reference_relu(size_t count, const float *x, float *y);
void oc_reference_relu_backward(size_t count, const float *y, const float *dy, float *dx);
void oc_reference_max_pool(const oc_window *window, const float *x, float *y, int32_t *index);
void oc_reference_sgd(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                      float decay, int nesterov);
int oc_reference_all_finite(size_t count, const float *x);

/* As the reference, bit for bit, and quicker. */
void oc_fast_im2col(const oc_window *window, const float *image, float *columns);
void oc_fast_col2im(const oc_window *window, const float *columns, float *image);
void oc_fast_max_pool(const oc_window *window, const float *x, float *y, int32_t *index);

#endif
