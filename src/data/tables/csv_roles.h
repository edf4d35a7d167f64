/* csv_roles.h - what the user says about a CSV table: how its text is laid out, and what its
 * columns are for. */
#ifndef OC_DATA_TABLES_CSV_ROLES_H
#define OC_DATA_TABLES_CSV_ROLES_H

#include <stddef.h>
#include <stdint.h>

/* Lists of columns as csv_names.h has them, one for each time that an option is given; not owned.
 */
enum { OC_CSV_LISTS = 64 };
typedef struct oc_csv_lists {
    const char *list[OC_CSV_LISTS];
    size_t count;
} oc_csv_lists;

/* Columns that no list names are features, and numbers. One of the first three is needed. */
typedef struct oc_csv_roles {
    oc_csv_lists label;       /* the class: one column */
    oc_csv_lists targets;     /* numbers */
    oc_csv_lists multi_label; /* 0 or 1 each */
    oc_csv_lists categorical, ignore;
    char delimiter;
    uint64_t skip_lines; /* before the header */
    int no_header;       /* columns are called 1, 2, ... */
} oc_csv_roles;

#endif
