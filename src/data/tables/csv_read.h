/* csv_read.h - a CSV file record by record: RFC 4180 (quoted fields, doubled quotes, line ends in
 * quotes, CR LF or LF), plain or packed with gzip. What it means is not known here. */
#ifndef OC_DATA_TABLES_CSV_READ_H
#define OC_DATA_TABLES_CSV_READ_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_CSV_MOST_BYTES = 16 << 20 /* of a record */, OC_CSV_MOST_FIELDS = 65536 };

typedef struct oc_csv {
    const char *path;
    struct oc_packed *file;
    char delimiter;
    unsigned char *block; /* what is read, and where the next byte of it is */
    size_t filled, at;
    uint64_t line;  /* of the file, from 1: where the record begins */
    uint64_t lines; /* ends of lines so far */
    char *text;     /* the record's fields, each ended by NUL */
    size_t used, room;
    size_t *begin; /* (fields) where each begins in `text` */
    size_t fields, field_room;
} oc_csv;

/* Local. Open, and pass over `skip` lines and a byte order mark. `path` must outlive it.
 * OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_csv_open(oc_csv *csv, const char *path, char delimiter, uint64_t skip);
void oc_csv_close(oc_csv *csv); /* safe on a zeroed one */

/* Local. The next record; *more is 0 at the end of the file. Blanks around fields that are not
 * quoted are taken off, empty lines passed over. OC_ERR_DATA names the line: text that is not
 * UTF-8, a NUL, stray quotes, a record beyond the limits. */
oc_status oc_csv_next(oc_csv *csv, int *more);

/* Local. Field i of the record; borrowed until the next one. */
const char *oc_csv_field(const oc_csv *csv, size_t i);

#endif
