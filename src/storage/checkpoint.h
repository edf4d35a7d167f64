/* checkpoint.h - what a checkpoint file holds, and reading and writing one.
 *
 * HDF5 with the digest of its content in the user block (docs/FORMATS.md): verified before
 * HDF5 looks at the file. Written atomically. Only rank 0 calls this. */
#ifndef OC_STORAGE_CHECKPOINT_H
#define OC_STORAGE_CHECKPOINT_H

#include "base/decision.h"
#include "base/guard_record.h"
#include "base/hash.h"
#include "base/rounding.h"
#include "base/status.h"
#include "storage/schema.h"
#include "storage/user_block.h"
#include "tensor/tensor.h"

#include <stddef.h>
#include <stdint.h>

/* One named block of floats; in the file it is the data set /GROUP/NAME. */
typedef struct oc_named_tensor {
    const char *group; /* "parameters", "state", "optimizer/momentum" */
    const char *name;  /* "conv1.weight" */
    oc_tensor tensor;
} oc_named_tensor;

/* Everything besides tensors that a resume needs. All of it lands in attributes of /. */
typedef struct oc_checkpoint_info {
    uint64_t step;          /* steps done */
    uint64_t planned_steps; /* of the run as its recipe says; OC_OPEN: the clock decides */
    oc_decision decision;   /* the last one: how long the run really is (.end) */
    uint64_t steps_per_epoch;
    uint64_t seed;
    uint64_t ranks, shards; /* of the run that wrote it */
    char version[32];       /* of the program that wrote it; "": an earlier one */
    char kernels[32];       /* that it computed with: "avx2"; "" likewise */
    oc_digest data_digest;  /* of the data set file */
    oc_digest weights_hash; /* of parameters and state, see FORMATS.md */
    oc_digest init_digest;  /* of the file that the run began with; zeros: random weights */
    double seconds;         /* training time so far */
    /* Accuracies; of regression R2, which may be anything up to 1, -infinity included. */
    double best_accuracy;            /* best test accuracy so far, -1 (R2: -infinity) before any */
    double test_accuracy, test_loss; /* of the last evaluation, -1 before any */
    double epoch_loss_sum; /* sums over the epoch so far: mid-epoch resume reports alike */
    uint64_t epoch_correct, epoch_count;
    uint64_t evaluated_step; /* step of the last evaluation, UINT64_MAX before any */
    double wall_seconds;     /* of all processes that trained it so far, evaluations included */
    double learning_rate;    /* of the last step (the last group's), 0 before any */
    /* What reduce_on_plateau and early stopping remember: the best so far (NaN: none), evaluations
     * without progress since, and those that do not count from now on. */
    double plateau_best, early_best;
    uint64_t plateau_bad, plateau_cooldown, early_bad;
    uint64_t unfrozen_step; /* fine_tune: the first step in which all was trained; UINT64_MAX: none
                             * so far, and of all other schedules */
    uint64_t
        averaged; /* weights that the average is made of; 0: it has not begun, or there is none */
    uint64_t
        checkpoints; /* of the run so far, this one and those that could not be saved included */
    oc_guard_record guard; /* what the guard against divergence remembers */
    oc_unit_record units;  /* of the next step's gradients; none: they are not rounded */
} oc_checkpoint_info;

/* Local. Write atomically. `recipe` is the resolved recipe's YAML, `schema` what
 * the network was trained on, with statistics. OC_ERR_IO. */
oc_status oc_checkpoint_save(const char *path, const oc_checkpoint_info *info, const char *recipe,
                             const oc_schema *schema, const oc_named_tensor *tensors, size_t count);

/* Local. The same as a file in memory, which is not written: *image, freed by the caller with
 * oc_file_image_free. `path` stands in messages. OC_ERR_MEMORY, OC_ERR_IO. */
oc_status oc_checkpoint_build(const char *path, const oc_checkpoint_info *info, const char *recipe,
                              const oc_schema *schema, const oc_named_tensor *tensors, size_t count,
                              oc_file_image *image);

/* Local. Read what the network was trained on, which is all that predicting needs besides weights;
 * freed by the caller with oc_schema_free. Its statistics are there. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_checkpoint_read_schema(const char *path, oc_schema *schema);

/* Local. Verify the digest, read info and recipe (*recipe freed by the caller with free()).
 * OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_checkpoint_read_info(const char *path, oc_checkpoint_info *info, char **recipe);

/* Local. The same, with what the network was trained on (may be NULL), in one reading; *recipe and
 * *schema are to be freed after a failure, too. */
oc_status oc_checkpoint_read_about(const char *path, oc_checkpoint_info *info, char **recipe,
                                   oc_schema *schema);

/* Local. Read tensors into the memory they point to; each must be there with its shape.
 * `count` may be a subset (eval needs no optimiser state). OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_checkpoint_read_tensors(const char *path, const oc_named_tensor *tensors,
                                     size_t count);

/* Local. Call `visit` for every tensor in the file (for inspect). OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_checkpoint_list(const char *path,
                             void (*visit)(const char *group_and_name, oc_shape shape, void *user),
                             void *user);

#endif
