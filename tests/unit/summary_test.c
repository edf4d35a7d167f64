/* summary_test.c - summary.json: every number exactly, nothing that JSON has not, errors. */
#include "base/file.h"
#include "harness.h"
#include "rundir/summary.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *read_summary(const char *folder)
{
    char path[OC_PATH_BYTES];
    char *text = NULL;
    size_t count = 0;
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, "summary.json"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, 1 << 24, &text, &count), OC_OK);
    return text;
}

static double real_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    CU_ASSERT_TRUE(json_is_real(value));
    return json_real_value(value);
}

static void test_summary(void)
{
    const char *folder = oc_scratch_path("summary");
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    oc_summary summary = {.test_accuracy = 0.1 + 0.2,
                          .test_loss = 1.0 / 3.0,
                          .train_loss = NAN,
                          .steps = 1407,
                          .epochs = 3,
                          .skipped = 5,
                          .rollbacks = 2,
                          .seconds = 30.5,
                          .images_per_second = 5901.639344262295,
                          .ranks = 2,
                          .shards = 4,
                          .resumed = 1,
                          .status = "done",
                          .model = "lenet",
                          .weights_hash = {0x0123456789abcdefULL, 0xfedcba9876543210ULL}};
    CU_ASSERT_EQUAL_FATAL(oc_summary_write(folder, &summary), OC_OK);
    char *text = read_summary(folder);
    CU_ASSERT_EQUAL(text[strlen(text) - 1], '\n');
    json_t *object = json_loads(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(object);
    CU_ASSERT(real_of(object, "test_accuracy") == 0.1 + 0.2);
    CU_ASSERT(real_of(object, "test_loss") == 1.0 / 3.0);
    CU_ASSERT(real_of(object, "images_per_second") == 5901.639344262295);
    CU_ASSERT(real_of(object, "seconds") == 30.5);
    CU_ASSERT_TRUE(json_is_null(json_object_get(object, "train_loss"))); /* JSON has no NaN */
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "steps")), 1407);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "epochs")), 3);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "skipped_steps")), 5);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "rollbacks")), 2);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "ranks")), 2);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "shards")), 4);
    CU_ASSERT_TRUE(json_is_true(json_object_get(object, "resumed")));
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "status")), "done");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "model")), "lenet");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "weights_hash")),
                           "0123456789abcdeffedcba9876543210");
    json_decref(object);
    free(text);
    CU_ASSERT_EQUAL(oc_summary_write(oc_scratch_path("nowhere"), &summary), OC_ERR_IO);
    summary.model = "\xff"; /* not UTF-8 */
    CU_ASSERT_EQUAL(oc_summary_write(folder, &summary), OC_ERR_INTERNAL);
}

int main(void)
{
    static const oc_case cases[] = {{"summary", test_summary}};
    return OC_RUN_CASES("summary", cases);
}
