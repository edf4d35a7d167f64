/* share.h - what rank 0 has read, for all ranks: a recipe, a schema. */
#ifndef OC_RUN_SHARE_H
#define OC_RUN_SHARE_H

#include "mpi/comm.h"
#include "recipe/recipe.h"
#include "storage/schema.h"

/* Collective. Rank 0 has read *recipe, or failed with `status`; the others get the resolved
 * text, so that only rank 0 needs the file and no rank can see another one. */
oc_status oc_share_recipe(oc_comm *comm, oc_status status, oc_recipe *recipe);

/* Collective. Likewise what a checkpoint was trained on, with its statistics; freed by every rank
 * with oc_schema_free. */
oc_status oc_share_schema(oc_comm *comm, oc_status status, oc_schema *schema);

#endif
