/* csv_names.c - see csv_names.h. */
#include "data/tables/csv_names.h"

#include "base/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LISTED_BYTES = 480, DISTANCES = 3 /* a list's names, the near ones first */ };

/* ---- showing ---- */

static int is_number_sign(const char *text)
{
    return text[0] == '#' && text[1] && strspn(text + 1, "0123456789") == strlen(text + 1);
}

const char *oc_csv_show(const char *name, char out[OC_CSV_SHOWN])
{
    const size_t length = strlen(name), most = OC_CSV_SHOWN - sizeof "\"...\"";
    const int blank = length > 0 && (strchr(" \t", name[0]) || strchr(" \t", name[length - 1]));
    const int quoted = length == 0 || blank || strpbrk(name, ",\"\n") || is_number_sign(name);
    size_t used = 0, i = 0;
    if (quoted)
        out[used++] = '"';
    for (; i < length && used + (name[i] == '"') < most; i++) {
        const unsigned char c = (unsigned char)name[i];
        const int c1 = i > 0 && c < 0xA0 && (unsigned char)name[i - 1] == 0xC2;
        if (c == '"')
            out[used++] = '"';
        out[used++] = c < ' ' || c == 127 || c1 ? '?' : (char)c;
    }
    if (i < length) { /* not in the middle of a character */
        while (i > 0 && ((unsigned char)name[i] & 0xC0) == 0x80) {
            i--;
            used--;
        }
        memcpy(out + used, "...", 3);
        used += 3;
    }
    if (quoted)
        out[used++] = '"';
    out[used] = '\0';
    return out;
}

int oc_csv_list_add(char *text, size_t bytes, const char *name)
{
    char shown[OC_CSV_SHOWN];
    const size_t used = strlen(text), more = strlen(oc_csv_show(name, shown)) + 2;
    if (used + more >= bytes)
        return 0;
    snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", shown);
    return 1;
}

/* ---- finding ---- */

/* qsort_r's argument: the names. */
static int compare_columns(const void *one, const void *other, void *names)
{
    const size_t a = *(const size_t *)one, b = *(const size_t *)other;
    const char *const *name = names;
    const int order = strcmp(name[a], name[b]);
    return order ? order : a < b ? -1 : a > b;
}

oc_status oc_csv_names_create(oc_csv_names *names, const char *const *name, size_t count)
{
    *names = (oc_csv_names){.name = name, .count = count};
    names->sorted = malloc((count + 1) * sizeof *names->sorted);
    if (!names->sorted)
        return oc_fail(OC_ERR_MEMORY, "no memory for the names of %zu columns", count);
    for (size_t i = 0; i < count; i++)
        names->sorted[i] = i;
    qsort_r(names->sorted, count, sizeof *names->sorted, compare_columns, (void *)(uintptr_t)name);
    return OC_OK;
}

void oc_csv_names_free(oc_csv_names *names)
{
    free(names->sorted);
    *names = (oc_csv_names){0};
}

/* How many columns have names before this one, or (`with`) before or equal to it. */
static size_t count_before(const oc_csv_names *names, const char *name, int with)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(names->name[names->sorted[middle]], name) < with)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t oc_csv_names_find(const oc_csv_names *names, const char *name, size_t *found)
{
    const size_t first = count_before(names, name, 0);
    *found = count_before(names, name, 1) - first;
    return first;
}

/* ---- lists ---- */

typedef struct picking {
    const oc_csv_names *names;
    const char *option, *path;
    size_t *column;
    size_t count, room;
} picking;

static oc_status add(picking *p, size_t column)
{
    if (p->count == p->room) {
        const size_t room = p->room ? 2 * p->room : 16;
        size_t *more = realloc(p->column, room * sizeof *more);
        if (!more)
            return oc_fail(OC_ERR_MEMORY, "%s: no memory for a list of columns", p->option);
        p->column = more;
        p->room = room;
    }
    p->column[p->count++] = column;
    return OC_OK;
}

typedef struct nearness {
    size_t distance, column;
} nearness;

static int compare_nearness(const void *one, const void *other)
{
    const nearness *a = one, *b = other;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

/* The columns there are, likely ones first: those that begin with the text, or are spelt nearly so.
 */
static oc_status unknown(const picking *p, const char *text)
{
    const oc_csv_names *names = p->names;
    char shown[OC_CSV_SHOWN], listed[LISTED_BYTES] = "", more[48] = "";
    nearness *near = malloc((names->count + 1) * sizeof *near);
    size_t count = 0;
    if (!near)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a list of columns", p->option);
    for (size_t i = 0; i < names->count; i++) {
        const size_t distance = oc_edit_distance(text, names->name[i]);
        const int begins = *text && strncasecmp(text, names->name[i], strlen(text)) == 0;
        near[i] = (nearness){begins ? 0 : oc_is_near(text, distance) ? distance : SIZE_MAX, i};
    }
    qsort(near, names->count, sizeof *near, compare_nearness);
    while (count < names->count &&
           oc_csv_list_add(listed, sizeof listed, names->name[near[count].column]))
        count++;
    free(near);
    if (count < names->count)
        snprintf(more, sizeof more, " and %zu more", names->count - count);
    return oc_fail(OC_ERR_USAGE,
                   "%s %s: %s has no such column; it has %s%s (names with commas in "
                   "quotes, or #3 for the third column)",
                   p->option, oc_csv_show(text, shown), p->path, listed, more);
}

/* Are these digits the number of a column, from 1? */
static int is_column(const picking *p, const char *digits, size_t *column)
{
    const size_t length = strspn(digits, "0123456789");
    if (length < 1 || length > 9 || digits[length])
        return 0;
    *column = strtoul(digits, NULL, 10);
    return *column >= 1 && *column <= p->names->count;
}

static oc_status pick_one(picking *p, const char *text, int quoted)
{
    char shown[OC_CSV_SHOWN];
    const oc_csv_names *names = p->names;
    size_t found, number, first = oc_csv_names_find(names, text, &found);
    if (!quoted && is_number_sign(text))
        return is_column(p, text + 1, &number)
                   ? add(p, number - 1)
                   : oc_fail(OC_ERR_USAGE, "%s %s: %s has columns #1 to #%zu", p->option, text,
                             p->path, names->count);
    if (found > 1 && *text)
        return oc_fail(OC_ERR_USAGE,
                       "%s %s: columns %zu and %zu of %s have this name; choose one by its number, "
                       "#%zu or #%zu",
                       p->option, oc_csv_show(text, shown), names->sorted[first] + 1,
                       names->sorted[first + 1] + 1, p->path, names->sorted[first] + 1,
                       names->sorted[first + 1] + 1);
    if (found == 0)
        return !quoted && is_column(p, text, &number) ? add(p, number - 1) : unknown(p, text);
    oc_status status = OC_OK;
    for (; found > 0 && !status; found--)
        status = add(p, names->sorted[first++]);
    return status;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The text of a list that begins at *rest, in place; *rest is what comes then, NULL at the end. */
static oc_status read_one(const picking *p, char **rest, char **text, int *quoted)
{
    char *from = *rest, *to;
    while (is_blank(*from))
        from++;
    *quoted = *from == '"';
    *text = to = from;
    if (*quoted) {
        for (from++; *from && (*from != '"' || from[1] == '"'); *to++ = *from++)
            from += *from == '"';
        if (*from++ != '"')
            return oc_fail(OC_ERR_USAGE, "%s: a quote is never closed", p->option);
        while (is_blank(*from))
            from++;
        if (*from && *from != ',')
            return oc_fail(OC_ERR_USAGE, "%s: text after a quoted name", p->option);
    } else {
        from += strcspn(from, ",");
        for (to = from; to > *text && is_blank(to[-1]);)
            to--;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return OC_OK;
}

oc_status oc_csv_names_pick(const oc_csv_names *names, const char *list, const char *option,
                            const char *path, size_t **column, size_t *count)
{
    picking p = {.names = names, .option = option, .path = path};
    char *const copy = strdup(list), *rest = copy, *text = NULL;
    int quoted = 0;
    oc_status status =
        copy ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory for a list of columns", option);
    while (!status && rest) {
        status = read_one(&p, &rest, &text, &quoted);
        if (!status)
            status = pick_one(&p, text, quoted);
    }
    free(copy);
    if (status) {
        free(p.column);
        p = (picking){0};
    }
    *column = p.column;
    *count = p.count;
    return status;
}
