/* importer.h - what an importer is, and what all of them share: SOURCE and OUT.h5, --force,
 * --test-fraction and --seed, progress. An importer is one file: its options, its help and its
 * reader; a line in importers.def makes it known. It writes its output atomically (through
 * data/dataset/dataset_write.h), so an interrupted import leaves no half-written file. */
#ifndef OC_IMPORT_IMPORTER_H
#define OC_IMPORT_IMPORTER_H

#include "base/argument.h"
#include "base/status.h"
#include "data/dataset/dataset_write.h"

#include <argp.h>
#include <stddef.h>
#include <stdint.h>

/* What the options of every importer begin with. Texts are borrowed. */
typedef struct oc_import_common {
    const char *source;   /* file or folder to read; NULL: none was given */
    const char *out;      /* OUT.h5, as given on the command line */
    int force;            /* replace OUT.h5 if it exists */
    double test_fraction; /* of each class, 0 to below 1; 0: there is a test split to read */
    uint64_t seed;        /* of whatever the importer draws at random */
    oc_import_listener listener;
} oc_import_common;

/* Does an importer read one SOURCE that is named before OUT.h5? */
typedef enum oc_import_wants {
    OC_IMPORT_WANTS_SOURCE,
    OC_IMPORT_WANTS_NO_SOURCE,
    OC_IMPORT_MAY_HAVE_SOURCE /* run() sees to it */
} oc_import_wants;

typedef struct oc_importer {
    struct argp argp; /* its input is the importer's options */
    oc_import_wants wants;
    size_t bytes;         /* of the options, whose first member is an oc_import_common */
    const void *defaults; /* `bytes` of them; NULL: all 0 */
    /* Local. Read what the options name, write the data set to `out`. OC_ERR_USAGE for options
     * that do not go together, OC_ERR_DATA, OC_ERR_IO, OC_ERR_INTERNAL. */
    oc_status (*run)(const void *options, const char *out);
} oc_importer;

/* An importer's own options have keys from here on, and no short form. */
enum { OC_OPTION_FORCE = 'f', OC_OPTION_TEST_FRACTION = 256, OC_OPTION_SEED, OC_OPTION_OWN };

/* Rows for the tables of options: what is shared is worded once. */
#define OC_IMPORT_FORCE                                                                            \
    {                                                                                              \
        "force", OC_OPTION_FORCE, NULL, 0, "Replace OUT.h5 if it exists", 0                        \
    }
#define OC_IMPORT_TEST_FRACTION                                                                    \
    {                                                                                              \
        "test-fraction", OC_OPTION_TEST_FRACTION, "X", 0,                                          \
            "Use a random fraction X of each class as the test split, such as 0.2", 0              \
    }
#define OC_IMPORT_SEED                                                                             \
    {                                                                                              \
        "seed", OC_OPTION_SEED, "N", 0,                                                            \
            "Seed of the random choice for --test-fraction (default 1)", 0                         \
    }

/* Local. The argp parser of all shared options and arguments: an importer's own parser returns what
 * this one does for every key that it does not know. */
error_t oc_import_parse_common(int key, char *argument, struct argp_state *state);

/* Local. The value of --shape: channels x height x width, each at least 1. */
void oc_import_parse_shape(struct argp_state *state, const char *text, int *channels, int *height,
                           int *width);

/* ---- the table ---- */

typedef struct oc_importer_row {
    const char *name, *summary;
    const oc_importer *importer;
} oc_importer_row;

/* Local. Row `i` of importers.def, NULL behind the last; the row of a name, or NULL. */
const oc_importer_row *oc_importers_row(size_t i);
const oc_importer_row *oc_importers_find(const char *name);

/* Local. Options before any is parsed: the defaults, and seed 1. Freed with free(). OC_ERR_MEMORY.
 */
oc_status oc_importer_make_options(const oc_importer_row *row, oc_import_common **options);

/* Local. Check what the parsed options share, then run. OC_ERR_USAGE when SOURCE is missing or
 * superfluous, OC_ERR_IO when OUT.h5 exists without --force; else what run() returns. */
oc_status oc_importer_run(const oc_importer_row *row, const oc_import_common *options);

#endif
