/* tally_test.c - what happened how often, in one line. */
#include "harness.h"

#include "import/tally.h"

#include <stdio.h>
#include <string.h>

static void a_line(void)
{
    oc_tally tally = {0};
    char text[200], small[20];
    oc_tally_text(&tally, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "");
    CU_ASSERT_EQUAL(oc_tally_add(&tally, "unknown", ".xml"), OC_OK);
    CU_ASSERT_EQUAL(oc_tally_add(&tally, "damaged", ""), OC_OK);
    CU_ASSERT_EQUAL(oc_tally_add(&tally, "unknown", ".txt"), OC_OK);
    CU_ASSERT_EQUAL(oc_tally_add(&tally, "unknown", ".txt"), OC_OK);
    CU_ASSERT_EQUAL(oc_tally_add(&tally, "unknown", ".\033[2J\xff"), OC_OK);
    oc_tally_text(&tally, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "4 unknown (.txt 2, .?[2J? 1, .xml 1), 1 damaged");
    oc_tally_text(&tally, small, sizeof small);
    CU_ASSERT_STRING_EQUAL(small, "4 unknown (.txt 2, ");
    CU_ASSERT(oc_tally_count(&tally, "unknown") == 4 && oc_tally_count(&tally, NULL) == 5);
    oc_tally_free(&tally);
}

/* However many different details come, memory and line stay small. */
static void many_details(void)
{
    oc_tally tally = {0};
    char text[8000], detail[200];
    for (int i = 0; i < 5000; i++) {
        snprintf(detail, sizeof detail, "%s.%d",
                 i % 2 ? "a very long ending, longer than fits, of "
                         "a file that somebody made up"
                       : "",
                 i);
        CU_ASSERT_EQUAL(oc_tally_add(&tally, "unknown", detail), OC_OK);
    }
    CU_ASSERT(tally.count <= 101);
    CU_ASSERT_EQUAL(oc_tally_count(&tally, "unknown"), 5000);
    oc_tally_text(&tally, text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "others"));
    oc_tally_free(&tally);
}

int main(void)
{
    const oc_case cases[] = {{"a line", a_line}, {"many details", many_details}};
    return OC_RUN_CASES("tally", cases);
}
