/* csv_table_fuzz.c - `predict --csv`: new rows for a network trained on the columns x, word (a or
 * b) and z. The first byte of the input chooses how the table is read, the rest is the table. Every
 * row that is taken must be finite, with a single 1 for the word, or none where that may be. */
#include "fuzz/fuzz.h"

#include "data/tables/csv_table.h"

#include <math.h>
#include <stdlib.h>

enum { VALUES = 4 /* x, two levels, z */ };

static oc_schema trained(void)
{
    static const char *const levels[] = {"a", "b"};
    oc_schema schema = {.channels = VALUES, .height = 1, .width = 1};
    if (oc_schema_add_feature(&schema, "x", NULL, 0) ||
        oc_schema_add_feature(&schema, "word", levels, 2) ||
        oc_schema_add_feature(&schema, "z", NULL, 0) || oc_schema_set_classes(&schema, NULL, 2) ||
        oc_schema_set_label(&schema, "y"))
        abort();
    return schema;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {',', ';', '\t', ' '};
    char path[FUZZ_PATH];
    oc_csv_table *table = NULL;
    double row[VALUES];
    int more = 1;
    if (size < 1)
        return 0;
    const int ignore_unknown = data[0] >> 4 & 1;
    const int file = fuzz_open(data + 1, size - 1, path);
    const oc_csv_table_options options = {
        .ignore = {{"extra"}, (size_t)(data[0] >> 5 & 1)},
        .delimiter = delimiters[data[0] & 3],
        .skip_lines = data[0] >> 2 & 1,
        .no_header = data[0] >> 3 & 1,
        .unknown_level_ignore = ignore_unknown,
    };
    oc_schema schema = trained();
    oc_status status = oc_csv_table_open(&table, path, &schema, &options);
    oc_schema_free(&schema); /* nothing is kept of it */
    while (!status && more) {
        status = oc_csv_table_next(table, row, &more);
        if (status || !more)
            break;
        const double words = row[1] + row[2];
        if (!isfinite(row[0]) || !isfinite(row[3]) ||
            !(words == 1 || (words == 0 && ignore_unknown)) || oc_csv_table_line(table) == 0)
            abort();
    }
    oc_csv_table_close(table);
    fuzz_close(file);
    return 0;
}
