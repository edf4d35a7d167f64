/* tally.c - see tally.h. */
#include "import/tally.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 100 };

static void copy_plain(char *to, const char *from)
{
    size_t i = 0;
    for (; from[i] && i + 1 < OC_TALLY_TEXT; i++)
        to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    to[i] = '\0';
}

static oc_tally_item *find(const oc_tally *tally, const char *what, const char *detail)
{
    for (size_t i = 0; i < tally->count; i++)
        if (strcmp(tally->item[i].what, what) == 0 && strcmp(tally->item[i].detail, detail) == 0)
            return &tally->item[i];
    return NULL;
}

oc_status oc_tally_add(oc_tally *tally, const char *what, const char *detail)
{
    oc_tally_item new = {.count = 1};
    copy_plain(new.what, what);
    copy_plain(new.detail, detail);
    oc_tally_item *found = find(tally, new.what, new.detail);
    if (!found && tally->count >= MOST_ITEMS && new.detail[0]) {
        copy_plain(new.detail, "others");
        found = find(tally, new.what, new.detail);
    }
    if (found) {
        found->count++;
        return OC_OK;
    }
    if (tally->count == tally->room) {
        const size_t room = tally->room ? 2 * tally->room : 16;
        oc_tally_item *const more = realloc(tally->item, room * sizeof *more);
        if (!more)
            return oc_fail(OC_ERR_MEMORY, "no memory to count what happened");
        tally->item = more;
        tally->room = room;
    }
    tally->item[tally->count++] = new;
    return OC_OK;
}

uint64_t oc_tally_count(const oc_tally *tally, const char *what)
{
    uint64_t count = 0;
    for (size_t i = 0; i < tally->count; i++)
        if (!what || strcmp(tally->item[i].what, what) == 0)
            count += tally->item[i].count;
    return count;
}

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t room,
                                                         const char *format, ...)
{
    const size_t used = strlen(text);
    va_list values;
    va_start(values, format);
    vsnprintf(text + used, room - used, format, values);
    va_end(values);
}

static int by_count(const void *one, const void *other)
{
    const oc_tally_item *const a = *(const oc_tally_item *const *)one;
    const oc_tally_item *const b = *(const oc_tally_item *const *)other;
    const int order = (a->count < b->count) - (a->count > b->count);
    return order ? order : strcmp(a->detail, b->detail);
}

/* The details of `what`, in brackets if there are any. */
static void append_details(const oc_tally *tally, const char *what, char *text, size_t room)
{
    const oc_tally_item *of[MOST_ITEMS + 64];
    size_t n = 0;
    for (size_t i = 0; i < tally->count && n < sizeof of / sizeof of[0]; i++)
        if (strcmp(tally->item[i].what, what) == 0 && tally->item[i].detail[0])
            of[n++] = &tally->item[i];
    qsort(of, n, sizeof of[0], by_count);
    for (size_t i = 0; i < n; i++)
        append(text, room, "%s%s %" PRIu64, i ? ", " : " (", of[i]->detail, of[i]->count);
    if (n > 0)
        append(text, room, ")");
}

void oc_tally_text(const oc_tally *tally, char *text, size_t room)
{
    text[0] = '\0';
    for (size_t i = 0; i < tally->count; i++) {
        const char *const what = tally->item[i].what;
        size_t first = 0;
        while (strcmp(tally->item[first].what, what) != 0)
            first++;
        if (first < i)
            continue;
        append(text, room, "%s%" PRIu64 " %s", i ? ", " : "", oc_tally_count(tally, what), what);
        append_details(tally, what, text, room);
    }
}

void oc_tally_free(oc_tally *tally)
{
    free(tally->item);
    *tally = (oc_tally){0};
}
