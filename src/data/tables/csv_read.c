/* csv_read.c - see csv_read.h. Memory: one block, and the record at hand. */
#include "data/tables/csv_read.h"

#include "base/utf8.h"
#include "data/files/packed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 18, END = -1 };

static oc_status fail_at(const oc_csv *csv, const char *what)
{
    return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": %s", csv->path, csv->line, what);
}

/* The next byte, or END. */
static oc_status peek(oc_csv *csv, int *byte)
{
    if (csv->at == csv->filled) {
        csv->at = 0;
        const oc_status status = oc_packed_read(csv->file, csv->block, BLOCK_BYTES, &csv->filled);
        if (status)
            return status;
    }
    *byte = csv->at < csv->filled ? csv->block[csv->at] : END;
    return OC_OK;
}

static oc_status next(oc_csv *csv, int *byte)
{
    const oc_status status = peek(csv, byte);
    if (!status && *byte != END)
        csv->at++;
    if (!status && *byte == '\n')
        csv->lines++;
    return status;
}

static oc_status put(oc_csv *csv, int byte)
{
    if (csv->used == csv->room) {
        const size_t room = csv->room ? 2 * csv->room : 4096;
        char *text = csv->used < OC_CSV_MOST_BYTES ? realloc(csv->text, room) : NULL;
        if (!text)
            return csv->used < OC_CSV_MOST_BYTES
                       ? oc_fail(OC_ERR_MEMORY, "%s: no memory for a record", csv->path)
                       : fail_at(csv, "a record of more than 16 MiB; is a quote missing?");
        csv->text = text;
        csv->room = room;
    }
    csv->text[csv->used++] = (char)byte;
    return OC_OK;
}

static oc_status begin_field(oc_csv *csv)
{
    if (csv->fields == csv->field_room) {
        const size_t room = csv->field_room ? 2 * csv->field_room : 64;
        size_t *begin = NULL;
        if (csv->fields == OC_CSV_MOST_FIELDS)
            return fail_at(csv, "more than 65536 fields");
        begin = realloc(csv->begin, room * sizeof *begin);
        if (!begin)
            return oc_fail(OC_ERR_MEMORY, "%s: no memory for a record", csv->path);
        csv->begin = begin;
        csv->field_room = room;
    }
    csv->begin[csv->fields++] = csv->used;
    return OC_OK;
}

static int is_blank(int byte)
{
    return byte == ' ' || byte == '\t';
}

/* The rest of a quoted field, behind its first quote, and blanks behind its last. */
static oc_status read_quoted(oc_csv *csv)
{
    int byte;
    for (;;) {
        oc_status status = next(csv, &byte);
        if (status)
            return status;
        if (byte == END)
            return fail_at(csv, "the file ends within quotes");
        if (byte == '\0')
            return fail_at(csv, "a NUL byte: not text");
        if (byte == '"') {
            status = peek(csv, &byte);
            if (status)
                return status;
            if (byte != '"')
                break;
            csv->at++;
        }
        if ((status = put(csv, byte)) != OC_OK)
            return status;
    }
    while (is_blank(byte) && byte != csv->delimiter) {
        oc_status status = next(csv, &byte);
        if (!status)
            status = peek(csv, &byte);
        if (status)
            return status;
    }
    return OC_OK;
}

/* A field that is not quoted, up to its delimiter or line end, which stay. */
static oc_status read_plain(oc_csv *csv)
{
    const size_t first = csv->used;
    int byte;
    for (;;) {
        oc_status status = peek(csv, &byte);
        if (status)
            return status;
        if (byte == END || byte == '\n' || byte == '\r' || byte == csv->delimiter)
            break;
        if (byte == '\0')
            return fail_at(csv, "a NUL byte: not text");
        if (byte == '"')
            return fail_at(csv, "a quote within a field that does not begin with one");
        csv->at++;
        if ((status = put(csv, byte)) != OC_OK)
            return status;
    }
    while (csv->used > first && is_blank(csv->text[csv->used - 1]))
        csv->used--;
    return OC_OK;
}

/* Blanks before a field, the field, its NUL. */
static oc_status read_field(oc_csv *csv)
{
    int byte;
    oc_status status = begin_field(csv);
    if (!status)
        status = peek(csv, &byte);
    while (!status && is_blank(byte) && byte != csv->delimiter) {
        csv->at++;
        status = peek(csv, &byte);
    }
    if (status)
        return status;
    if (byte == '"') {
        csv->at++;
        status = read_quoted(csv);
    } else {
        status = read_plain(csv);
    }
    return status ? status : put(csv, '\0');
}

/* Behind a field: a delimiter (*ended 0), or the end of the line or file. */
static oc_status read_separator(oc_csv *csv, int *ended)
{
    int byte;
    oc_status status = next(csv, &byte);
    *ended = 1;
    if (!status && byte == '\r') {
        status = next(csv, &byte);
        if (!status && byte != '\n' && byte != END)
            return fail_at(csv, "a carriage return without a line feed");
        return status;
    }
    if (status || byte == '\n' || byte == END)
        return status;
    *ended = 0;
    return byte == csv->delimiter ? OC_OK : fail_at(csv, "text after a quoted field");
}

oc_status oc_csv_next(oc_csv *csv, int *more)
{
    int byte = 0, ended = 1;
    *more = 0;
    do {
        csv->line = csv->lines + 1;
        csv->used = csv->fields = 0;
        oc_status status = peek(csv, &byte);
        if (status || byte == END)
            return status;
        do {
            status = read_field(csv);
            if (!status)
                status = read_separator(csv, &ended);
            if (status)
                return status;
        } while (!ended);
    } while (csv->fields == 1 && csv->text[0] == '\0');
    for (size_t i = 0; i < csv->fields; i++)
        if (!oc_utf8_is_valid(oc_csv_field(csv, i)))
            return fail_at(csv, "not UTF-8");
    *more = 1;
    return OC_OK;
}

const char *oc_csv_field(const oc_csv *csv, size_t i)
{
    return csv->text + csv->begin[i];
}

static oc_status skip_lines(oc_csv *csv, uint64_t skip)
{
    int byte = 0;
    while (csv->lines < skip) {
        const oc_status status = next(csv, &byte);
        if (status)
            return status;
        if (byte == END)
            return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " lines, but %" PRIu64 " to skip", csv->path,
                           csv->lines, skip);
    }
    return OC_OK;
}

oc_status oc_csv_open(oc_csv *csv, const char *path, char delimiter, uint64_t skip)
{
    int byte;
    *csv = (oc_csv){.path = path, .delimiter = delimiter};
    oc_status status = oc_packed_open(&csv->file, path);
    if (status)
        return status;
    csv->block = malloc(BLOCK_BYTES);
    if (!csv->block)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
    if (!status)
        status = peek(csv, &byte);
    const char *const foreign = status ? NULL : oc_utf8_foreign(csv->block, csv->filled);
    if (foreign)
        status = oc_fail(OC_ERR_DATA, "%s: found text in %s, expected UTF-8", path, foreign);
    if (!status)
        csv->at = oc_utf8_mark(csv->block, csv->filled);
    if (!status)
        status = skip_lines(csv, skip);
    if (status)
        oc_csv_close(csv);
    return status;
}

void oc_csv_close(oc_csv *csv)
{
    oc_packed_close(csv->file);
    free(csv->block);
    free(csv->text);
    free(csv->begin);
    memset(csv, 0, sizeof *csv);
}
