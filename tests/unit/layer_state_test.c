/* layer_state_test.c - layers that keep or draw something: batch_norm's statistics, and the places
 * where dropout puts its zeros. Their gradients: layers_test.c. */
#include "harness.h"
#include "layer_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Held (frozen): in training what evaluation does, no statistics, and a gradient of a plain scale.
 */
static void batch_norm_held(void)
{
    const check r = {OC_LAYER_BATCH_NORM,
                     5,
                     {3, {18, 3, 2}, 0},
                     {.epsilon = 1e-5, .rate = 0.1},
                     NORMAL,
                     .step = 0};
    bench b = bench_open(&r, BLOCKED);
    functional(&b);
    float *expected = floats(b.out);
    oc_pass pass = pass_of(&b);
    pass.training = 0;
    pass.statistics = NULL;
    b.layer.ops->forward(&b.layer, &pass);
    memcpy(expected, b.y, b.out * sizeof *expected);
    pass = pass_of(&b);
    pass.held = 1;
    b.layer.ops->forward(&b.layer, &pass);
    CU_ASSERT(same_bits(expected, b.y, b.out));
    int wrong = 0;
    for (size_t c = 0; c < 18; c++)
        wrong += b.statistics[b.layer.state[0].offset + c] != 0.0f ||
                 b.statistics[b.layer.state[1].offset + c] != 0.0f;
    b.layer.ops->backward(&b.layer, &pass);
    for (size_t k = 0; k < 5 * 18 * 6; k++) {
        const size_t c = k / 6 % 18, i = place(b.layer.in, k);
        const double variance = (double)b.state[b.layer.state[1].offset + c];
        const double scale =
            (double)b.parameter[b.layer.parameter[0].offset + c] / sqrt(variance + 1e-5);
        wrong += !(fabs((double)b.dx[0][i] - scale * (double)b.dy[i]) <
                   1e-5 * (1 + fabs(scale * (double)b.dy[i])));
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(expected);
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
    {"batch_norm: statistics and evaluation", batch_norm_statistics},
    {"batch_norm: held", batch_norm_held},
    {"dropout: draws belong to samples", dropout_draws},
    {"dropout: draws belong to channels", dropout_of_channels},
};

int main(void)
{
    return OC_RUN_CASES("layer_state", cases);
}
