/* kernels.h - the arithmetic of onecycle behind one table, chosen once at start.
 *
 * `reference` is plain C and always there; other tables override what they do better.
 * Everything above works on whole shards and asks oc_kernels() for the table in use.
 * Matrices are row-major. No kernel allocates; none starts a thread. */
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
    const char *name;

    /* c (m, n) = op(a) (m, k) * op(b) (k, n) + beta * c; op transposes when the flag is set.
     * beta is 0 or 1; with 0, c is not read. */
    void (*gemm)(int transpose_a, int transpose_b, int m, int n, int k, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);

    /* One image (C, H, W) -> columns (C * kernel_h * kernel_w, out_h * out_w), and its
     * transpose, which adds columns into an image. */
    void (*im2col)(const oc_window *window, const float *image, float *columns);
    void (*col2im)(const oc_window *window, const float *columns, float *image);

    /* y = max(x, 0); dx = dy where y > 0 else 0. In place is fine. */
    void (*relu)(size_t count, const float *x, float *y);
    void (*relu_backward)(size_t count, const float *y, const float *dy, float *dx);

    /* One image; `index` receives the position in the input plane of each maximum, the
     * first one in row order when equal. A NaN in the window wins. */
    void (*max_pool)(const oc_window *window, const float *x, float *y, int32_t *index);

    /* SGD as Sutskever et al. 2013 in PyTorch's form:
     * g' = g + decay * w; v = momentum * v + g'; w -= rate * (nesterov ? g' + momentum * v : v). */
    void (*sgd)(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                float decay, int nesterov);

    /* 1 if no element is NaN or infinite. */
    int (*all_finite)(size_t count, const float *x);
} oc_kernels;

/* Local. Choose the table by name ("reference", "blas"), NULL for the best. Call once, before
 * any network runs. OC_ERR_USAGE for an unknown name. */
oc_status oc_kernels_select(const char *name);

/* Local. The table in use. */
const oc_kernels *oc_kernels_get(void);

/* Local. Table and BLAS in use, for `onecycle version`: a static string. */
const char *oc_kernels_describe(void);

/* Local. Threads inside one BLAS call; 1 is the default of onecycle (one rank a core). */
void oc_kernels_set_blas_threads(int threads);

/* Local. Fill out_h and out_w (floor, as Caffe convolutions and PyTorch). OC_ERR_USAGE with
 * the numbers if the kernel is larger than the padded input or a value is out of range;
 * `what` names the layer. */
oc_status oc_window_fit(oc_window *window, const char *what);

/* The plain C table, for tests to compare with. */
extern const oc_kernels oc_kernels_reference;

#endif
