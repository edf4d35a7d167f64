/* plain_text.c - see plain_text.h. */
#include "cli/plain_text.h"

#include <stddef.h>

const char *oc_plain_text(const char *text, char out[OC_PLAIN_TEXT])
{
    size_t length = 0;
    for (; text[length] && length < OC_PLAIN_TEXT - 1; length++) {
        const unsigned char c = (unsigned char)text[length];
        const int c1 = length > 0 && c < 0xA0 && (unsigned char)text[length - 1] == 0xC2;
        out[length] = c < ' ' || c == 127 || c1 ? '?' : (char)c;
    }
    out[length] = '\0';
    return out;
}
