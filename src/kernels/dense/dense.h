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

/* The rows of shards side by side, n of each: those of shard s of a left side begin at s * x_next,
 * of a result (or its gradient) at s * y_next. With more than one shard n is at most
 * OC_DENSE_SAMPLES, and `shards` a power of two up to OC_DENSE_SHARDS, of up to OC_DENSE_ROWS rows
 * together: there is no more room in the scratch memory. */
typedef struct oc_dense_rows {
    int shards, n;
    size_t x_next, y_next;
} oc_dense_rows;

typedef struct oc_dense_ops {
    const char *name;
    /* The right side b (k, columns) of a product, given as it is or transposed, as (columns, k)
     * -> [panel of 16 or 32 columns][k][column], zeros beyond the last column. */
    void (*pack)(int k, int columns, int transposed, const float *b, float *panels);
    /* y (n, columns) = x (n, k) b + bias (columns), which may be NULL, of each shard. A row of y
     * depends on its row of x alone, whatever n is. */
    void (*apply)(const oc_dense_rows *rows, int k, int columns, const float *x,
                  const float *panels, const float *bias, float *y);
    /* gradient (outputs, inputs) = dy (n, outputs) transposed x (n, inputs), of the shards added
     * as a complete tree: ((0 + 1) + (2 + 3)) + ... With `add` and n up to OC_DENSE_SAMPLES each
     * element is added to what is there, in one rounding: the bits of computing it first and
     * adding it then. */
    void (*weight_gradient)(const oc_dense_rows *rows, int outputs, int inputs, const float *x,
                            const float *dy, int add, float *gradient, float *scratch);
} oc_dense_ops;

#if defined(__x86_64__)
extern const oc_dense_ops oc_dense_avx2, oc_dense_avx512;
#endif

/* Local. Floats that pack writes, and that weight_gradient needs as scratch, aligned to
 * OC_ALIGNMENT. */
size_t oc_dense_packed(int k, int columns);
size_t oc_dense_scratch(void);

enum {
    OC_DENSE_PANEL = 32,    /* most columns of a panel */
    OC_DENSE_SAMPLES = 128, /* whose products are one sum; longer sums are added in parts */
    OC_DENSE_ROOM = 32768,  /* gradients of outputs that are copied at a time: they stay in cache */
    OC_DENSE_ROWS = 1024,   /* of all shards side by side */
    OC_DENSE_SHARDS = 32,   /* side by side */
    OC_DENSE_LEVELS = 6     /* sums of theirs that wait for others, at most: log2 of them + 1 */
};

#endif
