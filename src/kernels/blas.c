/* blas.c - matrix products by OpenBLAS. The only file that includes cblas.h. */
#include "kernels/kernels_private.h"

#include <cblas.h>
#include <stdio.h>

static void blas_gemm(int transpose_a, int transpose_b, int m, int n, int k, const float *a,
                      int lda, const float *b, int ldb, float beta, float *c, int ldc)
{
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, a, lda, b, ldb, beta, c,
                ldc);
}

const oc_kernels oc_kernels_blas = {
    .gemm = blas_gemm,
    .im2col = oc_fast_im2col,
    .col2im = oc_fast_col2im,
};

const char *oc_kernels_describe(void)
{
    static char text[256];
    if (oc_kernels_get() == &oc_kernels_reference)
        return "reference, own matrix product";
    snprintf(text, sizeof text, "%s, %s, core %s", oc_kernels_name(), openblas_get_config(),
             openblas_get_corename());
    return text;
}

void oc_kernels_set_blas_threads(int threads)
{
    openblas_set_num_threads(threads);
}
