/* csv_text.h - fields of CSV tables that are written, as RFC 4180 has them. */
#ifndef OC_BASE_CSV_TEXT_H
#define OC_BASE_CSV_TEXT_H

#include <stdio.h>

/* Local. A field: in quotes if it holds a comma, a quote or a line end; in quotes always. */
void oc_csv_put(FILE *out, const char *text);
void oc_csv_put_quoted(FILE *out, const char *text);

#endif
