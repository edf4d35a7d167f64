/* train_test.c - a training run in memory on any number of ranks: it learns, a step allocates
 * nothing, replicas are compared, a stop signal reaches all, divergence is seen by all. */
#include "harness.h"
#include "import/import_synthetic.h"
#include "run/run.h"
#include "run/snapshot.h"
#include "rundir/session.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counting: the allocator of the C library is wrapped by definitions of the same name. What MPI
 * allocates for itself is its own affair: when a message comes before it is asked for depends
 * on timing. */
static atomic_int counting, allocations;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define UNDER_ADDRESS_SANITIZER
#endif

#ifdef UNDER_ADDRESS_SANITIZER
/* The sanitizer owns malloc; it offers a hook instead, which does not tell who called. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));
static int alone;
static void on_malloc(const volatile void *at, size_t bytes)
{
    (void)at;
    (void)bytes;
    if (atomic_load(&counting) && alone)
        atomic_fetch_add(&allocations, 1);
}
static void on_free(const volatile void *at)
{
    (void)at;
}
static void start_wrapping(int ranks)
{
    alone = ranks == 1;
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}
#else
static void count_one(const void *caller)
{
    static const char *const of_mpi[] = {"/libmpi", "/libopen-", "/mca_", "/libpmix", "/libevent"};
    Dl_info where;
    if (!atomic_load(&counting))
        return;
    if (dladdr(caller, &where) && where.dli_fname)
        for (size_t i = 0; i < sizeof of_mpi / sizeof of_mpi[0]; i++)
            if (strstr(where.dli_fname, of_mpi[i]))
                return;
    atomic_fetch_add(&allocations, 1);
}

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *at, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void *malloc(size_t bytes)
{
    count_one(__builtin_return_address(0));
    return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes)
{
    count_one(__builtin_return_address(0));
    return __libc_calloc(count, bytes);
}
void *realloc(void *at, size_t bytes)
{
    count_one(__builtin_return_address(0));
    return __libc_realloc(at, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes)
{
    count_one(__builtin_return_address(0));
    return __libc_memalign(alignment, bytes);
}
int posix_memalign(void **at, size_t alignment, size_t bytes)
{
    count_one(__builtin_return_address(0));
    *at = __libc_memalign(alignment, bytes);
    return *at ? 0 : ENOMEM;
}
static void start_wrapping(int ranks)
{
    (void)ranks;
}
#endif

enum { STREAMING = 2 << 20 }; /* bytes: less than the data set, enough for 4 ranks */

static oc_comm *comm;
static oc_recipe recipe;

static const char recipe_text[] =
    "model: {name: lenet, dropout: 0.25, batch_norm: true}\n"
    "data: {file: data.h5}\n"
    "batch: {size: 50, shards: 5}\n"
    "train: {max_steps: 40, check_replicas: 10}\n"
    "average: ema\n"
    "optimizer: {name: sgd, weight_decay: 5e-4, nesterov: true, clip_norm: 2}\n"
    "guard: {on_divergence: rollback, snapshot_every: 3, spike: 100}\n"
    "schedule: {name: onecycle, max_lr: 0.05}\n";

/* Each rank makes the same data set in a folder of its own. */
static int prepare(void)
{
    const oc_import_synthetic synthetic = {.common.seed = 1,
                                           .channels = 1,
                                           .height = 28,
                                           .width = 28,
                                           .classes = 10,
                                           .train = 4000,
                                           .test = 103};
    if (oc_import_synthetic_run(&synthetic, oc_scratch_path("data.h5")) != OC_OK ||
        oc_recipe_parse(&recipe, recipe_text, strlen(recipe_text), "recipe", oc_scratch(), NULL,
                        0) != OC_OK) {
        fprintf(stderr, "%s\n", oc_message());
        return 0;
    }
    return 1;
}

static oc_step message(const oc_run *run)
{
    oc_schedule_point point;
    CU_ASSERT_EQUAL_FATAL(oc_schedule_at(&run->plan.schedule, run->info.step, &point), OC_OK);
    return (oc_step){.iteration = run->info.step,
                     .action = OC_ACTION_TRAIN,
                     .groups = 1,
                     .learning_rate = {point.learning_rate},
                     .momentum = point.momentum,
                     .weight_decay = 5e-4};
}

static void loss_falls(void)
{
    oc_run run;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &recipe), OC_OK);
    oc_step_result first = {0}, last = {0};
    CU_ASSERT_EQUAL(oc_run_evaluate(&run), OC_OK);
    const double before = run.info.test_loss;
    for (int i = 0; i < 40; i++) {
        oc_step step = message(&run);
        CU_ASSERT_EQUAL_FATAL(oc_step_broadcast(comm, &step, run.info.step), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, i ? &last : &first), OC_OK);
    }
    CU_ASSERT_EQUAL(oc_run_evaluate(&run), OC_OK);
    CU_ASSERT_TRUE(first.loss > 2.0 && first.loss < 3.5); /* about ln(10) */
    CU_ASSERT_TRUE(last.loss < 0.5 * first.loss);
    CU_ASSERT_TRUE(run.info.test_loss < before);
    CU_ASSERT_EQUAL(run.info.step, 40);
    CU_ASSERT_EQUAL(oc_run_check_replicas(&run), OC_OK);
    oc_run_destroy(&run);
}

static void count_allocations(int64_t memory, int sync, int precision)
{
    oc_run run;
    oc_recipe with_memory = recipe;
    oc_session session;
    oc_run_dir dir = OC_RUN_DIR_CLOSED;
    const oc_keeper keeper = oc_session_keeper(&session, &dir, NULL);
    const oc_callback *const tables = &keeper.callback;
    const oc_run_dir_options open = {.resumes = 0};
    with_memory.data.memory = memory;
    with_memory.batch_norm.sync = sync;
    with_memory.reduce.precision = precision;
    atomic_store(&allocations, 0);
    const int root = oc_comm_rank(comm) == 0;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &with_memory), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_images(run.dataset, OC_SPLIT_TRAIN) == NULL, memory == STREAMING);
    if (root) {
        CU_ASSERT_EQUAL_FATAL(oc_run_dir_open(&dir, oc_scratch_path("run"), &open), OC_OK);
        CU_ASSERT_EQUAL_FATAL(keeper.begin(keeper.context, &run), OC_OK);
    }
    for (int i = 0; i < 12; i++) {
        oc_step_result result;
        oc_step step = message(&run);
        /* The first steps fill the caches of MPI, BLAS and stdio. */
        atomic_store(&counting, i >= 5);
        CU_ASSERT_EQUAL_FATAL(oc_step_broadcast(comm, &step, run.info.step), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, &result), OC_OK);
        result.seconds = 0.01;
        if (root)
            CU_ASSERT_EQUAL(tables->on_step(tables->context, &run, &step, &result), OC_OK);
        atomic_store(&counting, 0);
    }
    CU_ASSERT_EQUAL(atomic_load(&allocations), 0);
    if (atomic_load(&allocations))
        printf("rank %d: %d allocations in 7 steps\n", oc_comm_rank(comm),
               atomic_load(&allocations));
    /* The counter itself works. */
    atomic_store(&counting, 1);
    void *volatile block = malloc(10);
    atomic_store(&counting, 0);
    free(block);
#ifdef UNDER_ADDRESS_SANITIZER
    CU_ASSERT_EQUAL(atomic_load(&allocations) > 0, alone);
#else
    CU_ASSERT_TRUE(atomic_load(&allocations) > 0);
#endif
    if (root) {
        keeper.end(keeper.context, &run, OC_STOPPED);
        oc_run_dir_close(&dir, OC_STOPPED);
    }
    oc_run_destroy(&run);
}

static void a_step_allocates_nothing(void)
{
    count_allocations(0, 0, OC_PRECISION_FLOAT);
}

static void nor_does_a_step_that_reads(void)
{
    count_allocations(STREAMING, 0, OC_PRECISION_FLOAT);
}

static void nor_does_a_step_in_lockstep(void)
{
    count_allocations(0, 1, OC_PRECISION_FLOAT);
}

static void nor_does_a_step_that_rounds(void)
{
    count_allocations(0, 0, OC_PRECISION_INT16);
}

/* `slot`: which of the optimiser's numbers the ranks from `first` on have otherwise, each its own
 * way; -1: the average's. */
static void flip(const oc_recipe *with, int slot, int first)
{
    oc_run run;
    const int ranks = oc_comm_size(comm);
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, with), OC_OK);
    CU_ASSERT_EQUAL(oc_run_check_replicas(&run), OC_OK);
    if (ranks > 1 && oc_comm_rank(comm) >= first)
        (slot < 0 ? run.average : run.slot[slot])[7 + oc_comm_rank(comm)] += 0x1p-30f;
    const oc_status status = oc_run_check_replicas(&run);
    CU_ASSERT_EQUAL(status, ranks > 1 ? OC_ERR_REPLICAS : OC_OK);
    char rank[64];
    snprintf(rank, sizeof rank, "rank %d differ from rank 0's", first);
    if (ranks > 1)
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), rank));
    oc_run_destroy(&run);
}

static void a_flipped_bit_in_a_replica_is_found(void)
{
    const int last = oc_comm_size(comm) - 1;
    oc_recipe with = recipe;
    flip(&with, 0, last);
    flip(&with, 0, last > 1 ? last - 1 : last);
    flip(&with, -1, last);
    with.optimizer.kind = OC_OPTIMIZER_ADAM; /* every slot counts */
    for (int slot = 0; slot < oc_optimizer_slots(with.optimizer.kind); slot++)
        flip(&with, slot, last);
    CU_ASSERT_EQUAL(oc_optimizer_slots(with.optimizer.kind), 2);
}

static void a_signal_on_the_last_rank_reaches_all(void)
{
    oc_run run;
    oc_step_result result;
    volatile sig_atomic_t stop = 0;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &recipe), OC_OK);
    run.stop_signal = &stop;
    oc_step step = message(&run);
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, &result), OC_OK);
    CU_ASSERT_FALSE(run.stop_seen);
    stop = oc_comm_rank(comm) == oc_comm_size(comm) - 1 ? SIGTERM : 0;
    step = message(&run);
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, &result), OC_OK);
    CU_ASSERT_TRUE(run.stop_seen);
    oc_run_destroy(&run);
}

static void divergence_is_seen_by_all_and_changes_nothing(void)
{
    oc_run run;
    oc_step_result result;
    oc_digest before, after;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &recipe), OC_OK);
    oc_step step = message(&run);
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, &result), OC_OK);
    CU_ASSERT_TRUE(result.finite);
    step.learning_rate[0] = 1e30;
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, &result), OC_OK);
    CU_ASSERT_EQUAL(oc_run_weights_hash(&run, &before), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(&run, &step, &result), OC_OK);
    CU_ASSERT_FALSE(result.finite);
    CU_ASSERT_EQUAL(oc_run_weights_hash(&run, &after), OC_OK);
    CU_ASSERT_TRUE(oc_digest_equal(before, after));
    CU_ASSERT_EQUAL(run.info.step, 2);
    oc_run_destroy(&run);
}

/* So many steps further; what a step that follows depends on. */
static oc_digest train_on(oc_run *run, int steps)
{
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    oc_digest all = {0};
    for (int i = 0; i < steps; i++) {
        oc_step_result result;
        const oc_step step = message(run);
        CU_ASSERT_EQUAL_FATAL(oc_run_train_step(run, &step, &result), OC_OK);
    }
    const int blocks = oc_snapshot_blocks(run, block);
    CU_ASSERT_EQUAL(blocks, 5); /* parameters, state, their averages, momentum */
    for (int i = 0; i < blocks; i++) {
        const oc_digest one = oc_hash(block[i].floats, block[i].count * sizeof(float));
        all = (oc_digest){all.high * 3 + one.high, all.low * 3 + one.low};
    }
    return all;
}

static void what_follows_a_snapshot_can_be_done_again(void)
{
    oc_run run;
    oc_snapshot snapshot;
    oc_recipe averaged = recipe;
    averaged.average.kind = OC_AVERAGE_EMA;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &averaged), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_snapshot_create(&snapshot, &run, "a snapshot"), OC_OK);
    CU_ASSERT_FALSE(snapshot.is_taken);
    CU_ASSERT_EQUAL(snapshot.arena.size, oc_snapshot_bytes(&run));
    const oc_digest at = train_on(&run, 3);
    const oc_decision planned = run.info.decision;
    const double rate = run.network->layer[1].config.rate;
    atomic_store(&allocations, 0);
    atomic_store(&counting, 1);
    oc_snapshot_take(&snapshot, &run);
    atomic_store(&counting, 0);
    oc_run_take_decision(&run, &(oc_decision){.step = 3, .end = 9, .place = 4, .scale = 0.5});
    const oc_digest after = train_on(&run, 4);
    CU_ASSERT_EQUAL(oc_run_evaluate(&run), OC_OK);
    CU_ASSERT_EQUAL(snapshot.info.step, 3);
    atomic_store(&counting, 1);
    oc_snapshot_restore(&snapshot, &run);
    atomic_store(&counting, 0);
    CU_ASSERT_EQUAL(atomic_load(&allocations), 0);
    CU_ASSERT_EQUAL(run.info.step, 3);
    CU_ASSERT_EQUAL(run.info.evaluated_step, UINT64_MAX);
    CU_ASSERT_EQUAL(memcmp(&run.info.decision, &planned, sizeof planned), 0);
    CU_ASSERT_EQUAL(run.network->layer[1].config.rate, rate);
    CU_ASSERT_TRUE(oc_digest_equal(train_on(&run, 0), at));
    oc_run_take_decision(&run, &(oc_decision){.step = 3, .end = 9, .place = 4, .scale = 0.5});
    CU_ASSERT_TRUE(oc_digest_equal(train_on(&run, 4), after));
    CU_ASSERT_FALSE(oc_digest_equal(at, after));
    oc_snapshot_free(&snapshot);
    oc_run_destroy(&run);
}

int main(void)
{
    static const oc_case cases[] = {
        {"loss falls", loss_falls},
        {"a step allocates nothing", a_step_allocates_nothing},
        {"nor does a step that reads", nor_does_a_step_that_reads},
        {"nor does a step in lockstep", nor_does_a_step_in_lockstep},
        {"nor does a step that rounds gradients", nor_does_a_step_that_rounds},
        {"replicas", a_flipped_bit_in_a_replica_is_found},
        {"stop signal", a_signal_on_the_last_rank_reaches_all},
        {"snapshot", what_follows_a_snapshot_can_be_done_again},
        {"divergence", divergence_is_seen_by_all_and_changes_nothing},
    };
    oc_kernels_set_blas_threads(1);
    const char *size = getenv("OMPI_COMM_WORLD_SIZE");
    start_wrapping(size ? atoi(size) : 1);
    if (oc_comm_open(&comm, size ? atoi(size) : 0) != OC_OK || !prepare())
        return 1;
    const int code = OC_RUN_CASES("train", cases);
    oc_comm_close(comm);
    return code;
}
