/* command_bench.c - onecycle bench step|conv|machine|reduce: their options. What they measure is in
 * the file of each, such as bench_step.c. */
#include "base/suggest.h"
#include "cli/bench/bench.h"
#include "cli/bench/bench_conv.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "studies/reduction_times.h"

#include <stdio.h>
#include <string.h>

/* Long options only, but for those of `inspect --model`. */
enum { OPTION_BATCH = 'b', OPTION_SHARDS = 256, OPTION_THREADS, OPTION_MEMORY, OPTION_CONV };
enum {
    OPTION_SECONDS = 300,
    OPTION_WARM_UP,
    OPTION_JSON,
    OPTION_SHAPE,
    OPTION_ROUNDS,
    OPTION_ROOF,
    OPTION_MOST
};

typedef struct arguments {
    oc_bench_request request;
    char text[OC_MODEL_SETS][64]; /* short options as sets */
} arguments;

/* Options that are short for a --set. */
static const struct {
    int option;
    const char *key;
} short_for[] = {
    {OPTION_BATCH, "batch.size"},        {OPTION_SHARDS, "batch.shards"},
    {OPTION_THREADS, "compute.threads"}, {OPTION_MEMORY, "compute.memory"},
    {OPTION_CONV, "compute.conv"},
};
enum { SHORT_FOR = sizeof short_for / sizeof short_for[0] };

#define JSON_OPTION                                                                                \
    {                                                                                              \
        "json", OPTION_JSON, "FILE", 0, "Write all results as JSON; - prints only these", 0        \
    }

#define NETWORK_OPTIONS                                                                            \
    {"model", 'm', "NAME", 0, "Network, by its name in recipes", 0},                               \
        {"recipe", 'r', "FILE", 0, "Network of a recipe; its data set is not read", 0},            \
        {"set", 's', "KEY=VALUE", 0, "Change a key of the recipe, such as model.width=10", 0},     \
        {"input", 'i', "CxHxW", 0, "Shape of an image (default: the network's usual one)", 0},     \
        {"classes", 'c', "N", 0, "Number of outputs (default: the usual one)", 0}, JSON_OPTION

static const struct argp_option step_options[] = {
    NETWORK_OPTIONS,
    {"batch", OPTION_BATCH, "N", 0, "Set batch.size: samples per step, over all ranks", 1},
    {"shards", OPTION_SHARDS, "N", 0, "Set batch.shards", 1},
    {"threads", OPTION_THREADS, "N", 0, "Set compute.threads: threads per rank", 1},
    {"memory", OPTION_MEMORY, "WORD", 0, "Set compute.memory, such as low", 1},
    {"conv", OPTION_CONV, "NAME", 0, "Set compute.conv: one algorithm for all convolutions", 1},
    {"seconds", OPTION_SECONDS, "S", 0, "Measure for this long, but at least 3 steps (default 5)",
     1},
    {"warmup", OPTION_WARM_UP, "N", 0, "Untimed steps before (default 3)", 1},
    {"roofline", OPTION_ROOF, NULL, 0,
     "Also measure the machine's limits, and show how close each layer comes to them", 1},
    {0},
};

static const char step_doc[] =
    "Train on random images in memory, exactly as `train` does but without evaluation, "
    "files and checkpoints; alone or under mpirun. Prints images per second (batch / "
    "median step time of the slowest rank), effective GFLOP/s (6 x multiply-adds x "
    "images/s), the time spent in each layer and phase of a step (averaged over ranks and"
    " threads) and the ranks' peak resident memory.\v"
    "A network chosen by name is trained with a constant rate of 0.01 and a weight decay "
    "of 5e-4.\n"
    "\n"
    "Examples:\n"
    "  mpirun -n 2 onecycle bench step --model resnet20 --batch 128\n"
    "  onecycle bench step --model mlp --set model.hidden=[512,512] --json -";

static const struct argp_option conv_options[] = {
    NETWORK_OPTIONS,
    {"shape", OPTION_SHAPE, "CxHxW-O,K,S,P", 0,
     "Measure one convolution instead of a network: outputs, kernel, stride, padding", 1},
    {"batch", OPTION_BATCH, "N", 0, "Images per pass, as in one shard (default 32)", 1},
    {"rounds", OPTION_ROUNDS, "N", 0, "Take the median of this many measurements (default 5)", 1},
    {0},
};

static const char conv_doc[] =
    "Measure every distinct convolution of a network, forward and backward, with each "
    "algorithm that can compute it, on one thread; * marks the one in use. GFLOP/s are "
    "those of the direct convolution, at two operations per multiply-add. Weights are "
    "prepared beforehand.\v"
    "Examples:\n"
    "  onecycle bench conv --model resnet9\n"
    "  onecycle bench conv --shape 64x32x32-128,3,1,1 --batch 16";

static const struct argp_option machine_options[] = {
    {"threads", OPTION_THREADS, "N", 0, "Threads per rank (default 1)", 0},
    JSON_OPTION,
    {0},
};

static const char machine_doc[] =
    "Measure the peak performance of this machine with all ranks and threads busy: "
    "multiply-adds per second from registers, in the vector unit that the kernels use, "
    "and bytes per second read and written, by the size of what a thread works on. Takes "
    "about two seconds.\v"
    "Examples:\n"
    "  mpirun -n 2 onecycle bench machine\n"
    "  ONECYCLE_KERNELS=avx2 onecycle bench machine --threads 2 --json -";

static const struct argp_option reduce_options[] = {
    {"rounds", OPTION_ROUNDS, "N", 0, "Take the median of this many sums (default 11)", 0},
    {"most", OPTION_MOST, "MIB", 0, "Largest vector, in MiB (default 64)", 0},
    JSON_OPTION,
    {0},
};

static const char reduce_doc[] =
    "Measure how long ranks take to add up a vector each, by its size: the exact sum that "
    "training uses, whose bits do not depend on the ranks, with reduce.hierarchy node and flat, "
    "and MPI_Allreduce of the same floats, in turn. The first row is the latency, the last ones "
    "show the bandwidth. All sums are checked.\v"
    "Examples:\n"
    "  mpirun -n 2 onecycle bench reduce\n"
    "  srun onecycle bench reduce --most 256 --json reduce.json";

static void add_set(struct argp_state *state, const char *set)
{
    oc_model_request *const model = &((arguments *)state->input)->request.model;
    if (model->set_count == OC_MODEL_SETS)
        argp_error(state, "--set: more than %d", OC_MODEL_SETS);
    else
        model->sets[model->set_count++] = set;
}

/* --batch 128 as --set batch.size=128: the recipe knows what it may be. */
static error_t set_for(struct argp_state *state, int option, const char *argument)
{
    arguments *const a = state->input;
    const size_t used = a->request.model.set_count;
    for (int i = 0; i < SHORT_FOR && used < OC_MODEL_SETS; i++)
        if (short_for[i].option == option) {
            const int length =
                snprintf(a->text[used], sizeof a->text[used], "%s=%s", short_for[i].key, argument);
            if (length < 0 || (size_t)length >= sizeof a->text[used])
                argp_error(state, "%.20s...: too long a value", argument);
            add_set(state, a->text[used]);
            return 0;
        }
    return ARGP_ERR_UNKNOWN;
}

/* What all have. */
static error_t parse_any(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case OPTION_JSON:
        ((arguments *)state->input)->request.json = argument;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: not an option", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What those that measure a network have. */
static error_t parse_network(int key, char *argument, struct argp_state *state)
{
    oc_bench_request *const r = &((arguments *)state->input)->request;
    switch (key) {
    case 'm':
        r->model.name = argument;
        return 0;
    case 'r':
        r->model.recipe = argument;
        return 0;
    case 's':
        add_set(state, argument);
        return 0;
    case 'i':
        if (!oc_cli_read_shape(argument, &r->model.input))
            argp_error(state,
                       "--input: \"%s\"; expected channels, height and width, such as 3x32x32",
                       argument);
        return 0;
    case 'c':
        r->model.classes = (int)oc_argument_whole(state, "classes", argument, 1, 65536);
        return 0;
    case ARGP_KEY_END:
        if (!!r->model.name + !!r->model.recipe + !!r->shape != 1)
            argp_error(state, "expected one of --model, --recipe%s", r->rounds ? ", --shape" : "");
        return 0;
    default:
        return parse_any(key, argument, state);
    }
}

static error_t parse_step(int key, char *argument, struct argp_state *state)
{
    oc_bench_request *const r = &((arguments *)state->input)->request;
    switch (key) {
    case OPTION_SECONDS:
        r->seconds = oc_argument_real(state, "seconds", argument, 0, 86400);
        return 0;
    case OPTION_WARM_UP:
        r->warm_up = (int)oc_argument_whole(state, "warmup", argument, 0, 1000000);
        return 0;
    case OPTION_ROOF:
        r->roofline = 1;
        return 0;
    default:
        return set_for(state, key, argument) == 0 ? 0 : parse_network(key, argument, state);
    }
}

static error_t parse_conv(int key, char *argument, struct argp_state *state)
{
    oc_bench_request *const r = &((arguments *)state->input)->request;
    switch (key) {
    case OPTION_SHAPE:
        r->shape = argument;
        return 0;
    case OPTION_BATCH:
        r->batch = (int)oc_argument_whole(state, "batch", argument, 1, 65536);
        return 0;
    case OPTION_ROUNDS:
        r->rounds = (int)oc_argument_whole(state, "rounds", argument, 1, OC_BENCH_MOST_ROUNDS);
        return 0;
    default:
        return parse_network(key, argument, state);
    }
}

static error_t parse_machine(int key, char *argument, struct argp_state *state)
{
    if (key != OPTION_THREADS)
        return parse_any(key, argument, state);
    ((arguments *)state->input)->request.threads =
        (int)oc_argument_whole(state, "threads", argument, 1, 1024);
    return 0;
}

static error_t parse_reduce(int key, char *argument, struct argp_state *state)
{
    oc_bench_request *const r = &((arguments *)state->input)->request;
    const uint64_t largest = (uint64_t)oc_reduction_most() >> 20;
    switch (key) {
    case OPTION_ROUNDS:
        r->rounds = (int)oc_argument_whole(state, "rounds", argument, 1, OC_REDUCTION_MOST_ROUNDS);
        return 0;
    case OPTION_MOST:
        r->most = (size_t)oc_argument_whole(state, "most", argument, 1, largest) << 20;
        return 0;
    default:
        return parse_any(key, argument, state);
    }
}

/* One rank measures, the others wait for it to end. */
static oc_status run_conv(oc_comm *comm, const oc_bench_request *request)
{
    oc_comm_set_time_limit(comm, 0);
    return oc_comm_agree(comm, oc_comm_rank(comm) == 0 ? oc_bench_conv(request) : OC_OK);
}

static const struct {
    const char *name;
    struct argp argp;
    oc_status (*run)(oc_comm *comm, const oc_bench_request *request);
    oc_bench_request defaults;
} benches[] = {
    {"step",
     {step_options, parse_step, "", step_doc, NULL, NULL, NULL},
     oc_bench_step,
     {.seconds = 5, .warm_up = 3}},
    {"conv",
     {conv_options, parse_conv, "", conv_doc, NULL, NULL, NULL},
     run_conv,
     {.batch = 32, .rounds = 5}},
    {"machine",
     {machine_options, parse_machine, "", machine_doc, NULL, NULL, NULL},
     oc_bench_limits,
     {.threads = 1}},
    {"reduce",
     {reduce_options, parse_reduce, "", reduce_doc, NULL, NULL, NULL},
     oc_bench_reduce,
     {.rounds = 11, .most = 64 << 20}},
};
enum { BENCHES = sizeof benches / sizeof benches[0] };

/* Not options: argp lists them with what they measure. */
static const struct argp_option members[] = {
    {NULL, 0, NULL, 0, "What to measure:", 0},
    {"step", 0, NULL, OPTION_DOC, "whole training steps of a network, alone or under mpirun", 0},
    {"conv", 0, NULL, OPTION_DOC, "the convolutions of a network, one by one", 0},
    {"machine", 0, NULL, OPTION_DOC, "the peak performance of the machine", 0},
    {"reduce", 0, NULL, OPTION_DOC, "sums over ranks, under mpirun", 0},
    {0},
};

static const char doc[] = "Measure how fast this machine is. `onecycle bench step --help` "
                          "shows the options of that one, and likewise for the others.\v"
                          "Examples:\n"
                          "  mpirun -n 2 onecycle bench step --model resnet20\n"
                          "  onecycle bench conv --model resnet9\n"
                          "  onecycle bench step --help";

/* Without step or conv: --help, or an error. */
static error_t parse_general(int key, char *argument, struct argp_state *state)
{
    const char *names[BENCHES];
    for (size_t i = 0; i < BENCHES; i++)
        names[i] = benches[i].name;
    const char *const meant = key == ARGP_KEY_ARG ? oc_nearest(argument, names, BENCHES) : NULL;
    switch (key) {
    case ARGP_KEY_ARG:
        if (meant)
            argp_error(state, "%s: unknown; did you mean %s?", argument, meant);
        else
            argp_error(state, "%s: unknown, expected step, conv, machine or reduce", argument);
        state->next = state->argc; /* one message is enough */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "what to measure is missing, expected step, conv, machine or reduce");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

oc_status oc_command_bench(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {
        members, parse_general, "step|conv|machine|reduce ...", doc, NULL, NULL, NULL};
    int done = 0;
    for (size_t i = 0; argc > 1 && i < BENCHES; i++) {
        if (strcmp(argv[1], benches[i].name) != 0)
            continue;
        arguments a = {.request = benches[i].defaults};
        char name[64];
        snprintf(name, sizeof name, "%s %s", argv[0], benches[i].name);
        argv[1] = name;
        const oc_status status =
            oc_cli_parse(&benches[i].argp, comm, argc - 1, argv + 1, &a, &done);
        return status == OC_OK && !done ? benches[i].run(comm, &a.request) : status;
    }
    return oc_cli_parse(&argp, comm, argc, argv, NULL, &done);
}
