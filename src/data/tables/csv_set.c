/* csv_set.c - see csv_set.h. */
#include "data/tables/csv_set.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A value to look for. */
static oc_csv_value value_of(const char *text)
{
    const char *digits = text + (*text == '-');
    const size_t length = strlen(digits);
    oc_csv_value value = {.text = text};
    value.is_whole = length >= 1 && length <= 18 && strspn(digits, "0123456789") == length;
    if (value.is_whole)
        value.whole = strtoll(text, NULL, 10);
    return value;
}

static int compare(const void *one, const void *other)
{
    const oc_csv_value *a = one, *b = other;
    if (a->is_whole != b->is_whole)
        return a->is_whole ? -1 : 1;
    if (a->is_whole && a->whole != b->whole)
        return a->whole < b->whole ? -1 : 1;
    return strcmp(a->text, b->text);
}

static int compare_items(const void *one, const void *other)
{
    return compare(*(oc_csv_value *const *)one, *(oc_csv_value *const *)other);
}

static oc_status no_memory(void)
{
    return oc_fail(OC_ERR_MEMORY, "no memory for the values of a column");
}

static oc_status insert(oc_csv_set *set, const oc_csv_value *like, oc_csv_value **made)
{
    const size_t bytes = strlen(like->text) + 1;
    if (set->count == set->room) {
        const size_t room = set->room ? 2 * set->room : 16;
        oc_csv_value **item = realloc(set->item, room * sizeof(oc_csv_value *));
        if (!item)
            return no_memory();
        set->item = item;
        set->room = room;
    }
    oc_csv_value *value = malloc(sizeof *value + bytes);
    if (!value)
        return no_memory();
    char *const text = (char *)(value + 1);
    memcpy(text, like->text, bytes);
    *value = *like;
    value->text = text;
    if (!tsearch(value, &set->tree, compare)) {
        free(value);
        return no_memory();
    }
    set->item[set->count++] = *made = value;
    set->bytes += bytes;
    return OC_OK;
}

oc_status oc_csv_set_count(oc_csv_set *set, const char *text, int collect, oc_csv_value **found)
{
    const oc_csv_value like = value_of(text);
    if (set->tree || set->count == 0) {
        oc_csv_value **const node = tfind(&like, &set->tree, compare);
        *found = node ? *node : NULL;
    } else { /* sorted */
        const size_t at = oc_csv_set_find(set, text);
        *found = at < set->count ? set->item[at] : NULL;
        collect = 0;
    }
    const oc_status status = !*found && collect ? insert(set, &like, found) : OC_OK;
    if (*found)
        (*found)->count++;
    return status;
}

static void leave(void *value)
{
    (void)value; /* belongs to the list */
}

void oc_csv_set_sort(oc_csv_set *set)
{
    tdestroy(set->tree, leave);
    set->tree = NULL;
    if (set->count > 0)
        qsort(set->item, set->count, sizeof(oc_csv_value *), compare_items);
    for (size_t i = 0; i < set->count; i++)
        set->item[i]->level = i;
}

size_t oc_csv_set_find(const oc_csv_set *set, const char *text)
{
    oc_csv_value like = value_of(text), *key = &like;
    oc_csv_value **const found =
        set->count > 0 ? bsearch(&key, set->item, set->count, sizeof(oc_csv_value *), compare_items)
                       : NULL;
    return found ? (size_t)(found - set->item) : set->count;
}

void oc_csv_set_free(oc_csv_set *set)
{
    tdestroy(set->tree, leave);
    for (size_t i = 0; i < set->count; i++)
        free(set->item[i]);
    free(set->item);
    *set = (oc_csv_set){0};
}
