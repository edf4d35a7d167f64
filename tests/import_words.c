/* import_words.c - see import_words.h. */
#include "import_words.h"

#include "import/importer.h"

#include <stdarg.h>
#include <stdlib.h>

enum { MOST = 32 };

oc_status import_words(const char *name, ...)
{
    const oc_importer_row *const row = oc_importers_find(name);
    oc_import_common *options;
    const char *word[MOST + 1] = {name};
    int count = 1;
    va_list list;
    va_start(list, name);
    while (count < MOST && (word[count] = va_arg(list, const char *)) != NULL)
        count++;
    va_end(list);
    if (!row || count == MOST)
        return oc_fail(OC_ERR_USAGE, "%s: no importer, or too many words", name);
    oc_status status = oc_importer_make_options(row, &options);
    if (!status &&
        argp_parse(&row->importer->argp, count, (char **)word, ARGP_SILENT, NULL, options))
        status = oc_fail(OC_ERR_USAGE, "import %s: words that it does not take", name);
    if (!status)
        status = oc_importer_run(row, options);
    free(options);
    return status;
}
