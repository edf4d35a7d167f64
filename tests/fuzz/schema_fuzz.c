/* schema_fuzz.c - a schema's text, as it stands in data sets and checkpoints. What is taken must be
 * written as a text that is taken again, and be the same. */
#include "fuzz/fuzz.h"
#include "storage/schema.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oc_schema schema, again;
    char *text = malloc(size + 1), *first = NULL, *second = NULL;
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (oc_schema_parse(&schema, text, "fuzz") == OC_OK) {
        if (oc_schema_format(&schema, &first) != OC_OK ||
            oc_schema_parse(&again, first, "again") != OC_OK ||
            oc_schema_format(&again, &second) != OC_OK || strcmp(first, second) != 0)
            abort();
        oc_schema_free(&again);
        oc_schema_free(&schema);
    }
    free(first);
    free(second);
    free(text);
    return 0;
}
