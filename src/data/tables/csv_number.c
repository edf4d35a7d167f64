/* csv_number.c - see csv_number.h. */
#include "data/tables/csv_number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(text, words[i]) == 0)
            return 1;
    return 0;
}

/* It begins like no number. */
static oc_csv_reading read_word(const char *text, double *value)
{
    static const char *const missing[] = {"nan",  "na",   "n/a", "#n/a", "<na>",
                                          "null", "none", "nat", "-nan", "+nan"};
    static const char *const infinite[] = {"inf", "infinity"};
    const char *const unsigned_text = text + (*text == '-' || *text == '+');
    if (!*text || is_one_of(text, missing, sizeof missing / sizeof missing[0]))
        return OC_CSV_IS_MISSING;
    if (is_one_of(unsigned_text, infinite, sizeof infinite / sizeof infinite[0]))
        return OC_CSV_IS_INFINITE;
    if (strcasecmp(text, "true") != 0 && strcasecmp(text, "false") != 0)
        return OC_CSV_IS_WORD;
    *value = strcasecmp(text, "true") == 0;
    return OC_CSV_IS_BOOLEAN;
}

oc_csv_reading oc_csv_read_number(const char *text, locale_t plain, double *value)
{
    char *end;
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return read_word(text, value);
    *value = strtod_l(text, &end, plain);
    if (end == text || *end)
        return OC_CSV_IS_WORD;
    return fabs(*value) <= (double)FLT_MAX ? OC_CSV_IS_NUMBER : OC_CSV_IS_TOO_LARGE;
}

void oc_csv_explain(oc_csv_reading reading, const char *shown, char *text, size_t bytes)
{
    const char *expected = "a number";
    if (reading == OC_CSV_IS_INFINITE || reading == OC_CSV_IS_MISSING)
        expected = "a finite number";
    else if (reading == OC_CSV_IS_TOO_LARGE)
        expected = "a number of magnitude up to 3.4e38";
    snprintf(text, bytes, "found %s, expected %s", shown, expected);
}
