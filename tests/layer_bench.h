/* layer_bench.h - one layer alone, with blocks of exactly its sizes and random numbers in them, for
 * the tests of layers. Its calls fail the test that makes them.
 *
 * Feature maps lie in blocks of 16 channels; what layers take row by row too can be had both ways.
 * Only numbers that exist are filled; between them x and dy hold zeros. */
#ifndef OC_TESTS_LAYER_BENCH_H
#define OC_TESTS_LAYER_BENCH_H

#include "layers/layer.h"

typedef enum values {
    NORMAL, /* standard normal */
    SPACED  /* all different by far more than the step, none near 0: no kink is crossed */
} values;

typedef struct check {
    oc_layer_kind kind;
    int n;
    oc_shape in;
    oc_layer_config config;
    values x;
    double step, tolerance; /* tolerance: relative to the largest gradient of the tensor */
    oc_shape more[2];       /* further inputs; rank 0: none */
} check;

typedef enum way { BLOCKED, PLAIN } way;

/* Every block is of its own, so that AddressSanitizer sees every overrun. */
typedef struct bench {
    oc_layer layer;
    int n, inputs;
    size_t in[OC_LAYER_INPUTS], out; /* floats of all n samples, padding and all */
    float *x[OC_LAYER_INPUTS], *dx[OC_LAYER_INPUTS];
    float *y, *dy, *parameter, *gradient, *state, *statistics, *saved, *prepared, *scratch;
} bench;

/* Whether the row's layer can run this way. What is laid out row by row has no gradient, or need
 * not be in blocks (flatten). */
int can_be(const check *row, way how);

/* bench_close frees what bench_open made. */
bench bench_open(const check *row, way how);
void bench_close(bench *b);

/* All blocks of the bench, for one call of the layer in training. */
oc_pass pass_of(const bench *b);

/* Forward over NaN; the sum of dy * y, in double. */
double functional(const bench *b);

/* The same, then backward without what the layer says it does not read there. */
void backward(const bench *b);

/* Where number i of n samples lies that have a shape: i counts row by row, without padding. */
size_t place(oc_shape shape, size_t i);

/* `count` floats, to be freed by the caller. */
float *floats(size_t count);

/* NaN into all of them: whoever reads one shows. */
void spoil(float *block, size_t count);

int same_bits(const float *a, const float *b, size_t count);

#endif
