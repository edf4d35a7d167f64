/* import_csv_names_test.c - columns that are hard to name: commas, quotes, blanks, no name at all,
 * numbers; very many of them; and tables as pandas writes them. */
#include "harness.h"

#include "base/file.h"
#include "base/status.h"
#include "data/dataset/dataset.h"
#include "data/tables/csv_names.h"
#include "import/import_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char out[256], table[256];

static oc_status import_bytes(const char *text, size_t bytes, oc_import_csv options)
{
    snprintf(out, sizeof out, "%s", oc_scratch_path("names.h5"));
    snprintf(table, sizeof table, "%s", oc_scratch_path("names.csv"));
    remove(out);
    options.common.source = table;
    options.roles.delimiter = ',';
    options.common.test_fraction = 0.5;
    CU_ASSERT_EQUAL_FATAL(oc_file_write(table, text, bytes), OC_OK);
    return oc_import_csv_run(&options, out);
}

static oc_status import_text(const char *text, oc_import_csv options)
{
    const oc_status status = import_bytes(text, strlen(text), options);
    if (status)
        CU_ASSERT(!oc_file_exists(out));
    return status;
}

/* "channels targets: names of targets" of the set that was made. */
static const char *made(void)
{
    static char text[512];
    oc_dataset *dataset = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    size_t used =
        (size_t)snprintf(text, sizeof text, "%d %d:", info->schema.channels, info->schema.classes);
    for (int c = 0; c < info->schema.classes; c++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, " [%s]", info->schema.class_names[c]);
    oc_dataset_close(dataset);
    return text;
}

static void expect(oc_status status, const char *what)
{
    CU_ASSERT_EQUAL(status, OC_OK);
    if (status) {
        printf("%s\n", oc_message());
        return;
    }
    CU_ASSERT_STRING_EQUAL(made(), what);
}

static void refuses(oc_status found, oc_status expected, const char *says)
{
    CU_ASSERT_EQUAL(found, expected);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), says));
    if (!strstr(oc_message(), says))
        printf("expected %s\nfound    %s\n", says, oc_message());
}

static const char hard[] = ",\"Income ($, thousand)\",age,\"say \"\"hi\"\"\",two words,3\n"
                           "0,1.5,2,3,4,7\n1,2.5,3,4,5,8\n";

/* Every way to name a column, in every option. */
static void names_of_every_kind(void)
{
    const struct {
        oc_csv_lists targets, ignore;
        const char *made;
    } ways[] = {
        {{{"\"Income ($, thousand)\",age"}, 1}, {{""}, 1}, "3 2: [Income ($, thousand)] [age]"},
        {{{"\"Income ($, thousand)\"", "age"}, 2},
         {{"#1"}, 1},
         "3 2: [Income ($, thousand)] [age]"},
        {{{"\"say \"\"hi\"\"\""}, 1}, {{",age"}, 1}, "3 1: [say \"hi\"]"},
        {{{" two words "}, 1}, {{"", "\"3\""}, 2}, "3 1: [two words]"},
        {{{"#3,2"}, 1}, {{""}, 1}, "3 2: [age] [Income ($, thousand)]"}, /* none is called 2 */
        {{{"3"}, 1}, {{"", "#3"}, 2}, "3 1: [3]"},                       /* one is called 3 */
        {{{"#6 , \"two words\""}, 1}, {{"\"\""}, 1}, "3 2: [3] [two words]"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        expect(import_text(hard, (oc_import_csv){.roles.targets = ways[i].targets,
                                                 .roles.ignore = ways[i].ignore}),
               ways[i].made);
    /* Labels, several labels and categories are named alike. */
    expect(import_text("a,\"b,c\",d\n1,u,3\n2,v,3\n3,u,3\n4,v,3\n",
                       (oc_import_csv){.roles.label = {{"\"b,c\""}, 1},
                                       .roles.categorical = {{"#1", "d"}, 2}}),
           "5 2: [u] [v]");
    expect(import_text("a,\"b,c\"\n1,1\n2,0\n",
                       (oc_import_csv){.roles.multi_label = {{"\"b,c\""}, 1}}),
           "1 1: [b,c]");
    expect(import_text("#2,x\n1,5\n2,6\n", (oc_import_csv){.roles.targets = {{"\"#2\""}, 1}}),
           "1 1: [#2]");
    expect(import_text("1,5\n2,6\n",
                       (oc_import_csv){.roles.targets = {{"2"}, 1}, .roles.no_header = 1}),
           "1 1: [2]");
}

static void names_that_are_not_there(void)
{
    const struct {
        const char *list, *says;
    } wrong[] = {
        {"Age,agee", "--targets agee: "}, /* "Age" is said first, but is near to age */
        {"age,income", "such column; it has \"Income ($, thousand)\", \"\", age"},
        {"Income ($, thousand)", "--targets Income ($: "},
        {"agee",
         "no such column; it has age, \"\", \"Income ($, thousand)\", \"say \"\"hi\"\"\", two"},
        {"#7", "has columns #1 to #6"},
        {"#0", "has columns #1 to #6"},
        {"\"#2\"", "--targets \"#2\": "},
        {"9", "--targets 9: "},
        {"\"age", "a quote is never closed"},
        {"\"age\"x", "text after a quoted name"},
        {"age,#3", "column 3 is named twice"},
    };
    for (size_t i = 1; i < sizeof wrong / sizeof wrong[0]; i++)
        refuses(import_text(hard, (oc_import_csv){.roles.targets = {{wrong[i].list}, 1},
                                                  .roles.ignore = {{""}, 1}}),
                OC_ERR_USAGE, wrong[i].says);
    refuses(import_text("a,b\n1,2\n", (oc_import_csv){.roles.label = {{"a", "b"}, 2}}),
            OC_ERR_USAGE, "--label b: expected one column");
    refuses(import_text("a,b\n1,2\n",
                        (oc_import_csv){.roles.label = {{"a"}, 1}, .roles.ignore = {{""}, 1}}),
            OC_ERR_USAGE, "--ignore \"\": ");
    refuses(
        import_text(hard, (oc_import_csv){.roles.targets = {{"age"}, 1}}), OC_ERR_DATA,
        "line 1: column 1 has no name, as pandas writes its index: leave it out with --ignore ''");
}

/* Two columns of a name: one must go, by its number. */
static void names_that_are_two(void)
{
    static const char twice[] = "x,y,x,,\n1,2,3,4,5\n2,3,4,5,6\n";
    const oc_csv_lists y = {{"y"}, 1};
    refuses(import_text(twice, (oc_import_csv){.roles.targets = y, .roles.ignore = {{""}, 1}}),
            OC_ERR_DATA,
            "two columns are called x (1 and 3): leave one out, as with --ignore '#3'");
    refuses(import_text(twice, (oc_import_csv){.roles.targets = y, .roles.ignore = {{"x"}, 1}}),
            OC_ERR_USAGE, "columns 1 and 3 of");
    expect(import_text(twice, (oc_import_csv){.roles.targets = y, .roles.ignore = {{"#1", ""}, 2}}),
           "1 1: [y]");
}

/* As pandas writes a frame: an index without a name, CR LF, quoted numbers, booleans, a last line
 * that is empty, a byte order mark. */
static void tables_as_pandas_writes_them(void)
{
    const oc_import_csv options = {.roles.label = {{"kind"}, 1}, .roles.ignore = {{""}, 1}};
    expect(
        import_text("\xef\xbb\xbf,size,\"is new\",kind\r\n0,\"1.5\",True,a\r\n1,\"2\",False,b\r\n"
                    "2,7,True,a\r\n3,1e-3,True,b\r\n\r\n",
                    options),
        "2 2: [a] [b]");
    oc_dataset *d = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&d, out), OC_OK);
    double sum = 0;
    for (oc_split split = OC_SPLIT_TRAIN; split <= OC_SPLIT_TEST; split++)
        for (uint32_t i = 0; i < oc_dataset_describe(d)->samples[split]; i++) {
            float values[2];
            oc_dataset_gather(d, split, &i, 1, values, NULL);
            sum += (double)values[1] * oc_dataset_describe(d)->schema.deviation[1] +
                   oc_dataset_describe(d)->schema.mean[1];
        }
    CU_ASSERT_DOUBLE_EQUAL(sum, 3, 1e-5);
    oc_dataset_close(d);
    expect(import_text("x,y\n1,True\n2,False\n", (oc_import_csv){.roles.multi_label = {{"y"}, 1}}),
           "1 1: [y]");
    expect(import_text("x,y\n1,True\n2,False\n3,True\n4,False\n",
                       (oc_import_csv){.roles.label = {{"y"}, 1}}),
           "1 2: [False] [True]");
    /* True is 1 only where all is True or False. */
    refuses(import_text("x,y\nTrue,1\n1,2\n", (oc_import_csv){.roles.targets = {{"y"}, 1}}),
            OC_ERR_DATA, "line 3, column x: found 1, expected True or False as in earlier lines");
    refuses(import_text("x,y\n1,1\nFalse,2\n", (oc_import_csv){.roles.targets = {{"y"}, 1}}),
            OC_ERR_DATA, "line 3, column x: found False, expected a number as in earlier lines");
    static const char wide[] = "\xff\xfex\0,\0y\0\n\0";
    refuses(import_bytes(wide, sizeof wide - 1, options), OC_ERR_DATA,
            "found text in UTF-16, little-endian, expected UTF-8");
    refuses(import_bytes("\xfe\xff\0x", 4, options), OC_ERR_DATA, "UTF-16, big-endian");
}

/* The limits are said, with the column that breaks them. */
static void too_many_categories(void)
{
    enum { ROWS = 65600 };
    char *text = malloc((size_t)ROWS * 24);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    size_t used = (size_t)sprintf(text, "name,few,x\n");
    for (int i = 0; i < ROWS; i++)
        used += (size_t)sprintf(text + used, "n%d,%d,1\n", i * 7919 % ROWS, i % 3);
    refuses(import_text(text, (oc_import_csv){.roles.label = {{"x"}, 1},
                                              .roles.categorical = {{"few,name"}, 1}}),
            OC_ERR_DATA, "column name has 65534 different values so far (--ignore name leaves");
    refuses(import_text(
                text, (oc_import_csv){.roles.label = {{"name"}, 1}, .roles.ignore = {{"few"}, 1}}),
            OC_ERR_DATA,
            "column name: found 65537 different values, expected at most 65536 classes");
    free(text);
}

enum { COLUMNS = 60000, LINES = 4 };

/* A table so wide that anything quadratic in its columns would take minutes. */
static char *wide_table(void)
{
    char *const text = malloc((size_t)COLUMNS * (LINES + 1) * 12);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    size_t used = 0;
    for (int row = 0; row <= LINES; row++)
        for (int i = 0; i < COLUMNS; i++) {
            const char end = i == COLUMNS - 1 ? '\n' : ',';
            used += (size_t)(row == 0 ? sprintf(text + used, "column%d%c", i, end)
                                      : sprintf(text + used, "%d%c", row % (2 + i % 3), end));
        }
    return text;
}

static void very_many_columns(void)
{
    char *const text = wide_table();
    char *const list = malloc((size_t)COLUMNS * 12);
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    size_t used = 0;
    for (int i = 0; i < COLUMNS; i += 2)
        used += (size_t)sprintf(list + used, "column%d,", i);
    list[used - 1] = '\0';
    oc_dataset *d = NULL;
    CU_ASSERT_EQUAL(import_text(text, (oc_import_csv){.roles.label = {{"column59997"}, 1}}), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&d, out), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_describe(d)->schema.channels, COLUMNS - 1);
    oc_dataset_close(d);
    CU_ASSERT_EQUAL(import_text(text, (oc_import_csv){.roles.targets = {{list}, 1}}), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&d, out), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_describe(d)->schema.channels, COLUMNS / 2);
    CU_ASSERT_EQUAL(oc_dataset_describe(d)->schema.classes, COLUMNS / 2);
    oc_dataset_close(d);
    CU_ASSERT_EQUAL(import_text(text, (oc_import_csv){.roles.label = {{"#1"}, 1},
                                                      .roles.categorical = {{list + 8}, 1}}),
                    OC_ERR_DATA); /* up to four values each: too many features */
    refuses(import_text(text, (oc_import_csv){.roles.label = {{"colum59999"}, 1}}), OC_ERR_USAGE,
            ", column59999, ");
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), " more "));
    /* The same name twice, at the far end. */
    memcpy(strstr(text, "column59999"), "column59998", 11);
    refuses(import_text(text, (oc_import_csv){.roles.label = {{"#1"}, 1}}), OC_ERR_DATA,
            "two columns are called column59998 (59999 and 60000)");
    free(list);
    free(text);
}

static void names_in_messages(void)
{
    char shown[OC_CSV_SHOWN], long_name[400];
    CU_ASSERT_STRING_EQUAL(oc_csv_show("plain", shown), "plain");
    CU_ASSERT_STRING_EQUAL(oc_csv_show("", shown), "\"\"");
    CU_ASSERT_STRING_EQUAL(oc_csv_show("a\"b", shown), "\"a\"\"b\"");
    CU_ASSERT_STRING_EQUAL(oc_csv_show("#12", shown), "\"#12\"");
    CU_ASSERT_STRING_EQUAL(oc_csv_show("a\x1b[31m\n", shown), "\"a?[31m?\"");
    for (size_t i = 0; i < 199; i++)
        memcpy(long_name + 2 * i, "\xc3\xa4", 3); /* cut between characters */
    for (int offset = 0; offset < 2; offset++) {
        long_name[0] = 'x';
        oc_csv_show(offset ? long_name + 2 : long_name, shown);
        const size_t length = strlen(shown);
        CU_ASSERT(length < OC_CSV_SHOWN && strcmp(shown + length - 3, "...") == 0);
        CU_ASSERT(((unsigned char)shown[length - 4] & 0xC0) == 0x80);
        CU_ASSERT(((unsigned char)shown[length - 5] & 0xC0) == 0xC0);
    }
    memset(long_name, '"', sizeof long_name);
    long_name[399] = '\0';
    CU_ASSERT(strlen(oc_csv_show(long_name, shown)) < OC_CSV_SHOWN);
}

static const oc_case cases[] = {
    {"names of every kind", names_of_every_kind},
    {"names that are not there", names_that_are_not_there},
    {"names that are two", names_that_are_two},
    {"tables as pandas writes them", tables_as_pandas_writes_them},
    {"too many categories", too_many_categories},
    {"very many columns", very_many_columns},
    {"names in messages", names_in_messages},
};

int main(void)
{
    return OC_RUN_CASES("import_csv_names", cases);
}
