/* kernels_private.h - the tables, for kernels.c alone. */
#ifndef OC_KERNELS_KERNELS_PRIVATE_H
#define OC_KERNELS_KERNELS_PRIVATE_H

#include "kernels/kernels.h"

extern const oc_kernels oc_kernels_blas;
oc_status oc_blas_reserve(int threads); /* see oc_kernels_reserve */

/* The parts of the reference table that other tables take over as they are. */
void oc_reference_im2col(const oc_window *window, const float *image, float *columns);
void oc_reference_col2im(const oc_window *window, const float *columns, float *image);

/* As the reference, bit for bit, and quicker. */
void oc_fast_im2col(const oc_window *window, const float *image, float *columns);
void oc_fast_col2im(const oc_window *window, const float *columns, float *image);

#endif
