/* csv_table_test.c - numbers of tables keep their meaning, and new tables give a network the
 * samples that an import would: by name, to the bit. */
#include "harness.h"

#include "base/file.h"
#include "base/status.h"
#include "data/dataset/dataset.h"
#include "data/tables/csv_table.h"
#include "import/import_csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char out[256], path[256];

static const char *write_table(const char *name, const char *text)
{
    snprintf(path, sizeof path, "%s", oc_scratch_path(name));
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, text, strlen(text)), OC_OK);
    return path;
}

/* The set of a table that is both splits. */
static oc_dataset *import(const char *text, oc_import_csv options)
{
    oc_dataset *dataset = NULL;
    char table[256];
    snprintf(table, sizeof table, "%s", write_table("trained.csv", text));
    snprintf(out, sizeof out, "%s", oc_scratch_path("trained.h5"));
    options.common.source = options.test = table;
    options.roles.delimiter = ',';
    const oc_status status = oc_import_csv_run(&options, out);
    if (status)
        printf("%s\n", oc_message());
    CU_ASSERT_EQUAL_FATAL(status, OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out), OC_OK);
    return dataset;
}

static void stored(const oc_dataset *dataset, size_t sample, double *numbers)
{
    const unsigned char *const images = oc_dataset_images(dataset, OC_SPLIT_TRAIN);
    oc_dataset_numbers(dataset, images + sample * oc_dataset_sample_bytes(dataset), numbers);
}

/* Unix times and 0.1 need doubles; 0.5 and whole numbers do not. */
static void numbers_keep_their_meaning(void)
{
    double number[2];
    oc_dataset *d = import("t,x,y\n1700000001,0.1,0.3\n1700000002,0.2,1e300\n1700000003,0.7,2\n",
                           (oc_import_csv){.roles.label = {{"y"}, 1}});
    CU_ASSERT_EQUAL(oc_dataset_sample_bytes(d), 2 * sizeof(double));
    stored(d, 1, number);
    CU_ASSERT(number[0] == 1700000002.0 && number[1] == 0.2);
    const uint32_t index[] = {0, 1, 2};
    float values[6];
    oc_dataset_gather(d, OC_SPLIT_TRAIN, index, 3, values, NULL);
    CU_ASSERT_DOUBLE_EQUAL(values[0], -sqrt(1.5), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(values[2], 0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(values[4], sqrt(1.5), 1e-6);
    oc_dataset_close(d);
    d = import("t,x,y\n16777216,0.5,0.1\n3,-7,16777217\n",
               (oc_import_csv){.roles.targets = {{"y"}, 1}});
    CU_ASSERT_EQUAL(oc_dataset_sample_bytes(d), 2 * sizeof(float));
    CU_ASSERT(oc_dataset_targets(d, OC_SPLIT_TRAIN)[0] == 0.1); /* targets are double */
    CU_ASSERT(oc_dataset_targets(d, OC_SPLIT_TRAIN)[1] == 16777217.0);
    oc_dataset_close(d);
}

static void the_schema_says_what_columns_are(void)
{
    oc_dataset *d = import(
        "a,flag,town,same,\"l,1\"\n1,True,Rom,5,x\n2,False,Oslo,5,y\n",
        (oc_import_csv){.roles.label = {{"\"l,1\""}, 1}, .roles.categorical = {{"town"}, 1}});
    const oc_schema *s = &oc_dataset_describe(d)->schema;
    CU_ASSERT_EQUAL_FATAL(s->features, 4);
    CU_ASSERT(s->feature[1].levels == 0 && s->feature[2].levels == 2);
    CU_ASSERT_STRING_EQUAL(s->feature[2].name, "town");
    CU_ASSERT_STRING_EQUAL(s->feature[2].level[0], "Oslo");
    CU_ASSERT_STRING_EQUAL(s->label, "l,1");
    CU_ASSERT_EQUAL_FATAL(s->notes, 2);
    CU_ASSERT_STRING_EQUAL(s->note[0], "True and False are 1 and 0: flag");
    CU_ASSERT_STRING_EQUAL(s->note[1], "constant, so of no use: same");
    oc_dataset_close(d);
}

static const char trained[] = "x,town,flag,10,y,z\n0.1,Rom,True,1,a,5e-324\n"
                              "1700000000.25,Oslo,False,2,b,3\n-7,Bern,True,-0,a,1e-40\n";

/* Whatever the order, with or without the label: the bits of the import. */
static void new_tables_have_the_same_bits(void)
{
    static const char *const turned[] = {
        trained,
        "z,10,flag,town,x\n5e-324,1,True,Rom,0.1\n3,2,False,Oslo,1700000000.25\n"
        "1e-40,-0,True,Bern,-7\n",
        "\xef\xbb\xbf,y,z,10,extra,flag,town,x\r\n0,?,5e-324,1,w,1,Rom,0.1\r\n"
        "1,,3,2,w,0,Oslo,1700000000.25\r\n2,q,1e-40,-0,w,1,Bern,-7\r\n\r\n",
    };
    oc_dataset *d = import(
        trained, (oc_import_csv){.roles.label = {{"y"}, 1}, .roles.categorical = {{"town"}, 1}});
    const oc_schema *s = &oc_dataset_describe(d)->schema;
    double expected[7], found[7];
    CU_ASSERT_EQUAL_FATAL(oc_schema_values(s), 7);
    for (size_t t = 0; t < 3; t++) {
        oc_csv_table *table = NULL;
        const oc_csv_table_options options = {.ignore = {{",extra"}, t == 2}};
        int more = 1;
        CU_ASSERT_EQUAL_FATAL(
            oc_csv_table_open(&table, write_table("new.csv", turned[t]), s, &options), OC_OK);
        for (size_t i = 0; i < 3; i++) {
            CU_ASSERT_EQUAL(oc_csv_table_next(table, found, &more), OC_OK);
            CU_ASSERT(more == 1 && oc_csv_table_line(table) == i + 2);
            stored(d, i, expected);
            CU_ASSERT_EQUAL(memcmp(found, expected, sizeof found), 0);
        }
        CU_ASSERT_EQUAL(oc_csv_table_next(table, found, &more), OC_OK);
        CU_ASSERT_EQUAL(more, 0);
        oc_csv_table_close(table);
    }
    oc_dataset_close(d);
}

static oc_status read_all(const oc_schema *schema, const char *text, oc_csv_table_options options)
{
    oc_csv_table *table = NULL;
    double numbers[8];
    int more = 1;
    oc_status status = oc_csv_table_open(&table, write_table("new.csv", text), schema, &options);
    while (!status && more)
        status = oc_csv_table_next(table, numbers, &more);
    oc_csv_table_close(table);
    return status;
}

static const struct {
    const char *text, *says;
    oc_csv_table_options options;
    oc_status status;
} unfit[] = {
    {"x,town\n1,Rom\n", "", {.skip_lines = 0}, OC_OK},
    {"town,y,x\nRom,c,1\n", "", {.skip_lines = 0}, OC_OK},
    {"town,w\nRom,1\n", "line 1: its columns are not those", {.skip_lines = 0}, OC_ERR_DATA},
    {"town,w\nRom,1\n", "1 missing: x; 1 new: w", {.skip_lines = 0}, OC_ERR_DATA},
    {",town,x\n0,Rom,1\n", "0 missing; 1 new: \"\" (--ignore", {.skip_lines = 0}, OC_ERR_DATA},
    {",town,x\n0,Rom,1\n", "", {.ignore = {{""}, 1}}, OC_OK},
    {"town,x\nRom,1\n", "--ignore w", {.ignore = {{"w"}, 1}}, OC_ERR_USAGE},
    {"town,x\nRom,1\n", "1 missing: x", {.ignore = {{"x"}, 1}}, OC_ERR_DATA},
    {"town,x\nRom,1\nBergen,2\n",
     "new.csv: line 3, column town: found Bergen",
     {.skip_lines = 0},
     OC_ERR_DATA},
    {"town,x\nRom,1\nBergen,2\n", "training file has: Oslo, Rom", {.skip_lines = 0}, OC_ERR_DATA},
    {"town,x\nBergen,2\n", "", {.unknown_level_ignore = 1}, OC_OK},
    {"town,x\nRom,nan\n",
     "line 2, column x: found nan, expected a finite",
     {.skip_lines = 0},
     OC_ERR_DATA},
    {"town,x\nRom,\n", "line 2, column x: the value is missing", {.skip_lines = 0}, OC_ERR_DATA},
    {"town,x\nRom\n", "line 2: 1 fields, expected 2", {.skip_lines = 0}, OC_ERR_DATA},
    {"town;x\nRom;1\n", "", {.delimiter = ';'}, OC_OK},
    {"a\ntown,x\nRom,1\n", "", {.skip_lines = 1}, OC_OK},
    {"Rom,1\n", "2 missing: x, town; 2 new: 1, 2", {.no_header = 1}, OC_ERR_DATA},
    {"", "no data lines", {.skip_lines = 0}, OC_ERR_DATA},
};

static void new_tables_that_do_not_fit(void)
{
    oc_dataset *d =
        import("x,town,y\n1,Rom,a\n2,Oslo,b\n",
               (oc_import_csv){.roles.label = {{"y"}, 1}, .roles.categorical = {{"town"}, 1}});
    const oc_schema *s = &oc_dataset_describe(d)->schema;
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        const oc_status status = read_all(s, unfit[i].text, unfit[i].options);
        CU_ASSERT_EQUAL(status, unfit[i].status);
        if (status != unfit[i].status || (status && !strstr(oc_message(), unfit[i].says)))
            printf("%zu: expected %s, found %s\n", i, unfit[i].says, oc_message());
        CU_ASSERT(!status || strstr(oc_message(), unfit[i].says) != NULL);
    }
    /* An unknown level is zeros alone. */
    oc_csv_table *table = NULL;
    const oc_csv_table_options ignoring = {.unknown_level_ignore = 1};
    double numbers[3];
    int more;
    write_table("new.csv", "town,x\nBergen,2\n");
    CU_ASSERT_EQUAL_FATAL(oc_csv_table_open(&table, path, s, &ignoring), OC_OK);
    CU_ASSERT_EQUAL(oc_csv_table_next(table, numbers, &more), OC_OK);
    CU_ASSERT(numbers[0] == 2 && numbers[1] == 0 && numbers[2] == 0);
    oc_csv_table_close(table);
    oc_dataset_close(d);
    /* Without a header columns are known by their numbers. */
    d = import("1,a,5\n2,b,6\n", (oc_import_csv){.roles.label = {{"2"}, 1}, .roles.no_header = 1});
    s = &oc_dataset_describe(d)->schema;
    CU_ASSERT_EQUAL(read_all(s, "1,a,5\n", (oc_csv_table_options){.no_header = 1}), OC_OK);
    CU_ASSERT_EQUAL(read_all(s, "3,1\n5,1\n", (oc_csv_table_options){.skip_lines = 0}), OC_OK);
    CU_ASSERT_EQUAL(read_all(s, "1,5\n", (oc_csv_table_options){.no_header = 1}), OC_ERR_DATA);
    oc_dataset_close(d);
    const oc_schema nameless = {.channels = 2, .height = 1, .width = 1};
    CU_ASSERT_EQUAL(read_all(&nameless, "a,b\n1,2\n", (oc_csv_table_options){.skip_lines = 0}),
                    OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "have no names"));
}

static const oc_case cases[] = {
    {"numbers keep their meaning", numbers_keep_their_meaning},
    {"the schema says what columns are", the_schema_says_what_columns_are},
    {"new tables have the same bits", new_tables_have_the_same_bits},
    {"new tables that do not fit", new_tables_that_do_not_fit},
};

int main(void)
{
    return OC_RUN_CASES("csv_table", cases);
}
