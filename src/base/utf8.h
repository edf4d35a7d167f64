/* utf8.h - is text from outside UTF-8? And what it may begin with: a byte order mark. */
#ifndef OC_BASE_UTF8_H
#define OC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Local. The code point at *text (not its end), moving on behind it; -1 if it is not UTF-8. Never
 * reads beyond a NUL. */
int32_t oc_utf8_next(const unsigned char **text);

/* Local. Is all of a NUL-terminated text UTF-8? */
int oc_utf8_is_valid(const char *text);

/* Local. Bytes of a byte order mark of UTF-8 that text begins with, which readers pass over: 3 or
 * 0. */
size_t oc_utf8_mark(const void *text, size_t bytes);

/* Local. Of text that begins with the byte order mark of another encoding its name ("UTF-16,
 * little-endian"), else NULL. */
const char *oc_utf8_foreign(const void *text, size_t bytes);

#endif
