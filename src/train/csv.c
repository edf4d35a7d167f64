/* csv.c - see csv.h. */
#include "train/csv.h"

#include <ctype.h>
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
