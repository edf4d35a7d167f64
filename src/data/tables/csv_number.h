/* csv_number.h - a field of a table as a number, and what it is when it is none. */
#ifndef OC_DATA_TABLES_CSV_NUMBER_H
#define OC_DATA_TABLES_CSV_NUMBER_H

#include <locale.h>
#include <stddef.h>

typedef enum oc_csv_reading {
    OC_CSV_IS_NUMBER,
    OC_CSV_IS_BOOLEAN, /* True or False, as pandas writes it, or in other cases; 1 or 0 */
    OC_CSV_IS_MISSING, /* nothing, or a word for it: NaN, NA, null, None */
    OC_CSV_IS_INFINITE,
    OC_CSV_IS_TOO_LARGE, /* for a float; a 1e400 is for a double, too */
    OC_CSV_IS_WORD
} oc_csv_reading;

/* Local. Decimal numbers (`-1.5e3`), rounded to the nearest double. `plain` is the C locale. */
oc_csv_reading oc_csv_read_number(const char *text, locale_t plain, double *value);

/* Local. What was found and expected, for a message: "found NaN, expected a finite number". `shown`
 * is the field as a message may show it. */
void oc_csv_explain(oc_csv_reading reading, const char *shown, char *text, size_t bytes);

#endif
