/* card_text.h - lists and names in lines of 80 columns, for the data card: however many there are,
 * and however long. */
#ifndef OC_CLI_COMMON_CARD_TEXT_H
#define OC_CLI_COMMON_CARD_TEXT_H

#include <stddef.h>

enum {
    OC_CARD_COLUMNS = 80,
    OC_CARD_NAME = 44, /* columns of a name at most */
    OC_CARD_NAME_BYTES = 4 * OC_CARD_NAME + 1,
    OC_CARD_ROWS = 100 /* of a table; of longer ones the first OC_CARD_FIRST are shown */,
    OC_CARD_FIRST = 50
};

/* Local. A name from outside without control characters, cut to `most` columns at a character's
 * end, with "..." then. Returns out. */
const char *oc_card_name(const char *name, size_t most, char out[OC_CARD_NAME_BYTES]);

/* Local. Columns of a text in UTF-8: its characters. */
size_t oc_card_width(const char *text);

/* One line: a word, then as many of `count` items as fit, then how many more there are. */
typedef struct oc_card_list {
    const char *between;
    size_t count, shown, width;
} oc_card_list;

/* Local. Begin a line, with what stands between items; add an item: 0 when no more fit; end it. */
oc_card_list oc_card_begin(const char *what, size_t count, const char *between);
int oc_card_add(oc_card_list *list, const char *item);
void oc_card_end(const oc_card_list *list);

/* Local. A text from outside behind a word, its lines broken at blanks. */
void oc_card_print(const char *what, const char *text);

/* Local. The first column of a table: a name, then blanks up to column 24. */
void oc_card_print_name(const char *name);

#endif
