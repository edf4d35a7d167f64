/* utf8.c - see utf8.h. */
#include "base/utf8.h"

#include <string.h>

int32_t oc_utf8_next(const unsigned char **text)
{
    static const struct {
        unsigned char mask, lead;
        int32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    const unsigned char *at = *text;
    for (int more = 0; more < 4; more++) {
        if ((at[0] & forms[more].mask) != forms[more].lead)
            continue;
        int32_t point = at[0] & (unsigned char)~forms[more].mask;
        for (int i = 1; i <= more; i++) {
            if ((at[i] & 0xC0) != 0x80)
                return -1;
            point = point << 6 | (at[i] & 0x3F);
        }
        *text = at + more + 1;
        const int surrogate = point >= 0xD800 && point <= 0xDFFF;
        return point < forms[more].least || point > 0x10FFFF || surrogate ? -1 : point;
    }
    return -1;
}

int oc_utf8_is_valid(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at;)
        if (oc_utf8_next(&at) < 0)
            return 0;
    return 1;
}

size_t oc_utf8_mark(const void *text, size_t bytes)
{
    return bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const char *oc_utf8_foreign(const void *text, size_t bytes)
{
    static const struct {
        const char *mark;
        size_t bytes;
        const char *name;
    } marks[] = {
        {"\xff\xfe\0\0", 4, "UTF-32, little-endian"}, /* begins as UTF-16 does */
        {"\0\0\xfe\xff", 4, "UTF-32, big-endian"},
        {"\xff\xfe", 2, "UTF-16, little-endian"},
        {"\xfe\xff", 2, "UTF-16, big-endian"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (bytes >= marks[i].bytes && memcmp(text, marks[i].mark, marks[i].bytes) == 0)
            return marks[i].name;
    return NULL;
}
