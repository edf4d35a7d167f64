/* recipe_edit_test.c - does writing a learning rate into a recipe's text change that value's bytes
 * and no others, wherever it stands? */
#include "base/file.h"
#include "recipe/recipe_edit.h"
#include "tests/faults.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void edits_where_the_value_stands(void)
{
    static const struct {
        const char *before, *after;
    } rows[] = {
        {"schedule:\n  max_lr: 1 # mine\n  x: y\n", "schedule:\n  max_lr: 0.05 # mine\n  x: y\n"},
        {"schedule: {name: onecycle, max_lr: '1', a: 2}\n",
         "schedule: {name: onecycle, max_lr: 0.05, a: 2}\n"},
        {"schedule:\r\n  max_lr: 1\r\n", "schedule:\r\n  max_lr: 0.05\r\n"},
        {"schedule:\n  max_lr:\n    1\n", "schedule:\n  max_lr:\n    0.05\n"},
        {"schedule:\n  max_lr: 1", "schedule:\n  max_lr: 0.05"},
        /* libyaml counts characters: bytes before the value are more. */
        {"# \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\nschedule: {max_lr: 1}\n",
         "# \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\nschedule: {max_lr: 0.05}\n"},
        {"\xef\xbb\xbfschedule: {max_lr: 1}\n", "\xef\xbb\xbfschedule: {max_lr: 0.05}\n"},
        /* Keys of that name elsewhere are not meant. */
        {"a: {max_lr: 7, schedule: {max_lr: 8}}\nb: [max_lr, {max_lr: 9}]\nschedule: {max_lr: 1}\n",
         "a: {max_lr: 7, schedule: {max_lr: 8}}\nb: [max_lr, {max_lr: 9}]\nschedule: {max_lr: "
         "0.05}\n"},
        {"{schedule: {max_lr: 1}, a: b}", "{schedule: {max_lr: 0.05}, a: b}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *edited = NULL;
        CU_ASSERT_EQUAL(oc_recipe_edit(&edited, rows[i].before, strlen(rows[i].before), "r.yaml",
                                       "schedule", "max_lr", "0.05"),
                        OC_OK);
        CU_ASSERT_STRING_EQUAL(edited ? edited : "", rows[i].after);
        free(edited);
    }
}

static void inserts_what_is_missing(void)
{
    static const struct {
        const char *before, *after;
    } rows[] = {
        {"# top\nschedule:\n  # why\n  name: onecycle # it\n",
         "# top\nschedule:\n  # why\n  max_lr: 0.05\n  name: onecycle # it\n"},
        {"schedule: {name: onecycle}\n", "schedule: {max_lr: 0.05, name: onecycle}\n"},
        {"schedule: {}\n", "schedule: {max_lr: 0.05}\n"},
        {"schedule: onecycle # it\n", "schedule: {name: onecycle, max_lr: 0.05} # it\n"},
        {"# top\nmodel: mlp\n", "# top\nschedule:\n  max_lr: 0.05\nmodel: mlp\n"},
        {"{model: mlp}\n", "{schedule: {max_lr: 0.05}, model: mlp}\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *edited = NULL;
        CU_ASSERT_EQUAL(oc_recipe_edit(&edited, rows[i].before, strlen(rows[i].before), "r.yaml",
                                       "schedule", "max_lr", "0.05"),
                        OC_OK);
        CU_ASSERT_STRING_EQUAL(edited ? edited : "", rows[i].after);
        free(edited);
    }
}

static void refuses_what_is_no_single_value(void)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"a: b\nschedule:\n  max_lr: [1, 2]\n", "r.yaml:3: schedule.max_lr: is a list"},
        {"schedule: {max_lr: {a: b}}\n", "r.yaml:1: schedule.max_lr: is a list or mapping"},
        {"schedule: [onecycle]\n", "expected keys below it, found a list"},
        {"- a\n", "expected a recipe"},
        {"", "expected a recipe"},
        {"schedule: \"a\n", "not valid YAML"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *edited = NULL;
        CU_ASSERT_EQUAL(oc_recipe_edit(&edited, rows[i].text, strlen(rows[i].text), "r.yaml",
                                       "schedule", "max_lr", "0.05"),
                        OC_ERR_USAGE);
        CU_ASSERT_PTR_NULL(edited);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), rows[i].says));
        free(edited);
    }
}

static const char recipe[] = "model: mlp\ndata: {file: d.h5}\ntrain: {epochs: 1}\n"
                             "optimizer: {groups: [\"fc1*\", \"*\"]}\nschedule: {max_lr: %s}\n";

static void write_recipe(const char *path, const char *rate)
{
    char text[512];
    snprintf(text, sizeof text, recipe, rate);
    CU_ASSERT_EQUAL(oc_file_write(path, text, strlen(text)), OC_OK);
}

/* The file's text is the recipe with `rate`. */
static void check_recipe(const char *path, const char *rate)
{
    char expected[512], *text = NULL;
    size_t length = 0;
    snprintf(expected, sizeof expected, recipe, rate);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, 4096, &text, &length), OC_OK);
    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
}

static void slices_keep_their_proportions(void)
{
    const char *const path = oc_scratch_path("slice.yaml");
    char value[OC_NAME_BYTES];
    write_recipe(path, "'slice(1e-3, 1e-1)'");
    CU_ASSERT_EQUAL(oc_recipe_write_rate(path, 0.0512345, value), OC_OK);
    CU_ASSERT_STRING_EQUAL(value, "\"slice(0.000512, 0.0512)\"");
    check_recipe(path, value);
    write_recipe(path, "slice(1)");
    CU_ASSERT_EQUAL(oc_recipe_write_rate(path, 0.05, value), OC_OK);
    check_recipe(path, "slice(0.05)");
}

static void a_link_stays_a_link(void)
{
    const char *const path = oc_scratch_path("file.yaml"), *const link =
                                                               oc_scratch_path("link.yaml");
    char value[OC_NAME_BYTES];
    struct stat found;
    write_recipe(path, "1");
    CU_ASSERT_EQUAL_FATAL(symlink("file.yaml", link), 0);
    CU_ASSERT_EQUAL(oc_recipe_write_rate(link, 2.5e-5, value), OC_OK);
    CU_ASSERT(lstat(link, &found) == 0 && S_ISLNK(found.st_mode));
    check_recipe(path, "2.5e-05");
}

static void failures_leave_the_file_alone(void)
{
    const char *const path = oc_scratch_path("kept.yaml");
    char value[OC_NAME_BYTES];
    write_recipe(path, "1");
    CU_ASSERT_EQUAL(oc_recipe_write_rate(path, 5000, value), OC_ERR_USAGE); /* above the bound */
    check_recipe(path, "1");
    limit_files(8); /* the disk is full */
    CU_ASSERT_EQUAL(oc_recipe_write_rate(path, 0.5, value), OC_ERR_IO);
    limit_files(RLIM_INFINITY);
    check_recipe(path, "1");
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), ".tmp"), 0);
    CU_ASSERT_EQUAL(oc_recipe_write_rate(oc_scratch_path("none.yaml"), 1, value), OC_ERR_IO);
}

int main(void)
{
    static const oc_case cases[] = {
        {"the value's bytes", edits_where_the_value_stands},
        {"missing keys", inserts_what_is_missing},
        {"no single value", refuses_what_is_no_single_value},
        {"slices", slices_keep_their_proportions},
        {"a link", a_link_stays_a_link},
        {"failures", failures_leave_the_file_alone},
    };
    return OC_RUN_CASES("recipe_edit", cases);
}
