/* plain_text.h - text from outside (names in files, paths, messages with such in them) made fit for
 * a terminal and for a line of a log. */
#ifndef OC_BASE_PLAIN_TEXT_H
#define OC_BASE_PLAIN_TEXT_H

#include <stdio.h>

enum { OC_PLAIN_TEXT = 1024 };

/* Local. What a terminal would obey becomes '?': control characters, newlines too, C1 controls,
 * marks that turn the direction of text, bytes that are not UTF-8. Cut where too long, between
 * characters. Returns out. */
const char *oc_plain_text(const char *text, char out[OC_PLAIN_TEXT]);

/* Local. The same to a stream, of any length. */
void oc_plain_put(FILE *out, const char *text);

#endif
