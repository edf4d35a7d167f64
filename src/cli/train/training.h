/* training.h - what `train` and `fine-tune` share: their options, and a run from its recipe to its
 * end. */
#ifndef OC_CLI_TRAIN_TRAINING_H
#define OC_CLI_TRAIN_TRAINING_H

#include "cli/common/arguments.h"
#include "mpi/comm.h"
#include "recipe/recipe.h"

enum { OC_INIT_SET_BYTES = OC_PATH_BYTES + 16 };

typedef struct oc_training {
    oc_recipe_arguments recipe;
    const char *run_dir, *init, *trace;
    int resume, quiet, force_recipe;
    int may_lack_recipe; /* it can be had from elsewhere */
    uint64_t stop_at;
    const char *name;                 /* of the run directory; NULL: the recipe's */
    char init_set[OC_INIT_SET_BYTES]; /* "train.init=..." */
} oc_training;

/* Options and the recipe, into an oc_training: as an argp of its own, or a child of another. */
extern const struct argp oc_training_argp;

/* Local. init_set for a file or run directory; a --set for it behind the others. */
void oc_training_set_init(oc_training *training, const char *path);

/* Collective. Train: on rank 0 `load` fills in the recipe. OC_STOPPED and all that training can end
 * with. */
oc_status oc_cli_train(oc_comm *comm, oc_training *training,
                       oc_status (*load)(oc_training *training, oc_recipe *recipe, void *context),
                       void *context);

#endif
