/* layers_test.c - every layer of layers.def: its gradients against finite differences, its
 * promises to the network (in place, dx not wanted, adds to gradients or writes them), and what
 * single layers promise. Shape errors: layer_errors_test.c; another framework: golden_test.c.
 *
 * The gradient check: F = sum of r * y with fixed random r, summed in double, so that dy = r;
 * each parameter and input moves by +-step and the central difference is compared. Layers
 * linear in what moves take a long step: only rounding is left.
 *
 * Feature maps lie in blocks of 16 channels; what layers take row by row too is tried both ways.
 * Only numbers that exist move and are compared; between them x and dy hold zeros, and y and dx
 * must. */
#include "harness.h"
#include "layer_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t sample_numbers[MOST_SAMPLES] = {5, 3, 8, 0, 11, 2, 7, 60000, 1};

/* A layer with its own exactly sized blocks, so that AddressSanitizer sees every overrun. */
typedef struct bench {
    oc_layer layer;
    int n, inputs;
    size_t in[OC_LAYER_INPUTS], out; /* floats of all n samples, padding and all */
    float *x[OC_LAYER_INPUTS], *dx[OC_LAYER_INPUTS];
    float *y, *dy, *parameter, *gradient, *state, *statistics, *saved, *prepared, *scratch;
} bench;

static float *floats(size_t count)
{
    float *made = malloc((count ? count : 1) * sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

static void fill(float *out, size_t count, uint32_t stream, values kind)
{
    const oc_random_key key = oc_random_make_key(2, OC_PURPOSE_TEST, stream);
    for (size_t i = 0; i < count; i++) {
        const oc_random4 draw = oc_random_at(key, (uint32_t)i, 0, 0, 0);
        float pair[2];
        oc_random_normal(draw.word[0], draw.word[1], pair);
        out[i] = kind == NORMAL ? pair[0] : 0.1f * ((float)i - 0.5f * (float)count + 0.25f);
    }
    for (size_t i = count; kind == SPACED && i > 1; i--) { /* Fisher-Yates */
        const size_t j = oc_random_at(key, (uint32_t)i, 1, 0, 0).word[0] % i;
        const float kept = out[i - 1];
        out[i - 1] = out[j];
        out[j] = kept;
    }
}

/* Where number i of n samples lies that have a shape: i counts row by row, without padding. */
static size_t place(oc_shape shape, size_t i)
{
    if (!shape.blocked)
        return i;
    const size_t count = oc_shape_count(shape), pixels = (size_t)(shape.dim[1] * shape.dim[2]);
    const size_t channel = i % count / pixels, pixel = i % pixels;
    return i / count * oc_shape_floats(shape) + channel / OC_BLOCK * OC_BLOCK * pixels +
           pixel * OC_BLOCK + channel % OC_BLOCK;
}

/* The numbers of n samples, zeros between them. */
static void fill_shape(float *out, int n, oc_shape shape, uint32_t stream, values kind)
{
    const size_t count = (size_t)n * oc_shape_count(shape);
    float *plain = floats(count);
    fill(plain, count, stream, kind);
    memset(out, 0, (size_t)n * oc_shape_floats(shape) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[place(shape, i)] = plain[i];
    free(plain);
}

/* How many floats that are no numbers of the samples are not zero. */
static size_t dirty(const float *block, int n, oc_shape shape)
{
    const size_t size = (size_t)n * oc_shape_floats(shape),
                 count = (size_t)n * oc_shape_count(shape);
    char *known = calloc(size, 1);
    size_t found = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(known);
    for (size_t i = 0; i < count; i++)
        known[place(shape, i)] = 1;
    for (size_t i = 0; i < size; i++)
        found += !known[i] && block[i] != 0.0f;
    free(known);
    return found;
}

static void spoil(float *block, size_t count)
{
    memset(block, 0xff, count * sizeof *block); /* NaN: whoever reads it shows */
}

static size_t saved_floats(const bench *b)
{
    return b->layer.saved_per_sample * (size_t)b->n + b->layer.saved_fixed;
}

typedef enum way { BLOCKED, PLAIN } way;

/* What is laid out row by row has no gradient, or need not be in blocks (flatten). */
static int can_be(const check *row, way how)
{
    return how == BLOCKED || (row->in.rank == 3 && oc_layer_takes_plain(row->kind) &&
                              row->config.algorithm == OC_CONV_AUTO);
}

static bench bench_open(const check *row, way how)
{
    bench b = {.n = row->n, .inputs = 1};
    oc_shape in[3] = {row->in, row->more[0], row->more[1]};
    while (b.inputs < 3 && in[b.inputs].rank > 0)
        b.inputs++;
    for (int i = 0; i < b.inputs; i++)
        in[i].blocked = how == BLOCKED && in[i].rank == 3;
    CU_ASSERT_EQUAL_FATAL(oc_layer_plan(&b.layer, row->kind, "it", in, b.inputs, &row->config),
                          OC_OK);
    for (int i = 0; i < b.inputs; i++) {
        b.in[i] = (size_t)b.n * oc_shape_floats(in[i]);
        b.x[i] = floats(b.in[i]);
        b.dx[i] = row->kind == OC_LAYER_CONV2D && how == PLAIN ? NULL : floats(b.in[i]);
        fill_shape(b.x[i], b.n, in[i], 1 + 10 * (uint32_t)i, row->x);
    }
    b.out = (size_t)b.n * oc_shape_floats(b.layer.out);
    b.y = floats(b.out);
    b.dy = floats(b.out);
    b.parameter = floats(b.layer.parameter_count);
    b.gradient = floats(b.layer.parameter_count);
    b.state = floats(b.layer.state_count);
    b.statistics = floats(b.layer.state_count);
    b.saved = floats(saved_floats(&b));
    b.prepared = floats(b.layer.prepared);
    b.scratch = floats(b.layer.scratch);
    fill_shape(b.dy, b.n, b.layer.out, 2, NORMAL);
    fill(b.parameter, b.layer.parameter_count, 3, NORMAL);
    for (size_t i = 0; i < b.layer.state_count; i++)
        b.state[i] = 0.5f + 0.125f * (float)i; /* a variance must be positive */
    return b;
}

static void bench_close(bench *b)
{
    float *const blocks[] = {b->y,          b->dy,    b->parameter, b->gradient, b->state,
                             b->statistics, b->saved, b->prepared,  b->scratch};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    for (int i = 0; i < b->inputs; i++) {
        free(b->x[i]);
        free(b->dx[i]);
    }
}

static oc_pass pass_of(const bench *b)
{
    oc_pass pass = {.training = 1,
                    .n = b->n,
                    .y = b->y,
                    .dy = b->dy,
                    .parameter = b->parameter,
                    .gradient = b->gradient,
                    .state = b->state,
                    .statistics = b->statistics,
                    .saved = b->saved,
                    .prepared = b->prepared,
                    .scratch = b->scratch,
                    .seed = 42,
                    .epoch = 3,
                    .sample = sample_numbers};
    for (int i = 0; i < b->inputs; i++) {
        pass.xs[i] = b->x[i];
        pass.dxs[i] = b->dx[i];
    }
    return pass;
}

static double functional(const bench *b)
{
    const oc_pass pass = pass_of(b);
    spoil(b->y, b->out);
    spoil(b->saved, saved_floats(b));
    spoil(b->scratch, b->layer.scratch);
    if (b->layer.ops->prepare)
        b->layer.ops->prepare(&b->layer, 1, b->parameter, b->prepared);
    b->layer.ops->forward(&b->layer, &pass);
    double sum = 0;
    for (size_t i = 0; i < b->out; i++)
        sum += (double)b->dy[i] * (double)b->y[i];
    return sum;
}

/* Forward, then backward without what the layer says it does not read there. */
static void backward(const bench *b)
{
    oc_pass pass = pass_of(b);
    functional(b);
    memset(b->gradient, 0, b->layer.parameter_count * sizeof(float));
    for (int i = 0; i < b->inputs; i++) {
        if (b->dx[i])
            spoil(b->dx[i], b->in[i]);
        if (!(b->layer.backward_reads & OC_READS_INPUT))
            pass.xs[i] = NULL;
    }
    if (!(b->layer.backward_reads & OC_READS_OUTPUT))
        pass.y = NULL;
    spoil(b->scratch, b->layer.scratch);
    b->layer.ops->backward(&b->layer, &pass);
}

/* The largest difference of `analytic` from central differences in `moved`, relative to the
 * largest gradient; both are n of a shape. */
static double worst_error(const bench *b, float *moved, const float *analytic, int n,
                          oc_shape shape, double step)
{
    const size_t count = (size_t)n * oc_shape_count(shape);
    double largest = 1e-3, worst = 0;
    for (size_t k = 0; k < count; k++)
        largest = fmax(largest, fabs((double)analytic[place(shape, k)]));
    for (size_t k = 0; k < count; k++) {
        const size_t i = place(shape, k);
        const float kept = moved[i];
        const float up = (float)((double)kept + step), down = (float)((double)kept - step);
        moved[i] = up;
        double difference = functional(b);
        moved[i] = down;
        difference -= functional(b);
        moved[i] = kept;
        const double error = fabs(difference / ((double)up - (double)down) - (double)analytic[i]);
        worst = isnan(error) ? INFINITY : fmax(worst, error);
    }
    return worst / largest;
}

static void check_padding(const bench *b, int row)
{
    size_t found = dirty(b->y, b->n, b->layer.out);
    for (int i = 0; i < b->inputs; i++)
        found += b->dx[i] ? dirty(b->dx[i], b->n, b->layer.ins[i]) : 0;
    if (found) {
        printf("row %d, %s: %zu values beyond the channels are not 0\n", row, b->layer.ops->name,
               found);
        CU_FAIL("padding");
    }
}

static void check_row(const check *row, way how)
{
    bench b = bench_open(row, how);
    const char *name = b.layer.ops->name;
    backward(&b);
    check_padding(&b, (int)(row - rows));
    double error = 0;
    for (int i = 0; i < b.inputs && b.dx[i]; i++) {
        error = worst_error(&b, b.x[i], b.dx[i], b.n, b.layer.ins[i], row->step);
        if (!(error <= row->tolerance)) {
            printf("row %d, %s: dx of input %d: error %.3g\n", (int)(row - rows), name, i, error);
            CU_FAIL("input gradient");
        }
    }
    for (int t = 0; t < b.layer.parameters; t++) {
        const oc_layer_tensor *tensor = &b.layer.parameter[t];
        error = worst_error(&b, b.parameter + tensor->offset, b.gradient + tensor->offset, 1,
                            tensor->shape, row->step);
        if (!(error <= row->tolerance)) {
            printf("row %d, %s.%s: error %.3g\n", (int)(row - rows), name, tensor->name, error);
            CU_FAIL("parameter gradient");
        }
    }
    CU_ASSERT(b.out > 0);
    bench_close(&b);
}

static void gradients(void)
{
    int checked[OC_LAYER_COUNT] = {0};
    for (int i = 0; i < ROWS; i++) {
        for (way how = BLOCKED; how <= PLAIN; how++)
            if (can_be(&rows[i], how))
                check_row(&rows[i], how);
        checked[rows[i].kind]++;
    }
    for (int kind = 0; kind < OC_LAYER_COUNT; kind++)
        if (!checked[kind]) {
            printf("layer %d of layers.def has no row\n", kind);
            CU_FAIL("a layer without a gradient check");
        }
}

static int same_bits(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

/* Layers that say so may write over their first input: the numbers must be those of two blocks.
 * What backward reads again is kept, as a network does. */
static void in_place(void)
{
    int seen = 0;
    for (int i = 0; i < 2 * ROWS; i++) {
        if (!can_be(&rows[i / 2], (way)(i % 2)))
            continue;
        bench b = bench_open(&rows[i / 2], (way)(i % 2));
        if (b.layer.in_place) {
            backward(&b);
            oc_pass pass = pass_of(&b);
            float *block = floats(b.out), *flow = floats(b.out);
            memcpy(block, b.x[0], b.out * sizeof *block);
            memcpy(flow, b.dy, b.out * sizeof *flow);
            pass.x = pass.y = block;
            b.layer.ops->forward(&b.layer, &pass);
            CU_ASSERT(same_bits(block, b.y, b.out));
            CU_ASSERT(!b.layer.is_view || same_bits(block, b.x[0], b.out));
            if (b.inputs == 1) {
                pass.x = b.x[0];
                pass.y = b.y;
                pass.dy = pass.dx = flow;
                b.layer.ops->backward(&b.layer, &pass);
                CU_ASSERT(same_bits(flow, b.dx[0], b.out));
            }
            free(block);
            free(flow);
            seen++;
        }
        bench_close(&b);
    }
    CU_ASSERT(seen > 0);
}

/* Where a layer says that gradients pass, the network may leave out its backward. */
static void passing_gradients(void)
{
    int seen = 0;
    for (int i = 0; i < 2 * ROWS; i++) {
        if (!can_be(&rows[i / 2], (way)(i % 2)))
            continue;
        bench b = bench_open(&rows[i / 2], (way)(i % 2));
        backward(&b);
        for (int k = 0; k < b.inputs && b.layer.passes_gradient; k++, seen++)
            CU_ASSERT(b.in[k] == b.out && same_bits(b.dx[k], b.dy, b.out));
        bench_close(&b);
    }
    CU_ASSERT(seen > 0);
}

/* dx may be NULL; gradients are added to, or written whatever was there, as the layer says, and do
 * not depend on whether dx is wanted. */
static void gradients_add_up(void)
{
    for (int i = 0; i < 2 * ROWS; i++) {
        if (!can_be(&rows[i / 2], (way)(i % 2)))
            continue;
        bench b = bench_open(&rows[i / 2], (way)(i % 2));
        const size_t count = b.layer.parameter_count;
        backward(&b);
        float *once = floats(count);
        memcpy(once, b.gradient, count * sizeof *once);
        oc_pass pass = pass_of(&b);
        for (int k = 0; k < b.inputs; k++)
            pass.dxs[k] = NULL;
        const int writes = b.layer.ops->writes_gradient;
        memset(b.gradient, 0, count * sizeof *once);
        b.layer.ops->backward(&b.layer, &pass);
        CU_ASSERT(same_bits(once, b.gradient, count));
        for (int k = 0; writes && k < b.layer.parameters; k++)
            spoil(b.gradient + b.layer.parameter[k].offset,
                  oc_shape_count(b.layer.parameter[k].shape));
        b.layer.ops->backward(&b.layer, &pass);
        int wrong = 0;
        for (size_t k = 0; k < count; k++) {
            const double twice = (writes ? 1 : 2) * (double)once[k];
            wrong += !(fabs((double)b.gradient[k] - twice) <= 1e-4 * (1 + fabs(twice)));
        }
        CU_ASSERT_EQUAL(wrong, 0);
        free(once);
        bench_close(&b);
    }
}

static void batch_norm_statistics(void)
{
    const check r = {OC_LAYER_BATCH_NORM,
                     5,
                     {3, {2, 3, 2}, 0},
                     {.epsilon = 1e-5, .rate = 0.1},
                     NORMAL,
                     .step = 0};
    bench b = bench_open(&r, BLOCKED);
    functional(&b);
    for (int c = 0; c < 2; c++) {
        double sum = 0, squares = 0, scaled = 0;
        for (int k = 0; k < 30; k++)
            sum += (double)b.x[0][place(b.layer.in, (size_t)(k / 6 * 12 + c * 6 + k % 6))];
        for (int k = 0; k < 30; k++) {
            const size_t at = place(b.layer.in, (size_t)(k / 6 * 12 + c * 6 + k % 6));
            const double d = (double)b.x[0][at] - sum / 30;
            squares += d * d;
            scaled += (double)b.y[at];
        }
        const size_t at[] = {b.layer.state[0].offset + (size_t)c,
                             b.layer.state[1].offset + (size_t)c};
        CU_ASSERT_DOUBLE_EQUAL(b.statistics[at[0]], sum / 30, 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(b.statistics[at[1]], squares / 29, 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(scaled / 30, b.parameter[b.layer.parameter[1].offset + (size_t)c],
                               1e-5);
    }
    oc_pass pass = pass_of(&b);
    pass.training = 0; /* running statistics now, and nothing else */
    pass.statistics = NULL;
    b.layer.ops->forward(&b.layer, &pass);
    int wrong = 0;
    for (size_t k = 0; k < 60; k++) {
        const size_t c = k / 6 % 2, i = place(b.layer.in, k);
        const double mean = (double)b.state[b.layer.state[0].offset + c];
        const double variance = (double)b.state[b.layer.state[1].offset + c];
        const double expected = ((double)b.x[0][i] - mean) / sqrt(variance + 1e-5) *
                                    (double)b.parameter[b.layer.parameter[0].offset + c] +
                                (double)b.parameter[b.layer.parameter[1].offset + c];
        wrong += !(fabs(expected - (double)b.y[i]) < 1e-5);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    bench_close(&b);
}

/* A draw belongs to a sample and an epoch, not to a place in the batch. */
static void dropout_draws(void)
{
    const check r = {OC_LAYER_DROPOUT, 2, {1, {4003}, 0}, {.probability = 0.3}, NORMAL, .step = 0};
    const size_t width = 4003;
    const uint32_t pair[] = {17, 4}, swapped[] = {4, 17};
    bench b = bench_open(&r, BLOCKED);
    for (size_t i = 0; i < b.in[0]; i++)
        b.x[0][i] = 1.0f;
    oc_pass pass = pass_of(&b);
    pass.sample = pair;
    b.layer.ops->forward(&b.layer, &pass);
    size_t zeros = 0, wrong = 0;
    for (size_t i = 0; i < b.out; i++) {
        zeros += b.y[i] == 0.0f;
        wrong += b.y[i] != 0.0f && fabs((double)b.y[i] - 1 / 0.7) > 1e-6;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(zeros > 2200 && zeros < 2600); /* 2402 expected, deviation 41 */
    CU_ASSERT(!same_bits(b.y, b.y + width, width));
    float *first = floats(b.out);
    memcpy(first, b.y, b.out * sizeof *first);
    pass.sample = swapped;
    b.layer.ops->forward(&b.layer, &pass);
    CU_ASSERT(same_bits(first, b.y + width, width) && same_bits(first + width, b.y, width));
    pass.epoch++;
    b.layer.ops->forward(&b.layer, &pass);
    CU_ASSERT(!same_bits(first, b.y + width, width));
    pass.training = 0;
    b.layer.ops->forward(&b.layer, &pass);
    CU_ASSERT(same_bits(b.x[0], b.y, b.out));
    free(first);
    bench_close(&b);
}

/* A value's draw is that of its channel and pixel, however many channels there are. */
static void dropout_of_channels(void)
{
    enum { FEW = 17, MANY = 35, PIXELS = 6 };
    const check r[] = {
        {OC_LAYER_DROPOUT, 1, {3, {FEW, 2, 3}, 0}, {.probability = 0.5}, NORMAL, .step = 0},
        {OC_LAYER_DROPOUT, 1, {3, {MANY, 2, 3}, 0}, {.probability = 0.5}, NORMAL, .step = 0},
    };
    bench few = bench_open(&r[0], BLOCKED), many = bench_open(&r[1], BLOCKED);
    functional(&few);
    functional(&many);
    size_t wrong = 0, zeros = 0, like_the_next = 0;
    for (size_t i = 0; i < FEW * PIXELS; i++) {
        const int zero = few.y[place(few.layer.out, i)] == 0.0f;
        wrong += zero != (many.y[place(many.layer.out, i)] == 0.0f);
        like_the_next += zero == (many.y[place(many.layer.out, i + 1)] == 0.0f);
        zeros += (size_t)zero;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(zeros > 30 && zeros < 72); /* 51 expected, deviation 5 */
    CU_ASSERT(like_the_next > 25 && like_the_next < 77);
    bench_close(&few);
    bench_close(&many);
}

static const oc_case cases[] = {
    {"gradients of every layer", gradients},
    {"in place", in_place},
    {"gradients that pass", passing_gradients},
    {"gradients add up, dx or not", gradients_add_up},
    {"batch_norm: statistics and evaluation", batch_norm_statistics},
    {"dropout: draws belong to samples", dropout_draws},
    {"dropout: draws belong to channels", dropout_of_channels},
};

int main(void)
{
    return OC_RUN_CASES("layers", cases);
}
