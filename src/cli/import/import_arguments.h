/* import_arguments.h - what the importers' command lines share: command_import.c parses common
 * options, each importer adds its own. */
#ifndef OC_CLI_IMPORT_IMPORT_ARGUMENTS_H
#define OC_CLI_IMPORT_IMPORT_ARGUMENTS_H

#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "import/importers.h"

enum { OC_IMPORT_IDX_FILES = 4, OC_IMPORT_ARGUMENTS = 2, OC_OPTION_FORCE = 'f' };

typedef struct oc_import_arguments {
    const char *argument[OC_IMPORT_ARGUMENTS];
    int arguments;
    int force;
    const char *idx[OC_IMPORT_IDX_FILES];
    oc_import_synthetic synthetic;
    oc_import_images images;
    oc_import_cifar cifar;
    oc_import_csv csv;
    oc_import_arrays arrays;
    oc_import_watch watch; /* for the options of whichever runs */
} oc_import_arguments;

/* One importer: its options (state->input is the arguments), and what to do with them. */
typedef struct oc_importer {
    const char *name;
    struct argp argp;
    oc_status (*run)(oc_import_arguments *a, const char *out);
} oc_importer;

extern const oc_importer oc_importer_images, oc_importer_cifar, oc_importer_csv, oc_importer_hdf5,
    oc_importer_npz, oc_importer_npy;

#define OC_IMPORT_FORCE                                                                            \
    {                                                                                              \
        "force", OC_OPTION_FORCE, NULL, 0, "Replace OUT.h5 if it is there", 0                      \
    }

/* Local. --force, SOURCE and OUT.h5, and what is wrong with them; an argp parser. */
error_t oc_import_parse_common(int key, char *argument, struct argp_state *state);

#endif
