/* share.c - see share.h. */
#include "run/share.h"

#include <stdlib.h>
#include <string.h>

/* Rank 0's text (NULL elsewhere, owned) to all ranks; freed by the caller. `what` is for messages.
 */
static oc_status share_text(oc_comm *comm, oc_status status, char **text, uint64_t *length,
                            const char *what)
{
    const int root = oc_comm_rank(comm) == 0;
    *length = root && status == OC_OK ? strlen(*text) : 0;
    status = oc_comm_agree(comm, root ? status : OC_OK);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, length, sizeof *length, 0);
    if (status == OC_OK && !root)
        *text = calloc(1, *length + 1);
    if (status == OC_OK)
        status = oc_comm_agree(comm, *text ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory", what));
    return status == OC_OK ? oc_comm_broadcast(comm, *text, *length, 0) : status;
}

oc_status oc_share_recipe(oc_comm *comm, oc_status status, oc_recipe *recipe)
{
    char *text = NULL;
    uint64_t length = 0;
    const int root = oc_comm_rank(comm) == 0;
    if (root && status == OC_OK)
        status = oc_recipe_format(recipe, &text);
    status = share_text(comm, status, &text, &length, "recipe");
    if (status == OC_OK) {
        if (!root)
            status = oc_recipe_parse(recipe, text, length, "the recipe from rank 0", "/", NULL, 0);
        status = oc_comm_agree(comm, status);
    }
    free(text);
    return status;
}

oc_status oc_share_schema(oc_comm *comm, oc_status status, oc_schema *schema)
{
    char *text = NULL;
    uint64_t length = 0;
    const int root = oc_comm_rank(comm) == 0;
    if (root && status == OC_OK)
        status = oc_schema_format(schema, &text);
    status = share_text(comm, status, &text, &length, "schema");
    if (status == OC_OK) {
        if (!root)
            status = oc_schema_parse(schema, text, "the checkpoint that rank 0 read");
        status = oc_comm_agree(comm, status);
    }
    free(text);
    return status;
}
