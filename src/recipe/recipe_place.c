/* recipe_place.c - where in a recipe the key is that a message is about. For what only shows when
 * the length of the run or the data set is known. */
#include "recipe/recipe_private.h"

#include <stdlib.h>
#include <string.h>

oc_status oc_value_place(const oc_source *source, oc_status status)
{
    char path[64], text[900];
    const char *const message = oc_message();
    const size_t length = strcspn(message, ": ");
    if (status != OC_ERR_USAGE || message[length] != ':' || length >= sizeof path)
        return status;
    snprintf(path, sizeof path, "%.*s", (int)length, message);
    const int row = oc_field_find(path);
    if (row < 0)
        return status;
    snprintf(text, sizeof text, "%s", message); /* of which no more may be kept */
    return oc_value_fail(source, &source->values[row], "%s", text);
}

oc_status oc_recipe_place(oc_status status, const char *path, const char *const *sets,
                          size_t set_count)
{
    char *text = NULL, *message = NULL;
    size_t length = 0;
    if (status != OC_ERR_USAGE)
        return status;
    message = strdup(oc_message());
    oc_source *const source = calloc(1, sizeof *source);
    oc_status read =
        message && source ? oc_file_read(path, OC_RECIPE_BYTES, &text, &length) : OC_ERR_INTERNAL;
    if (read == OC_OK) {
        source->name = path;
        read = oc_recipe_read_yaml(source, text, length);
    }
    for (size_t i = 0; i < set_count && read == OC_OK; i++)
        read = oc_recipe_read_set(source, sets[i]);
    if (message)
        status = oc_fail(status, "%s", message);
    if (read == OC_OK)
        status = oc_value_place(source, status);
    for (size_t i = 0; source && i < oc_field_count; i++)
        oc_value_clear(&source->values[i]);
    if (source)
        oc_entries_clear(source);
    free(source);
    free(message);
    free(text);
    return status;
}
