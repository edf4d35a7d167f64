/* schema_test.c - a schema as a text and back, to the bit; and texts that are none. */
#include "harness.h"

#include "base/status.h"
#include "storage/schema.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"no", "yes \"quoted\"", "\xc3\xa4"};
static const char *const cities[] = {"Oslo", "Bergen, the rainy"};

/* A table of a number and a category: 3 values. */
static void make_table(oc_schema *schema, oc_targets_kind kind)
{
    *schema = (oc_schema){.channels = 3, .height = 1, .width = 1, .kind = kind};
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(schema, classes, 3), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_schema_add_feature(schema, "Income ($, thousand)", NULL, 0), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_schema_add_feature(schema, "city", cities, 2), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_schema_add_note(schema, "2 pictures were turned"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_schema_make_statistics(schema), OC_OK);
    const double odd[] = {1.7e9 + 1.0 / 3, -0.1, 4.9406564584124654e-324};
    memcpy(schema->mean, odd, sizeof odd);
    schema->deviation[1] = DBL_MAX;
    if (schema->target_mean)
        schema->target_mean[2] = 0.1;
}

static int same_texts(char *const *a, char *const *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return 0;
    return 1;
}

static void check_same(const oc_schema *a, const oc_schema *b)
{
    CU_ASSERT(a->channels == b->channels && a->height == b->height && a->width == b->width);
    CU_ASSERT(a->values == b->values && a->kind == b->kind);
    CU_ASSERT_FATAL(a->classes == b->classes && a->features == b->features);
    CU_ASSERT(same_texts(a->class_names, b->class_names, (size_t)a->classes));
    for (size_t i = 0; i < a->features; i++) {
        CU_ASSERT_STRING_EQUAL(a->feature[i].name, b->feature[i].name);
        CU_ASSERT_FATAL(a->feature[i].levels == b->feature[i].levels);
        CU_ASSERT(same_texts(a->feature[i].level, b->feature[i].level, a->feature[i].levels));
    }
    CU_ASSERT_FATAL(a->notes == b->notes);
    CU_ASSERT(same_texts(a->note, b->note, a->notes));
    CU_ASSERT_EQUAL(memcmp(&a->picture, &b->picture, sizeof a->picture), 0);
    CU_ASSERT_FATAL((a->mean == NULL) == (b->mean == NULL));
    if (a->mean)
        CU_ASSERT_EQUAL(memcmp(a->mean, b->mean, 2 * (size_t)a->channels * sizeof *a->mean), 0);
    CU_ASSERT_FATAL((a->target_mean == NULL) == (b->target_mean == NULL));
    if (a->target_mean)
        CU_ASSERT_EQUAL(
            memcmp(a->target_mean, b->target_mean, 2 * (size_t)a->classes * sizeof *a->target_mean),
            0);
}

static void text_and_back(void)
{
    for (int kind = 0; kind < OC_TARGETS_KINDS; kind++) {
        oc_schema schema, found, copy;
        char *text, *again;
        make_table(&schema, (oc_targets_kind)kind);
        CU_ASSERT_EQUAL_FATAL(oc_schema_format(&schema, &text), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_schema_parse(&found, text, "here"), OC_OK);
        check_same(&schema, &found);
        CU_ASSERT_EQUAL_FATAL(oc_schema_copy(&copy, &found), OC_OK);
        check_same(&schema, &copy);
        CU_ASSERT_EQUAL_FATAL(oc_schema_format(&copy, &again), OC_OK);
        CU_ASSERT_STRING_EQUAL(text, again);
        free(text);
        free(again);
        oc_schema_free(&schema);
        oc_schema_free(&found);
        oc_schema_free(&copy);
    }
}

static void pictures(void)
{
    oc_schema schema = {.channels = 3,
                        .height = 16,
                        .width = 8,
                        .values = OC_VALUES_WORDS,
                        .picture = {.is_known = 1, .upright = 1, .fit = "crop"}};
    oc_schema found;
    char *text;
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, 12), OC_OK);
    CU_ASSERT_STRING_EQUAL(schema.class_names[11], "11");
    CU_ASSERT_EQUAL_FATAL(oc_schema_format(&schema, &text), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_schema_parse(&found, text, "here"), OC_OK);
    check_same(&schema, &found);
    CU_ASSERT_EQUAL(oc_values_unit(found.values), 65535);
    CU_ASSERT_EQUAL(oc_schema_values(&found), 3 * 16 * 8);
    free(text);
    oc_schema_free(&schema);
    oc_schema_free(&found);
}

/* A sound text with one thing replaced. */
static oc_status parse_with(const char *was, const char *is)
{
    static const char sound[] =
        "{\"shape\":[2,1,1],\"values\":\"numbers\",\"targets\":\"regression\",\"classes\":[\"y\"],"
        "\"features\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"picture\":{\"fit\":\"\",\"upright\":"
        "true},"
        "\"notes\":[\"n\"],\"mean\":[0,1],\"deviation\":[1,2],\"target_mean\":[0],"
        "\"target_deviation\":[1]}";
    char text[1024];
    oc_schema schema;
    const char *const at = strstr(sound, was);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - sound), sound, is, at + strlen(was));
    const oc_status status = oc_schema_parse(&schema, text, "a.h5");
    if (status)
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "a.h5"));
    oc_schema_free(&schema);
    return status;
}

static void nonsense(void)
{
    static const char *const wrong[][2] = {
        {"{\"shape\":[2,1,1]", "{\"shape\":[2,1]"},
        {"[2,1,1]", "[0,1,1]"},
        {"[2,1,1]", "[-2,1,1]"},
        {"[2,1,1]", "[65536,65536,65536]"},
        {"[2,1,1]", "[3,1,1]"}, /* not as many as columns */
        {"numbers", "letters"},
        {"regression", "progress"},
        {"[\"y\"]", "[]"},
        {"[\"y\"]", "[1]"},
        {"[\"y\"]", "[\"a\\u0000b\"]"},
        {"[\"y\"]", "[\"y\",\"z\"]"}, /* not as many as statistics */
        {"{\"name\":\"a\"}", "{\"name\":1}"},
        {"{\"name\":\"a\"}", "{}"},
        {"{\"name\":\"a\"}", "7"},
        {"{\"name\":\"a\"}", "{\"name\":\"a\",\"levels\":[]}"},
        {"{\"name\":\"a\"}", "{\"name\":\"a\",\"levels\":[\"1\",\"2\"]}"},
        {"\"fit\":\"\"", "\"fit\":\"longer than any fit is\""},
        {"true", "1"},
        {"[\"n\"]", "\"n\""},
        {"[0,1]", "[0]"},
        {"[0,1]", "[0,\"1\"]"},
        {"[1,2]", "[1,0]"},
        {"[1,2]", "[1,-1]"},
        {"[1,2]", "[1,1e999]"},
        {"\"target_mean\":[0],", ""},
        {"\"values\"", "\"shape\""}, /* twice */
        {"}]", "}"},
    };
    CU_ASSERT_EQUAL(parse_with("shape", "shape"), OC_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const oc_status status = parse_with(wrong[i][0], wrong[i][1]);
        if (status != OC_ERR_DATA)
            printf("%s for %s: status %d\n", wrong[i][1], wrong[i][0], (int)status);
        CU_ASSERT_EQUAL(status, OC_ERR_DATA);
    }
}

int main(void)
{
    const oc_case cases[] = {
        {"text and back", text_and_back},
        {"pictures", pictures},
        {"nonsense", nonsense},
    };
    return OC_RUN_CASES("schema", cases);
}
