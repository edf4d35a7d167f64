/* recipe_fuzz.c - a recipe: the input up to its first byte 0, and behind that a --set. What is
 * taken must come back the same when it is written and read again. */
#include "fuzz/fuzz.h"
#include "recipe/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static oc_recipe recipe, again; /* large */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1), *written = NULL;
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    const size_t length = strlen(text);
    const char *const set = length < size ? text + length + 1 : NULL;
    const oc_status status =
        oc_recipe_parse(&recipe, text, length, "r.yaml", "/", &set, set ? 1 : 0);
    if (status == OC_OK) {
        if (oc_recipe_format(&recipe, &written) ||
            oc_recipe_parse(&again, written, strlen(written), "again", "/", NULL, 0) ||
            memcmp(&recipe, &again, sizeof recipe) != 0) {
            fprintf(stderr, "%s\n%s\n", oc_message(), written ? written : "");
            abort();
        }
    } else if (status != OC_ERR_USAGE) {
        fprintf(stderr, "%s\n", oc_message());
        abort();
    }
    free(written);
    free(text);
    return 0;
}
