/* run.h - everything a training run is: recipe, data, network, optimiser, and where it is in time.
 *
 * What a resume needs is all here and nowhere else: saving a run is the checkpoint. Built
 * and checked once; afterwards a step allocates nothing and cannot fail for reasons of
 * configuration. Every rank holds a whole replica of the numbers. */
#ifndef OC_RUN_RUN_H
#define OC_RUN_RUN_H

#include "base/arena.h"
#include "base/team.h"
#include "data/augment/augment.h"
#include "data/loader/loader.h"
#include "models/model.h"
#include "mpi/comm.h"
#include "mpi/node_memory.h"
#include "mpi/reduction.h"
#include "recipe/recipe.h"
#include "run/overlap.h"
#include "run/parameter_groups.h"
#include "run/patience.h"
#include "run/scorer.h"
#include "run/step_message.h"
#include "run/views.h"
#include "run/worker.h"
#include "schedules/schedule.h"
#include "storage/checkpoint_dir.h"

#include <signal.h>

/* The vector that is summed over shards: gradients, batch statistics, then these. Counts are
 * exact as floats: a batch is at most 2^24 samples. */
typedef enum oc_tail {
    OC_TAIL_LOSS,    /* sum of losses */
    OC_TAIL_CORRECT, /* samples classified right */
    OC_TAIL_STOP,    /* ranks that were asked to stop */
    OC_TAIL_FAILED,  /* shards whose samples could not be had */
    OC_TAIL_WAITED,  /* seconds that threads waited for samples */
    OC_TAIL_COUNT
} oc_tail;

enum { OC_TAIL_ROOM = OC_TAIL_COUNT + OC_ALIGNMENT / sizeof(float) - 1 }; /* to whole lines */

/* What a step does besides its layers: rows of a worker's profile, behind those of the network
 * (workspace.profile in network.h; NULL when nobody measures). What each worker does is in its
 * own profile, the rest in that of worker 0. */
typedef enum oc_step_phase {
    OC_PHASE_BROADCAST, /* the step message, waiting included: see control/drive.h */
    OC_PHASE_PREPARE,   /* weights into the form that layers compute with */
    OC_PHASE_DATA,      /* each worker: a shard's samples, normalised */
    OC_PHASE_LOSS,      /* each worker: and its gradient */
    OC_PHASE_FOLD,      /* each worker: its shards added up */
    OC_PHASE_REDUCTION, /* the exchange between ranks, waiting included */
    OC_PHASE_UPDATE,    /* finite? then parameters and running statistics */
    OC_STEP_PHASES,
    /* Beyond those of a step: known to traces alone. */
    OC_PHASE_STEP = OC_STEP_PHASES,
    OC_PHASE_EVALUATION,
    OC_PHASE_CHECKPOINT,
    /* Known to flight records alone. */
    OC_PHASE_SHARD,
    OC_PHASE_REPLICAS,
    OC_PHASE_CALLBACKS
} oc_step_phase;

enum { OC_INIT_NOTES = 4096 };

/* What is decided when a run is created, and stays: any thread may read it at any time. */
typedef struct oc_run_plan {
    oc_split evaluate_split;
    oc_selection train_selection, evaluate_selection;
    uint64_t data_budget; /* bytes a node may hold of the data */
    oc_schedule schedule; /* asked by rank 0 only; as planned: see info.decision */
    oc_parameter_groups groups;
    size_t statistics_at, tail_at, vector_count; /* layout of the reduced vector */
    int first_shard, last_shard;                 /* [first, last) are this rank's */
    int largest_shard;
    uint64_t average_every; /* lookahead, swa: steps; else 0 */
    size_t norm_sums;       /* doubles in run->norm_sums */
    int side_by_side;       /* shards that a thread takes at once, a power of two; all of its
                             * own where statistics are joined */
    int joined;             /* shards whose statistics are joined, see lockstep.h; 1: none are */
    size_t chunks;          /* of what is evaluated, `largest_shard` samples each */
    int only_evaluates;     /* no batches, no gradients, no optimiser: see oc_run_create_for */
    oc_views views;         /* of the images that are evaluated */
} oc_run_plan;

typedef struct oc_lockstep oc_lockstep;

/* The first part is as the plan: whoever creates the run fills it in, afterwards it is read only,
 * and what it points to has an order of its own (the loader's thread, the team). The second is the
 * run's state, which the main thread alone changes, or a team's work between whose pieces of it no
 * two threads share anything: docs/THREADS.md. */
typedef struct oc_run {
    oc_comm *comm; /* not owned */
    oc_recipe recipe;
    oc_run_plan plan;
    oc_dataset *dataset;
    oc_augment augment;
    oc_node_memory node_memory; /* the data set's, or its labels' */
    oc_loader *loader;
    oc_network *network; /* but for the rate of running averages, which a decision may change */
    oc_team *team;       /* compute.threads */
    oc_reduction *reduction;
    oc_lockstep *lockstep;                    /* where statistics of shards are joined; else NULL */
    const volatile sig_atomic_t *stop_signal; /* set by a signal; may be NULL */
    char init_notes[OC_INIT_NOTES];           /* rank 0: lines of what train.init did; "" nothing */

    oc_checkpoint_info info; /* where the run is: steps done, sums of the epoch, best so far */
    oc_scorer scorer;
    oc_scores scores;     /* of the last evaluation of this process, oc_no_scores before */
    int is_torn;          /* the numbers were being replaced when that failed */
    int is_started;       /* the numbers are a checkpoint's, train.init's, or whitened */
    int frozen;           /* in this step only the last group is trained */
    int any_recipe;       /* oc_run_restore takes a checkpoint of another recipe, too: set before */
    int stop_seen;        /* some rank was asked to stop: known to all from the reduction */
    oc_patience patience; /* with the other ranks */
    oc_overlap overlap;   /* of exchange and backward */
    double shards_begin;  /* oc_seconds() when the last step's shards began */

    oc_arena arena; /* holds all that follows */
    float *parameters, *state, *slot[OC_MAX_SLOTS];
    float *average, *average_state; /* see average.h; NULL without */
    double *state_sums;             /* swa: over batches; else NULL */
    double *norm_sums;              /* partial sums of squares: see step_update.h */
    double *trust;      /* each parameter tensor's trust ratio in the last step; NULL unless the
                         * optimiser is layer-wise */
    double *trust_told; /* of them, those of plan.groups.trust_of; likewise */
    double *chunk_loss; /* evaluation: a sum for each chunk of the test split */

    struct oc_snapshot *snapshot; /* with guard.on_divergence: rollback; else NULL. See guard.h */

    oc_worker *workers; /* one a thread, its own while a team works */
} oc_run;

/* What one training step found, the same on every rank. */
typedef struct oc_step_result {
    double loss, accuracy; /* means over the global batch, before the update; of regression the
                            * accuracy is R2 (oc_scorer_training) */
    uint64_t correct;
    double waited;  /* seconds a thread waited for samples, the mean of all ranks' threads */
    double seconds; /* of the step, on this rank; the loop sets it */
    int finite;     /* 0: a loss or gradient was NaN or infinite */
    int diverged;   /* that, or a loss above the message's limit: nothing was updated, and the guard
                     * of the message says what was done instead (guard.h) */
} oc_step_result;

/* What a run does with its data set. */
typedef enum oc_use {
    OC_USE_TRAIN,     /* train, and evaluate as the recipe says */
    OC_USE_TEST,      /* evaluate the test split */
    OC_USE_VALIDATION /* evaluate the samples kept by data.validation */
} oc_use;

/* Collective. Open the data, build, plan and initialise; the communicator's time limit is that of
 * train.peer_timeout from here on. `recipe` is the same on all ranks.
 * OC_ERR_USAGE for what does not fit together (batch and shards, shards and ranks, network
 * and images, classes), OC_ERR_DATA, OC_ERR_IO; every rank gets the same answer. */
oc_status oc_run_create(oc_run *run, oc_comm *comm, const oc_recipe *recipe);

/* What is evaluated, with a network that is trained already. */
typedef struct oc_evaluation {
    oc_use use;
    const oc_schema
        *trained; /* of its checkpoint, the same on all ranks; borrowed while creating */
    int ignore_unknown_levels; /* as in oc_dataset_source */
    oc_views views;
} oc_evaluation;

/* Local. A recipe's data, to be attached to: as a network knows them, that was trained on
 * `trained`, or as they are with NULL. What it points to is the recipe's and the caller's. */
oc_dataset_source oc_run_data_source(const oc_recipe *recipe, const oc_schema *trained);

/* Collective. A run that only evaluates: its data are given out as the network knows them, and what
 * only training needs (batches, shards for each rank, gradients, the optimiser's memory) is neither
 * checked nor there. Fails as oc_run_create, and with OC_ERR_DATA where the data are not such as
 * the network was trained on. */
oc_status oc_run_create_for(oc_run *run, oc_comm *comm, const oc_recipe *recipe,
                            const oc_evaluation *evaluation);

/* Collective. For training, on a data set that is open already and in memory, the same on all
 * ranks (OC_ERR_DATA: their digests differ); it is the run's from now on, also when this fails. The
 * recipe's data.file is not looked at. */
oc_status oc_run_create_on(oc_run *run, oc_comm *comm, const oc_recipe *recipe,
                           oc_dataset *dataset);

/* Collective, unless the communicator is broken. Safe on a zeroed one, on all ranks alike. */
void oc_run_destroy(oc_run *run);

/* Collective. Unless it was restored: layers that whiten get their weights (whiten.h), then take
 * the weights and running statistics that train.init names; both is rank 0's work, and what was
 * done goes into init_notes. oc_loop_run and oc_range_test call it. OC_ERR_IO; OC_ERR_DATA for
 * damage, shapes that differ, with init_strict also names; OC_ERR_USAGE. */
oc_status oc_run_initialise(oc_run *run);

/* Local. init_notes to the log. */
void oc_run_tell_start(const oc_run *run);

/* Local. Samples that an epoch of training has. OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE. */
oc_status oc_run_count_samples(const oc_recipe *recipe, uint64_t *samples);

/* Collective, no allocation. One step as the message says: forward and backward of this
 * rank's shards, reduction, update. OC_ERR_PEER; OC_ERR_IO or OC_ERR_DATA, the same on every
 * rank and nothing updated, when some rank's samples could not be read. A step that diverges and is
 * not got over (guard.h) leaves the run as it was: info.step stays. */
oc_status oc_run_train_step(oc_run *run, const oc_step *step, oc_step_result *result);

/* Local. A word for it; not owned. */
const char *oc_run_phase_name(oc_step_phase phase);

/* Local, any thread, no allocation. For flight records: this is what begins, with the number of
 * what it is done to or OC_NO_NUMBER. */
void oc_run_note(const oc_run *run, oc_step_phase phase, uint64_t number);

/* Local. The row of a phase in a worker's profile. */
size_t oc_run_profile_row(const oc_run *run, oc_step_phase phase);

/* Collective, no allocation. Loss and accuracy on the test split (or what is kept for validation)
 * with running statistics; the same bits for any number of ranks. Goes into run->info and
 * run->scores; of regression test_accuracy is R2. Failures
 * as those of a step. */
oc_status oc_run_evaluate(oc_run *run);

/* Collective, no allocation. Compare a hash of all numbers between ranks: OC_ERR_REPLICAS
 * names the first rank that differs from rank 0. */
oc_status oc_run_check_replicas(oc_run *run);

/* Collective, after oc_comm_recover: what depends on the ranks is made anew for those there are
 * now. OC_ERR_MEMORY, OC_ERR_INTERNAL, OC_ERR_PEER. */
oc_status oc_run_share_out(oc_run *run);

/* Local. XXH3-128 of parameters and state as docs/FORMATS.md defines it. */
oc_status oc_run_weights_hash(const oc_run *run, oc_digest *digest);

/* Local, rank 0. What the run is now, as a checkpoint for FOLDER that is whole in memory: *job is
 * what oc_checkpoint_dir_write writes, and freed with oc_checkpoint_job_free, also after a failure.
 * `look`: as for oc_checkpoint_dir_build. OC_ERR_MEMORY, OC_ERR_IO. */
oc_status oc_run_checkpoint(oc_run *run, const char *folder, int best, int look,
                            oc_checkpoint_job *job);

/* Local, every rank alike. From a step message: what is ahead is as decided. One that is known
 * already, or says nothing, changes nothing. */
void oc_run_take_decision(oc_run *run, const oc_decision *decision);

/* Collective. Parameters and state alone, from a checkpoint that rank 0 reads. OC_ERR_DATA when
 * its network is not this one, OC_ERR_IO. */
oc_status oc_run_load_weights(oc_run *run, const char *path);

/* Collective. Go on from a checkpoint that rank 0 reads: path is used there only. The recipe
 * may differ only as resume_rules.h says. OC_ERR_USAGE names all differences; OC_ERR_DATA;
 * OC_ERR_IO. */
oc_status oc_run_restore(oc_run *run, const char *path);

#endif
