/* match_test.c - samples of a file as a network knows them: columns, levels, classes and targets by
 * name, in any order; what does not match is refused with both sides named; and statistics that
 * keep numbers apart. */
#include "harness.h"

#include "base/status.h"
#include "data/dataset/dataset.h"
#include "data/dataset/dataset_write.h"
#include "data/dataset/distinct.h"
#include "datasets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 4, VALUES = 4 }; /* values: a, city (2 levels), b - in the network's order */

static const char *const levels[] = {"Oslo", "Bergen", "Voss"};

typedef struct table {
    const char *columns; /* a letter each: a, b numbers, c the city, C the city as a number */
    int levels;          /* of the city, from levels[first] on */
    int first;
    const char *classes[4];
    oc_targets_kind kind;
} table;

static const table trained = {"acb", 2, 0, {"no", "yes", "so so", NULL}, OC_TARGETS_CLASSES};

static oc_schema schema_of(const table *t)
{
    oc_schema schema = {.height = 1, .width = 1, .kind = t->kind};
    size_t classes = 0;
    while (classes < 4 && t->classes[classes])
        classes++;
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, t->classes, classes), OC_OK);
    for (const char *c = t->columns; *c; c++) {
        const char name[2] = {*c == 'C' ? 'c' : *c, 0};
        const int is_city = *c == 'c';
        CU_ASSERT_EQUAL_FATAL(oc_schema_add_feature(&schema, name,
                                                    is_city ? levels + t->first : NULL,
                                                    is_city ? (size_t)t->levels : 0),
                              OC_OK);
        schema.channels += is_city ? t->levels : 1;
    }
    return schema;
}

/* What sample i has in a column: a is i, b is 10 * i, the city's level is i % 2 of all levels. */
static void fill(const table *t, int i, float *to)
{
    for (const char *c = t->columns; *c; c++)
        if (*c != 'c')
            *to++ = (float)(*c == 'a' ? i : 10 * i);
        else
            for (int l = 0; l < t->levels; l++)
                *to++ = (float)(t->first + l == i % 2);
}

static const char *write_table(const table *t)
{
    const char *path = oc_scratch_path("table.h5");
    oc_schema schema = schema_of(t);
    const oc_dataset_plan plan = {
        .schema = &schema, .stored = OC_STORED_FLOAT32, .samples = {N, N}, .source = "match_test"};
    oc_dataset_writer *writer;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    for (int split = 0; split <= OC_SPLIT_TEST; split++)
        for (int i = 0; i < N; i++) {
            float values[16];
            const int32_t label = i % schema.classes;
            double targets[4];
            for (int k = 0; k < schema.classes; k++)
                targets[k] = t->classes[k][0] + i; /* by its name */
            fill(t, i, values);
            CU_ASSERT_EQUAL_FATAL(
                t->kind == OC_TARGETS_CLASSES
                    ? oc_dataset_writer_add(writer, (oc_split)split, values, &label, 1)
                    : oc_dataset_writer_add_targets(writer, (oc_split)split, values, targets, 1),
                OC_OK);
        }
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    oc_schema_free(&schema);
    return path;
}

/* The table as a network trained on `by` would be given it. */
static oc_status open_for(oc_opened *o, const table *t, const table *by, int ignore)
{
    oc_schema schema = schema_of(by);
    CU_ASSERT_EQUAL_FATAL(oc_schema_make_statistics(&schema), OC_OK);
    for (int c = 0; c < schema.channels; c++) { /* others than the file's */
        schema.mean[c] = c + 1;
        schema.deviation[c] = 2;
    }
    const oc_dataset_source source = {
        .path = write_table(t), .trained = &schema, .ignore_unknown_levels = ignore};
    const oc_status status = oc_open_in_steps(o, &source, 1);
    oc_schema_free(&schema);
    return status;
}

static void check_values(const oc_opened *o)
{
    for (uint32_t i = 0; i < N; i++) {
        float found[VALUES], wanted[VALUES];
        fill(&trained, (int)i, wanted);
        oc_dataset_gather(o->dataset, OC_SPLIT_TEST, &i, 1, found, NULL);
        for (int k = 0; k < VALUES; k++)
            CU_ASSERT_EQUAL(found[k], (wanted[k] - (float)(k + 1)) / 2);
    }
}

static void columns_in_any_order(void)
{
    static const char *const orders[] = {"acb", "abc", "bac", "bca", "cab", "cba"};
    for (size_t i = 0; i < 6; i++) {
        table t = trained;
        oc_opened o;
        t.columns = orders[i];
        CU_ASSERT_EQUAL_FATAL(open_for(&o, &t, &trained, 0), OC_OK);
        check_values(&o);
        oc_opened_close(&o);
    }
}

/* The message has all these words, separated by spaces. */
static void check_said(const char *words)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        if (!strstr(oc_message(), word))
            printf("%s is not in: %s\n", word, oc_message());
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), word));
    }
}

static void what_does_not_match_is_named(void)
{
    static const struct {
        table t;
        const char *said;
    } wrong[] = {
        {{"ac", 2, 0, {"no", "yes", "so so"}, OC_TARGETS_CLASSES}, "missing: b"},
        {{"acbd", 2, 0, {"no", "yes", "so so"}, OC_TARGETS_CLASSES}, "new: d"},
        {{"acd", 2, 0, {"no", "yes", "so so"}, OC_TARGETS_CLASSES}, "missing: b; new: d"},
        {{"aCb", 2, 0, {"no", "yes", "so so"}, OC_TARGETS_CLASSES}, "c number, category"},
        {{"acb", 3, 0, {"no", "yes", "so so"}, OC_TARGETS_CLASSES}, "new: Voss Oslo Bergen c"},
        {{"acb", 2, 0, {"reject", "accept"}, OC_TARGETS_CLASSES}, "no yes reject accept"},
        {{"acb", 2, 0, {"no", "yes", "so so"}, OC_TARGETS_REGRESSION}, "regression classes"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        oc_opened o;
        CU_ASSERT_EQUAL(open_for(&o, &wrong[i].t, &trained, 0), OC_ERR_DATA);
        check_said(wrong[i].said);
        check_said("table.h5");
        oc_opened_close(&o);
    }
}

/* Fewer levels are zeros where they are missing; unknown ones only if that is asked for. */
static void levels_of_a_category(void)
{
    table t = trained;
    oc_opened o;
    t.columns = "bca";
    t.levels = 3;
    CU_ASSERT_EQUAL_FATAL(open_for(&o, &t, &trained, 1), OC_OK);
    check_values(&o); /* sample i has none that is unknown */
    oc_opened_close(&o);
    t.first = 1;
    t.levels = 1; /* Bergen alone */
    CU_ASSERT_EQUAL_FATAL(open_for(&o, &t, &trained, 0), OC_OK);
    for (uint32_t i = 0; i < N; i++) {
        float found[VALUES];
        oc_dataset_gather(o.dataset, OC_SPLIT_TEST, &i, 1, found, NULL);
        CU_ASSERT_EQUAL(found[1], (0 - 2.0f) / 2); /* Oslo */
        CU_ASSERT_EQUAL(found[2], ((i % 2 ? 1.0f : 0.0f) - 3) / 2);
    }
    oc_opened_close(&o);
}

static void classes_by_name(void)
{
    const table t = {"acb", 2, 0, {"yes", "no"}, OC_TARGETS_CLASSES};
    oc_opened o;
    CU_ASSERT_EQUAL_FATAL(open_for(&o, &t, &trained, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_describe(o.dataset)->schema.classes, 3);
    for (int i = 0; i < N; i++) /* stored 0 is yes, the network's 1 */
        CU_ASSERT_EQUAL(oc_dataset_labels(o.dataset, OC_SPLIT_TEST)[i], 1 - i % 2);
    oc_opened_close(&o);
}

static void targets_by_name(void)
{
    const table by = {"acb", 2, 0, {"x", "y"}, OC_TARGETS_REGRESSION};
    table t = {"acb", 2, 0, {"y", "x"}, OC_TARGETS_REGRESSION};
    oc_opened o;
    CU_ASSERT_EQUAL_FATAL(open_for(&o, &t, &by, 0), OC_OK);
    const double *values = oc_dataset_targets(o.dataset, OC_SPLIT_TEST);
    for (int i = 0; i < N; i++)
        CU_ASSERT(values[2 * i] == 'x' + i && values[2 * i + 1] == 'y' + i);
    float first[2];
    oc_dataset_target(o.dataset, OC_SPLIT_TEST, 0, first); /* by the network's 0 and 1 */
    CU_ASSERT(first[0] == 'x' && first[1] == 'y');
    oc_opened_close(&o);
    t.classes[1] = NULL;
    CU_ASSERT_EQUAL(open_for(&o, &t, &by, 0), OC_ERR_DATA);
    check_said("targets missing: x");
    oc_opened_close(&o);
}

/* Numbers whose offset is large against their spread are told apart, whatever type holds them. */
static void large_offsets_take_no_digits(void)
{
    enum { SAMPLES = 600 };
    const char *path = oc_scratch_path("times.h5");
    oc_schema schema = {.channels = 2, .height = 1, .width = 1};
    const oc_dataset_plan plan = {.schema = &schema,
                                  .stored = OC_STORED_FLOAT64,
                                  .samples = {SAMPLES, 1},
                                  .source = "match_test"};
    oc_dataset_writer *writer;
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    for (int i = 0; i < SAMPLES + 1; i++) {
        const int32_t label = 0;
        const double values[2] = {1.7e9 + i % SAMPLES, i == 0 ? 1 : 1 + 1e-15};
        CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, i < SAMPLES ? OC_SPLIT_TRAIN : OC_SPLIT_TEST,
                                              values, &label, 1),
                        OC_OK);
    }
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    const oc_schema *found = &oc_dataset_describe(dataset)->schema;
    CU_ASSERT_EQUAL(found->mean[0], 1.7e9 + (SAMPLES - 1) / 2.0);
    CU_ASSERT_DOUBLE_EQUAL(found->deviation[0], sqrt((SAMPLES * SAMPLES - 1) / 12.0), 1e-9);
    CU_ASSERT(found->deviation[1] < 1); /* hardly, but it varies */
    float before = -HUGE_VALF;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        float image[2];
        oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &i, 1, image, NULL);
        CU_ASSERT(image[0] > before);
        CU_ASSERT_DOUBLE_EQUAL(image[0], (i - (SAMPLES - 1) / 2.0) / found->deviation[0], 1e-6);
        before = image[0];
    }
    oc_dataset_close(dataset);
    oc_schema_free(&schema);
}

/* A single value far from all others leaves them one number to a network, which is said. */
static void what_becomes_one_number_is_found(void)
{
    enum { SAMPLES = 40, CHANNELS = 4 };
    const char *path = oc_scratch_path("lost.h5");
    oc_schema schema = {.channels = CHANNELS, .height = 1, .width = 1};
    const oc_dataset_plan plan = {.schema = &schema,
                                  .stored = OC_STORED_FLOAT64,
                                  .samples = {SAMPLES, 1},
                                  .source = "match_test"};
    unsigned char lost[CHANNELS];
    oc_dataset_writer *writer;
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    for (int i = 0; i < SAMPLES + 1; i++) {
        const int32_t label = 0;
        const double values[CHANNELS] = {i, i == 7 ? 1e12 : i, 5, 1.7e9 + i};
        CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, i < SAMPLES ? OC_SPLIT_TRAIN : OC_SPLIT_TEST,
                                              values, &label, 1),
                        OC_OK);
    }
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open_labels(&dataset, path), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_distinct_find(dataset, lost), OC_OK);
    CU_ASSERT(!lost[0] && lost[1] && !lost[2] && !lost[3]);
    oc_dataset_close(dataset);
    oc_schema_free(&schema);
}

int main(void)
{
    const oc_case cases[] = {
        {"columns in any order", columns_in_any_order},
        {"what does not match is named", what_does_not_match_is_named},
        {"levels of a category", levels_of_a_category},
        {"classes by name", classes_by_name},
        {"targets by name", targets_by_name},
        {"large offsets take no digits", large_offsets_take_no_digits},
        {"what becomes one number is found", what_becomes_one_number_is_found},
    };
    return OC_RUN_CASES("match", cases);
}
