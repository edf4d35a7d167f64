/* kernels.h - which kernels are in use, chosen once at start, and the matrix products.
 *
 * One name chooses all: "avx512", "avx2" and "generic" (vector units, see unit.h) with the matrix
 * product of OpenBLAS, or "reference", all in plain C. Matrices are row-major. No kernel
 * allocates; none starts a thread. */
#ifndef OC_KERNELS_KERNELS_H
#define OC_KERNELS_KERNELS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* A window that slides over one image (C, H, W): convolution and pooling. */
typedef struct oc_window {
    int channels, height, width; /* of the input */
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int pad_h, pad_w; /* zeros on each side */
    int out_h, out_w; /* of the output, see oc_window_fit */
} oc_window;

typedef struct oc_kernels {
    /* c (m, n) = op(a) (m, k) * op(b) (k, n) + beta * c; op transposes when the flag is set.
     * beta is 0 or 1; with 0, c is not read. */
    void (*gemm)(int transpose_a, int transpose_b, int m, int n, int k, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);

    /* One image (C, H, W) -> columns (C * kernel_h * kernel_w, out_h * out_w), and its
     * transpose, which adds columns into an image. */
    void (*im2col)(const oc_window *window, const float *image, float *columns);
    void (*col2im)(const oc_window *window, const float *columns, float *image);
} oc_kernels;

/* Local. Choose by name, NULL for the best that this processor has. Call once, before any network
 * is built. OC_ERR_USAGE for a name that is unknown, or that this processor cannot run; then
 * nothing changes. */
oc_status oc_kernels_select(const char *name);

/* Local. The name of what is in use: "avx2". */
const char *oc_kernels_name(void);

/* Local. The matrix products in use. */
const oc_kernels *oc_kernels_get(void);

/* Local. Kernels and BLAS in use, for `onecycle version`: a static string. */
const char *oc_kernels_describe(void);

/* Local. Threads inside one BLAS call; 1 is the default of onecycle (one rank a core). */
void oc_kernels_set_blas_threads(int threads);
int oc_kernels_blas_threads(void);

/* Local. Make sure that so many threads can be in a matrix product at a time: where there is no
 * memory for the library's work spaces it asks for ever. OC_ERR_MEMORY. */
oc_status oc_kernels_reserve(int threads);

/* Local. Fill out_h and out_w (floor, as Caffe convolutions and PyTorch). OC_ERR_USAGE with
 * the numbers if the kernel is larger than the padded input or a value is out of range;
 * `what` names the layer. */
oc_status oc_window_fit(oc_window *window, const char *what);

/* The plain C table, for tests to compare with. */
extern const oc_kernels oc_kernels_reference;

#endif
