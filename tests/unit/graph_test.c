/* graph_test.c - networks that are graphs: random ones, with their shared memory, against the same
 * layers run one by one with memory of their own, to the bit; and what building refuses. */
#include "harness.h"

#include "kernels/blocks.h"
#include "models/network.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3, LAYERS = 14, GRAPHS = 150 };

static uint32_t draw(uint32_t graph, uint32_t i, uint32_t what)
{
    return oc_random_at(oc_random_make_key(5, OC_PURPOSE_TEST, graph), i, what, 0, 0).word[0];
}

static float *numbers(size_t count, uint32_t stream)
{
    float *made = calloc(count + 1, sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    for (size_t i = 0; i < count && stream; i++)
        made[i] = 2 * oc_random_uniform(draw(stream, (uint32_t)i, 77)) - 1;
    return made;
}

/* Layers that keep the shape, each reading the one before or any other, then the rest added up,
 * so that all are read. */
static oc_network *random_network(uint32_t graph, const oc_network_options *options)
{
    static const struct {
        oc_layer_kind kind;
        oc_layer_config config;
    } choices[] = {
        {OC_LAYER_RELU, {0}},
        {OC_LAYER_ADD, {0}},
        {OC_LAYER_BATCH_NORM, {.epsilon = 1e-5, .rate = 0.1}},
        {OC_LAYER_CONV2D, {.channels = 2, .kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}}},
        {OC_LAYER_MAX_POOL, {.kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}}},
        {OC_LAYER_DROPOUT, {.probability = 0.2}},
        {OC_LAYER_ADD, {0}},
        {OC_LAYER_RELU, {0}},
    };
    oc_network *network = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(2, 4, 3)), OC_OK);
    network->options = *options;
    int read[LAYERS + 1] = {0};
    for (uint32_t i = 0; i < LAYERS; i++) {
        const size_t c = draw(graph, i, 0) % (sizeof choices / sizeof choices[0]);
        const int inputs = choices[c].kind == OC_LAYER_ADD ? 2 + (int)(draw(graph, i, 1) % 2) : 1;
        int from[3];
        char name[OC_LAYER_NAME];
        for (int k = 0; k < inputs; k++) {
            from[k] = (int)(draw(graph, i, 2 + (uint32_t)k) % (i + 1)) - 1;
            if (draw(graph, i, 10 + (uint32_t)k) % 3 > 0)
                from[k] = (int)i - 1;
            if (from[k] >= 0)
                read[from[k]] = 1;
        }
        snprintf(name, sizeof name, "layer%u", i);
        CU_ASSERT_EQUAL_FATAL(
            oc_network_add_from(network, choices[c].kind, name, &choices[c].config, from, inputs),
            OC_OK);
    }
    for (int i = 0; i + 1 < LAYERS; i++)
        if (!read[i]) {
            char name[OC_LAYER_NAME];
            const int pair[] = {oc_network_last(network), i};
            snprintf(name, sizeof name, "join%d", i);
            CU_ASSERT_EQUAL_FATAL(oc_network_add_from(network, OC_LAYER_ADD, name, NULL, pair, 2),
                                  OC_OK);
        }
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_FLATTEN, "flatten", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_check(network), OC_OK);
    oc_network_fuse(network);
    return network;
}

typedef struct blocks {
    float *parameters, *state, *statistics, *gradients, *last;
    float *images, *blocked; /* the same, row by row and in blocks */
    float *prepared;
    uint32_t sample[SAMPLES];
} blocks;

static oc_pass plain_pass(const oc_network *network, const blocks *b, int i, float *const *y,
                          float *const *saved, float *scratch, int training)
{
    oc_pass pass = {.training = training,
                    .n = SAMPLES,
                    .y = y[i],
                    .parameter = b->parameters + network->parameter_offset[i],
                    .gradient = b->gradients + network->parameter_offset[i],
                    .state = b->state + network->state_offset[i],
                    .statistics = b->statistics + network->state_offset[i],
                    .saved = saved[i],
                    .prepared = b->prepared + network->prepared_offset[i],
                    .scratch = scratch,
                    .seed = 9,
                    .epoch = 2,
                    .sample = b->sample};
    for (int k = 0; k < network->layer[i].inputs; k++) {
        const int from = network->from[i][k];
        const float *images = network->layer[i].ins[k].blocked ? b->blocked : b->images;
        pass.xs[k] = from == OC_NETWORK_INPUT ? images : y[from];
    }
    return pass;
}

/* dx of every input into memory of its own, then into its output's gradient. */
static void plain_backward(const oc_network *network, const blocks *b, float *const *y,
                           float *const *saved, float *scratch, float *const *dy, int *begun)
{
    begun[network->layers - 1] = 1;
    memcpy(dy[network->layers - 1], b->last,
           SAMPLES * oc_shape_count(oc_network_output(network)) * sizeof(float));
    for (int i = network->layers - 1; i >= 0; i--) {
        const oc_layer *layer = &network->layer[i];
        oc_pass pass = plain_pass(network, b, i, y, saved, scratch, 1);
        pass.dy = dy[i];
        for (int k = 0; k < layer->inputs; k++)
            pass.dxs[k] = numbers(SAMPLES * oc_shape_floats(layer->ins[k]), 0);
        layer->ops->backward(layer, &pass);
        for (int k = 0; k < layer->inputs; k++) {
            const size_t count = SAMPLES * oc_shape_floats(layer->ins[k]);
            const int from = network->from[i][k];
            for (size_t e = 0; e < count && from >= 0; e++)
                dy[from][e] = begun[from] ? dy[from][e] + pass.dxs[k][e] : pass.dxs[k][e];
            if (from >= 0)
                begun[from] = 1;
            free(pass.dxs[k]);
        }
    }
}

/* Forward (and backward): the outputs into `out`. */
static void run_plain(const oc_network *network, const blocks *b, float *out, int training)
{
    enum { MOST = 2 * LAYERS + 1 };
    float *y[MOST], *saved[MOST], *dy[MOST], *scratch = NULL;
    int begun[MOST] = {0};
    size_t largest = 0;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        largest = layer->scratch > largest ? layer->scratch : largest;
        if (layer->ops->prepare)
            layer->ops->prepare(layer, training, b->parameters + network->parameter_offset[i],
                                b->prepared + network->prepared_offset[i]);
    }
    scratch = numbers(largest, 0);
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        y[i] = numbers(SAMPLES * oc_shape_floats(layer->out), 0);
        dy[i] = numbers(SAMPLES * oc_shape_floats(layer->out), 0);
        saved[i] = numbers(SAMPLES * layer->saved_per_sample + layer->saved_fixed, 0);
        const oc_pass pass = plain_pass(network, b, i, y, saved, scratch, training);
        layer->ops->forward(layer, &pass);
    }
    memcpy(out, y[network->layers - 1],
           SAMPLES * oc_shape_count(oc_network_output(network)) * sizeof(float));
    if (training)
        plain_backward(network, b, y, saved, scratch, dy, begun);
    for (int i = 0; i < network->layers; i++) {
        free(y[i]);
        free(dy[i]);
        free(saved[i]);
    }
    free(scratch);
}

static void run_planned(const oc_network *network, const blocks *b, float *out, int training,
                        oc_workspace_use use)
{
    oc_workspace w;
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&w, network, SAMPLES, use), OC_OK);
    memset(w.arena.base, 0xff, w.memory.total); /* NaN: whoever reads what is not his shows */
    const oc_shard shard = {.n = SAMPLES,
                            .images = b->images,
                            .sample = b->sample,
                            .seed = 9,
                            .epoch = 2,
                            .training = training};
    const size_t bytes = SAMPLES * oc_shape_count(oc_network_output(network)) * sizeof(float);
    memcpy(out,
           oc_network_forward(network, &w, &shard, b->parameters, b->state,
                              training ? b->statistics : NULL),
           bytes);
    if (training) {
        memcpy(oc_network_output_gradient(network, &w, 0), b->last, bytes);
        oc_network_backward(network, &w, &shard, b->parameters, b->gradients);
    }
    oc_workspace_destroy(&w);
}

/* What came of a graph, one way or another. */
typedef struct result {
    float *part[4]; /* outputs of training and evaluation, gradients, statistics */
    size_t count[4];
    size_t memory; /* of training */
    int fused, anew;
} result;

static void result_close(result *r)
{
    for (int i = 0; i < 4; i++)
        free(r->part[i]);
}

static void count_features(const oc_network *network, result *r)
{
    oc_workspace w;
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&w, network, SAMPLES, OC_FOR_TRAINING), OC_OK);
    r->memory = w.memory.total;
    for (int i = 0; i < network->layers; i++) {
        r->fused += oc_network_fused_into(network, i) != OC_NETWORK_NONE;
        r->anew += w.anew[i] != OC_NETWORK_NONE;
    }
    oc_workspace_destroy(&w);
}

static result run_graph(uint32_t graph, const oc_network_options *options, int planned)
{
    oc_network *network = random_network(graph, options);
    const oc_shape in = network->input;
    const size_t out = SAMPLES * oc_shape_count(oc_network_output(network));
    result r = {.count = {out, out, network->parameter_count, network->state_count}};
    blocks b = {
        .parameters = numbers(network->parameter_count, 1),
        .state = numbers(network->state_count, 0),
        .images = numbers(SAMPLES * oc_shape_count(in), 2),
        .blocked = numbers(
            SAMPLES * oc_shape_floats(oc_shape_blocked(in.dim[0], in.dim[1], in.dim[2])), 0),
        .prepared = numbers(network->prepared_count, 0),
        .last = numbers(out, 3),
        .sample = {4, 0, 9}};
    oc_to_blocks(SAMPLES, in.dim[0], (size_t)(in.dim[1] * in.dim[2]), b.images, b.blocked);
    oc_network_initialise(network, 3, b.parameters, b.state);
    for (int i = 0; i < 4; i++)
        r.part[i] = numbers(r.count[i], 0);
    b.gradients = r.part[2];
    b.statistics = r.part[3];
    if (planned) {
        run_planned(network, &b, r.part[1], 0, OC_FOR_EVALUATION);
        run_planned(network, &b, r.part[0], 1, OC_FOR_TRAINING);
    } else {
        run_plain(network, &b, r.part[1], 0);
        run_plain(network, &b, r.part[0], 1);
    }
    count_features(network, &r);
    float *const own[] = {b.parameters, b.state, b.images, b.blocked, b.prepared, b.last};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        free(own[i]);
    oc_network_destroy(network);
    return r;
}

static void compare(uint32_t graph, const char *way, const result *a, const result *b)
{
    static const char *const what[] = {"training", "evaluation", "gradients", "statistics"};
    for (int i = 0; i < 4; i++)
        if (memcmp(a->part[i], b->part[i], a->count[i] * sizeof(float)) != 0) {
            printf("graph %u, %s: %s differ\n", graph, way, what[i]);
            CU_FAIL("planned memory");
        } else {
            CU_PASS("planned memory");
        }
}

/* Relus by themselves and in the layer before, outputs kept and computed again, and each layer
 * with memory of its own: always the same. */
static void random_graphs(void)
{
    const oc_network_options bare = {.bare_relu = 1}, normal = {0}, low = {.low_memory = 1},
                             both = {.bare_relu = 1, .low_memory = 1};
    int fused = 0, anew = 0, smaller = 0;
    for (uint32_t graph = 1; graph <= GRAPHS; graph++) {
        result plain = run_graph(graph, &bare, 0);
        result ways[] = {run_graph(graph, &bare, 1), run_graph(graph, &normal, 0),
                         run_graph(graph, &normal, 1), run_graph(graph, &low, 1),
                         run_graph(graph, &both, 1)};
        static const char *const names[] = {"planned", "fused", "fused and planned",
                                            "with low memory", "low memory, relus by themselves"};
        for (int i = 0; i < 5; i++)
            compare(graph, names[i], &plain, &ways[i]);
        CU_ASSERT(plain.fused == 0 && ways[2].anew == 0);
        fused += ways[2].fused;
        anew += ways[3].anew;
        smaller += ways[3].memory < ways[2].memory;
        for (int i = 0; i < 5; i++)
            result_close(&ways[i]);
        result_close(&plain);
    }
    CU_ASSERT(fused > GRAPHS / 4 && anew > GRAPHS / 4 && smaller > 0);
}

/* A row of layers without parameters in front, convolutions, relus: the memory that is needed. */
static void memory_is_shared(void)
{
    enum { PLANE = 16 * 16 * 16 * (int)sizeof(float), N = 5 };
    const oc_layer_config conv = {.channels = 4, .kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}};
    oc_network *network = NULL;
    oc_memory_use training, evaluation;
    CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(4, 16, 16)), OC_OK);
    for (int i = 0; i < 6; i++) {
        char name[3][OC_LAYER_NAME];
        snprintf(name[0], sizeof name[0], "conv%d", i);
        snprintf(name[1], sizeof name[1], "relu%d", i);
        CU_ASSERT_EQUAL(oc_network_add(network, OC_LAYER_CONV2D, name[0], &conv), OC_OK);
        CU_ASSERT_EQUAL(oc_network_add(network, OC_LAYER_RELU, name[1], NULL), OC_OK);
    }
    CU_ASSERT_EQUAL(oc_workspace_measure(network, N, OC_FOR_TRAINING, &training), OC_OK);
    CU_ASSERT_EQUAL(oc_workspace_measure(network, N, OC_FOR_EVALUATION, &evaluation), OC_OK);
    CU_ASSERT_EQUAL(training.outputs, 6 * N * PLANE); /* relu in place */
    /* One for all six convolutions, as large as the kernel chosen for them says. */
    const size_t scratch = (network->layer[0].scratch * sizeof(float) + 63) / 64 * 64;
    CU_ASSERT(scratch > 0);
    CU_ASSERT_EQUAL(training.scratch, scratch);
    CU_ASSERT_EQUAL(evaluation.gradients, 0);
    CU_ASSERT_EQUAL(evaluation.total, 2 * N * PLANE + scratch); /* two planes in turn */
    /* All outputs, and the gradients of one layer's output and input: but the last layer's
     * output is dead by the time the second gradient is written. */
    CU_ASSERT(training.total <= 8 * N * PLANE + scratch);
    CU_ASSERT(training.total >= 7 * N * PLANE + scratch);
    oc_network_destroy(network);
}

static void refused(oc_status status, const char *says)
{
    CU_ASSERT_EQUAL(status, OC_ERR_USAGE);
    if (!strstr(oc_message(), says)) {
        printf("\"%s\", expected \"%s\"\n", oc_message(), says);
        CU_FAIL("message");
    }
}

static void errors(void)
{
    oc_network *network = NULL;
    oc_workspace w;
    const int future = 3, self[] = {0, 0};
    CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(512, 512, 512)), OC_OK);
    refused(oc_network_check(network), "no layers");
    CU_ASSERT_EQUAL(oc_network_last(network), OC_NETWORK_INPUT);
    refused(oc_network_add_from(network, OC_LAYER_RELU, "a", NULL, &future, 1), "layer 3");
    refused(oc_network_add(network, OC_LAYER_RELU, "", NULL), "0 bytes");
    refused(oc_network_add(network, OC_LAYER_RELU, "a_name_that_is_really_much_too_long", NULL),
            "35 bytes");
    CU_ASSERT_EQUAL(oc_network_add(network, OC_LAYER_RELU, "a", NULL), OC_OK);
    refused(oc_network_add(network, OC_LAYER_RELU, "a", NULL), "a: two layers have this name");
    CU_ASSERT_EQUAL(oc_network_add(network, OC_LAYER_RELU, "b", NULL), OC_OK);
    CU_ASSERT_EQUAL(oc_network_add_from(network, OC_LAYER_ADD, "c", NULL, self, 2), OC_OK);
    refused(oc_network_check(network), "b: no layer reads");
    CU_ASSERT(oc_network_find(network, "b") == 1 &&
              oc_network_find(network, "d") == OC_NETWORK_NONE);
    refused(oc_workspace_create(&w, network, 1 << 24, OC_FOR_TRAINING), "16777216 samples");
    refused(oc_workspace_create(&w, network, 1 << 24, OC_FOR_TRAINING), "this machine has");
    oc_workspace_destroy(&w);
    oc_network_destroy(network);
}

static const oc_case cases[] = {
    {"random graphs, to the bit", random_graphs},
    {"memory is shared", memory_is_shared},
    {"errors", errors},
};

int main(void)
{
    return OC_RUN_CASES("graph", cases);
}
