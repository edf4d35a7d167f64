/* step_update_test.c - clipping and layer-wise optimisers: LARS and LAMB beside
 * layerwise_golden.py, and what a step of a run does, with every number of threads. */
#include "harness.h"

#include "golden.h"
#include "import/import_synthetic.h"
#include "run/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* tests/golden/layerwise_golden.py: the numbers there, the same steps here. */
enum { COUNT = 5000, PART = 4096, STEPS = 20 };

static double golden_run(const oc_optimizer_config *config, float *w, float slot[][COUNT])
{
    static float g[COUNT];
    const double rate = config->kind == OC_OPTIMIZER_LARS ? 0.5 : 0.01;
    double trust = 0;
    oc_golden_fill(w, COUNT, 100, 2, 1);
    memset(slot, 0, OC_MAX_SLOTS * sizeof *slot);
    for (uint32_t step = 0; step < STEPS; step++) {
        double square[2] = {0, 0}, part[2];
        oc_golden_fill(g, COUNT, 1000 * (step + 1), 0.5, 1);
        for (size_t i = 0; i < COUNT; i++)
            g[i] += 0.5f * w[i];
        oc_update update[2];
        for (int p = 0; p < 2; p++) {
            const size_t from = p ? PART : 0;
            update[p] = (oc_update){.count = p ? COUNT - PART : PART,
                                    .parameter = w + from,
                                    .gradient = g + from,
                                    .slot = {slot[0] + from, slot[1] + from},
                                    .learning_rate = rate * (1 - step / 40.0),
                                    .momentum = 0.95 - 0.005 * step,
                                    .weight_decay = config->weight_decay,
                                    .step = step + 1};
            oc_optimizer_measure(config, &update[p], part);
            square[0] += part[0];
            square[1] += part[1];
        }
        trust = oc_optimizer_trust(config, square, config->weight_decay);
        for (int p = 0; p < 2; p++) {
            update[p].trust = trust;
            oc_optimizer_update(config, &update[p]);
        }
    }
    return trust;
}

static void golden(void)
{
    static float w[COUNT], slot[OC_MAX_SLOTS][COUNT];
    const char *source = getenv("ONECYCLE_SOURCE");
    char path[4096], line[256], before[32] = "";
    snprintf(path, sizeof path, "%s/tests/golden/layerwise_golden.csv", source ? source : ".");
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    int rows = 0;
    double trust = 0;
    while (fgets(line, sizeof line, file)) {
        char name[16], tensor[16], now[32];
        int index;
        double decay, value;
        if (sscanf(line, "%15[a-z],%lf,%15[^,],%d,%lf", name, &decay, tensor, &index, &value) != 5)
            continue; /* comment, header */
        const oc_optimizer_config config = {.kind = oc_optimizer_find(name),
                                            .weight_decay = decay,
                                            .trust_coefficient = 0.02,
                                            .beta2 = 0.99,
                                            .epsilon = 1e-6};
        CU_ASSERT_FATAL(config.kind >= 0 && oc_optimizer_is_layerwise(config.kind));
        snprintf(now, sizeof now, "%s %g", name, decay);
        if (strcmp(before, now) != 0)
            trust = golden_run(&config, w, slot);
        strcpy(before, now);
        const double found = tensor[0] == 't'   ? trust
                             : tensor[0] == 'w' ? (double)w[index]
                                                : (double)slot[tensor[0] - '0'][index];
        if (!(fabs(found - value) <= 1e-6 * fabs(value))) {
            printf("found %.9g: %s", found, line);
            CU_FAIL("differs from the papers' formulas");
        }
        rows++;
    }
    fclose(file);
    CU_ASSERT_EQUAL(rows, 54);
}

static void norms_of_zero(void)
{
    static const double none[2] = {0, 1}, flat[2] = {1, 0}, both[2] = {4, 16};
    oc_optimizer_config config = {.kind = OC_OPTIMIZER_LARS, .trust_coefficient = 0.5};
    CU_ASSERT_EQUAL(oc_optimizer_trust(&config, none, 0.1), 1);
    CU_ASSERT_EQUAL(oc_optimizer_trust(&config, flat, 0.1), 1);
    CU_ASSERT_EQUAL(oc_optimizer_trust(&config, both, 2), 0.125); /* 0.5 * 2 / (4 + 2 * 2) */
    config.kind = OC_OPTIMIZER_LAMB;
    CU_ASSERT_EQUAL(oc_optimizer_trust(&config, none, 0.1), 1);
    CU_ASSERT_EQUAL(oc_optimizer_trust(&config, flat, 0.1), 1);
    CU_ASSERT_EQUAL(oc_optimizer_trust(&config, both, 2), 0.5);
}

static void sums_of_squares(void)
{
    float x[35];
    double sum = 0;
    for (int i = 0; i < 35; i++) {
        x[i] = (float)i;
        sum += (double)i * i;
    }
    CU_ASSERT_EQUAL(oc_sum_of_squares(x, 35), sum);
    CU_ASSERT_EQUAL(oc_sum_of_squares(x, 3), 5);
    CU_ASSERT_EQUAL(oc_sum_of_squares(x, 0), 0);
    x[0] = 3e38f; /* its square is no float */
    CU_ASSERT(isfinite(oc_sum_of_squares(x, 35)));
}

/* ---- steps of a run ---- */

static const char recipe_text[] = "model: {name: lenet, batch_norm: true}\n"
                                  "data: {file: data.h5}\n"
                                  "batch: {size: 40, shards: 4}\n"
                                  "train: {max_steps: 40}\n"
                                  "schedule: {name: constant, lr: 1}\n";
enum { MOST = 1 << 20 };
static oc_comm *comm;

/* One step of rate 1 without momentum: what was taken from each parameter, and the run's trust. */
static size_t one_step(const char *const *sets, size_t count, float *before, float *taken,
                       oc_run *run)
{
    oc_recipe recipe;
    oc_step_result result;
    const oc_step step = {
        .action = OC_ACTION_TRAIN, .groups = 1, .learning_rate = {1}, .weight_decay = 0};
    CU_ASSERT_EQUAL_FATAL(oc_recipe_parse(&recipe, recipe_text, strlen(recipe_text), "recipe",
                                          oc_scratch(), sets, count),
                          OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_run_create(run, comm, &recipe), OC_OK);
    const size_t parameters = run->network->parameter_count;
    CU_ASSERT_FATAL(parameters <= MOST);
    memcpy(before, run->parameters, parameters * sizeof *before);
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(run, &step, &result), OC_OK);
    for (size_t i = 0; i < parameters; i++)
        taken[i] = before[i] - run->parameters[i];
    return parameters;
}

static double norm_of(const float *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static float before[MOST], gradient[MOST], taken[MOST], again[MOST];

/* Plain SGD takes the gradient itself, so it shows what clipping made of it. */
static void clipping(void)
{
    static const char *const plain[] = {"optimizer=sgd"};
    static const char *const by_value[] = {"optimizer.clip_value=0.01"};
    static const char *const by_norm[] = {"optimizer.clip_norm=0.5", "compute.threads=3"};
    static const char *const both[] = {"optimizer.clip_value=0.01", "optimizer.clip_norm=0.2"};
    static const char *const wide[] = {"optimizer.clip_norm=1e6", "optimizer.clip_value=1e6"};
    oc_run run;
    const size_t count = one_step(plain, 1, before, gradient, &run);
    const double norm = norm_of(gradient, count);
    CU_ASSERT(norm > 1); /* so that the rest shows anything */
    oc_run_destroy(&run);

    one_step(by_value, 1, before, taken, &run);
    int cut = 0;
    for (size_t i = 0; i < count; i++) {
        const double g = (double)gradient[i], expected = g > 0.01 ? 0.01 : g < -0.01 ? -0.01 : g;
        cut += expected != g;
        CU_ASSERT(fabs((double)taken[i] - expected) <= 1e-7);
        again[i] = taken[i];
    }
    CU_ASSERT(cut > 0);
    oc_run_destroy(&run);

    one_step(by_norm, 2, before, taken, &run);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT(fabs((double)taken[i] - (double)gradient[i] * 0.5 / norm) <= 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(norm_of(taken, count), 0.5, 1e-6);
    oc_run_destroy(&run);

    one_step(both, 2, before, taken, &run);
    const double left = norm_of(again, count);
    CU_ASSERT(left > 0.2);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT(fabs((double)taken[i] - (double)again[i] * 0.2 / left) <= 1e-7);
    oc_run_destroy(&run);

    one_step(wide, 2, before, taken, &run);
    CU_ASSERT(memcmp(taken, gradient, count * sizeof *taken) == 0);
    oc_run_destroy(&run);
}

/* What is frozen counts neither in the norm nor in the update. */
static void clipping_without_the_frozen(void)
{
    static const char *const sets[] = {"optimizer.clip_norm=0.5", "optimizer.freeze=[conv*]"};
    oc_run run;
    const size_t count = one_step(sets, 2, before, taken, &run);
    CU_ASSERT_DOUBLE_EQUAL(norm_of(taken, count), 0.5, 1e-6);
    oc_run_destroy(&run);
}

/* By its formula a step changes each weight tensor by trust_coefficient (LARS) or 1 (LAMB) times
 * its norm times the rate; biases and batch-norm are plain, unless they are to be adapted. */
static void layers(void)
{
    static const char *const rows[][3] = {
        {"optimizer=lars", "compute.threads=1", "optimizer.adapt_bias_and_norm=false"},
        {"optimizer=lars", "compute.threads=4", "optimizer.adapt_bias_and_norm=true"},
        {"optimizer=lamb", "compute.threads=4", "optimizer.adapt_bias_and_norm=false"},
        {"optimizer=lamb", "compute.threads=1", "optimizer.adapt_bias_and_norm=true"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const double share = r < 2 ? 0.001 : 1;
        oc_run run;
        one_step(rows[r], 3, before, taken, &run);
        for (int t = 0; t < oc_network_parameters(run.network); t++) {
            const oc_network_tensor tensor = oc_network_parameter(run.network, t);
            const size_t floats = oc_shape_count(tensor.shape);
            const double weight = norm_of(before + tensor.offset, floats);
            const double change = norm_of(taken + tensor.offset, floats);
            const int adapted = tensor.is_weight || r % 2 == 1;
            if (adapted && weight > 0 && change > 0)
                CU_ASSERT_DOUBLE_EQUAL(change / weight, share, 1e-4 * share);
            CU_ASSERT(adapted || run.trust[t] == 1);
            CU_ASSERT(!tensor.is_weight || (run.trust[t] != 1 && isfinite(run.trust[t])));
        }
        oc_run_destroy(&run);
    }
}

static int prepare(void)
{
    const oc_import_synthetic synthetic = {.common.seed = 1,
                                           .channels = 1,
                                           .height = 28,
                                           .width = 28,
                                           .classes = 10,
                                           .train = 200,
                                           .test = 10};
    return oc_import_synthetic_run(&synthetic, oc_scratch_path("data.h5")) == OC_OK;
}

static const oc_case cases[] = {
    {"golden", golden},
    {"norms of zero", norms_of_zero},
    {"sums of squares", sums_of_squares},
    {"clipping", clipping},
    {"clipping without the frozen", clipping_without_the_frozen},
    {"layers", layers},
};

int main(void)
{
    if (oc_comm_open(&comm, 0) != OC_OK || !prepare())
        return 1;
    const int code = OC_RUN_CASES("step_update", cases);
    oc_comm_close(comm);
    return code;
}
