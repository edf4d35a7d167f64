/* blas.c - matrix products by OpenBLAS, or by another BLAS with the interface of cblas.h
 * (ONECYCLE_BLAS in CMakeLists.txt). The only file that includes cblas.h. */
#include "kernels/kernels_private.h"

#include <cblas.h>
#include <stdio.h>
#include <sys/mman.h>

/* What OpenBLAS alone has. Of another one nothing is known; its threads are its own affair. Names
 * of their own: the cblas.h that is found may be OpenBLAS's whatever is linked. */
#ifdef ONECYCLE_ANY_BLAS
#define openblas_set_num_threads any_set_num_threads
#define openblas_get_num_threads any_get_num_threads
#define openblas_get_config any_get_config
#define openblas_get_corename any_get_corename

static void any_set_num_threads(int threads)
{
    (void)threads;
}

static int any_get_num_threads(void)
{
    return 1;
}

static const char *any_get_config(void)
{
    return "BLAS";
}

static const char *any_get_corename(void)
{
    return "unknown";
}
#endif

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

/* OpenBLAS takes a work space when a thread's first product needs one (blas_memory_alloc), and
 * tries for ever to get it: so it is looked for here, and the first one is taken. */
oc_status oc_blas_reserve(int threads)
{
    enum { SIDE = 64, SPACE = 128 << 20 }; /* BUFFER_SIZE of x86-64 and ARM64 */
    static float a[SIDE * SIDE], c[SIDE * SIDE];
    const size_t bytes = (size_t)threads * SPACE;
    void *const at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return oc_fail(OC_ERR_MEMORY,
                       "OpenBLAS: no memory for the work spaces of %d threads, %d MiB each",
                       threads, SPACE >> 20);
    munmap(at, bytes);
    blas_gemm(0, 0, SIDE, SIDE, SIDE, a, SIDE, a, SIDE, 0, c, SIDE);
    return OC_OK;
}

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

int oc_kernels_blas_threads(void)
{
    return openblas_get_num_threads();
}
