/* recipe.h - a training job as checked values: what a YAML recipe becomes.
 *
 * keys/SECTION.def holds one row per key (path, type, default, bounds, effect on the result,
 * meaning); reading, --set, writing, what a resume compares and the reference all come from those
 * rows. Unknown keys, wrong types and values out of bounds are OC_ERR_USAGE (64) and name file,
 * line, key and the nearest valid key. */
#ifndef OC_RECIPE_RECIPE_H
#define OC_RECIPE_RECIPE_H

#include "base/file.h"
#include "base/status.h"
#include "data/augment/augment.h"
#include "losses/loss.h"
#include "models/model.h"
#include "optimizers/optimizer.h"
#include "schedules/schedule.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OC_NAME_BYTES = 256, OC_RECIPE_BYTES = 1 << 20 /* the most a recipe has */ };
enum { OC_LOSS_AUTO = OC_LOSS_COUNT }; /* loss.name: by the data set, until a run is built */

/* Words for times: train.fit_time, what the batch system gives; checkpoint.every_time, measured. */
enum { OC_TIME_ALLOCATION = -1, OC_TIME_AUTO = -1 };

typedef enum oc_normalise { OC_NORMALISE_CHANNELS, OC_NORMALISE_NONE } oc_normalise;

typedef enum oc_init_names {
    OC_INIT_NAMES_AUTO,
    OC_INIT_NAMES_ONECYCLE,
    OC_INIT_NAMES_TORCHVISION
} oc_init_names;
typedef enum oc_on_lost_rank { OC_LOST_RANK_CONTINUE, OC_LOST_RANK_STOP } oc_on_lost_rank;
typedef enum oc_guard_action { OC_GUARD_STOP, OC_GUARD_SKIP, OC_GUARD_ROLLBACK } oc_guard_action;
typedef enum oc_precision { OC_PRECISION_FLOAT, OC_PRECISION_INT16 } oc_precision;
typedef enum oc_hierarchy { OC_HIERARCHY_AUTO, OC_HIERARCHY_FLAT, OC_HIERARCHY_NODE } oc_hierarchy;
typedef enum oc_init_head { OC_INIT_HEAD_AUTO, OC_INIT_HEAD_NEW, OC_INIT_HEAD_KEEP } oc_init_head;

typedef enum oc_average_kind {
    OC_AVERAGE_NONE,
    OC_AVERAGE_EMA,
    OC_AVERAGE_LOOKAHEAD,
    OC_AVERAGE_SWA
} oc_average_kind;

typedef struct oc_recipe {
    oc_model_config model;
    struct {
        char file[OC_PATH_BYTES]; /* absolute after loading: relative to the recipe's
                                   * folder, in a --set to the current one */
        /* Of a file that onecycle did not make: names of its arrays; "" for none. */
        char inputs[OC_NAME_BYTES], targets[OC_NAME_BYTES];
        char test_inputs[OC_NAME_BYTES], test_targets[OC_NAME_BYTES];
        /* Other files of those, absolute like `file`; "": where the others are. */
        char targets_file[OC_PATH_BYTES];
        char test_file[OC_PATH_BYTES], test_targets_file[OC_PATH_BYTES];
        int channels_last;     /* oc_channel_order */
        int64_t first_label;   /* of class 0; -1 not said */
        int normalise;         /* oc_normalise */
        int normalise_targets; /* regression */
        double validation;     /* share of the training samples kept to evaluate on */
        int balance;           /* each class equally often */
        int64_t window;        /* bytes that are shuffled together */
        int64_t memory; /* bytes a node may hold of the data; 0 = auto. No part of the result */
    } data;
    struct {
        int64_t size;
        int64_t shards;     /* 0 = auto until oc_recipe_load, then max(1, ceil(size / 32)) */
        int64_t accumulate; /* times both; 1 after oc_recipe_load */
    } batch;
    struct {
        int64_t epochs;
        int64_t max_steps; /* if > 0 the run ends there at the latest; 0 = epochs decide */
        double fit_time;   /* seconds in which the run ends; 0 no limit; OC_TIME_ALLOCATION */
        uint64_t seed;
        int64_t check_replicas; /* compare parameter hashes every so many steps; 0 never */
        double peer_timeout;    /* seconds a collective may take; 0 no limit; OC_AUTO */
        int on_lost_rank;       /* oc_on_lost_rank */
        int64_t min_ranks;      /* with fewer the run is saved and stopped */
        /* Weights to begin with: absolute like data.file; "" random ones. */
        char init[OC_PATH_BYTES];
        int init_names; /* oc_init_names */
        int init_head;  /* oc_init_head */
        int init_strict;
    } train;
    struct {
        int64_t threads;      /* of each rank; no part of the result */
        int64_t side_by_side; /* shards, of each thread; 0 auto; likewise */
        oc_network_options network;
    } compute;
    struct {
        int overlap;    /* oc_overlap_wish (run/overlap.h); no part of the result */
        int64_t bucket; /* bytes; 0 auto */
        int hierarchy;  /* oc_hierarchy */
        int precision;  /* oc_precision; this is part of the result */
    } reduce;
    oc_optimizer_config optimizer;
    oc_span freeze_late_from; /* of optimizer.freeze_late */
    oc_schedule_config schedule;
    struct {
        int kind;        /* oc_average_kind; what it does not name is not looked at */
        double decay;    /* ema: share that stays */
        double rate;     /* lookahead: share of the way */
        double power;    /* lookahead: the rest of it grows with this power of the way gone */
        int statistics;  /* lookahead: running statistics as well */
        oc_span every;   /* lookahead, swa */
        oc_span start;   /* swa */
        int64_t batches; /* swa: for statistics */
    } average;
    struct {
        double
            momentum;  /* share of running averages that stays; OC_AUTO; 0: as each layer has it */
        int sync;      /* statistics of the whole batch */
        int64_t ghost; /* samples that share statistics; 0: those of a shard */
        int frozen;    /* in frozen layers running averages go on: 0 fixed, 1 moving */
    } batch_norm;
    struct {
        int kind; /* losses.def, or OC_LOSS_AUTO */
        double smoothing;
    } loss;
    oc_augment_config augment;
    struct {
        int64_t patience; /* evaluations; 0 = never stop early */
        int monitor;      /* oc_monitor */
        double min_delta;
    } early_stopping;
    struct {
        int on_divergence;      /* oc_guard_action */
        int64_t max_retries;    /* divergences that do not end the run */
        int64_t snapshot_every; /* steps */
        double spike;           /* times the median of losses; 0 off */
    } guard;
    struct {
        int64_t every_steps;  /* 0 = not by steps */
        int64_t every_epochs; /* 0 = not by epochs */
        double every_time;    /* seconds; 0 = not by time; OC_TIME_AUTO */
        double mtbf;          /* seconds between two interruptions, for that */
        int64_t keep;         /* how many of the last stay */
        int64_t every_kept;   /* each so many-th stays as well; 0 = none */
        int best;             /* also keep the best by test accuracy */
    } checkpoint;
} oc_recipe;

/* Local. Read `path`, apply `sets` ("key.path=value", count of them), fill defaults, check.
 * OC_ERR_IO if the file can't be read; OC_ERR_USAGE for everything wrong in it. All bytes of
 * the struct are set, so equal recipes compare equal with memcmp. */
oc_status oc_recipe_load(oc_recipe *recipe, const char *path, const char *const *sets,
                         size_t set_count);

/* Local. The same, but the learning rate (schedule.max_lr or lr) need not be given: then it is 1.
 * For what looks for one. */
oc_status oc_recipe_load_any_rate(oc_recipe *recipe, const char *path, const char *const *sets,
                                  size_t set_count);

/* Local. The same from text already in memory (a checkpoint's); `name` stands for the file
 * in messages, `folder` resolves relative paths. */
oc_status oc_recipe_parse(oc_recipe *recipe, const char *text, size_t length, const char *name,
                          const char *folder, const char *const *sets, size_t set_count);

/* Local. After a failure that only showed when the run was built: if oc_message() begins with a key
 * of recipes ("schedule.cycle: ...") and status is OC_ERR_USAGE, "FILE:LINE: " or "--set
 * KEY=VALUE: " goes before it, as oc_recipe_load would have said. Reads the file once more; what
 * cannot be read any more stays as it is. Returns status. */
oc_status oc_recipe_place(oc_status status, const char *path, const char *const *sets,
                          size_t set_count);

/* Local. Steps an epoch has on so many training samples (what fills no batch is left out), and
 * the length of the run: all its epochs, or max_steps if that is set and comes first; 0 when only
 * train.fit_time decides. */
uint64_t oc_recipe_steps_per_epoch(const oc_recipe *recipe, uint64_t train_samples);
uint64_t oc_recipe_steps(const oc_recipe *recipe, uint64_t train_samples);

/* Local. The resolved recipe as YAML, every key that applies with its value, that oc_recipe_parse
 * reads back to the same struct. *text is freed by the caller with free(). OC_ERR_INTERNAL. */
oc_status oc_recipe_format(const oc_recipe *recipe, char **text);

/* A key that decides a run's result and has another value now. */
typedef struct oc_recipe_difference {
    const char *key;                            /* "schedule.max_lr" */
    char was[OC_NAME_BYTES], is[OC_NAME_BYTES]; /* the values as written, cut where longer */
} oc_recipe_difference;

enum { OC_MOST_DIFFERENCES = 16 };

typedef struct oc_recipe_differences {
    size_t count;   /* all of them; the first ones are told */
    size_t lengths; /* of them, those that say how long the run is */
    oc_recipe_difference first[OC_MOST_DIFFERENCES];
} oc_recipe_differences;

/* Local. Would a run that began with `then` have the same result with `now`? Files are not compared
 * by their paths. OC_ERR_INTERNAL. */
oc_status oc_recipe_compare(const oc_recipe *then, const oc_recipe *now,
                            oc_recipe_differences *found);

/* Local. The key that is called so for short ("weight_decay"), of `length` bytes; or NULL. */
const char *oc_recipe_long_key(const char *name, size_t length);

#endif
