/* csv_text.c - see csv_text.h. */
#include "base/csv_text.h"

#include <string.h>

void oc_csv_put_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void oc_csv_put(FILE *out, const char *text)
{
    if (text[strcspn(text, ",\"\r\n")])
        oc_csv_put_quoted(out, text);
    else
        fputs(text, out);
}
