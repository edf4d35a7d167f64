/* plain_text.h - text out of files made fit for a terminal. */
#ifndef OC_CLI_PLAIN_TEXT_H
#define OC_CLI_PLAIN_TEXT_H

enum { OC_PLAIN_TEXT = 1024 };

/* Local. Control characters, which a terminal would obey, become '?'; cut where too long.
 * Returns out. */
const char *oc_plain_text(const char *text, char out[OC_PLAIN_TEXT]);

#endif
