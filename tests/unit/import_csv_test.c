/* import_csv_test.c - CSV tables become data sets: what each column is, the test split, and that
 * nothing doubtful is taken. */
#include "harness.h"

#include "base/file.h"
#include "base/status.h"
#include "data/dataset/dataset.h"
#include "import/import_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST(text)                                                                                 \
    {                                                                                              \
        {text}, 1                                                                                  \
    }

static oc_status import_text(const char *text, oc_import_csv options, const char *out)
{
    options.common.source = oc_scratch_path("table.csv");
    if (options.roles.delimiter == '\0')
        options.roles.delimiter = ',';
    if (!options.test)
        options.common.test_fraction =
            options.common.test_fraction > 0 ? options.common.test_fraction : 0.5;
    remove(out);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(options.common.source, text, strlen(text)), OC_OK);
    return oc_import_csv_run(&options, out);
}

static oc_dataset *open_set(const char *path)
{
    oc_dataset *dataset = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    return dataset;
}

/* The stored feature f of a sample: normalising undone. */
static double feature(const oc_dataset *dataset, oc_split split, uint32_t sample, int f)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    float values[8];
    CU_ASSERT_FATAL(info->schema.channels <= 8);
    oc_dataset_gather(dataset, split, &sample, 1, values, NULL);
    return (double)values[f] * info->schema.deviation[f] + info->schema.mean[f];
}

static void columns_become_what_they_are(void)
{
    const char *out = oc_scratch_path("columns.h5");
    const char *test = oc_scratch_path("test.csv");
    static const char rows[] = "id,\"size, m\",colour,y\r\n7,1e1,\"dark \"\"red\"\"\",9\r\n"
                               "x, 2 ,blue,10\r\n\r\n,30,\"two\nlines\",9\r\n";
    static const char more[] = "id,\"size, m\",colour,y\n1,-4,blue,10\n";
    CU_ASSERT_EQUAL_FATAL(oc_file_write(test, more, sizeof more - 1), OC_OK);
    const oc_import_csv options = {.test = test,
                                   .roles.label = LIST("y"),
                                   .roles.categorical = LIST("colour"),
                                   .roles.ignore = LIST("id")};
    CU_ASSERT_EQUAL_FATAL(import_text(rows, options, out), OC_OK);
    oc_dataset *d = open_set(out);
    const oc_dataset_info *info = oc_dataset_describe(d);
    CU_ASSERT(info->schema.kind == OC_TARGETS_CLASSES && info->schema.classes == 2 &&
              info->schema.channels == 4);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[0], "9"); /* by value, not by its bytes */
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[1], "10");
    CU_ASSERT(info->samples[OC_SPLIT_TRAIN] == 3 && info->samples[OC_SPLIT_TEST] == 1);
    const int32_t *labels = oc_dataset_labels(d, OC_SPLIT_TRAIN);
    CU_ASSERT(labels[0] == 0 && labels[1] == 1 && labels[2] == 0);
    CU_ASSERT_EQUAL(oc_dataset_labels(d, OC_SPLIT_TEST)[0], 1);
    /* size, then blue, dark "red", two lines */
    static const double expected[3][4] = {{10, 0, 1, 0}, {2, 1, 0, 0}, {30, 0, 0, 1}};
    for (uint32_t i = 0; i < 3; i++)
        for (int f = 0; f < 4; f++)
            CU_ASSERT_DOUBLE_EQUAL(feature(d, OC_SPLIT_TRAIN, i, f), expected[i][f], 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(feature(d, OC_SPLIT_TEST, 0, 0), -4, 1e-5);
    oc_dataset_close(d);
}

static void targets_are_standardised(void)
{
    const char *out = oc_scratch_path("targets.h5");
    const oc_import_csv options = {
        .roles.targets = LIST("b,a"), .roles.delimiter = ';', .test = oc_scratch_path("table.csv")};
    CU_ASSERT_EQUAL_FATAL(import_text("x;a;b\n1;100;2\n2;300;2\n", options, out), OC_OK);
    oc_dataset *d = open_set(out);
    const oc_dataset_info *info = oc_dataset_describe(d);
    CU_ASSERT(info->schema.kind == OC_TARGETS_REGRESSION && info->schema.classes == 2);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[1], "a");
    CU_ASSERT(oc_dataset_labels(d, OC_SPLIT_TRAIN) == NULL);
    const double *stored = oc_dataset_targets(d, OC_SPLIT_TRAIN);
    CU_ASSERT(stored[0] == 2 && stored[1] == 100 && stored[2] == 2 && stored[3] == 300);
    CU_ASSERT(info->schema.target_mean[1] == 200 && info->schema.target_deviation[1] == 100);
    CU_ASSERT(info->schema.target_mean[0] == 2 &&
              info->schema.target_deviation[0] == 1); /* never varies */
    float shown[2];
    oc_dataset_target(d, OC_SPLIT_TRAIN, 0, shown);
    CU_ASSERT(shown[0] == 0 && shown[1] == -1);
    oc_dataset_close(d);

    const oc_import_csv multi = {.roles.multi_label = LIST("a,b"),
                                 .test = oc_scratch_path("table.csv")};
    CU_ASSERT_EQUAL_FATAL(import_text("x,a,b\n1,0,1\n2,1,1.0\n", multi, out), OC_OK);
    d = open_set(out);
    CU_ASSERT_EQUAL(oc_dataset_describe(d)->schema.kind, OC_TARGETS_MULTI_LABEL);
    oc_dataset_target(d, OC_SPLIT_TEST, 0, shown);
    CU_ASSERT(shown[0] == 0 && shown[1] == 1);
    oc_dataset_close(d);
}

/* The same seed gives the same file; each class in proportion, each row in one split. */
static void the_split_is_exact(void)
{
    enum { ROWS = 200 };
    char text[ROWS * 16] = "x,y\n";
    size_t used = strlen(text);
    for (int i = 0; i < ROWS; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%d,%s\n", i, i % 4 ? "many" : "few");
    const char *out = oc_scratch_path("split.h5"), *other = oc_scratch_path("other.h5");
    oc_import_csv options = {
        .roles.label = LIST("y"), .common.test_fraction = 0.2, .common.seed = 3};
    CU_ASSERT_EQUAL_FATAL(import_text(text, options, out), OC_OK);
    oc_dataset *d = open_set(out);
    const oc_digest digest = oc_dataset_describe(d)->digest;
    int seen[ROWS] = {0}, few = 0;
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT; split++)
        for (uint32_t i = 0; i < oc_dataset_describe(d)->samples[split]; i++) {
            const int row = (int)(feature(d, split, i, 0) + 0.5);
            CU_ASSERT_FATAL(row >= 0 && row < ROWS);
            seen[row]++;
            CU_ASSERT_EQUAL(oc_dataset_labels(d, split)[i], row % 4 ? 1 : 0);
            few += split == OC_SPLIT_TEST && row % 4 == 0;
        }
    for (int i = 0; i < ROWS; i++)
        CU_ASSERT_EQUAL(seen[i], 1);
    CU_ASSERT_EQUAL(oc_dataset_describe(d)->samples[OC_SPLIT_TEST], 40);
    CU_ASSERT_EQUAL(few, 10);
    oc_dataset_close(d);
    for (int s = 0; s < 2; s++) {
        options.common.seed = 3 + (uint64_t)s;
        CU_ASSERT_EQUAL_FATAL(import_text(text, options, other), OC_OK);
        d = open_set(other);
        CU_ASSERT_EQUAL(oc_digest_equal(oc_dataset_describe(d)->digest, digest) != 0, s == 0);
        oc_dataset_close(d);
    }
}

/* The message names the line and the column; nothing is left behind. */
static const struct {
    const char *text, *says;
    oc_status status;
} doubtful[] = {
    {"", "no data lines", OC_ERR_DATA},
    {"x,y\n", "x", OC_ERR_DATA},
    {"x,y\n1,a\n2\n", "line 3: 1 fields, expected 2", OC_ERR_DATA},
    {"x,y\n1,a,3\n", "line 2: 3 fields, expected 2", OC_ERR_DATA},
    {"x,y\n1,a\n,b\n", "line 3, column x: the value is missing", OC_ERR_DATA},
    {"x,y\n1,a\n1,\n", "line 3, column y: the value is missing", OC_ERR_DATA},
    {"x,y\n\"\n\n1\",a\n", "line 2, column x", OC_ERR_DATA},
    {"x,y\n1,a\nNaN,b\n",
     "line 3, column x: found NaN, expected a finite number (fill or drop such lines first, or "
     "--ignore x leaves",
     OC_ERR_DATA},
    {"x,y\nnan,a\n", "line 2, column x: found nan, expected a finite number", OC_ERR_DATA},
    {"x,y\nNA,a\n", "line 2, column x: found NA, expected a finite number", OC_ERR_DATA},
    {"x,y\ninf,a\n", "line 2, column x: found inf, expected a finite number", OC_ERR_DATA},
    {"x,y\n-Infinity,a\n", "line 2, column x: found -Infinity, expected a fin", OC_ERR_DATA},
    {"x,y\n1e39,a\n", "column x: found 1e39, expected a number of magnitude", OC_ERR_DATA},
    {"x,y\n1e400,a\n", "column x: found 1e400, expected a number of magnitude", OC_ERR_DATA},
    {"x,y\n0x10,a\n", "line 2, column x: found 0x10, expected a number", OC_ERR_DATA},
    {"x,y\n0x1p3,a\n", "line 2, column x: found 0x1p3, expected a number", OC_ERR_DATA},
    {"x,y\nred,a\n", "--categorical x turns its values into features, --ignore x", OC_ERR_DATA},
    {"x,\"a b\",c,y\nred,1,blue,a\n", "there are also words in c", OC_ERR_DATA},
    {"\"a b\",y\nred,a\n", "--categorical '#1' turns", OC_ERR_DATA},
    {"x,y\n1.5.2,a\n", "found 1.5.2", OC_ERR_DATA},
    {"x,y\n1,\xff\n", "line 2: not UTF-8", OC_ERR_DATA},
    {"x,y\n1,a\n\"2,b\n3,a\n", "ends within quotes", OC_ERR_DATA},
    {"x,y\n1,a\"b\n", "a quote within a field", OC_ERR_DATA},
    {"x,y\n\"1\"2,b\n", "text after a quoted field", OC_ERR_DATA},
    {"x,y\r1,a\r", "carriage return", OC_ERR_DATA},
    {"x,x,y\n1,2,a\n", "two columns are called x", OC_ERR_DATA},
    {"x,,y\n1,2,a\n", "column 2 has no name", OC_ERR_DATA},
    {"x,,y\n1,2,a\n", "--ignore '' or --ignore '#2'", OC_ERR_DATA},
    {"y\na\nb\n", "no column is left", OC_ERR_DATA},
    {"x,z\n1,a\n", "--label y", OC_ERR_USAGE},
    {"x,y\n1,a\n", "0 samples in", OC_ERR_DATA},
};

static void doubtful_tables_are_refused(void)
{
    char out[256];
    snprintf(out, sizeof out, "%s", oc_scratch_path("bad.h5"));
    for (size_t i = 0; i < sizeof doubtful / sizeof doubtful[0]; i++) {
        const oc_import_csv options = {.roles.label = LIST("y"), .common.test_fraction = 0.4};
        const oc_status status = import_text(doubtful[i].text, options, out);
        CU_ASSERT_EQUAL(status, doubtful[i].status);
        if (!strstr(oc_message(), doubtful[i].says))
            printf("expected %s, found %s\n", doubtful[i].says, oc_message());
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), doubtful[i].says));
        CU_ASSERT(!oc_file_exists(out));
    }
    const oc_import_csv multi = {.roles.multi_label = LIST("y")},
                        both = {.roles.label = LIST("y"), .roles.targets = LIST("x")},
                        twice = {.roles.label = LIST("y"), .roles.ignore = LIST("y")},
                        none = {.common.seed = 1};
    CU_ASSERT_EQUAL(import_text("x,y\n1,0.5\n2,1\n", multi, out), OC_ERR_DATA);
    CU_ASSERT_EQUAL(import_text("x,y\n1,0\n2,1\n", both, out), OC_ERR_USAGE);
    CU_ASSERT_EQUAL(import_text("x,y\n1,0\n2,1\n", twice, out), OC_ERR_USAGE);
    CU_ASSERT_EQUAL(import_text("x,y\n1,0\n2,1\n", none, out), OC_ERR_USAGE);
    CU_ASSERT(!oc_file_exists(out));
}

/* A test file must have the same columns, in whatever order, and no other classes. */
static void test_files_must_match(void)
{
    static const struct {
        const char *text, *says;
    } tests[] = {{"x,y\n1,c\n",
                  "line 2, column y: found c, expected a value that the training file "
                  "has: a, b"},
                 {"x,y\n", "0 samples"},
                 {"x\n1\n", "1 missing: y; 0 new"},
                 {"x,y,z\n1,a,2\n", "0 missing; 1 new: z"},
                 {"x,\"z,1\"\n1,a\n", "1 missing: y; 1 new: \"z,1\""}};
    char out[256], test[256];
    snprintf(out, sizeof out, "%s", oc_scratch_path("bad.h5"));
    snprintf(test, sizeof test, "%s", oc_scratch_path("other.csv"));
    const oc_import_csv options = {.roles.label = LIST("y"), .test = test};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(oc_file_write(test, tests[i].text, strlen(tests[i].text)), OC_OK);
        CU_ASSERT_EQUAL(import_text("x,y\n1,a\n2,b\n", options, out), OC_ERR_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), tests[i].says));
        CU_ASSERT(!oc_file_exists(out));
    }
    static const char turned[] = "y,x,v\nb,7,8\n";
    CU_ASSERT_EQUAL_FATAL(oc_file_write(test, turned, sizeof turned - 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(import_text("v,x,y\n1,2,a\n2,3,b\n", options, out), OC_OK);
    oc_dataset *d = open_set(out);
    CU_ASSERT_DOUBLE_EQUAL(feature(d, OC_SPLIT_TEST, 0, 0), 8, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(feature(d, OC_SPLIT_TEST, 0, 1), 7, 1e-5);
    CU_ASSERT_EQUAL(oc_dataset_labels(d, OC_SPLIT_TEST)[0], 1);
    oc_dataset_close(d);
}

/* Without memory in proportion: a record of more than 16 MiB is refused. */
static void a_field_without_end(void)
{
    enum { BYTES = 20 << 20 };
    char *text = malloc(BYTES + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'a', BYTES);
    memcpy(text, "x,y\n1,", 6);
    text[BYTES] = '\0';
    const oc_import_csv options = {.roles.label = LIST("y")};
    CU_ASSERT_EQUAL(import_text(text, options, oc_scratch_path("bad.h5")), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "16 MiB"));
    free(text);
}

static const oc_case cases[] = {
    {"columns become what they are", columns_become_what_they_are},
    {"targets are standardised", targets_are_standardised},
    {"the split is exact", the_split_is_exact},
    {"doubtful tables are refused", doubtful_tables_are_refused},
    {"test files must match", test_files_must_match},
    {"a field without end", a_field_without_end},
};

int main(void)
{
    return OC_RUN_CASES("import_csv", cases);
}
