/* onecycle.h - train neural networks on CPU clusters, and predict, from C, C++ or Fortran.
 *
 *     onecycle_job *job;            ranks that work together
 *     onecycle_recipe *recipe;      what is trained, and how: YAML, as `onecycle train` takes it
 *     onecycle_data *data;          samples, from a file or from arrays in memory
 *     onecycle_model *model;        a trained network
 *
 * Every call that can fail returns a status; onecycle_message() then says what was found where, and
 * what was expected. No call prints, exits or installs a signal handler; the only exceptions are
 * named at onecycle_job_open_comm.
 *
 * "Collective": all ranks of the job call it, in the same order, with the same arguments unless
 * stated otherwise, and all get the same status. "Local": a rank may call it alone.
 *
 * Objects are owned by the caller and freed by the call that has `free` or `close` in its name, which
 * takes NULL. Where a call fails, the object it would have made is NULL. Other calls fail with
 * ONECYCLE_ERR_USAGE where an argument is NULL that may not be.
 *
 * Threads: an object is used by one thread at a time, and all Collective calls are made by the one
 * thread that may call MPI. Messages are those of the calling thread.
 *
 * This file needs no mpi.h; onecycle/mpi.h has the one call that does. */
#ifndef ONECYCLE_ONECYCLE_H
#define ONECYCLE_ONECYCLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header: MAJOR changes when programs must be recompiled. onecycle_version() is
 * that of the library a program runs with. */
#define ONECYCLE_VERSION_MAJOR 0
#define ONECYCLE_VERSION_MINOR 1
#define ONECYCLE_VERSION_PATCH 0
#define ONECYCLE_VERSION_NUMBER                                                                    \
    (ONECYCLE_VERSION_MAJOR * 10000 + ONECYCLE_VERSION_MINOR * 100 + ONECYCLE_VERSION_PATCH)

#if defined(__GNUC__)
#define ONECYCLE_API __attribute__((__visibility__("default")))
#else
#define ONECYCLE_API
#endif

/* How a call ended. The values are the exit codes of the program `onecycle`. */
typedef enum onecycle_status {
    ONECYCLE_OK = 0,
    ONECYCLE_ERR_USAGE = 64,    /* wrong argument or recipe, or things that do not fit together */
    ONECYCLE_ERR_DATA = 65,     /* damaged file, sample that cannot be trained on */
    ONECYCLE_ERR_MEMORY = 69,   /* out of memory (the program exits with 70) */
    ONECYCLE_ERR_INTERNAL = 70, /* a bug, or a system call that never fails */
    ONECYCLE_ERR_PEER = 71,     /* MPI failed: the job is over, close it and end */
    ONECYCLE_ERR_DIVERGED = 72, /* the loss or a gradient is not finite */
    ONECYCLE_ERR_REPLICAS = 73, /* ranks that should have the same weights do not */
    ONECYCLE_ERR_IO = 74,       /* a file cannot be read or written */
    ONECYCLE_STOPPED = 75       /* stopped as asked, no failure: there is a model */
} onecycle_status;

typedef struct onecycle_job onecycle_job;
typedef struct onecycle_recipe onecycle_recipe;
typedef struct onecycle_data onecycle_data;
typedef struct onecycle_model onecycle_model;

/* Local. The last failure in this thread: "FILE: PLACE: found ..., expected ..."; "" before any. Not
 * owned; it stays until the next failure. */
ONECYCLE_API const char *onecycle_message(void);

/* Local. The library's version, "0.1.0". Not owned. */
ONECYCLE_API const char *onecycle_version(void);

/* ---- job ---- */

/* Collective over all processes that a launcher (mpirun, srun) started; without a launcher the
 * process is a job of its own, and MPI is not even initialised. Else MPI is initialised here, and
 * finalised by onecycle_job_close. One job may be open in a process at a time. Kernels are chosen
 * for this processor (or by the environment variable ONECYCLE_KERNELS), and OpenBLAS has one thread
 * until the job is closed, unless OPENBLAS_NUM_THREADS is set. Warnings go to standard error, of rank
 * 0 alone. ONECYCLE_ERR_USAGE (also: MPI is initialised already), _PEER, _MEMORY, _INTERNAL. */
ONECYCLE_API onecycle_status onecycle_job_open(onecycle_job **job);

/* Collective over the ranks of a communicator of a program that has initialised MPI itself: `comm`
 * points to an MPI_Comm of one group (not an intercommunicator), which is duplicated; the caller may
 * free its own at once. MPI is not finalised; close the job before MPI_Finalize. MPI needs to be
 * initialised for one thread that calls it (MPI_THREAD_FUNNELED; MPI_Init will do). From
 * MPI_THREAD_SERIALIZED on, a thread of the library calls it too while the caller is in
 * onecycle_train, but never at the same time as the caller (reduce.overlap).
 *
 * What cannot be returned as a status: if a rank waits for the others longer than
 * train.peer_timeout (outside training: ten minutes), MPI offers no way out, so the process says
 * what it waited for and exits with code 71 (train.peer_timeout: 0 waits forever). After
 * ONECYCLE_ERR_PEER the other ranks may wait in MPI: close the job, then end the program, for
 * instance with MPI_Abort. ONECYCLE_ERR_USAGE (also: MPI is not initialised, or the library was built
 * without it), _PEER, _MEMORY. */
ONECYCLE_API onecycle_status onecycle_job_open_comm(onecycle_job **job, const void *comm);

/* Collective. The same of a Fortran communicator: an INTEGER of mpif.h, or comm%MPI_VAL of mpi_f08. */
ONECYCLE_API onecycle_status onecycle_job_open_fortran(onecycle_job **job, int comm);

/* Collective. After ONECYCLE_ERR_PEER a job that was opened with onecycle_job_open ends the process
 * here, with exit code 71, since MPI can no longer be finalised; an adopted one returns. */
ONECYCLE_API void onecycle_job_close(onecycle_job *job);

/* Local. This rank's number, from 0, and how many ranks there are. Job must not be NULL. */
ONECYCLE_API int onecycle_job_rank(const onecycle_job *job);
ONECYCLE_API int onecycle_job_size(const onecycle_job *job);

/* ---- recipe ---- */

/* Local. Read and check a YAML file with the keys of docs/REFERENCE.md. Only rank 0's recipe counts in
 * training; the other ranks may have none. ONECYCLE_ERR_USAGE names line and key, _IO, _MEMORY. */
ONECYCLE_API onecycle_status onecycle_recipe_load(onecycle_recipe **recipe, const char *path);

/* Local. The same from a text that ends with NUL; relative paths in it start at the current folder. */
ONECYCLE_API onecycle_status onecycle_recipe_parse(onecycle_recipe **recipe, const char *text);

/* Local. Change a key, as --set of `onecycle train`: "train.epochs=5". After a failure the recipe is
 * as before. ONECYCLE_ERR_USAGE, _MEMORY. */
ONECYCLE_API onecycle_status onecycle_recipe_set(onecycle_recipe *recipe, const char *key_and_value);

ONECYCLE_API void onecycle_recipe_free(onecycle_recipe *recipe);

/* ---- data ---- */

/* One split of samples in memory, C order. Either labels or targets. */
typedef struct onecycle_arrays {
    size_t samples;
    const float *inputs;   /* (samples, channels, height, width), finite, in any unit */
    const int32_t *labels; /* (samples), from 0 to outputs - 1: classes; else NULL */
    const double *targets; /* (samples, outputs) in any unit: regression; with loss
                            * binary_cross_entropy 0 or 1: several labels each; else NULL */
} onecycle_arrays;

/* Local. A data set that `onecycle import` made; a relative path starts at the current folder. It is
 * opened by onecycle_train, where only rank 0's path counts. ONECYCLE_ERR_USAGE, _MEMORY. */
ONECYCLE_API onecycle_status onecycle_data_from_file(onecycle_data **data, const char *path);

/* Local. Arrays, not copied: they must stay valid and unchanged until onecycle_data_free. All ranks
 * give the same samples in the same order, which onecycle_train checks; ranks of a node may share the
 * memory. shape is {channels, height, width}, a table's {columns, 1, 1}; `outputs` is the number of
 * classes, or of targets per sample. Inputs are normalised by the training split's mean and standard
 * deviation of each channel, targets likewise, unless data.normalise or data.normalise_targets say
 * otherwise. `test` may be NULL if data.validation holds out training samples. The numbers themselves
 * are checked in onecycle_train (ONECYCLE_ERR_DATA names the sample). ONECYCLE_ERR_USAGE, _DATA for
 * sizes that no data set may have, _MEMORY. */
ONECYCLE_API onecycle_status onecycle_data_from_arrays(onecycle_data **data, const int shape[3],
                                                 int outputs, const onecycle_arrays *train,
                                                 const onecycle_arrays *test);

ONECYCLE_API void onecycle_data_free(onecycle_data *data);

/* ---- training ---- */

/* A run as it is now. To be read while the callback runs. Later versions may add members at the end. */
typedef struct onecycle_view {
    uint64_t step;            /* steps done */
    uint64_t steps;           /* of the whole run as planned now; UINT64_MAX: the clock decides */
    uint64_t steps_per_epoch; /* epochs done: step / steps_per_epoch */
    double loss;              /* mean over the last step's batch, before its update; may be NaN, of a
                               * step that guard.on_divergence has skipped */
    double accuracy;          /* likewise: fraction from 0 to 1; of regression R2 */
    double learning_rate;     /* of the last step (of the last group of parameters) */
    double momentum;
    double test_loss;         /* of the last evaluation; -1 before any */
    double test_accuracy;     /* likewise: fraction; of regression R2 */
    double best_accuracy;     /* the best of all evaluations; -1 (R2: -infinity) before any */
    double seconds;           /* in training steps so far, of all processes that trained this run */
} onecycle_view;

typedef enum onecycle_event {
    ONECYCLE_STEP,       /* after each training step: must be fast and not allocate */
    ONECYCLE_EPOCH,      /* after an epoch's last step */
    ONECYCLE_EVALUATION, /* after an evaluation, at the end of each epoch and of the run */
    ONECYCLE_END         /* training is over; the return value is ignored */
} onecycle_event;

/* Called on rank 0 alone, in onecycle_train, by the thread that called it: so it may not make a
 * Collective call. It returns ONECYCLE_OK to continue; ONECYCLE_STOPPED to stop after this step, on all
 * ranks, with a checkpoint if there is a run directory; anything else ends training with that
 * failure. */
typedef onecycle_status (*onecycle_callback)(void *context, onecycle_event event,
                                             const onecycle_view *view);

/* Begin with ONECYCLE_TRAIN_OPTIONS, which sets all members. */
typedef struct onecycle_train_options {
    size_t size;         /* of this struct, so that later versions may add members */
    const char *run_dir; /* folder for checkpoints, tables, log and plots, created if missing;
                          * NULL: no file is written */
    int resume;          /* 1: resume from the newest checkpoint in run_dir, if there is one */
    uint64_t stop_at;    /* stop after this many steps of the run; 0: never */
    FILE *progress;      /* rank 0, with a run_dir: lines for a person; NULL: none */
    onecycle_callback callback; /* rank 0; NULL: none */
    void *context;              /* given to it */
} onecycle_train_options;

#define ONECYCLE_TRAIN_OPTIONS                                                                     \
    {                                                                                              \
        sizeof(onecycle_train_options), NULL, 0, 0, NULL, NULL, NULL                               \
    }

/* Collective. Train as rank 0's recipe says. data NULL: the recipe's data.file; else the data take its
 * place. options NULL: ONECYCLE_TRAIN_OPTIONS; strings and callback are rank 0's. Recipe, data and
 * options are not needed afterwards. The weights do not depend on the number of ranks. Every rank
 * gets a model, with the weights after the last step; *model is NULL after a failure.
 * ONECYCLE_STOPPED (with a model) if a callback or stop_at stopped it; _USAGE, _DATA, _IO, _MEMORY,
 * _DIVERGED, _REPLICAS, _PEER, _INTERNAL. */
ONECYCLE_API onecycle_status onecycle_train(onecycle_model **model, onecycle_job *job,
                                      const onecycle_recipe *recipe, const onecycle_data *data,
                                      const onecycle_train_options *options);

/* ---- trained networks: no job is needed ---- */

/* Local. A checkpoint file, or the newest checkpoint of a run directory. ONECYCLE_ERR_IO, _DATA,
 * _MEMORY, _INTERNAL. */
ONECYCLE_API onecycle_status onecycle_model_load(onecycle_model **model, const char *path);

/* Local. Write weights, recipe and statistics as a checkpoint, for onecycle_model_load, `onecycle
 * predict`, `eval`, `export` and train.init; without what is only needed to continue training. Rank 0
 * alone should do it. ONECYCLE_ERR_IO, _MEMORY, _INTERNAL. */
ONECYCLE_API onecycle_status onecycle_model_save(const onecycle_model *model, const char *path);

ONECYCLE_API void onecycle_model_free(onecycle_model *model);

typedef struct onecycle_model_info {
    int shape[3];           /* channels, height, width of a sample */
    int outputs;            /* classes, or targets per sample */
    uint64_t steps;         /* trained so far */
    double test_loss;       /* of the last evaluation; -1: there was none */
    double test_accuracy;   /* likewise: fraction from 0 to 1; of regression R2 */
    double best_accuracy;   /* the best of all evaluations */
    char weights_hash[33];  /* XXH3-128 of parameters and running statistics (docs/FORMATS.md) */
} onecycle_model_info;

/* Local. Results and sizes. ONECYCLE_ERR_USAGE. */
ONECYCLE_API onecycle_status onecycle_model_describe(const onecycle_model *model,
                                               onecycle_model_info *info);

/* Local. n samples in the units of the training data, (n, channels, height, width), not normalised ->
 * outputs (n, outputs): probabilities of the classes; of several labels each its own; of regression
 * the targets in their unit. A sample's outputs do not depend on the other samples. Nothing is
 * allocated. ONECYCLE_ERR_DATA for numbers that are not finite, _USAGE. */
ONECYCLE_API onecycle_status onecycle_predict(onecycle_model *model, size_t n, const float *inputs,
                                        float *outputs);

/* Numbers of a model, C order; they belong to it. */
typedef struct onecycle_tensor {
    const float *values;
    int dimensions; /* 1 to 4 */
    size_t extent[4];
} onecycle_tensor;

/* Local. A parameter or running statistic by its name in checkpoints ("conv1.weight", see `onecycle
 * inspect`). ONECYCLE_ERR_USAGE for an unknown name; the message suggests the nearest one. */
ONECYCLE_API onecycle_status onecycle_model_parameter(const onecycle_model *model, const char *name,
                                                onecycle_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif
