/* optimizer_test.c - optimisers against their textbook recurrences in double precision. */
#include "harness.h"

#include "base/random.h"
#include "optimizers/optimizer.h"
#include "tests/golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 37, STEPS = 50 };

static float draw(uint32_t step, uint32_t i)
{
    const oc_random_key key = oc_random_make_key(6, OC_PURPOSE_TEST, step);
    return 2 * oc_random_uniform(oc_random_at(key, i, 0, 0, 0).word[0]) - 1;
}

/* 50 steps with changing rates. PyTorch's form: the rate multiplies the velocity, it is not
 * inside it, which is what a schedule of rates needs. */
static void check_sgd(int nesterov, double decay)
{
    const oc_optimizer_config config = {
        .kind = OC_OPTIMIZER_SGD, .nesterov = nesterov, .weight_decay = decay};
    float w[COUNT], g[COUNT], v[COUNT] = {0};
    double w2[COUNT], v2[COUNT] = {0};
    for (uint32_t i = 0; i < COUNT; i++)
        w2[i] = (double)(w[i] = draw(1000, i));
    for (uint32_t step = 0; step < STEPS; step++) {
        const double rate = 0.1 * (1 - step / (double)STEPS), momentum = 0.95 - 0.002 * step;
        const oc_update update = {.count = COUNT,
                                  .parameter = w,
                                  .gradient = g,
                                  .slot = {v},
                                  .learning_rate = rate,
                                  .momentum = momentum,
                                  .weight_decay = decay};
        for (uint32_t i = 0; i < COUNT; i++) {
            g[i] = draw(step, i) + w[i];
            const double gradient = (double)g[i] + decay * w2[i];
            v2[i] = momentum * v2[i] + gradient;
            w2[i] -= rate * (nesterov ? gradient + momentum * v2[i] : v2[i]);
        }
        oc_optimizer_update(&config, &update);
    }
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT_DOUBLE_EQUAL(w[i], w2[i], 2e-5);
        CU_ASSERT_DOUBLE_EQUAL(v[i], v2[i], 1e-4);
    }
}

static void sgd(void)
{
    for (int nesterov = 0; nesterov < 2; nesterov++)
        for (int decay = 0; decay < 2; decay++)
            check_sgd(nesterov, decay ? 0.05 : 0);
}

/* Plain SGD is one line: exact numbers. */
static void sgd_by_hand(void)
{
    const oc_optimizer_config config = {.kind = OC_OPTIMIZER_SGD};
    float w[2] = {1, -2}, v[2] = {0.5f, 0};
    const float g[2] = {0.25f, 4};
    const oc_update update = {2, w, g, {v}, 0.5, 0.5, 0.25, 1, 1};
    oc_optimizer_update(&config, &update);
    CU_ASSERT_EQUAL(v[0], 0.75f); /* 0.5 * 0.5 + 0.25 + 0.25 * 1 */
    CU_ASSERT_EQUAL(w[0], 0.625f);
    CU_ASSERT_EQUAL(v[1], 3.5f); /* 4 - 0.25 * 2 */
    CU_ASSERT_EQUAL(w[1], -3.75f);
}

/* tests/golden/optimizers_golden.py: the numbers there, the same steps here. */
enum { GOLDEN_COUNT = 11, GOLDEN_STEPS = 20 };

/* All at once, or element by element: an update may be cut anywhere. */
static void golden_run(const oc_optimizer_config *config, size_t part, float *w,
                       float slot[][GOLDEN_COUNT])
{
    oc_golden_fill(w, GOLDEN_COUNT, 100, 2, 1);
    memset(slot, 0, OC_MAX_SLOTS * sizeof *slot);
    for (uint32_t step = 0; step < GOLDEN_STEPS; step++) {
        float g[GOLDEN_COUNT];
        const double rate = config->kind == OC_OPTIMIZER_SGD        ? 0.001
                            : config->kind == OC_OPTIMIZER_ADADELTA ? 1
                                                                    : 0.01;
        oc_golden_fill(g, GOLDEN_COUNT, 1000 * (step + 1), 0.5, 1);
        for (size_t i = 0; i < GOLDEN_COUNT; i++)
            g[i] += 0.5f * w[i];
        for (size_t i = 0; i < GOLDEN_COUNT; i += part) {
            const oc_update update = {.count = part < GOLDEN_COUNT - i ? part : GOLDEN_COUNT - i,
                                      .parameter = w + i,
                                      .gradient = g + i,
                                      .slot = {slot[0] + i, slot[1] + i},
                                      .learning_rate = rate * (1 - step / 40.0),
                                      .momentum = 0.95 - 0.005 * step,
                                      .weight_decay = 0.3,
                                      .step = step + 1};
            oc_optimizer_update(config, &update);
        }
    }
}

static oc_optimizer_config golden_config(int kind)
{
    const int root = kind == OC_OPTIMIZER_ADADELTA;
    return (oc_optimizer_config){.kind = kind,
                                 .beta2 = root || kind == OC_OPTIMIZER_RMSPROP ? 0.9 : 0.99,
                                 .epsilon = root                           ? 1e-6
                                            : kind == OC_OPTIMIZER_ADAGRAD ? 1e-10
                                                                           : 1e-8};
}

static void golden(void)
{
    const char *source = getenv("ONECYCLE_SOURCE");
    char path[4096], line[256];
    snprintf(path, sizeof path, "%s/tests/golden/optimizers_golden.csv", source ? source : ".");
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    int rows = 0, seen[OC_OPTIMIZER_COUNT][2] = {0}; /* coupled, decoupled */
    while (fgets(line, sizeof line, file)) {
        char name[16], tensor[16];
        int decoupled, nesterov, index;
        double dampening, value;
        if (sscanf(line, "%15[a-z],%d,%d,%lf,%15[^,],%d,%lf", name, &decoupled, &nesterov,
                   &dampening, tensor, &index, &value) != 7)
            continue; /* comment, header */
        oc_optimizer_config config = golden_config(oc_optimizer_find(name));
        config.nesterov = nesterov;
        config.dampening = dampening;
        config.decay_mode = decoupled ? OC_DECAY_DECOUPLED : OC_DECAY_COUPLED;
        CU_ASSERT_FATAL(config.kind >= 0 && index < GOLDEN_COUNT);
        float w[GOLDEN_COUNT], slot[OC_MAX_SLOTS][GOLDEN_COUNT];
        golden_run(&config, GOLDEN_COUNT, w, slot);
        const float found = tensor[0] == 'w' ? w[index] : slot[tensor[0] - '0'][index];
        if (!(fabs((double)found - value) <= 1e-6 * fabs(value))) {
            printf("found %.9g: %s", (double)found, line);
            CU_FAIL("differs from PyTorch");
        }
        seen[config.kind][decoupled != 0] = 1;
        rows++;
    }
    fclose(file);
    CU_ASSERT_EQUAL(rows, 440);
    for (int kind = 0; kind < OC_OPTIMIZER_COUNT; kind++) /* the others: step_update_test.c */
        CU_ASSERT(oc_optimizer_is_layerwise(kind) || (seen[kind][0] && seen[kind][1]));
}

/* The same bits however an update is cut; auto is coupled but for adamw. */
static void parts_and_modes(void)
{
    for (int kind = 0; kind < OC_OPTIMIZER_COUNT; kind++)
        for (int mode = OC_DECAY_AUTO; mode <= OC_DECAY_DECOUPLED; mode++) {
            if (oc_optimizer_is_layerwise(kind))
                continue;
            oc_optimizer_config config = golden_config(kind);
            float whole[GOLDEN_COUNT], cut[GOLDEN_COUNT], other[GOLDEN_COUNT];
            float slot[OC_MAX_SLOTS][GOLDEN_COUNT];
            config.decay_mode = mode;
            golden_run(&config, GOLDEN_COUNT, whole, slot);
            golden_run(&config, 3, cut, slot);
            CU_ASSERT(memcmp(whole, cut, sizeof whole) == 0);
            config.decay_mode = kind == OC_OPTIMIZER_ADAMW ? OC_DECAY_DECOUPLED : OC_DECAY_COUPLED;
            golden_run(&config, GOLDEN_COUNT, other, slot);
            CU_ASSERT_EQUAL(memcmp(whole, other, sizeof whole) == 0,
                            mode == OC_DECAY_AUTO || mode == config.decay_mode);
        }
}

/* The state of every optimiser can be named in a checkpoint. */
static void slots_and_names(void)
{
    for (int kind = 0; kind < OC_OPTIMIZER_COUNT; kind++) {
        CU_ASSERT_EQUAL(oc_optimizer_find(oc_optimizer_name(kind)), kind);
        CU_ASSERT(oc_optimizer_slots(kind) <= OC_MAX_SLOTS);
        for (int slot = 0; slot < oc_optimizer_slots(kind); slot++)
            CU_ASSERT(strlen(oc_optimizer_slot_name(kind, slot)) > 0);
    }
    CU_ASSERT_EQUAL(oc_optimizer_find("adamax"), -1);
    CU_ASSERT_EQUAL(oc_optimizer_slots(OC_OPTIMIZER_SGD), 1);
    CU_ASSERT_STRING_EQUAL(oc_optimizer_slot_name(OC_OPTIMIZER_SGD, 0), "momentum");
}

static const oc_case cases[] = {
    {"sgd for 50 steps", sgd},
    {"sgd by hand", sgd_by_hand},
    {"golden", golden},
    {"parts and modes", parts_and_modes},
    {"slots and names", slots_and_names},
};

int main(void)
{
    return OC_RUN_CASES("optimizer", cases);
}
