/* utf8.h - is text from outside UTF-8? */
#ifndef OC_BASE_UTF8_H
#define OC_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Local. The code point at *text (not its end), moving on behind it; -1 if it is not UTF-8. Never
 * reads beyond a NUL. */
int32_t oc_utf8_next(const unsigned char **text);

/* Local. Is all of a NUL-terminated text UTF-8? */
int oc_utf8_is_valid(const char *text);

#endif
