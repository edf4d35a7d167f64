/* import_words.h - an import as on the command line, for importers that have no C interface. */
#ifndef OC_TESTS_IMPORT_WORDS_H
#define OC_TESTS_IMPORT_WORDS_H

#include "base/status.h"

/* Local. `onecycle import NAME WORD ...`, without progress and card; NULL ends the words.
 * OC_ERR_USAGE for words that the importer does not take. */
oc_status import_words(const char *name, ...) __attribute__((sentinel));

#endif
