/* card_text.c - see card_text.h. */
#include "cli/common/card_text.h"

#include "base/plain_text.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 13, TABLE_NAME = 24, MORE_BYTES = 40 };

static int continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t oc_card_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += !continues(*text);
    return width;
}

const char *oc_card_name(const char *name, size_t most, char out[OC_CARD_NAME_BYTES])
{
    char plain[OC_PLAIN_TEXT];
    oc_plain_text(name, plain);
    const int cut = oc_card_width(plain) > most;
    const size_t keep = cut ? most - 3 : most;
    size_t bytes = 0, width = 0;
    for (; plain[bytes] && bytes < OC_CARD_NAME_BYTES - 4; bytes++) {
        width += !continues(plain[bytes]);
        if (width > keep)
            break;
    }
    memcpy(out, plain, bytes);
    memcpy(out + bytes, cut ? "..." : "", cut ? 4 : 1);
    return out;
}

/* " and 59,990 more", as it stands at the end of a line. */
static size_t write_more(char text[MORE_BYTES], size_t count)
{
    char digits[MORE_BYTES];
    const size_t length = (size_t)snprintf(digits, sizeof digits, "%zu", count);
    size_t used = (size_t)snprintf(text, MORE_BYTES, " and ");
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    return used + (size_t)snprintf(text + used, MORE_BYTES - used, " more");
}

oc_card_list oc_card_begin(const char *what, size_t count, const char *between)
{
    printf("%-12s", what);
    return (oc_card_list){.between = between, .count = count, .width = INDENT - 1};
}

int oc_card_add(oc_card_list *list, const char *item)
{
    char more[MORE_BYTES];
    const size_t left = list->count - list->shown - 1;
    const char *const before = list->shown > 0 ? list->between : " ";
    const size_t width = list->width + strlen(before) + oc_card_width(item);
    if (width + (left > 0 ? write_more(more, left) : 0) > OC_CARD_COLUMNS)
        return 0;
    printf("%s%s", before, item);
    list->width = width;
    list->shown++;
    return 1;
}

void oc_card_end(const oc_card_list *list)
{
    char more[MORE_BYTES];
    write_more(more, list->count - list->shown);
    printf("%s\n", list->count > list->shown ? more : "");
}

void oc_card_print(const char *what, const char *text)
{
    char plain[OC_PLAIN_TEXT];
    size_t width = INDENT - 1;
    printf("%-12s", what);
    for (const char *at = oc_plain_text(text, plain); *at;) {
        const size_t length = strcspn(at, " ");
        size_t word = 0;
        for (size_t i = 0; i < length; i++)
            word += !continues(at[i]);
        if (width >= INDENT && width + 1 + word > OC_CARD_COLUMNS) {
            printf("\n%-12s", "");
            width = INDENT - 1;
        }
        printf(" %.*s", (int)length, at);
        width += 1 + word;
        at += length;
        at += strspn(at, " ");
    }
    printf("\n");
}

void oc_card_print_name(const char *name)
{
    char shown[OC_CARD_NAME_BYTES];
    const size_t width = oc_card_width(oc_card_name(name, OC_CARD_NAME, shown));
    printf("%s%*s", shown, (int)(width < TABLE_NAME ? TABLE_NAME - width : 0), "");
}
