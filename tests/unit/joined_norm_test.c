/* joined_norm_test.c - batch normalisation whose statistics are of several shards: against the
 * batch as a whole, by an independent program (joined_norm_golden.py), by differences, and in a
 * network that goes from such a layer to the next. */
#include "golden.h"
#include "harness.h"

#include "base/random.h"
#include "kernels/blocks.h"
#include "models/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 12, CHANNELS = 3, SIDE = 2, PIXELS = SIDE * SIDE };
enum { NUMBERS = SAMPLES * CHANNELS * PIXELS, SHARDS = 3 };

static const int shard_n[SHARDS] = {5, 4, 3};

static float *zeros(size_t count)
{
    float *made = aligned_alloc(64, (count + 15) / 16 * 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return memset(made, 0, (count + 15) / 16 * 64);
}

/* ---- one layer ---- */

/* Plain numbers; gradients are of all shards. */
typedef struct norm_run {
    float y[NUMBERS], dx[NUMBERS];
    float dweight[CHANNELS], dbias[CHANNELS], mean[CHANNELS], variance[CHANNELS];
} norm_run;

/* A shard's memory, in blocks. */
typedef struct norm_shard {
    float *x, *y, *dy, *dx, *saved, *statistics, *gradient;
    double *sums;
} norm_shard;

static norm_shard open_shard(const oc_layer *layer, const float *x, const float *dy, int n)
{
    const size_t floats = (size_t)n * oc_shape_floats(layer->in);
    norm_shard s = {.x = zeros(floats),
                    .y = zeros(floats),
                    .dy = zeros(floats),
                    .dx = zeros(floats),
                    .saved = zeros(layer->saved_fixed),
                    .statistics = zeros(layer->state_count),
                    .gradient = zeros(layer->parameter_count),
                    .sums = calloc(layer->sums, sizeof(double))};
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.sums);
    oc_to_blocks(n, CHANNELS, PIXELS, x, s.x);
    oc_to_blocks(n, CHANNELS, PIXELS, dy, s.dy);
    return s;
}

static void close_shard(norm_shard *s)
{
    float *const all[] = {s->x, s->y, s->dy, s->dx, s->saved, s->statistics, s->gradient};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    free(s->sums);
}

/* The first shard and the second, then the third. */
static void join_all(const oc_layer *layer, int back, const norm_shard *shard, double *joined)
{
    double n = shard_n[0];
    memcpy(joined, shard[0].sums, layer->sums * sizeof *joined);
    for (int s = 1; s < SHARDS; s++) {
        layer->ops->join(layer, back, joined, n, shard[s].sums, shard_n[s]);
        n += shard_n[s];
    }
    CU_ASSERT_EQUAL(n, SAMPLES);
}

static void run_layer(const float *x, const float *dy, const float *weight, const float *bias,
                      norm_run *run)
{
    const oc_layer_config config = {.epsilon = 1e-5, .rate = 0.1};
    const oc_shape in = oc_shape_blocked(CHANNELS, SIDE, SIDE);
    oc_layer layer = {0};
    CU_ASSERT_EQUAL_FATAL(oc_layer_plan(&layer, OC_LAYER_BATCH_NORM, "bn", &in, 1, &config), OC_OK);
    CU_ASSERT_EQUAL_FATAL(layer.sums, 2 * CHANNELS);
    float *parameter = zeros(layer.parameter_count);
    memcpy(parameter + layer.parameter[0].offset, weight, CHANNELS * sizeof *weight);
    memcpy(parameter + layer.parameter[1].offset, bias, CHANNELS * sizeof *bias);
    norm_shard shard[SHARDS];
    oc_pass pass[SHARDS];
    double joined[2 * CHANNELS];
    for (int s = 0, at = 0; s < SHARDS; at += shard_n[s++] * CHANNELS * PIXELS) {
        shard[s] = open_shard(&layer, x + at, dy + at, shard_n[s]);
        pass[s] = (oc_pass){.training = 1,
                            .n = shard_n[s],
                            .x = shard[s].x,
                            .y = shard[s].y,
                            .dy = shard[s].dy,
                            .dx = shard[s].dx,
                            .parameter = parameter,
                            .gradient = shard[s].gradient,
                            .statistics = shard[s].statistics,
                            .saved = shard[s].saved,
                            .sums = shard[s].sums,
                            .joined = joined,
                            .joined_n = SAMPLES};
    }
    for (int back = 0; back < 2; back++) {
        for (int s = 0; s < SHARDS; s++)
            layer.ops->measure(&layer, &pass[s], back);
        join_all(&layer, back, shard, joined);
        for (int s = 0; s < SHARDS; s++)
            (back ? layer.ops->backward : layer.ops->forward)(&layer, &pass[s]);
    }
    memset(run, 0, sizeof *run);
    for (int s = 0, at = 0; s < SHARDS; at += shard_n[s++] * CHANNELS * PIXELS) {
        oc_from_blocks(shard_n[s], CHANNELS, PIXELS, shard[s].y, run->y + at);
        oc_from_blocks(shard_n[s], CHANNELS, PIXELS, shard[s].dx, run->dx + at);
        for (int c = 0; c < CHANNELS; c++) {
            run->dweight[c] += shard[s].gradient[layer.parameter[0].offset + (size_t)c];
            run->dbias[c] += shard[s].gradient[layer.parameter[1].offset + (size_t)c];
            run->mean[c] = shard[s].statistics[layer.state[0].offset + (size_t)c];
            run->variance[c] = shard[s].statistics[layer.state[1].offset + (size_t)c];
        }
    }
    for (int s = 0; s < SHARDS; s++)
        close_shard(&shard[s]);
    free(parameter);
}

static void read_floats(const char *tensor, float *out, size_t count)
{
    double values[NUMBERS];
    CU_ASSERT_EQUAL_FATAL(
        oc_golden_tensor("joined_norm_golden.csv", "batch_norm", tensor, values, NUMBERS), count);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)values[i];
}

/* Within 1e-6 of `scale`, what the numbers are about. */
static void compare(const char *tensor, const float *got, size_t count, double scale)
{
    double expected[NUMBERS], largest = 0;
    CU_ASSERT_EQUAL_FATAL(
        oc_golden_tensor("joined_norm_golden.csv", "batch_norm", tensor, expected, NUMBERS), count);
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)got[i] - expected[i]) / scale);
    if (largest > 1e-6)
        printf("\n%s: off by %g\n", tensor, largest);
    CU_ASSERT(largest <= 1e-6);
}

/* The mean is kept as a float, so y is off by up to its last bit / deviation. */
static void golden(void)
{
    static float x[NUMBERS], dy[NUMBERS], weight[CHANNELS], bias[CHANNELS];
    static norm_run run;
    read_floats("x", x, NUMBERS);
    read_floats("dy", dy, NUMBERS);
    read_floats("weight", weight, CHANNELS);
    read_floats("bias", bias, CHANNELS);
    run_layer(x, dy, weight, bias, &run);
    compare("y", run.y, NUMBERS, 2);
    compare("dx", run.dx, NUMBERS, 1);
    compare("dweight", run.dweight, CHANNELS, 10);
    compare("dbias", run.dbias, CHANNELS, 10);
    compare("mean", run.mean, CHANNELS, 10);
    compare("variance", run.variance, CHANNELS, 1);
}

/* d(sum of y dy) / dx, by differences in double of what forward computes in float. */
static void gradients(void)
{
    static float x[NUMBERS], moved[NUMBERS], dy[NUMBERS], weight[CHANNELS], bias[CHANNELS];
    static norm_run run, up, down;
    const float step = 0x1p-6f;
    oc_golden_fill(x, NUMBERS, 7, -1, 2);
    oc_golden_fill(dy, NUMBERS, 1007, -0.5, 1);
    oc_golden_fill(weight, CHANNELS, 2007, 0.5, 1);
    oc_golden_fill(bias, CHANNELS, 3007, -0.5, 1);
    run_layer(x, dy, weight, bias, &run);
    for (size_t i = 0; i < NUMBERS; i += 5) {
        double difference = 0;
        memcpy(moved, x, sizeof x);
        moved[i] = x[i] + step;
        run_layer(moved, dy, weight, bias, &up);
        moved[i] = x[i] - step;
        run_layer(moved, dy, weight, bias, &down);
        for (size_t k = 0; k < NUMBERS; k++)
            difference += (double)dy[k] * ((double)up.y[k] - (double)down.y[k]);
        CU_ASSERT_DOUBLE_EQUAL((double)run.dx[i], difference / (2 * (double)step), 2e-4);
    }
}

/* ---- a network ---- */

enum { N = 3, COUNT = 4, CLASSES = 3, INPUTS = 2 * 6 * 6 };

static oc_network *build(int low_memory)
{
    oc_network *network = NULL;
    const oc_layer_config conv = {.channels = 5, .kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}},
                          norm = {.epsilon = 1e-5, .rate = 0.1}, last = {.channels = CLASSES};
    CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(2, 6, 6)), OC_OK);
    network->options.low_memory = low_memory;
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_BATCH_NORM, "bn0", &norm), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_CONV2D, "conv1", &conv), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_BATCH_NORM, "bn1", &norm), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_RELU, "relu1", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_CONV2D, "conv2", &conv), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_BATCH_NORM, "bn2", &norm), OC_OK);
    const int sum[] = {oc_network_last(network), oc_network_find(network, "relu1")};
    CU_ASSERT_EQUAL_FATAL(oc_network_add_from(network, OC_LAYER_ADD, "add", NULL, sum, 2), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_FLATTEN, "flatten", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_LINEAR, "fc", &last), OC_OK);
    oc_network_fuse(network);
    return network;
}

typedef struct results {
    float *gradient, *statistics, *outputs; /* gradient: of all shards */
} results;

/* `count` shards of n samples on their way, whose numbers are joined. */
typedef struct journey {
    const oc_network *network;
    const float *parameters;
    oc_workspace w;
    int count, n;
    oc_shard shard[COUNT];
    float *gradient[COUNT], *statistics[COUNT];
    oc_gradient_place place[COUNT];
    double own[COUNT][16], joined[16];
} journey;

static void open_journey(journey *j, const float *images)
{
    const oc_network *network = j->network;
    CU_ASSERT_EQUAL_FATAL(
        oc_workspace_create_beside(&j->w, network, j->count, j->n, OC_FOR_TRAINING, NULL), OC_OK);
    j->w.one_by_one = 1;
    oc_network_prepare(network, &j->w, 1, j->parameters);
    for (int s = 0; s < j->count; s++) {
        j->gradient[s] = zeros(network->parameter_count);
        j->statistics[s] = zeros(network->state_count);
        j->place[s] = (oc_gradient_place){j->gradient[s], NULL};
        j->shard[s] = (oc_shard){.n = j->n,
                                 .images = images + (size_t)(s * j->n) * INPUTS,
                                 .training = 1,
                                 .prepared = 1,
                                 .sums = j->own[s],
                                 .joined = j->joined,
                                 .joined_n = j->count * j->n};
    }
}

static void close_journey(journey *j)
{
    for (int s = 0; s < j->count; s++) {
        free(j->gradient[s]);
        free(j->statistics[s]);
    }
    oc_workspace_destroy(&j->w);
}

static void measure(journey *j, int i, int back)
{
    const oc_layer *layer = &j->network->layer[i];
    oc_network_measure(j->network, &j->w, j->shard, j->count, j->parameters, i, back);
    memcpy(j->joined, j->own[0], layer->sums * sizeof(double));
    for (int s = 1; s < j->count; s++)
        layer->ops->join(layer, back, j->joined, s * j->n, j->own[s], j->n);
}

static void go_forward(journey *j)
{
    const oc_network *network = j->network;
    oc_layer_range part = {0, 0};
    for (int i = 0; i < network->layers; i++) {
        if (!oc_network_measures(network, NULL, i, 0))
            continue;
        part.last = i;
        oc_network_forward_part(network, &j->w, j->shard, j->count, j->parameters, NULL,
                                j->statistics, part);
        measure(j, i, 0);
        part.first = i;
    }
    part.last = network->layers;
    oc_network_forward_part(network, &j->w, j->shard, j->count, j->parameters, NULL, j->statistics,
                            part);
}

static void go_backward(journey *j)
{
    const oc_network *network = j->network;
    const oc_gradient_sum sum = {.shard = j->place, .all = j->place[0]};
    oc_layer_range part = {0, network->layers};
    for (int i = network->layers - 1; i >= 0; i--) {
        if (!oc_network_measures(network, NULL, i, 1))
            continue;
        part.first = i + 1;
        oc_network_backward_part(network, &j->w, j->shard, j->count, j->parameters, &sum, part);
        measure(j, i, 1);
        part.last = i + 1;
    }
    part.first = 0;
    oc_network_backward_part(network, &j->w, j->shard, j->count, j->parameters, &sum, part);
}

static void run_network(const oc_network *network, const float *images, const float *dy,
                        const float *parameters, int count, int n, results *r)
{
    journey j = {.network = network, .parameters = parameters, .count = count, .n = n};
    open_journey(&j, images);
    go_forward(&j);
    for (int s = 0; s < count; s++) {
        const size_t floats = (size_t)n * CLASSES, at = (size_t)s * floats;
        memcpy(r->outputs + at, oc_network_outputs(network, &j.w, s), floats * sizeof(float));
        memcpy(oc_network_output_gradient(network, &j.w, s), dy + at, floats * sizeof(float));
    }
    go_backward(&j);
    memset(r->gradient, 0, network->parameter_count * sizeof(float));
    memcpy(r->statistics, j.statistics[0], network->state_count * sizeof(float));
    for (int s = 0; s < count; s++) {
        for (size_t i = 0; i < network->parameter_count; i++)
            r->gradient[i] += j.gradient[s][i];
        CU_ASSERT(memcmp(r->statistics, j.statistics[s], network->state_count * sizeof(float)) ==
                  0);
    }
    close_journey(&j);
}

static void check_near(const float *a, const float *b, size_t count)
{
    double off = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        off += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)b[i] * (double)b[i];
    }
    CU_ASSERT(size > 0 && sqrt(off / size) < 2e-6);
}

/* Four shards of three samples, or one of twelve; and computed again in backward the same bits. */
static void network_parts(void)
{
    oc_network *const network = build(0), *const low = build(1);
    float *const images = zeros((size_t)COUNT * N * INPUTS);
    float *const dy = zeros((size_t)COUNT * N * CLASSES);
    float *const parameters = zeros(network->parameter_count);
    float *const state = zeros(network->state_count);
    results r[4];
    oc_fill_normal(images, (size_t)COUNT * N * INPUTS, 3, 1);
    oc_fill_normal(dy, (size_t)COUNT * N * CLASSES, 3, 2);
    oc_network_initialise(network, 5, parameters, state);
    for (int i = 0; i < 4; i++)
        r[i] = (results){zeros(network->parameter_count), zeros(network->state_count),
                         zeros((size_t)COUNT * N * CLASSES)};
    run_network(network, images, dy, parameters, COUNT, N, &r[0]);
    run_network(network, images, dy, parameters, 1, COUNT * N, &r[1]);
    run_network(low, images, dy, parameters, COUNT, N, &r[2]);
    check_near(r[0].outputs, r[1].outputs, (size_t)COUNT * N * CLASSES);
    check_near(r[0].statistics, r[1].statistics, network->state_count);
    check_near(r[0].gradient, r[1].gradient, network->parameter_count);
    CU_ASSERT(memcmp(r[0].gradient, r[2].gradient, network->parameter_count * sizeof(float)) == 0);
    /* The ordinary way through the network, with the whole batch as its one shard. */
    oc_workspace w;
    const oc_shard whole = {.n = COUNT * N, .images = images, .training = 1};
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&w, network, COUNT * N, OC_FOR_TRAINING), OC_OK);
    memcpy(r[3].outputs, oc_network_forward(network, &w, &whole, parameters, NULL, r[3].statistics),
           (size_t)COUNT * N * CLASSES * sizeof(float));
    memcpy(oc_network_output_gradient(network, &w, 0), dy,
           (size_t)COUNT * N * CLASSES * sizeof(float));
    oc_network_backward(network, &w, &whole, parameters, r[3].gradient);
    check_near(r[0].outputs, r[3].outputs, (size_t)COUNT * N * CLASSES);
    check_near(r[0].statistics, r[3].statistics, network->state_count);
    check_near(r[0].gradient, r[3].gradient, network->parameter_count);
    oc_workspace_destroy(&w);
    for (int i = 0; i < 4; i++) {
        free(r[i].gradient);
        free(r[i].statistics);
        free(r[i].outputs);
    }
    free(images);
    free(dy);
    free(parameters);
    free(state);
    oc_network_destroy(network);
    oc_network_destroy(low);
}

int main(void)
{
    static const oc_case cases[] = {
        {"against the whole batch, by another program", golden},
        {"gradients by differences", gradients},
        {"a network, part by part", network_parts},
    };
    return OC_RUN_CASES("joined_norm", cases);
}
