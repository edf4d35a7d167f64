/* csv_names.h - the names of a table's columns, and lists in which somebody names some of them.
 *
 * A list is written as a line of CSV: names between commas, in quotes where they hold commas or
 * quotes. In quotes a text is always a name. Without, #3 is always the third column, 3 the column
 * called 3 or else the third one, and an empty text all columns without a name. */
#ifndef OC_DATA_TABLES_CSV_NAMES_H
#define OC_DATA_TABLES_CSV_NAMES_H

#include "base/status.h"

#include <stddef.h>

enum { OC_CSV_SHOWN = 64 /* bytes of a name in messages, with its NUL */ };

typedef struct oc_csv_names {
    const char *const *name; /* (count) of columns, "" where they have none; not owned */
    size_t count;
    size_t *sorted; /* (count) the columns by name, those of one name by place */
} oc_csv_names;

/* Local. `name` must outlive it. OC_ERR_INTERNAL. */
oc_status oc_csv_names_create(oc_csv_names *names, const char *const *name, size_t count);
void oc_csv_names_free(oc_csv_names *names); /* safe on a zeroed one */

/* Local. The columns called `name`: sorted[result] and so on, *found of them. Quick. */
size_t oc_csv_names_find(const oc_csv_names *names, const char *name, size_t *found);

/* Local. The columns of a list, in its order -> *column (*count), freed by the caller with free().
 * `option` and `path`, the table, are for messages. OC_ERR_USAGE for a list that is not well
 * formed, a column that is not there (with those that are, the nearest first) and a name that
 * several columns have; OC_ERR_INTERNAL. */
oc_status oc_csv_names_pick(const oc_csv_names *names, const char *list, const char *option,
                            const char *path, size_t **column, size_t *count);

/* Local. A name for a message, as a list has it: in quotes where it needs them, cut where it is
 * long, without control characters. Returns out. */
const char *oc_csv_show(const char *name, char out[OC_CSV_SHOWN]);

/* Local. Add ", NAME" to a text of `bytes` (without the comma to an empty one); 0 when it no longer
 * fits, and then nothing is added. */
int oc_csv_list_add(char *text, size_t bytes, const char *name);

#endif
