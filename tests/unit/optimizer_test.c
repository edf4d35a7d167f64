/* optimizer_test.c - optimisers against their textbook recurrences in double precision. */
#include "harness.h"

#include "base/random.h"
#include "optimizers/optimizer.h"

#include <math.h>
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
    const oc_update update = {2, w, g, {v}, 0.5, 0.5, 0.25, 1};
    oc_optimizer_update(&config, &update);
    CU_ASSERT_EQUAL(v[0], 0.75f); /* 0.5 * 0.5 + 0.25 + 0.25 * 1 */
    CU_ASSERT_EQUAL(w[0], 0.625f);
    CU_ASSERT_EQUAL(v[1], 3.5f); /* 4 - 0.25 * 2 */
    CU_ASSERT_EQUAL(w[1], -3.75f);
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
    {"slots and names", slots_and_names},
};

int main(void)
{
    return OC_RUN_CASES("optimizer", cases);
}
