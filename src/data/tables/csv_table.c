/* csv_table.c - see csv_table.h. The importer's own columns do the work, so both mean the same. */
#include "data/tables/csv_table.h"

#include "data/tables/csv_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oc_csv_table {
    oc_csv csv;
    oc_csv_columns columns;
    oc_csv_mapping mapping;
    int is_first; /* the record at hand is the first of data: there is no header */
    char path[];
};

/* Without a header the fields are called by their numbers. */
static oc_status map_numbered(oc_csv_table *table, const oc_csv_lists *ignore)
{
    const size_t fields = table->csv.fields;
    size_t used = 0;
    char *const text = malloc(fields * 24);
    size_t *const begin = malloc(fields * sizeof *begin);
    oc_csv header = {.path = table->path,
                     .line = table->csv.line,
                     .text = text,
                     .begin = begin,
                     .fields = fields};
    if (!text || !begin) {
        free(text);
        free(begin);
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for columns", table->path);
    }
    for (size_t i = 0; i < fields; i++) {
        begin[i] = used;
        used += (size_t)snprintf(text + used, 24, "%zu", i + 1) + 1;
    }
    const oc_status status =
        oc_csv_mapping_create(&table->mapping, &table->columns, &header, ignore, 0);
    free(text);
    free(begin);
    return status;
}

static oc_status find_columns(oc_csv_table *table, const oc_csv_table_options *options)
{
    int more = 0;
    oc_status status = oc_csv_next(&table->csv, &more);
    if (!status && !more)
        return oc_fail(OC_ERR_DATA, "%s: no data lines", table->path);
    table->is_first = options->no_header;
    if (!status && options->no_header)
        return map_numbered(table, &options->ignore);
    return status ? status
                  : oc_csv_mapping_create(&table->mapping, &table->columns, &table->csv,
                                          &options->ignore, 0);
}

oc_status oc_csv_table_open(oc_csv_table **out, const char *path, const oc_schema *trained,
                            const oc_csv_table_options *options)
{
    const size_t bytes = strlen(path) + 1;
    oc_csv_table *table = calloc(1, sizeof *table + bytes);
    *out = NULL;
    if (!table)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    memcpy(table->path, path, bytes);
    oc_status status = oc_csv_columns_restore(&table->columns, trained, path);
    table->columns.ignore_unknown = options->unknown_level_ignore;
    if (!status)
        status = oc_csv_open(&table->csv, table->path,
                             options->delimiter ? options->delimiter : ',', options->skip_lines);
    if (!status)
        status = find_columns(table, options);
    if (status)
        oc_csv_table_close(table);
    else
        *out = table;
    return status;
}

void oc_csv_table_close(oc_csv_table *table)
{
    if (!table)
        return;
    oc_csv_mapping_free(&table->mapping);
    oc_csv_columns_free(&table->columns);
    oc_csv_close(&table->csv);
    free(table);
}

oc_status oc_csv_table_next(oc_csv_table *table, double *numbers, int *more)
{
    int32_t label = 0;
    oc_status status = OC_OK;
    *more = 1;
    if (!table->is_first)
        status = oc_csv_next(&table->csv, more);
    table->is_first = 0;
    if (status || !*more)
        return status;
    status = oc_csv_columns_scan(&table->columns, &table->csv, &table->mapping, 0);
    return status ? status
                  : oc_csv_columns_values(&table->columns, &table->csv, &table->mapping, numbers,
                                          NULL, &label);
}

uint64_t oc_csv_table_line(const oc_csv_table *table)
{
    return table->csv.line;
}
