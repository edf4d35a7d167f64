/* csv_set.h - the different values of a column, with how many records have each. While they are
 * collected they lie in a balanced tree, so that neither many values nor a malicious order of them
 * costs more than the logarithm; then they are sorted. */
#ifndef OC_DATA_TABLES_CSV_SET_H
#define OC_DATA_TABLES_CSV_SET_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_csv_value {
    uint64_t count; /* of records that have it */
    long long whole;
    int is_whole; /* a whole number of at most 18 digits */
    size_t level; /* which level it is of its feature: once sorted, as it is sorted */
    const char *text;
} oc_csv_value;

/* Sorted: whole numbers by value, then other texts by their bytes. */
typedef struct oc_csv_set {
    oc_csv_value **item;
    size_t count, room, bytes;
    void *tree; /* while values are collected; see tsearch(3) */
} oc_csv_set;

enum { OC_CSV_SET_BYTES = 64 << 20 };

/* Local. Count the value once more, with `collect`, before they are sorted, adding it if it is new;
 * *found is NULL when it
 * is not there. OC_ERR_INTERNAL. */
oc_status oc_csv_set_count(oc_csv_set *set, const char *text, int collect, oc_csv_value **found);

/* Local. All are collected: sort them. */
void oc_csv_set_sort(oc_csv_set *set);

/* Local. Where the value is among the sorted ones; `count` when it is not. */
size_t oc_csv_set_find(const oc_csv_set *set, const char *text);

void oc_csv_set_free(oc_csv_set *set); /* safe on a zeroed one */

#endif
