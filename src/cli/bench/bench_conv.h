/* bench_conv.h - measured convolutions, as bench_conv.c makes them and bench_conv_report.c shows
 * them. */
#ifndef OC_CLI_BENCH_BENCH_CONV_H
#define OC_CLI_BENCH_BENCH_CONV_H

#include "kernels/conv/conv.h"
#include "recipe/recipe.h"

#include <jansson.h>

enum { OC_BENCH_MOST_ROUNDS = 99 };

typedef enum oc_bench_conv_pass {
    OC_BENCH_FORWARD,
    OC_BENCH_BACKWARD_DATA,
    OC_BENCH_BACKWARD_WEIGHTS,
    OC_BENCH_PASSES
} oc_bench_conv_pass;

/* One convolution. */
typedef struct oc_bench_conv_row {
    oc_conv conv;             /* planned with the algorithm in use */
    char name[OC_LAYER_NAME]; /* of the first such layer; empty without a network */
    int layers;               /* that are alike */
    int reads_images;         /* nobody wants the gradient of its input */
    oc_conv plan[OC_CONV_ALGORITHMS];
    int fits[OC_CONV_ALGORITHMS];                       /* can it do this shape? */
    double gflops[OC_CONV_ALGORITHMS][OC_BENCH_PASSES]; /* 0: not measured */
} oc_bench_conv_row;

/* Local. "CxHxW-O,K,S,P": one row, allocated. OC_ERR_USAGE, OC_ERR_INTERNAL. */
oc_status oc_bench_conv_shape(const char *text, oc_bench_conv_row **rows, size_t *count);

/* Local. To standard output, 80 columns wide. */
void oc_bench_conv_print_head(int batch, int rounds);
void oc_bench_conv_print(const oc_bench_conv_row *row);

/* Local. All rows; NULL if memory is short. */
json_t *oc_bench_conv_json(const oc_bench_conv_row *rows, size_t count, int batch, int rounds);

#endif
