/* callback_test.c - callbacks and keepers: order, a stop that all ranks obey at the same step, a
 * failure, and training that leaves no file. */
#include "harness.h"
#include "lib/small_job.h"
#include "rundir/session.h"

#include <dirent.h>
#include <string.h>

static oc_comm *comm;
static oc_recipe recipe;

static const char recipe_text[] = "model: {name: mlp, hidden: [8]}\n"
                                  "data: {file: data.h5}\n"
                                  "batch: {size: 50, shards: 5}\n"
                                  "train: {epochs: 2}\n"
                                  "optimizer: sgd\n"
                                  "schedule: {name: onecycle, max_lr: 0.01}\n";

typedef struct trace {
    char text[64]; /* s step, e epoch, v evaluation, E end */
    uint64_t stop_at;
    oc_status at_evaluation, outcome;
    double now; /* on a clock that each step moves by a second */
} trace;

static void note(trace *t, const char *what)
{
    strncat(t->text, what, sizeof t->text - strlen(t->text) - 1);
}

static oc_status on_step(void *context, const oc_run *run, const oc_step *step,
                         const oc_step_result *result)
{
    trace *t = context;
    CU_ASSERT_EQUAL(step->iteration + 1, run->info.step);
    CU_ASSERT_TRUE(result->finite);
    note(t, "s");
    t->now++;
    return run->info.step == t->stop_at ? OC_STOPPED : OC_OK;
}

static oc_status on_epoch(void *context, const oc_run *run)
{
    (void)run;
    note(context, "e");
    return OC_OK;
}

static oc_status on_evaluate(void *context, const oc_run *run)
{
    trace *t = context;
    CU_ASSERT_EQUAL(run->info.evaluated_step, run->info.step);
    note(t, "v");
    return t->at_evaluation == OC_OK ? OC_OK : oc_fail(t->at_evaluation, "the callback's reason");
}

static void on_end(void *context, const oc_run *run, oc_status outcome)
{
    trace *t = context;
    (void)run;
    note(t, "E");
    t->outcome = outcome;
}

/* A keeper that only takes notes. */
typedef struct notes {
    trace *trace;
    oc_status at_begin, at_save, at_end;
} notes;

static oc_status begin(void *context, const oc_run *run)
{
    const notes *const n = context;
    CU_ASSERT_EQUAL(run->info.step, 0);
    note(n->trace, "B");
    return n->at_begin == OC_OK ? OC_OK : oc_fail(n->at_begin, "no beginning");
}

static oc_status save(void *context, oc_run *run, int best, int is_last)
{
    (void)is_last;
    const notes *const n = context;
    (void)run, (void)best;
    note(n->trace, "S");
    return n->at_save == OC_OK ? OC_OK : oc_fail(n->at_save, "no place to save");
}

static oc_status end(void *context, oc_run *run, oc_status outcome)
{
    const notes *const n = context;
    (void)run;
    note(n->trace, ".");
    if (n->at_end != OC_OK)
        oc_fail(n->at_end, "no ending");
    return n->at_end != OC_OK && outcome == OC_OK ? n->at_end : outcome;
}

static double now(void *context)
{
    return ((const trace *)context)->now;
}

/* Returns how the loop ended; *steps [out] are those of this rank. `keep`: the one above. Else into
 * `folder`, NULL: nowhere. */
static oc_status train_with(trace *t, notes *keep, const char *folder, uint64_t *steps,
                            oc_digest *weights)
{
    oc_run run;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &recipe), OC_OK);
    const oc_callback callback = {t, on_step, on_epoch, on_evaluate, on_end};
    const oc_keeper keeper = {.context = keep, .begin = begin, .save = save, .end = end};
    const oc_loop_options options = {.keeper = keep ? &keeper : NULL,
                                     .callbacks = &callback,
                                     .callback_count = 1,
                                     .clock = t->now > 0 ? now : NULL,
                                     .clock_context = t};
    const oc_status status =
        folder ? oc_session_train(&run, folder, NULL, &options) : oc_loop_run(&run, &options);
    *steps = run.info.step;
    CU_ASSERT_EQUAL(oc_run_weights_hash(&run, weights), OC_OK);
    oc_run_destroy(&run);
    return status;
}

static oc_status train(trace *t, const char *folder, uint64_t *steps)
{
    oc_digest weights;
    return train_with(t, NULL, oc_scratch_path(folder), steps, &weights);
}

static void check_trace(const trace *t, const char *expected, oc_status outcome)
{
    const int root = oc_comm_rank(comm) == 0;
    CU_ASSERT_STRING_EQUAL(t->text, root ? expected : ""); /* rank 0 only */
    CU_ASSERT_EQUAL(t->outcome, root ? outcome : OC_OK);
}

static void order(void)
{
    trace t = {0};
    uint64_t steps;
    CU_ASSERT_EQUAL(train(&t, "order", &steps), OC_OK);
    CU_ASSERT_EQUAL(steps, 8);
    check_trace(&t, "ssssevssssevE", OC_OK);
}

static void all_ranks_stop_after_the_same_step(void)
{
    trace t = {.stop_at = 6};
    uint64_t steps;
    CU_ASSERT_EQUAL(train(&t, "stop", &steps), OC_STOPPED);
    CU_ASSERT_EQUAL(steps, 6);
    check_trace(&t, "ssssevssE", OC_STOPPED);
}

static void a_failure_ends_all_ranks(void)
{
    trace t = {.at_evaluation = OC_ERR_DATA};
    uint64_t steps;
    CU_ASSERT_EQUAL(train(&t, "fail", &steps), OC_ERR_DATA);
    CU_ASSERT_EQUAL(steps, 4);
    check_trace(&t, "ssssevE", OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "the callback's reason"));
}

static void a_keeper_is_called_in_order(void)
{
    trace t = {0};
    notes keep = {.trace = &t};
    uint64_t steps;
    oc_digest weights;
    CU_ASSERT_EQUAL(train_with(&t, &keep, NULL, &steps, &weights), OC_OK);
    check_trace(&t, "BssssevSssssevSE.", OC_OK);
}

/* Every 3 s, counted from the last one, whatever that was for. */
static void a_keeper_saves_by_the_clock(void)
{
    trace t = {.now = 1};
    notes keep = {.trace = &t};
    uint64_t steps;
    oc_digest weights;
    recipe.checkpoint.every_time = 3;
    CU_ASSERT_EQUAL(train_with(&t, &keep, NULL, &steps, &weights), OC_OK);
    recipe.checkpoint.every_time = 0;
    check_trace(&t, "BsssSsevSsssSsevSE.", OC_OK);
}

static void the_first_failure_is_told(void)
{
    static const struct {
        notes keep;
        const char *trace, *says;
    } cases[] = {{{.at_begin = OC_ERR_IO}, "B.", "no beginning"},
                 {{.at_save = OC_ERR_IO, .at_end = OC_ERR_IO}, "BssssevSE.", "no place to save"},
                 {{.at_end = OC_ERR_IO}, "BssssevSssssevSE.", "no ending"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trace t = {0};
        notes keep = cases[i].keep;
        uint64_t steps;
        oc_digest weights;
        keep.trace = &t;
        CU_ASSERT_EQUAL(train_with(&t, &keep, NULL, &steps, &weights), OC_ERR_IO);
        CU_ASSERT_STRING_EQUAL(t.text, oc_comm_rank(comm) == 0 ? cases[i].trace : "");
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), cases[i].says)); /* on every rank */
    }
}

static int files(void)
{
    int count = 0;
    DIR *const folder = opendir(oc_scratch());
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* Without a keeper: the same weights, no file, and a stop just ends. */
static void nothing_is_kept(void)
{
    uint64_t steps;
    oc_digest kept, bare;
    CU_ASSERT_EQUAL(train_with(&(trace){0}, NULL, oc_scratch_path("kept"), &steps, &kept), OC_OK);
    const int before = files();
    trace t = {0};
    CU_ASSERT_EQUAL(train_with(&t, NULL, NULL, &steps, &bare), OC_OK);
    check_trace(&t, "ssssevssssevE", OC_OK);
    CU_ASSERT_TRUE(oc_digest_equal(kept, bare));
    t = (trace){.stop_at = 6};
    CU_ASSERT_EQUAL(train_with(&t, NULL, NULL, &steps, &bare), OC_STOPPED);
    CU_ASSERT_EQUAL(steps, 6);
    check_trace(&t, "ssssevssE", OC_STOPPED);
    CU_ASSERT_EQUAL(files(), before);
}

int main(void)
{
    static const oc_case cases[] = {
        {"order", order},
        {"stop", all_ranks_stop_after_the_same_step},
        {"failure", a_failure_ends_all_ranks},
        {"keeper", a_keeper_is_called_in_order},
        {"saves by the clock", a_keeper_saves_by_the_clock},
        {"first failure", the_first_failure_is_told},
        {"nothing kept", nothing_is_kept},
    };
    if (oc_small_job_open(&comm, &recipe, recipe_text, 200) != OC_OK)
        return 1;
    const int code = OC_RUN_CASES("callback", cases);
    oc_comm_close(comm);
    return code;
}
