/* share_recipe.h - one recipe for all ranks. */
#ifndef OC_CLI_SHARE_RECIPE_H
#define OC_CLI_SHARE_RECIPE_H

#include "mpi/comm.h"
#include "recipe/recipe.h"

/* Collective. Rank 0 has read *recipe, or failed with `status`; the others get the resolved
 * text, so that only rank 0 needs the file and no rank can see another one. */
oc_status oc_cli_share_recipe(oc_comm *comm, oc_status status, oc_recipe *recipe);

#endif
