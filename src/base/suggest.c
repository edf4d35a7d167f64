/* suggest.c - see suggest.h. */
#include "base/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST = 63 };

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t oc_edit_distance(const char *a, const char *b)
{
    const size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return SIZE_MAX;
    size_t rows[3][LONGEST + 1]; /* distances of prefixes: this row and the two before */
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++)
        last[j] = j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t replaced = last[j - 1] + !same(a[i - 1], b[j - 1]);
            row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *const spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[n];
}

int oc_is_near(const char *typed, size_t distance)
{
    const size_t length = strlen(typed);
    return length > 1 && distance <= (length + 1) / 3;
}

const char *oc_nearest(const char *typed, const char *const *words, size_t count)
{
    const char *found = NULL;
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = oc_edit_distance(typed, words[i]);
        if (distance < shortest && oc_is_near(typed, distance)) {
            shortest = distance;
            found = words[i];
        }
    }
    return found;
}
