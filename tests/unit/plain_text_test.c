/* plain_text_test.c - text from outside can neither steer a terminal nor forge a line of a log or
 * of a table. */
#include "harness.h"

#include "base/csv_text.h"
#include "base/log.h"
#include "base/plain_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void what_a_terminal_obeys_is_replaced(void)
{
    static const char *const rows[][2] = {
        {"plain", "plain"},
        {"", ""},
        {"\033[31mred", "?[31mred"},
        {"a\nb\rc\td", "a?b?c?d"},
        {"\177", "?"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
         "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc2\x9b"
         "31m",
         "?31m"}, /* CSI as a C1 control */
        {"\x9b"
         "31m",
         "?31m"},             /* and as a byte */
        {"a\xff\xc3", "a??"}, /* not UTF-8 */
        {"\xe2\x80\xae"
         "txt.exe",
         "?txt.exe"}, /* right to left */
        {"\xe2\x80\xa8"
         "line",
         "?line"}, /* line separator */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[OC_PLAIN_TEXT], *text = NULL;
        size_t size = 0;
        CU_ASSERT_STRING_EQUAL(oc_plain_text(rows[i][0], out), rows[i][1]);
        FILE *file = open_memstream(&text, &size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        oc_plain_put(file, rows[i][0]);
        fclose(file);
        CU_ASSERT_STRING_EQUAL(text, rows[i][1]);
        free(text);
    }
}

static void a_long_text_is_cut_between_characters(void)
{
    char text[2 * OC_PLAIN_TEXT + 1], out[OC_PLAIN_TEXT];
    for (size_t i = 0; i < OC_PLAIN_TEXT; i++)
        memcpy(text + 2 * i, "\xc3\xbc", 3);
    oc_plain_text(text, out);
    CU_ASSERT_EQUAL(strlen(out), OC_PLAIN_TEXT - 2);
    CU_ASSERT_EQUAL(strncmp(out, text, strlen(out)), 0);
}

static void a_name_forges_no_line_of_the_log(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    oc_log_terminal(OC_LOG_ERROR);
    oc_log_to_file(file);
    oc_log(OC_LOG_INFO, "%s: 5 samples", "x\n2026-01-01T00:00:00 done\033[2J");
    oc_log_to_file(NULL);
    oc_log_terminal(OC_LOG_DEBUG);
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "x?2026-01-01T00:00:00 done?[2J: 5 samples\n"));
    CU_ASSERT_PTR_EQUAL(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

static void a_field_is_quoted_where_it_must_be(void)
{
    static const char *const rows[][3] = {
        {"plain", "plain", "\"plain\""},  {"", "", "\"\""},
        {"a,b", "\"a,b\"", "\"a,b\""},    {"a \"b\"", "\"a \"\"b\"\"\"", "\"a \"\"b\"\"\""},
        {"a\nb", "\"a\nb\"", "\"a\nb\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int always = 0; always < 2; always++) {
            char *text = NULL;
            size_t size = 0;
            FILE *file = open_memstream(&text, &size);
            CU_ASSERT_PTR_NOT_NULL_FATAL(file);
            (always ? oc_csv_put_quoted : oc_csv_put)(file, rows[i][0]);
            fclose(file);
            CU_ASSERT_STRING_EQUAL(text, rows[i][1 + always]);
            free(text);
        }
}

int main(void)
{
    static const oc_case cases[] = {
        {"what a terminal obeys", what_a_terminal_obeys_is_replaced},
        {"a long text", a_long_text_is_cut_between_characters},
        {"a field of a table", a_field_is_quoted_where_it_must_be},
        {"no forged line", a_name_forges_no_line_of_the_log},
    };
    return OC_RUN_CASES("plain_text", cases);
}
