/* plain_text.c - see plain_text.h. */
#include "base/plain_text.h"

#include "base/utf8.h"

#include <stddef.h>
#include <string.h>

enum { MOST_BYTES = 4 /* of a character */ };

/* Line ends and marks of direction among the characters that are no controls. */
static int is_format(int32_t c)
{
    return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The next character of a text that is not at its end, or '?', -> piece; moves on behind it. */
static size_t next_piece(const char **text, char piece[MOST_BYTES])
{
    const unsigned char *at = (const unsigned char *)*text;
    const int32_t c = oc_utf8_next(&at);
    const size_t length = (size_t)(at - (const unsigned char *)*text);
    if (c >= ' ' && !(c >= 0x7F && c < 0xA0) && !is_format(c)) {
        memcpy(piece, *text, length);
        *text += length;
        return length;
    }
    piece[0] = '?';
    *text += c < 0 ? 1 : length;
    return 1;
}

const char *oc_plain_text(const char *text, char out[OC_PLAIN_TEXT])
{
    size_t length = 0;
    while (*text) {
        char piece[MOST_BYTES];
        const size_t more = next_piece(&text, piece);
        if (length + more >= OC_PLAIN_TEXT)
            break;
        memcpy(out + length, piece, more);
        length += more;
    }
    out[length] = '\0';
    return out;
}

void oc_plain_put(FILE *out, const char *text)
{
    while (*text) {
        char piece[MOST_BYTES];
        const size_t length = next_piece(&text, piece);
        fwrite(piece, 1, length, out);
    }
}
