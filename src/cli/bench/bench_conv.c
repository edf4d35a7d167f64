/* bench_conv.c - onecycle bench conv: each distinct convolution of a network, in its three passes,
 * by every algorithm that can do it: is the chosen one the best? On one thread; an algorithm's
 * preparing of weights, done once a step for all shards, is not counted. */
#include "cli/bench/bench_conv.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "cli/bench/bench.h"
#include "cli/common/measured.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_REPEATS = 1000 };
static const double least_seconds = 0.005; /* of one reading */

typedef struct buffers {
    float *x, *y, *weights, *gradient, *prepared, *scratch;
} buffers;

/* Floats that n images take, whether plain or in blocks of channels. */
static size_t image_floats(int n, int channels, int height, int width)
{
    enum { BLOCK = 16 };
    const size_t blocks = ((size_t)channels + BLOCK - 1) / BLOCK;
    return (size_t)n * blocks * BLOCK * (size_t)height * (size_t)width;
}

/* Numbers of about 1 around 0, the same each time. */
static float *numbers(size_t count)
{
    float *made = oc_memory_block(OC_ALIGNMENT, count * sizeof *made);
    for (size_t i = 0; made && i < count; i++)
        made[i] = (float)(i * 2654435761u >> 8 & 0xffff) / 65536.0f - 0.5f;
    return made;
}

static void release(buffers *b)
{
    float *const all[] = {b->x, b->y, b->weights, b->gradient, b->prepared, b->scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
    *b = (buffers){0};
}

/* Enough for every algorithm. */
static oc_status allocate(buffers *b, const oc_bench_conv_row *row, int n)
{
    const oc_window *w = &row->conv.window;
    const size_t taps =
        (size_t)row->conv.outputs * (size_t)w->channels * (size_t)(w->kernel_h * w->kernel_w);
    size_t prepared = 1, scratch = 1;
    for (int a = 0; a < OC_CONV_ALGORITHMS; a++)
        if (row->fits[a]) {
            prepared = row->plan[a].prepared > prepared ? row->plan[a].prepared : prepared;
            scratch = row->plan[a].scratch > scratch ? row->plan[a].scratch : scratch;
        }
    *b = (buffers){.x = numbers(image_floats(n, w->channels, w->height, w->width)),
                   .y = numbers(image_floats(n, row->conv.outputs, w->out_h, w->out_w)),
                   .weights = numbers(taps),
                   .gradient = numbers(taps),
                   .prepared = numbers(prepared),
                   .scratch = numbers(scratch)};
    if (b->x && b->y && b->weights && b->gradient && b->prepared && b->scratch)
        return OC_OK;
    release(b);
    return oc_fail(OC_ERR_MEMORY, "bench conv: no memory for %d images of %dx%dx%d", n, w->channels,
                   w->height, w->width);
}

/* y stands for its gradient too, x for its own: their values do not matter. */
static void run_pass(const oc_conv *conv, oc_bench_conv_pass pass, int n, const buffers *b)
{
    switch (pass) {
    case OC_BENCH_FORWARD:
        oc_conv_forward(conv, n, b->x, b->weights, b->prepared, NULL, b->y, b->scratch);
        break;
    case OC_BENCH_BACKWARD_DATA:
        oc_conv_backward_data(conv, n, b->y, b->weights, b->prepared, b->x, b->scratch);
        break;
    default:
        oc_conv_backward_weights(conv, n, b->x, b->y, b->gradient, NULL, b->scratch);
        break;
    }
}

static double seconds_of(const oc_conv *conv, oc_bench_conv_pass pass, int n, const buffers *b,
                         int repeats)
{
    const double start = oc_seconds();
    for (int i = 0; i < repeats; i++)
        run_pass(conv, pass, n, b);
    return (oc_seconds() - start) / repeats;
}

/* All algorithms in turn, round after round, so that what else the machine does hits all alike. */
static void measure_pass(oc_bench_conv_row *row, oc_bench_conv_pass pass, int n, int rounds,
                         const buffers *b)
{
    static double times[OC_CONV_ALGORITHMS][OC_BENCH_MOST_ROUNDS];
    const oc_window *w = &row->conv.window;
    int repeats[OC_CONV_ALGORITHMS] = {0};
    for (int round = -1; round < rounds; round++) /* the first is to warm up and to learn */
        for (int a = 0; a < OC_CONV_ALGORITHMS; a++) {
            if (!row->fits[a])
                continue;
            oc_conv_prepare(&row->plan[a], pass == OC_BENCH_BACKWARD_DATA, b->weights, b->prepared);
            const double once = seconds_of(&row->plan[a], pass, n, b, round < 0 ? 1 : repeats[a]);
            if (round < 0) {
                const double wanted = least_seconds / (once > 1e-9 ? once : 1e-9);
                repeats[a] = wanted < MOST_REPEATS ? 1 + (int)wanted : MOST_REPEATS;
            } else {
                times[a][round] = once;
            }
        }
    const double work = 2e-9 * n * row->conv.outputs * w->out_h * w->out_w * w->channels *
                        w->kernel_h * w->kernel_w;
    for (int a = 0; a < OC_CONV_ALGORITHMS; a++) {
        row->gflops[a][pass] = row->fits[a] ? work / oc_median(times[a], (size_t)rounds) : 0;
    }
}

static oc_status measure(oc_bench_conv_row *row, int n, int rounds)
{
    buffers b;
    for (int a = 0; a < OC_CONV_ALGORITHMS; a++) {
        row->plan[a] = row->conv;
        row->plan[a].algorithm = (oc_conv_algorithm)a;
        row->fits[a] = a != OC_CONV_AUTO && oc_conv_plan(&row->plan[a], "bench conv") == OC_OK;
    }
    const oc_status status = allocate(&b, row, n);
    if (status != OC_OK)
        return status;
    for (int pass = 0; pass < OC_BENCH_PASSES; pass++)
        if (pass != OC_BENCH_BACKWARD_DATA || !row->reads_images)
            measure_pass(row, (oc_bench_conv_pass)pass, n, rounds, &b);
    release(&b);
    return OC_OK;
}

static int alike(const oc_bench_conv_row *a, const oc_bench_conv_row *b)
{
    return memcmp(&a->conv.window, &b->conv.window, sizeof a->conv.window) == 0 &&
           a->conv.outputs == b->conv.outputs && a->reads_images == b->reads_images;
}

/* The convolutions of the network, each once. */
static oc_status list_network(const oc_bench_request *request, oc_bench_conv_row **rows,
                              size_t *count)
{
    oc_recipe recipe;
    oc_network *network = NULL;
    oc_status status = oc_cli_model_recipe(&request->model, &recipe);
    if (status == OC_OK)
        status = oc_model_build(&network, &recipe.model, &recipe.compute.network,
                                oc_cli_model_input(&request->model, &recipe),
                                oc_cli_model_classes(&request->model, &recipe));
    if (status != OC_OK)
        return status;
    *rows = calloc((size_t)network->layers, sizeof **rows);
    if (!*rows)
        status = oc_fail(OC_ERR_MEMORY, "bench conv: no memory");
    for (int i = 0; i < network->layers && status == OC_OK; i++) {
        const oc_layer *layer = &network->layer[i];
        oc_bench_conv_row row = {.conv = layer->conv,
                                 .reads_images = network->from[i][0] == OC_NETWORK_INPUT,
                                 .layers = 1};
        size_t same = 0;
        if (layer->conv.outputs == 0)
            continue; /* not a convolution */
        while (same < *count && !alike(&(*rows)[same], &row))
            same++;
        if (same < *count) {
            (*rows)[same].layers++;
            continue;
        }
        memcpy(row.name, layer->name, sizeof row.name);
        (*rows)[(*count)++] = row;
    }
    oc_network_destroy(network);
    if (status == OC_OK && *count == 0)
        status = oc_fail(OC_ERR_USAGE, "bench conv: %s has no convolution",
                         oc_model_name(recipe.model.kind));
    return status;
}

oc_status oc_bench_conv(const oc_bench_request *request)
{
    oc_bench_conv_row *rows = NULL;
    size_t count = 0;
    oc_status status = request->shape ? oc_bench_conv_shape(request->shape, &rows, &count)
                                      : list_network(request, &rows, &count);
    const int quiet = request->json && strcmp(request->json, "-") == 0;
    if (status == OC_OK && !quiet)
        oc_bench_conv_print_head(request->batch, request->rounds);
    for (size_t i = 0; i < count && status == OC_OK; i++) {
        status = measure(&rows[i], request->batch, request->rounds);
        if (status == OC_OK && !quiet)
            oc_bench_conv_print(&rows[i]);
    }
    if (status == OC_OK && request->json)
        status = oc_json_write(request->json,
                               oc_bench_conv_json(rows, count, request->batch, request->rounds));
    free(rows);
    return status;
}
