/* layer_bench.c - see layer_bench.h. */
#include "layer_bench.h"
#include "base/random.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t sample_numbers[] = {5, 3, 8, 0, 11, 2, 7, 60000, 1};
enum { MOST_SAMPLES = sizeof sample_numbers / sizeof sample_numbers[0] };

float *floats(size_t count)
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

size_t place(oc_shape shape, size_t i)
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
void spoil(float *block, size_t count)
{
    memset(block, 0xff, count * sizeof *block); /* NaN: whoever reads it shows */
}

static size_t saved_floats(const bench *b)
{
    return b->layer.saved_per_sample * (size_t)b->n + b->layer.saved_fixed;
}

int can_be(const check *row, way how)
{
    return how == BLOCKED || (row->in.rank == 3 && oc_layer_takes_plain(row->kind) &&
                              row->config.algorithm == OC_CONV_AUTO);
}

bench bench_open(const check *row, way how)
{
    CU_ASSERT_FATAL(row->n <= MOST_SAMPLES);
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

void bench_close(bench *b)
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

oc_pass pass_of(const bench *b)
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

double functional(const bench *b)
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

void backward(const bench *b)
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

int same_bits(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}
