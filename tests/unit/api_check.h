/* api_check.h - for the tests of the public library: a small data set in memory, a recipe for it,
 * the job. Each test program has its own. */
#ifndef OC_TESTS_API_CHECK_H
#define OC_TESTS_API_CHECK_H

#include "harness.h"

#include "onecycle/onecycle.h"

#include <stdio.h>
#include <string.h>

enum { TRAIN = 96, TEST = 32, VALUES = 12, CLASSES = 3 };

static const char text[] = "model: {name: mlp, hidden: [8]}\n"
                           "batch: {size: 32}\n"
                           "train: {epochs: 2}\n"
                           "schedule: {max_lr: 0.05}\n";
static const int shape[3] = {3, 2, 2};
static float inputs[TRAIN + TEST][VALUES];
static int32_t labels[TRAIN + TEST];
static double targets[TRAIN + TEST];
__attribute__((
    unused)) static const onecycle_arrays train = {TRAIN, inputs[0], labels, NULL},
                                          test = {TEST, inputs[TRAIN], labels + TRAIN, NULL},
                                          train_real = {TRAIN, inputs[0], NULL, targets},
                                          test_real = {TEST, inputs[TRAIN], NULL, targets + TRAIN};
static onecycle_job *job;

static inline void fill(void)
{
    oc_fill_normal(inputs[0], sizeof inputs / sizeof(float), 5, 1);
    for (int i = 0; i < TRAIN + TEST; i++) {
        labels[i] = i % CLASSES;
        inputs[i][labels[i]] += 4;
        targets[i] = 10 * (double)inputs[i][0] - 3;
    }
}

static inline int says(const char *part)
{
    const int found = strstr(onecycle_message(), part) != NULL;
    if (!found)
        fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, onecycle_message());
    return found;
}

static inline onecycle_recipe *parsed(const char *set)
{
    onecycle_recipe *recipe = NULL;
    CU_ASSERT_EQUAL_FATAL(onecycle_recipe_parse(&recipe, text), ONECYCLE_OK);
    if (set)
        CU_ASSERT_EQUAL(onecycle_recipe_set(recipe, set), ONECYCLE_OK);
    return recipe;
}

/* Train on the arrays; *model may be NULL after. */
static inline onecycle_status learn(onecycle_model **model, const char *set, int outputs,
                                    const onecycle_arrays *some, const onecycle_arrays *others,
                                    const onecycle_train_options *options)
{
    onecycle_recipe *const recipe = parsed(set);
    onecycle_data *data = NULL;
    CU_ASSERT_EQUAL_FATAL(onecycle_data_from_arrays(&data, shape, outputs, some, others),
                          ONECYCLE_OK);
    const onecycle_status status = onecycle_train(model, job, recipe, data, options);
    onecycle_data_free(data);
    onecycle_recipe_free(recipe);
    return status;
}

/* main of a program of such tests. */
static inline int run_with_job(const char *name, const oc_case *cases, size_t count)
{
    fill();
    if (onecycle_job_open(&job) != ONECYCLE_OK) {
        fprintf(stderr, "%s: %s\n", name, onecycle_message());
        return 1;
    }
    const int code = oc_run_cases(name, cases, count);
    onecycle_job_close(job);
    return code;
}

#endif
