/* share_recipe.c - see share_recipe.h. */
#include "cli/share_recipe.h"

#include <stdlib.h>
#include <string.h>

oc_status oc_cli_share_recipe(oc_comm *comm, oc_status status, oc_recipe *recipe)
{
    char *text = NULL;
    uint64_t length = 0;
    const int root = oc_comm_rank(comm) == 0;
    if (root && status == OC_OK)
        status = oc_recipe_format(recipe, &text);
    if (root && status == OC_OK)
        length = strlen(text);
    status = oc_comm_agree(comm, root ? status : OC_OK);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, &length, sizeof length, 0);
    if (status != OC_OK)
        goto cleanup;
    if (!root)
        text = malloc(length + 1);
    status = oc_comm_agree(comm, text ? OC_OK : oc_fail(OC_ERR_INTERNAL, "recipe: no memory"));
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, text, length, 0);
    if (status != OC_OK)
        goto cleanup;
    if (!root)
        status = oc_recipe_parse(recipe, text, length, "the recipe from rank 0", "/", NULL, 0);
    status = oc_comm_agree(comm, status);
cleanup:
    free(text);
    return status;
}
