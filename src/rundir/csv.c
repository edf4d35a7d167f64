/* csv.c - see csv.h. */
#include "rundir/csv.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

size_t oc_csv_width(const char *header)
{
    size_t columns = 1;
    for (; *header && *header != '\n'; header++)
        columns += *header == ',';
    return columns;
}

int oc_csv_row(const char *line, double *values, size_t count)
{
    const char *at = line;
    for (size_t i = 0; i < count; i++) {
        if (isspace((unsigned char)*at)) /* strtod would pass over it */
            return 0;
        char *end = NULL;
        values[i] = strtod(at, &end);
        if (end == at || *end != (i + 1 < count ? ',' : '\n'))
            return 0;
        at = end + 1;
    }
    return *at == '\0';
}

int oc_csv_is_count(double value)
{
    return value >= 0 && value <= 0x1p53 && value == floor(value);
}

oc_csv_end oc_csv_line(FILE *file, char line[OC_CSV_LINE])
{
    size_t length = 0;
    int is_text = 1, c;
    while ((c = getc(file)) != EOF && c != '\n') {
        if (c == '\0' || length == OC_CSV_LINE - 2)
            is_text = 0;
        else
            line[length++] = (char)c;
    }
    if (c == EOF && length == 0 && is_text)
        return OC_CSV_END;
    if (c == '\n')
        line[length++] = '\n';
    line[is_text ? length : 0] = '\0';
    return c == EOF ? OC_CSV_TORN : OC_CSV_WHOLE;
}
