/* dense.h - the matrix products of fully connected layers, for few rows (a shard of samples) and
 * weights that many shards share: what linear.c sees. One instance for each vector unit that has
 * them, compiled from dense_body.h.
 *
 * A library packs its operands in every call, which costs as much as it brings when there are
 * 32 rows. Here the weights are packed once a step, for all shards and threads, and the gradient of
 * the weights, whose sums are no longer than a shard, is written straight from registers. */
#ifndef OC_KERNELS_DENSE_DENSE_H
#define OC_KERNELS_DENSE_DENSE_H

#include <stddef.h>

typedef struct oc_dense_ops {
    const char *name;
    /* The right side b (k, columns) of a product, given as it is or transposed, as (columns, k)
     * -> [panel of 16 or 32 columns][k][column], zeros beyond the last column. */
    void (*pack)(int k, int columns, int transposed, const float *b, float *panels);
    /* y (n, columns) = x (n, k) b + bias (columns), which may be NULL. A row of y depends on its
     * row of x alone, whatever n is. */
    void (*apply)(int n, int k, int columns, const float *x, const float *panels, const float *bias,
                  float *y);
    /* gradient (outputs, inputs) = dy (n, outputs) transposed x (n, inputs). With `add` and n up to
     * OC_DENSE_SAMPLES each element is added to what is there, in one rounding: the bits of
     * computing it first and adding it then. */
    void (*weight_gradient)(int n, int outputs, int inputs, const float *x, const float *dy,
                            int add, float *gradient, float *scratch);
} oc_dense_ops;

#if defined(__x86_64__)
extern const oc_dense_ops oc_dense_avx2, oc_dense_avx512;
#endif

/* Local. Floats that pack writes, and that weight_gradient needs as scratch, aligned to
 * OC_ALIGNMENT. */
size_t oc_dense_packed(int k, int columns);
size_t oc_dense_scratch(int inputs);

enum {
    OC_DENSE_PANEL = 32,    /* most columns of a panel */
    OC_DENSE_SAMPLES = 128, /* whose products are one sum; longer sums are added in parts */
    OC_DENSE_STRIP = 256    /* inputs whose part of x is copied at a time: it stays in cache */
};

#endif
