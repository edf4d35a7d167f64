/* tally.h - how often what happened, for people: "3 of unknown content (.txt 2, .xml 1), 1
 * damaged".
 */
#ifndef OC_IMPORT_TALLY_H
#define OC_IMPORT_TALLY_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_TALLY_TEXT = 64 /* bytes of what and of detail, with the NUL; longer ones are cut */ };

typedef struct oc_tally_item {
    char what[OC_TALLY_TEXT], detail[OC_TALLY_TEXT];
    uint64_t count;
} oc_tally_item;

typedef struct oc_tally {
    oc_tally_item *item;
    size_t count, room;
} oc_tally;

/* Local. Once more of this. Details may come from outside: what is not plain ASCII becomes "?", and
 * beyond 100 different ones of all they are "others". `detail` may be "". OC_ERR_INTERNAL. */
oc_status oc_tally_add(oc_tally *tally, const char *what, const char *detail);

/* Local. How often `what` happened; with NULL all of it. */
uint64_t oc_tally_count(const oc_tally *tally, const char *what);

/* Local. All of it in a line: in the order in which it came first, details most frequent first.
 * What does not fit is cut. */
void oc_tally_text(const oc_tally *tally, char *text, size_t room);

void oc_tally_free(oc_tally *tally); /* safe on a zeroed one */

#endif
