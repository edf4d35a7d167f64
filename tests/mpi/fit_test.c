/* fit_test.c - runs whose length follows from the clock, on a clock of our own: the same decision
 * on all ranks, the schedule run through to its end, a resume that keeps to what was decided, and
 * what is refused. */
#include "harness.h"
#include "import/import_synthetic.h"
#include "rundir/session.h"
#include "storage/checkpoint_dir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static oc_comm *comm;
static char recipe_text[600];

/* 12 steps an epoch. */
static void write_recipe(const char *train)
{
    snprintf(recipe_text, sizeof recipe_text,
             "model: {name: mlp, hidden: [8], batch_norm: true}\n"
             "data: {file: data.h5}\n"
             "batch: {size: 48, shards: 6}\n"
             "train: {%s, seed: 5}\n"
             "optimizer: sgd\n"
             "batch_norm: {momentum: auto}\n"
             "schedule: {name: onecycle, dialect: torch, max_lr: 0.05}\n",
             train);
}

/* The clock moves on by `tick` each time the loop looks: several times a step. It does not know
 * what a step took, so all runs here are the same, however busy the machine is. */
typedef struct ticking {
    double now, tick;
} ticking;

static double look(void *context)
{
    ticking *const clock = context;
    return clock->now += clock->tick;
}

enum { MOST = 4000 };
typedef struct rates {
    double lr[MOST], momentum[MOST];
} rates;

/* How a run ended, as each rank knows it. */
typedef struct ending {
    oc_status status;
    oc_schedule schedule;
    oc_checkpoint_info info;
    oc_digest weights;
    double clock;
} ending;

static oc_status keep(void *context, const oc_run *run, const oc_step *step,
                      const oc_step_result *result)
{
    rates *const r = context;
    (void)result;
    if (run->info.step > MOST)
        return oc_fail(OC_ERR_INTERNAL, "more steps than the test has room for");
    r->lr[step->iteration] = step->learning_rate[step->groups - 1];
    r->momentum[step->iteration] = step->momentum;
    return OC_OK;
}

typedef struct order {
    oc_comm *comm;
    const char *folder;
    double tick;
    uint64_t stop_at;
    int resume;
} order;

static ending train(rates *r, order o)
{
    oc_recipe recipe;
    oc_run run;
    char checkpoint[OC_PATH_BYTES] = "";
    ticking clock = {.now = 1000, .tick = o.tick};
    CU_ASSERT_EQUAL_FATAL(
        oc_recipe_parse(&recipe, recipe_text, strlen(recipe_text), "recipe", oc_scratch(), NULL, 0),
        OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, o.comm, &recipe), OC_OK);
    if (o.resume && oc_comm_rank(o.comm) == 0) {
        char folder[OC_PATH_BYTES];
        int skipped;
        snprintf(folder, sizeof folder, "%s/checkpoints", oc_scratch_path(o.folder));
        CU_ASSERT_EQUAL_FATAL(oc_checkpoint_dir_latest(folder, checkpoint, &skipped), OC_OK);
    }
    ending e = {.status = o.resume ? oc_run_restore(&run, checkpoint) : OC_OK};
    const oc_callback callback = {.context = r, .on_step = keep};
    const oc_loop_options options = {.stop_at = o.stop_at,
                                     .callbacks = &callback,
                                     .callback_count = 1,
                                     .clock = look,
                                     .clock_context = &clock,
                                     .started = clock.now};
    if (e.status == OC_OK)
        e.status = oc_session_train(&run, oc_scratch_path(o.folder), NULL, &options);
    e.schedule = run.plan.schedule;
    e.info = run.info;
    CU_ASSERT_EQUAL(oc_run_weights_hash(&run, &e.weights), OC_OK);
    e.clock = clock.now - 1000;
    oc_run_destroy(&run);
    return e;
}

static int is_root(void)
{
    return oc_comm_rank(comm) == 0;
}

/* Do all ranks have the same number? */
static int agreed(uint64_t number)
{
    uint64_t both[2] = {number, UINT64_MAX - number};
    CU_ASSERT_EQUAL(oc_comm_max_u64(comm, both, 2), OC_OK);
    return both[0] == UINT64_MAX - both[1];
}

/* The last step of a run on all ranks had the last rate of the schedule as planned, to the bit. */
static void check_end(const ending *e, const rates *r)
{
    oc_schedule_point last;
    CU_ASSERT_EQUAL(e->status, OC_OK);
    CU_ASSERT_TRUE(agreed(e->info.step));
    CU_ASSERT_EQUAL(e->info.step, e->info.decision.end);
    CU_ASSERT_EQUAL(oc_schedule_at(&e->schedule, e->schedule.steps - 1, &last), OC_OK);
    if (is_root()) {
        CU_ASSERT_EQUAL(r->lr[e->info.step - 1], last.learning_rate);
        CU_ASSERT_EQUAL(r->momentum[e->info.step - 1], last.momentum);
    }
}

static rates first, second;

static void as_many_as_there_is_time_for(void)
{
    write_recipe("fit_time: 40s");
    const ending e = train(&first, (order){.comm = comm, .folder = "open", .tick = 0.05});
    check_end(&e, &first);
    CU_ASSERT_TRUE(agreed(e.info.decision.step));
    if (!is_root())
        return;
    CU_ASSERT(e.clock < 38 && e.info.step > 250); /* 3 s are for closing, 1 of them is tolerance */
    uint64_t waiting = 0;
    while (first.lr[waiting] == first.lr[0])
        waiting++;
    CU_ASSERT(waiting >= 4 && waiting <= 40); /* the first rate until enough is measured */
    double peak = 0, step = 0;
    for (uint64_t k = 1; k < e.info.step; k++) {
        peak = fmax(peak, first.lr[k]);
        step = fmax(step, fabs(first.lr[k] - first.lr[k - 1]));
    }
    CU_ASSERT(peak > 0.0499 && step < 0.05 * 4 / (double)e.info.step * 3.2); /* no jumps */

    /* One process alone: the same decisions, so the same rates and weights. */
    oc_comm *alone;
    CU_ASSERT_EQUAL_FATAL(oc_comm_open(&alone, 0), OC_OK);
    const ending a = train(&second, (order){.comm = alone, .folder = "alone", .tick = 0.05});
    oc_comm_close(alone);
    CU_ASSERT_EQUAL(a.info.step, e.info.step);
    CU_ASSERT_EQUAL(memcmp(&first, &second, sizeof first), 0);
    CU_ASSERT(oc_digest_equal(a.weights, e.weights));
}

static void fewer_than_planned(void)
{
    write_recipe("epochs: 200, fit_time: 40s");
    const ending e = train(&first, (order){.comm = comm, .folder = "fewer", .tick = 0.05});
    check_end(&e, &first);
    CU_ASSERT(e.info.step < 2400 && e.info.planned_steps == 2400);
    CU_ASSERT(!is_root() || e.clock < 38);
}

static void as_planned_where_there_is_time(void)
{
    write_recipe("max_steps: 50, fit_time: 40s");
    const ending e = train(&first, (order){.comm = comm, .folder = "enough", .tick = 0.05});
    check_end(&e, &first);
    CU_ASSERT_EQUAL(e.info.step, 50);
    CU_ASSERT_EQUAL(e.info.decision.step, 0);
}

/* A resume without a clock keeps to what was decided, and what was decided is all it needs. */
static void a_resume_keeps_to_the_decision(void)
{
    write_recipe("epochs: 200, fit_time: 40s");
    const ending stopped =
        train(&first, (order){.comm = comm, .folder = "parts", .tick = 0.05, .stop_at = 170});
    CU_ASSERT_EQUAL(stopped.status, OC_STOPPED);
    CU_ASSERT_EQUAL(stopped.info.step, 170);
    const oc_decision decided = stopped.info.decision;
    CU_ASSERT(decided.step > 0 && decided.end < 2400);
    CU_ASSERT(stopped.info.wall_seconds > 17 || !is_root());
    write_recipe("epochs: 200");
    const ending e =
        train(&first, (order){.comm = comm, .folder = "parts", .tick = 0.05, .resume = 1});
    check_end(&e, &first);
    CU_ASSERT_EQUAL(e.info.step, decided.end);
    CU_ASSERT_EQUAL(memcmp(&e.info.decision, &decided, sizeof decided), 0);
    for (uint64_t k = 170; is_root() && k < e.info.step; k++) {
        oc_schedule_point point;
        CU_ASSERT_EQUAL(oc_schedule_decided(&e.schedule, &decided, k, &point), OC_OK);
        CU_ASSERT(point.learning_rate == first.lr[k] && point.momentum == first.momentum[k]);
    }
}

/* A later process has what the earlier ones left of the time. */
static void a_resume_has_the_time_that_is_left(void)
{
    write_recipe("fit_time: 40s");
    ending e = train(&first, (order){.comm = comm, .folder = "left", .tick = 0.05, .stop_at = 100});
    CU_ASSERT_EQUAL(e.status, OC_STOPPED);
    const double before = e.clock;
    e = train(&first, (order){.comm = comm, .folder = "left", .tick = 0.05, .resume = 1});
    check_end(&e, &first);
    CU_ASSERT(!is_root() || (before > 9 && before + e.clock < 38));
    /* All of it is gone, but the run is at its end: nothing to do. */
    e = train(&second, (order){.comm = comm, .folder = "left", .tick = 30, .resume = 1});
    CU_ASSERT_EQUAL(e.status, OC_OK);
}

static void a_clock_that_is_past_it_all(void)
{
    write_recipe("fit_time: 40s");
    const ending e = train(&first, (order){.comm = comm, .folder = "late", .tick = 18});
    check_end(&e, &first);
    CU_ASSERT(e.info.step <= 3);
}

static void refusals(void)
{
    static const struct {
        const char *train, *says;
    } cases[] = {{"fit_time: 3s", "not enough for a single step"},
                 {"fit_time: allocation", "when the allocation ends is not known"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_recipe(cases[i].train);
        const ending e = train(&first, (order){.comm = comm, .folder = "no", .tick = 0.05});
        CU_ASSERT_EQUAL(e.status, OC_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), cases[i].says));
        CU_ASSERT_EQUAL(e.info.step, 0);
    }
}

int main(void)
{
    static const oc_case cases[] = {
        {"as many as there is time for", as_many_as_there_is_time_for},
        {"fewer than planned", fewer_than_planned},
        {"as planned where there is time", as_planned_where_there_is_time},
        {"a resume keeps to the decision", a_resume_keeps_to_the_decision},
        {"a resume has the time that is left", a_resume_has_the_time_that_is_left},
        {"a clock that is past it all", a_clock_that_is_past_it_all},
        {"refusals", refusals},
    };
    const oc_import_synthetic synthetic = {.common.seed = 1,
                                           .channels = 1,
                                           .height = 8,
                                           .width = 8,
                                           .classes = 4,
                                           .train = 600,
                                           .test = 60};
    const char *const size = getenv("OMPI_COMM_WORLD_SIZE");
    if (oc_comm_open(&comm, size ? atoi(size) : 0) != OC_OK ||
        oc_import_synthetic_run(&synthetic, oc_scratch_path("data.h5")) != OC_OK) {
        fprintf(stderr, "%s\n", oc_message());
        return 1;
    }
    setenv("PATH", "/nonexistent", 1); /* no gnuplot: ten runs need no pictures */
    const int code = OC_RUN_CASES("fit", cases);
    oc_comm_close(comm);
    return code;
}
