/* importer.c - see importer.h. */
#include "import/importer.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OC_IMPORTER(name, summary) extern const oc_importer oc_importer_##name;
#include "import/importers.def"
#undef OC_IMPORTER

static const oc_importer_row rows[] = {
#define OC_IMPORTER(name, summary) {#name, summary, &oc_importer_##name},
#include "import/importers.def"
#undef OC_IMPORTER
};
enum { ROWS = sizeof rows / sizeof rows[0] };

const oc_importer_row *oc_importers_row(size_t i)
{
    return i < ROWS ? &rows[i] : NULL;
}

const oc_importer_row *oc_importers_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* ---- parsing ---- */

error_t oc_import_parse_common(int key, char *argument, struct argp_state *state)
{
    oc_import_common *const c = state->input;
    switch (key) {
    case OC_OPTION_FORCE:
        c->force = 1;
        return 0;
    case OC_OPTION_TEST_FRACTION:
        c->test_fraction = oc_argument_fraction(state, "test-fraction", argument);
        return 0;
    case OC_OPTION_SEED:
        c->seed = oc_argument_whole(state, "seed", argument, 0, UINT64_MAX);
        return 0;
    case ARGP_KEY_ARG: /* the last one is OUT.h5 */
        if (c->source)
            argp_error(state, "%s: one argument too many", argument);
        c->source = c->out;
        c->out = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "OUT.h5 is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void oc_import_parse_shape(struct argp_state *state, const char *text, int *channels, int *height,
                           int *width)
{
    int length = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%6dx%6dx%6d%n", channels, height, width, &length) != 3 ||
        text[length] != '\0' || *channels < 1 || *height < 1 || *width < 1)
        argp_error(state, "--shape %s: expected channels x height x width, such as 3x32x32", text);
}

/* ---- running ---- */

oc_status oc_importer_make_options(const oc_importer_row *row, oc_import_common **options)
{
    const oc_importer *const importer = row->importer;
    *options = calloc(1, importer->bytes);
    if (!*options)
        return oc_fail(OC_ERR_MEMORY, "import %s: no memory", row->name);
    if (importer->defaults)
        memcpy(*options, importer->defaults, importer->bytes);
    (*options)->seed = 1;
    return OC_OK;
}

oc_status oc_importer_run(const oc_importer_row *row, const oc_import_common *options)
{
    const oc_importer *const importer = row->importer;
    if ((importer->wants == OC_IMPORT_WANTS_SOURCE && !options->source) ||
        (importer->wants == OC_IMPORT_WANTS_NO_SOURCE && options->source))
        return oc_fail(OC_ERR_USAGE,
                       "import %s: expected %s, found %s %s (see `onecycle import %s --help`)",
                       row->name, importer->argp.args_doc,
                       options->source ? options->source : "only", options->out, row->name);
    if (!options->force && oc_file_exists(options->out))
        return oc_fail(OC_ERR_IO, "%s: already exists (--force replaces it)", options->out);
    return importer->run(options, options->out);
}
