/* command_plan.c - onecycle plan RECIPE: what a training would take on clusters of some sizes,
 * from steps measured here and a model of the network. */
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/common/measured.h"
#include "cli/common/model_recipe.h"
#include "cli/plan/plan.h"
#include "run/share.h"
#include "studies/plan_measure.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_LATENCY = 256,
    OPTION_BANDWIDTH,
    OPTION_RANKS,
    OPTION_EFFICIENCY,
    OPTION_SECONDS,
    OPTION_SAMPLES,
    OPTION_JSON
};

enum { MOST_NODES = 65536, MOST_RANKS = 1 << 17 };

typedef struct plan_arguments {
    oc_recipe_arguments recipe;
    oc_model_request model; /* input and classes alone */
    int node[OC_PLAN_NODES], nodes;
    double latency, bandwidth; /* negative: not given */
    int ranks_per_node;        /* 0: as many as measure */
    double efficiency, seconds;
    uint64_t samples; /* 0: those of the data set */
    const char *json;
} plan_arguments;

static const struct argp_option options[] = {
    {"nodes", 'n', "LIST", 0,
     "Numbers of nodes, such as 1,2,6; 4...64 doubles from 4 (default 1...64)", 0},
    {"latency", OPTION_LATENCY, "TIME", 0,
     "Of the network: from one node to another, one way, such as 2us", 0},
    {"bandwidth", OPTION_BANDWIDTH, "RATE", 0,
     "Of the network: of a node, in each direction, such as 25Gbit or 3GB/s", 0},
    {"ranks-per-node", OPTION_RANKS, "N", 0,
     "Ranks that a node has (default: as many as this command runs on)", 0},
    {"efficiency", OPTION_EFFICIENCY, "E", 0,
     "Of the batch to use: what it should reach at least (default 0.8)", 0},
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe, such as train.epochs=5; may be given several times", 0},
    {"samples", OPTION_SAMPLES, "N", 0,
     "Number of training samples: steps are measured on random images, and the data set is not "
     "read",
     1},
    {"input", 'i', "CxHxW", 0, "With --samples: shape of an image (default: the network's usual)",
     1},
    {"classes", 'c', "N", 0, "With --samples: number of outputs (default: the usual one)", 1},
    {"seconds", OPTION_SECONDS, "S", 0,
     "Measure each of three steps for this long, but at least three times (default 2)", 1},
    {"json", OPTION_JSON, "FILE", 0, "Write all results as JSON; - prints only these", 1},
    {0},
};

static const char doc[] =
    "Predict what the training of RECIPE takes on clusters of some sizes: time and efficiency of "
    "a step, hours and node-hours of the whole training, and from which batch on it is worth "
    "while. A step is measured on this machine, with 1, 2 and 4 shards per thread; what the "
    "network adds is computed, from the messages that the exchange of gradients would send.\v"
    "Latency and bandwidth are those that MPI programs see: mpirun over two nodes shows them with "
    "`onecycle bench reduce`. To measure a node with several ranks, run the command on all of "
    "them, as in the second example.\n"
    "\n"
    "Examples:\n"
    "  onecycle plan recipe.yaml --nodes 1...64 --latency 2us --bandwidth 25Gbit\n"
    "  mpirun -n 4 onecycle plan recipe.yaml --latency 20us --bandwidth 1Gbit\n"
    "  onecycle plan recipe.yaml --latency 2us --bandwidth 100Gbit --json -";

static int add_nodes(plan_arguments *a, uint64_t nodes)
{
    if (a->nodes == OC_PLAN_NODES || (a->nodes > 0 && nodes <= (uint64_t)a->node[a->nodes - 1]))
        return 0;
    a->node[a->nodes++] = (int)nodes;
    return 1;
}

/* "1,2,4...64,96": rising; three dots double up to the number behind them. */
static int read_nodes(plan_arguments *a, const char *text)
{
    int doubles = 0;
    for (a->nodes = 0;;) {
        char *end;
        const unsigned long long number = strtoull(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || number < 1 || number > MOST_NODES)
            return 0;
        while (doubles && 2 * (unsigned long long)a->node[a->nodes - 1] < number)
            if (!add_nodes(a, 2 * (uint64_t)a->node[a->nodes - 1]))
                return 0;
        if (!add_nodes(a, number))
            return 0;
        if (*end == '\0')
            return 1;
        doubles = strncmp(end, "...", 3) == 0;
        if (!doubles && *end != ',')
            return 0;
        text = end + (doubles ? 3 : 1);
    }
}

/* Shape and classes of what stands for the data set. */
static error_t parse_input(plan_arguments *a, int key, const char *argument,
                           struct argp_state *state)
{
    switch (key) {
    case 'i':
        if (!oc_cli_read_shape(argument, &a->model.input))
            argp_error(state,
                       "--input: \"%s\"; expected channels, height and width, such as 3x32x32",
                       argument);
        return 0;
    case 'c':
        a->model.classes = (int)oc_argument_whole(state, "classes", argument, 1, 65536);
        return 0;
    case ARGP_KEY_END:
        if (a->latency < 0 || a->bandwidth < 0)
            argp_error(state, "--%s is missing: the network's, which only you know",
                       a->latency < 0 ? "latency" : "bandwidth");
        else if (a->samples == 0 && (a->model.input.rank || a->model.classes))
            argp_error(state, "--input and --classes are for --samples: the data set has its own");
        return 0;
    default:
        return oc_argument_recipe(&a->recipe, key, (char *)argument, state);
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    plan_arguments *const a = state->input;
    switch (key) {
    case 'n':
        if (!read_nodes(a, argument))
            argp_error(state,
                       "--nodes %s: expected up to %d rising numbers from 1 to %d, such as "
                       "1,2,4...1024",
                       argument, OC_PLAN_NODES, MOST_NODES);
        return 0;
    case OPTION_LATENCY:
        a->latency = oc_argument_time(state, "latency", argument);
        return 0;
    case OPTION_BANDWIDTH:
        a->bandwidth = oc_argument_bandwidth(state, "bandwidth", argument);
        return 0;
    case OPTION_RANKS:
        a->ranks_per_node = (int)oc_argument_whole(state, "ranks-per-node", argument, 1, 1024);
        return 0;
    case OPTION_EFFICIENCY:
        a->efficiency = oc_argument_fraction(state, "efficiency", argument);
        return 0;
    case OPTION_SECONDS:
        a->seconds = oc_argument_real(state, "seconds", argument, 0, 86400);
        return 0;
    case OPTION_SAMPLES:
        a->samples = oc_argument_whole(state, "samples", argument, 1, UINT32_MAX);
        return 0;
    case OPTION_JSON:
        a->json = argument;
        return 0;
    default:
        return parse_input(a, key, argument, state);
    }
}

/* Random images in place of the data set: as many as a batch, all in memory. */
static oc_status make_data(oc_dataset **data, const oc_recipe *recipe, void *context)
{
    const oc_model_request *model = context;
    const oc_shape input = oc_cli_model_input(model, recipe);
    const uint64_t samples[OC_SPLIT_COUNT] = {
        [OC_SPLIT_TRAIN] = (uint64_t)recipe->batch.size, [OC_SPLIT_TEST] = 1};
    const oc_status status =
        oc_dataset_random(data, input.dim[0], input.dim[1], input.dim[2],
                          oc_cli_model_classes(model, recipe), samples, recipe->train.seed);
    return status == OC_ERR_DATA ? OC_ERR_USAGE : status; /* no file: it was asked for */
}

static oc_status measure(oc_plan *plan, oc_comm *comm, plan_arguments *a)
{
    const oc_plan_options how = {
        .seconds = a->seconds, .make = a->samples > 0 ? make_data : NULL, .context = &a->model};
    oc_status status = oc_plan_measure(&plan->work, comm, plan->recipe, &how);
    if (status == OC_OK && a->samples > 0) {
        plan->work.samples = a->samples;
        plan->work.evaluated = 0;
    }
    if (status == OC_OK && a->ranks_per_node > 0)
        plan->work.ranks_per_node = a->ranks_per_node;
    return status;
}

static oc_status predict(oc_plan *plan, const plan_arguments *a)
{
    oc_status status = OC_OK;
    plan->costs = oc_plan_costs(&plan->work, &plan->network);
    for (int i = 0; i < a->nodes && status == OC_OK; i++) {
        const int64_t ranks = (int64_t)a->node[i] * plan->work.ranks_per_node;
        if (ranks > MOST_RANKS)
            return oc_fail(OC_ERR_USAGE, "plan: --nodes %d: %lld ranks; expected at most %d",
                           a->node[i], (long long)ranks, MOST_RANKS);
        if (ranks <= plan->recipe->batch.shards)
            status = oc_plan_predict(&plan->as_is[i], &plan->work, plan->recipe, &plan->costs,
                                     a->node[i], 1);
        if (status == OC_OK)
            status = oc_plan_choose(&plan->chosen[i], &plan->work, plan->recipe, &plan->costs,
                                    a->node[i], plan->efficiency);
        plan->node[plan->rows++] = a->node[i];
    }
    return status;
}

static oc_status report(const oc_plan *plan, const char *json)
{
    if (!json || strcmp(json, "-") != 0)
        oc_plan_print(plan);
    return json ? oc_json_write(json, oc_plan_json(plan)) : OC_OK;
}

/* A job of several ranks is a node: it cannot be another one. */
static oc_status check_ranks(oc_comm *comm, const plan_arguments *a)
{
    const int ranks = oc_comm_size(comm);
    if (ranks == 1 || a->ranks_per_node == 0 || a->ranks_per_node == ranks)
        return OC_OK;
    return oc_fail(OC_ERR_USAGE,
                   "plan: --ranks-per-node %d, but %d ranks measure; expected %d, or one rank",
                   a->ranks_per_node, ranks, ranks);
}

oc_status oc_command_plan(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "RECIPE", doc, NULL, NULL, NULL};
    plan_arguments a = {.latency = -1, .bandwidth = -1, .efficiency = 0.8, .seconds = 2};
    oc_recipe recipe;
    int done = 0;
    read_nodes(&a, "1...64");
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    status = check_ranks(comm, &a);
    if (status != OC_OK)
        return status;
    if (oc_comm_rank(comm) == 0)
        status = oc_recipe_load(&recipe, a.recipe.path, a.recipe.set, a.recipe.sets);
    status = oc_share_recipe(comm, status, &recipe);
    oc_plan *const plan = calloc(1, sizeof *plan);
    if (status == OC_OK)
        status = oc_comm_agree(comm, plan ? OC_OK : oc_fail(OC_ERR_MEMORY, "plan: no memory"));
    if (status == OC_OK) {
        plan->recipe = &recipe;
        plan->network = (oc_plan_network){a.latency, a.bandwidth};
        plan->efficiency = a.efficiency;
        status = measure(plan, comm, &a);
    }
    if (status == OC_OK) {
        if (oc_comm_rank(comm) == 0)
            status = predict(plan, &a);
        if (oc_comm_rank(comm) == 0 && status == OC_OK)
            status = report(plan, a.json);
        status = oc_comm_agree(comm, status);
        oc_plan_work_free(&plan->work);
    }
    free(plan);
    return status;
}
