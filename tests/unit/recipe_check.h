/* recipe_check.h - what the tests of recipes share: a small recipe, and checking a refusal. */
#ifndef OC_TESTS_RECIPE_CHECK_H
#define OC_TESTS_RECIPE_CHECK_H

#include "recipe/recipe.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

static const char small[] = "model: lenet\n"
                            "data: {file: set.h5}\n"
                            "train: {epochs: 3}\n"
                            "schedule: {max_lr: 0.05}\n";

static inline oc_status parse(oc_recipe *recipe, const char *text, const char *set)
{
    return oc_recipe_parse(recipe, text, strlen(text), "r.yaml", "/tmp", &set, set ? 1 : 0);
}

/* The schedule of a recipe with these keys in its section. */
static inline oc_status parse_schedule(oc_schedule_config *config, const char *keys)
{
    char text[1024];
    oc_recipe recipe;
    const int length =
        snprintf(text, sizeof text,
                 "model: lenet\ndata: {file: x}\ntrain: {epochs: 1}\nschedule: {%s}\n", keys);
    CU_ASSERT_FATAL(length > 0 && (size_t)length < sizeof text);
    const oc_status status = parse(&recipe, text, NULL);
    *config = recipe.schedule;
    return status;
}

/* The text is refused with 64, and the message holds `says`. */
static inline void refused_with(const char *text, const char *set, const char *says)
{
    oc_recipe recipe;
    const oc_status status = parse(&recipe, text, set);
    CU_ASSERT_EQUAL(status, OC_ERR_USAGE);
    if (status != OC_ERR_USAGE || !strstr(oc_message(), says)) {
        printf("\n--- %s\n--- --set %s\n    found: %s\n    expected: %s\n", text, set ? set : "",
               status == OC_OK ? "accepted" : oc_message(), says);
        CU_FAIL("message");
    } else {
        CU_PASS("message");
    }
}

#endif
