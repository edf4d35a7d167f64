/* conv.c - how quick the algorithms of convolution are on one thread, shape by shape and pass by
 * pass:
 *   bench_conv [-r ROUNDS] [-b BATCH] [-u UNIT] [-q] [FIRST [LAST]]
 * Each round times every algorithm once, in turn, so that what else the machine does hits all
 * alike; medians are printed, in GFLOP/s of the plain convolution's work (2 n O OH OW C KH KW
 * operations). Images are in blocks of 16 channels, those of 1 or 3 channels plain, as a
 * network's input is. A batch (128) goes in shards of 32, preparing weights is counted once a
 * batch. -u: the vector unit of our kernels, by name; -q: leave im2col out; FIRST, LAST: numbers
 * of shapes. With oneDNN installed it takes part, on the whole batch at once, in the layouts it
 * prefers, no reordering counted; DNNL_MAX_CPU_ISA=AVX2 limits it. */
#include "kernels/conv/conv.h"
#include "base/arena.h"
#include "base/memory.h"
#include "conv_dnnl.h"
#include "tensor/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SHARD = 32, MOST_ROUNDS = 99, PASSES = 3, ONEDNN = OC_CONV_ALGORITHMS, COLUMNS };

typedef struct shape {
    int channels, outputs, side, kernel, stride, pad;
} shape;

static const shape shapes[] = {
    {64, 128, 32, 3, 1, 1},  {128, 128, 16, 3, 1, 1}, {128, 256, 16, 3, 1, 1}, /* 0 */
    {256, 256, 8, 3, 1, 1},  {256, 512, 8, 3, 1, 1},  {512, 512, 4, 3, 1, 1},
    {16, 16, 32, 3, 1, 1},   {32, 32, 16, 3, 1, 1},   {64, 64, 8, 3, 1, 1},  /* 6 */
    {64, 64, 56, 3, 1, 1},   {1, 32, 28, 5, 1, 2},    {32, 64, 14, 5, 1, 2}, /* 9 */
    {1, 20, 28, 5, 1, 0},    {20, 50, 12, 5, 1, 0},   {16, 32, 32, 3, 2, 1}, /* 12 */
    {32, 64, 16, 3, 2, 1},   {64, 128, 56, 3, 2, 1},  {128, 256, 28, 3, 2, 1},
    {256, 512, 14, 3, 2, 1}, {3, 16, 32, 3, 1, 1},    {3, 64, 32, 3, 1, 1},    /* 18 */
    {3, 64, 224, 7, 2, 3},   {64, 64, 56, 1, 1, 0},   {64, 256, 56, 1, 1, 0},  /* 21 */
    {256, 64, 56, 1, 1, 0},  {64, 128, 56, 1, 2, 0},  {128, 256, 28, 1, 2, 0}, /* 24 */
    {256, 512, 14, 1, 2, 0},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

typedef struct bench {
    oc_conv conv;
    int batch;
    size_t in, out; /* floats of an image */
    float *x, *y, *dx, *dy, *weights, *gradient, *prepared, *scratch;
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(size_t count)
{
    float *made = oc_memory_block(OC_ALIGNMENT, count * sizeof *made);
    if (!made) {
        fprintf(stderr, "bench_conv: no memory\n");
        exit(70);
    }
    for (size_t i = 0; i < count; i++)
        made[i] = (float)(i * 2654435761u >> 8 & 0xffff) / 65536.0f - 0.5f;
    return made;
}

/* One pass over the batch, shard by shard. */
static void run_pass(const bench *b, int pass)
{
    const oc_conv *c = &b->conv;
    if (pass < 2)
        oc_conv_prepare(c, pass, b->weights, b->prepared);
    for (int i = 0; i < b->batch; i += SHARD) {
        const int n = b->batch - i < SHARD ? b->batch - i : SHARD;
        const size_t at_x = (size_t)i * b->in, at_y = (size_t)i * b->out;
        if (pass == 0)
            oc_conv_forward(c, n, b->x + at_x, b->weights, b->prepared, NULL, b->y + at_y,
                            b->scratch);
        else if (pass == 1)
            oc_conv_backward_data(c, n, b->dy + at_y, b->weights, b->prepared, b->dx + at_x,
                                  b->scratch);
        else
            oc_conv_backward_weights(c, n, b->x + at_x, b->dy + at_y, b->gradient, NULL,
                                     b->scratch);
    }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static oc_conv window_of(const shape *s, oc_conv_algorithm algorithm)
{
    oc_conv conv = {.window = {s->channels, s->side, s->side, s->kernel, s->kernel, s->stride,
                               s->stride, s->pad, s->pad, 0, 0},
                    .outputs = s->outputs,
                    .plain_input = s->channels <= 3,
                    .algorithm = algorithm};
    if (oc_window_fit(&conv.window, "bench") != OC_OK)
        exit(70);
    return conv;
}

static int left_out[OC_CONV_ALGORITHMS]; /* set by main */

/* Times of every algorithm for one pass -> medians in GFLOP/s; 0 where it cannot run. */
static void measure(bench *b, const shape *s, int pass, int rounds, double rate[COLUMNS])
{
    static double times[COLUMNS][MOST_ROUNDS];
    const oc_window w = b->conv.window;
    const double work =
        2e-9 * b->batch * s->outputs * w.out_h * w.out_w * s->channels * s->kernel * s->kernel;
    void *peer = bench_dnnl_open(pass, b->batch, &w, s->outputs);
    for (int round = -1; round < rounds; round++) /* the first is to warm up */
        for (int a = OC_CONV_AUTO + 1; a < COLUMNS; a++) {
            b->conv = window_of(s, a < ONEDNN ? (oc_conv_algorithm)a : OC_CONV_AUTO);
            rate[a] = 0;
            if (a == ONEDNN ? !peer : left_out[a] || oc_conv_plan(&b->conv, "bench") != OC_OK)
                continue;
            const double start = now();
            if (a == ONEDNN)
                bench_dnnl_run(peer);
            else
                run_pass(b, pass);
            times[a][round < 0 ? 0 : round] = now() - start;
            rate[a] = 1;
        }
    for (int a = OC_CONV_AUTO + 1; a < COLUMNS; a++) {
        qsort(times[a], (size_t)rounds, sizeof times[a][0], by_size);
        rate[a] = rate[a] > 0 ? work / times[a][rounds / 2] : 0;
    }
    bench_dnnl_close(peer);
}

/* A line of the table. */
static void print_rates(const shape *s, const char *pass, const double rate[COLUMNS])
{
    char text[OC_CONV_TEXT];
    oc_conv automatic = window_of(s, OC_CONV_AUTO);
    oc_conv_plan(&automatic, "bench");
    const double ours = rate[automatic.algorithm];
    printf("%4d-%-4d@%-4d %dx%d/%d %-16s", s->channels, s->outputs, s->side, s->kernel, s->kernel,
           s->stride, pass);
    for (int a = OC_CONV_AUTO + 1; a < COLUMNS; a++)
        if (rate[a] > 0)
            printf(" %9.1f", rate[a]);
        else
            printf(" %9s", "-");
    printf("  %-16s", oc_conv_describe(&automatic, text));
    if (rate[OC_CONV_IM2COL] > 0)
        printf(" %5.2f", ours / rate[OC_CONV_IM2COL]);
    if (rate[ONEDNN] > 0)
        printf(" %5.2f", ours / rate[ONEDNN]);
    printf("\n");
    fflush(stdout);
}

static size_t floats_of(int blocked, int channels, int height, int width)
{
    return oc_shape_floats(blocked ? oc_shape_blocked(channels, height, width)
                                   : oc_shape3(channels, height, width));
}

static void measure_shape(const shape *s, int batch, int rounds)
{
    static const char *const passes[PASSES] = {"forward", "backward-data", "backward-weights"};
    bench b = {.conv = window_of(s, OC_CONV_AUTO), .batch = batch};
    const oc_window *w = &b.conv.window;
    b.in = floats_of(!b.conv.plain_input, s->channels, s->side, s->side);
    b.out = floats_of(1, s->outputs, w->out_h, w->out_w);
    const size_t taps = (size_t)(s->outputs * s->channels * s->kernel * s->kernel);
    size_t prepared = 1, scratch = 1;
    for (int a = OC_CONV_AUTO; a < OC_CONV_ALGORITHMS; a++) {
        oc_conv plan = window_of(s, (oc_conv_algorithm)a);
        if (oc_conv_plan(&plan, "bench") != OC_OK)
            continue;
        prepared = plan.prepared > prepared ? plan.prepared : prepared;
        scratch = plan.scratch > scratch ? plan.scratch : scratch;
    }
    const size_t in = (size_t)batch * b.in, out = (size_t)batch * b.out;
    float **const blocks[] = {&b.x,       &b.dx,       &b.y,        &b.dy,
                              &b.weights, &b.gradient, &b.prepared, &b.scratch};
    const size_t counts[] = {in, in, out, out, taps, taps, prepared, scratch};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        *blocks[i] = numbers(counts[i]);
    for (int pass = 0; pass < PASSES; pass++) {
        double rate[COLUMNS];
        if (pass == 1 && b.conv.plain_input)
            continue; /* nobody needs the gradient of the images */
        measure(&b, s, pass, rounds, rate);
        print_rates(s, passes[pass], rate);
    }
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(*blocks[i]);
}

int main(int argc, char **argv)
{
    int rounds = 5, batch = 128, option;
    const char *unit = NULL;
    while ((option = getopt(argc, argv, "r:b:u:q")) != -1) {
        if (option == 'r')
            rounds = atoi(optarg);
        else if (option == 'b')
            batch = atoi(optarg);
        else if (option == 'u')
            unit = optarg;
        else if (option == 'q')
            left_out[OC_CONV_IM2COL] = 1;
        else
            return 64;
    }
    if (oc_unit_select(unit) != OC_OK) {
        fprintf(stderr, "bench_conv: %s\n", oc_message());
        return 64;
    }
    const int first = optind < argc ? atoi(argv[optind]) : 0;
    const int last = optind + 1 < argc ? atoi(argv[optind + 1])
                     : optind < argc   ? first
                                       : SHAPES - 1;
    rounds = rounds < 1 ? 1 : rounds > MOST_ROUNDS ? MOST_ROUNDS : rounds;
    batch = batch < 1 ? 1 : batch;
    oc_kernels_set_blas_threads(1);
    printf("# kernels %s; unit %s; %s; batch %d, %d rounds, one thread, GFLOP/s\n"
           "# shape, kernel/stride, pass",
           oc_kernels_describe(), oc_unit_get()->name, bench_dnnl_version(), batch, rounds);
    for (int a = OC_CONV_AUTO + 1; a < OC_CONV_ALGORITHMS; a++)
        printf(", %s", oc_conv_algorithm_name((oc_conv_algorithm)a));
    printf(", oneDNN; auto chooses, its ratio to im2col, to oneDNN\n");
    for (int i = first < 0 ? 0 : first; i <= last && i < SHAPES; i++)
        measure_shape(&shapes[i], batch, rounds);
    return 0;
}
