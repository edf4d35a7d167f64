/* time_budget_test.c - how long a run becomes that has so much time, and what that does to its
 * schedule: machines that are steady, noisy, get slower or quicker, played through without
 * training. */
#include "base/decision.h"
#include "control/time_budget.h"
#include "recipe/recipe.h"
#include "tests/harness.h"

#include <math.h>
#include <string.h>

static oc_status make(oc_schedule *s, const char *settings, uint64_t steps)
{
    char text[512];
    oc_recipe recipe;
    const int length = snprintf(text, sizeof text,
                                "model: lenet\ndata: {file: x}\ntrain: {epochs: 1}\n"
                                "schedule: {%s}\n",
                                settings);
    const oc_status status = oc_recipe_parse(&recipe, text, (size_t)length, "fit", ".", NULL, 0);
    return status == OC_OK ? oc_schedule_create(s, &recipe.schedule, steps, 50) : status;
}

static oc_schedule_point decided_at(const oc_schedule *s, const oc_decision *d, uint64_t step)
{
    oc_schedule_point point = {-1, -1};
    CU_ASSERT_EQUAL(oc_schedule_decided(s, d, step, &point), OC_OK);
    return point;
}

static oc_schedule_point planned_at(const oc_schedule *s, uint64_t step)
{
    oc_schedule_point point = {-2, -2};
    CU_ASSERT_EQUAL(oc_schedule_at(s, step, &point), OC_OK);
    return point;
}

static int same_bits(oc_schedule_point a, oc_schedule_point b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static const char *const schedules[] = {
    "dialect: fastai1, max_lr: 0.7",
    "dialect: fastai2, max_lr: 0.7",
    "dialect: torch, max_lr: 0.7",
    "dialect: torch3, max_lr: 0.7",
    "dialect: smith, max_lr: 0.7",
    "dialect: torch, max_lr: 0.7, anneal: linear, warmup: 7%",
    "name: cyclical, max_lr: 0.7",
    "name: exponential, lr: 0.7, gamma: 0.99",
    "name: polynomial, lr: 0.7",
    "name: cosine, lr: 0.7, min_lr: 0.001",
    "name: warm_restarts, lr: 0.7",
    "name: flat_cos, lr: 0.7",
    "name: inverse, lr: 0.7, gamma: 0.01, power: 1",
    "name: piecewise, lr: 0.7, knots: [0, 20%, 100%], factors: [0.1, 1, 0]"};
enum { SCHEDULES = sizeof schedules / sizeof schedules[0], PLANNED = 400 };

/* As planned: the schedule's own bits at every step. */
static void a_run_as_planned(void)
{
    for (size_t i = 0; i < SCHEDULES; i++) {
        oc_schedule s;
        CU_ASSERT_EQUAL_FATAL(make(&s, schedules[i], PLANNED), OC_OK);
        const oc_decision d = {.end = s.steps, .scale = 1};
        for (uint64_t k = 0; k < s.steps; k++)
            CU_ASSERT(same_bits(decided_at(&s, &d, k), planned_at(&s, k)));
    }
}

/* Longer, shorter, decided twice: no jump where a decision takes over, and the schedule's end value
 * at the last step, to the bit. */
static void no_jump_and_the_same_end(void)
{
    static const struct {
        uint64_t at, end;
    } twice[][2] = {{{20, 90}, {60, 70}},
                    {{1, 1234}, {700, 5000}},
                    {{399, 400}, {399, 400}},
                    {{150, 152}, {151, 300}},
                    {{37, 61}, {40, 43}}};
    for (size_t i = 0; i < SCHEDULES; i++)
        for (size_t k = 0; k < sizeof twice / sizeof twice[0]; k++) {
            oc_schedule s;
            CU_ASSERT_EQUAL_FATAL(make(&s, schedules[i], PLANNED), OC_OK);
            oc_decision d = {.end = s.steps, .scale = 1};
            for (int n = 0; n < 2; n++) {
                const uint64_t at = twice[k][n].at, end = twice[k][n].end;
                oc_decision next = d;
                next.step = at;
                next.end = end;
                next.place = oc_decision_place(&d, s.steps, at);
                CU_ASSERT_PTR_NULL(oc_decision_fault(&next));
                if (at + 1 < end && at + 1 < d.end)
                    CU_ASSERT(same_bits(decided_at(&s, &next, at), decided_at(&s, &d, at)));
                d = next;
            }
            double place = 0;
            for (uint64_t step = d.step; step < d.end; step++) {
                CU_ASSERT(oc_decision_place(&d, s.steps, step) >= place);
                place = oc_decision_place(&d, s.steps, step);
            }
            CU_ASSERT(same_bits(decided_at(&s, &d, d.end - 1), planned_at(&s, s.steps - 1)));
            oc_schedule_point point = {7, 7};
            CU_ASSERT_EQUAL(oc_schedule_decided(&s, &d, d.end, &point), OC_ERR_USAGE);
            CU_ASSERT_EQUAL(oc_schedule_decided(&s, &d, d.step - 1, &point), OC_ERR_USAGE);
            CU_ASSERT(point.learning_rate == 7);
        }
}

static void decisions_from_outside(void)
{
    static const struct {
        oc_decision decision;
        const char *fault; /* NULL: sound */
    } cases[] = {{{0, 10, 0, 1}, NULL},
                 {{10, 10, 3, 0.5}, NULL},
                 {{10, OC_OPEN, 0, 1}, NULL},
                 {{10, 9, 3, 1}, "end"},
                 {{1, 9, -1, 1}, "place"},
                 {{1, 9, (double)NAN, 1}, "place"},
                 {{1, 9, (double)INFINITY, 1}, "place"},
                 {{1, 9, 1, 0}, "scale"},
                 {{1, 9, 1, 1.5}, "scale"},
                 {{1, 9, 1, (double)NAN}, "scale"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const fault = oc_decision_fault(&cases[i].decision);
        CU_ASSERT(cases[i].fault ? fault && strstr(fault, cases[i].fault) : !fault);
    }
}

/* A machine: seconds of a step at a time. */
typedef double machine(double now, uint64_t step);

static double noise(uint64_t step) /* 0 to 1 */
{
    const uint64_t mixed = (step + 1) * 0x9e3779b97f4a7c15u;
    return (double)(mixed >> 40) / 16777216.0;
}
static double steady(double now, uint64_t step)
{
    (void)now;
    return step == 0 ? 0.5 : 0.05;
}
static double noisy(double now, uint64_t step)
{
    (void)now;
    return 0.02 + 0.08 * noise(step) + (noise(step * 7) > 0.98 ? 0.7 : 0);
}
static double slower(double now, uint64_t step)
{
    return (now < 35 ? 0.05 : 0.15) * (0.8 + 0.4 * noise(step));
}
static double quicker(double now, uint64_t step)
{
    return (now < 20 ? 0.15 : 0.05) * (0.8 + 0.4 * noise(step));
}
/* Neighbours that come and go every two seconds. */
static double bursty(double now, uint64_t step)
{
    return (0.025 + 0.02 * noise((uint64_t)(now / 2))) * (0.8 + 0.4 * noise(step));
}
static double crawling(double now, uint64_t step)
{
    (void)now;
    (void)step;
    return 17;
}

typedef struct played {
    double seconds;
    uint64_t steps;
    int decisions;
    double last_place, largest_jump; /* of the place, at decisions, beside the pace before */
} played;

/* 90 s, an epoch of 100 steps, evaluations of 0.4 s, checkpoints of 0.2 s. */
static played play(machine *takes, uint64_t planned, uint64_t length)
{
    oc_time_budget fit = {
        .deadline = 90, .evaluation = -1, .checkpoint = 0.2, .evaluation_steps = 5, .closing = 3};
    oc_decision now_holds = {.end = planned, .scale = 1};
    played p = {0};
    double now = fit.last = 2; /* building the run */
    for (;;) {
        const uint64_t end = now_holds.end;
        oc_time_view view = {.now = now,
                             .deadline = fit.deadline,
                             .step_seconds = oc_time_budget_step_seconds(&fit, end - p.steps),
                             .measured = fit.steps,
                             .evaluation = fit.evaluation < 0 ? 0.25 : fit.evaluation,
                             .checkpoint = fit.checkpoint,
                             .closing = fit.closing,
                             .step = p.steps,
                             .most = planned,
                             .evaluations = 0.01,
                             .saves = 0.01,
                             .length = length,
                             .last = now_holds};
        const double place = oc_decision_place(&now_holds, length, p.steps);
        if (p.steps < end && oc_time_budget_decide(&now_holds, &view)) {
            p.decisions++;
            CU_ASSERT_PTR_NULL(oc_decision_fault(&now_holds));
            CU_ASSERT(now_holds.end <= planned && now_holds.step == p.steps);
            p.largest_jump = fmax(p.largest_jump, fabs(now_holds.place - place));
        }
        const int over = p.steps >= now_holds.end;
        if ((over || p.steps % 100 == 0) && p.steps > 0) {
            oc_time_budget_note(&fit, OC_TIMED_EVALUATION, now += 0.4);
            oc_time_budget_note(&fit, OC_TIMED_CHECKPOINT, now += 0.2);
        }
        if (over)
            break;
        p.last_place = oc_decision_place(&now_holds, length, p.steps);
        oc_time_budget_note(&fit, OC_TIMED_STEP, now += takes(now, p.steps));
        p.steps++;
    }
    p.seconds = now;
    return p;
}

static void in_time_on_any_machine(void)
{
    static const struct {
        const char *name;
        machine *takes;
        uint64_t planned; /* OC_OPEN: as many as there is time for */
        double at_least;  /* of the 87 s that are not for closing, used */
    } cases[] = {
        {"steady", steady, OC_OPEN, 0.8},     {"noisy", noisy, OC_OPEN, 0.75},
        {"slower", slower, OC_OPEN, 0.75},    {"quicker", quicker, OC_OPEN, 0.75},
        {"steady", steady, 5000, 0.8},        {"noisy", noisy, 5000, 0.75},
        {"slower", slower, 5000, 0.75},       {"quicker", quicker, 5000, 0.75},
        {"bursty", bursty, OC_OPEN, 0.8},     {"bursty", bursty, 5000, 0.8},
        {"crawling", crawling, OC_OPEN, 0.5}, {"crawling", crawling, 5000, 0.5},
        {"enough time", steady, 1000, 0.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint64_t planned = cases[i].planned;
        const uint64_t length = planned == OC_OPEN ? 1000000 : planned;
        const played p = play(cases[i].takes, planned, length);
        /* a fifth of the closing is no reason to decide again */
        const int good = p.seconds <= 87.6 && p.seconds >= cases[i].at_least * 87 &&
                         p.last_place == (double)length - 1 && p.decisions <= 12 &&
                         p.largest_jump < 1e-6;
        if (!good)
            printf("%s, planned %llu: %.1f s, %llu steps, %d decisions, last place %g, jump %g\n",
                   cases[i].name, (unsigned long long)planned, p.seconds,
                   (unsigned long long)p.steps, p.decisions, p.last_place, p.largest_jump);
        CU_ASSERT_TRUE(good);
    }
    const played enough = play(steady, 1000, 1000);
    CU_ASSERT(enough.steps == 1000 && enough.decisions == 0);
}

static void no_decision_from_nothing(void)
{
    const oc_decision planned = {.end = 1000, .scale = 1};
    oc_time_view v = {
        .now = 50, .deadline = 90, .step = 1, .most = 1000, .length = 1000, .last = planned};
    oc_decision d = planned;
    CU_ASSERT_EQUAL(oc_time_budget_decide(&d, &v), 0); /* nothing is measured */
    v.measured = 40;
    v.step_seconds = 1;
    v.deadline = (double)INFINITY;
    CU_ASSERT_EQUAL(oc_time_budget_decide(&d, &v), 0); /* no limit */
    v.deadline = 90;
    CU_ASSERT_EQUAL(oc_time_budget_decide(&d, &v), 1);
    CU_ASSERT(d.step == 1 && d.end > 30 && d.end <= 41);
    v.deadline = 10; /* over already: one step more, at the schedule's end */
    CU_ASSERT_EQUAL(oc_time_budget_decide(&d, &v), 1);
    CU_ASSERT_EQUAL(d.end, 2);
    CU_ASSERT_EQUAL(oc_decision_place(&d, 1000, 1), 999);
    v.last.end = 2; /* the last step stays whatever the clock says */
    CU_ASSERT_EQUAL(oc_time_budget_decide(&d, &v), 0);
}

/* The time of a step: the median, or a mean that is longer, up to 1.25 medians. */
static void pace(void)
{
    oc_time_budget fit = {0};
    CU_ASSERT_EQUAL(oc_time_budget_step_seconds(&fit, 1000), 0);
    oc_time_budget_note(&fit, OC_TIMED_STEP, 9);
    CU_ASSERT_EQUAL(oc_time_budget_step_seconds(&fit, 1000), 9); /* all there is */
    oc_time_budget_note(&fit, OC_TIMED_STEP, 10);
    CU_ASSERT_EQUAL(oc_time_budget_step_seconds(&fit, 1000),
                    1); /* the first does not count any more */
    for (int i = 0; i < 9; i++)
        oc_time_budget_note(&fit, OC_TIMED_STEP, fit.last + 1);
    oc_time_budget_note(&fit, OC_TIMED_STEP, fit.last + 2);
    CU_ASSERT_DOUBLE_EQUAL(oc_time_budget_step_seconds(&fit, 1000), 12.0 / 11, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(oc_time_budget_step_seconds(&fit, 1), 9.0 / 8,
                           1e-12); /* the last eight */
    oc_time_budget_note(&fit, OC_TIMED_STEP, fit.last + 1000);
    CU_ASSERT_EQUAL(oc_time_budget_step_seconds(&fit, 1000), 1.25); /* stopped once */
    fit.evaluation = -1;
    oc_time_budget_note(&fit, OC_TIMED_EVALUATION, fit.last + 4);
    CU_ASSERT_EQUAL(fit.evaluation, 4);
    oc_time_budget_note(&fit, OC_TIMED_EVALUATION, fit.last + 2);
    CU_ASSERT_EQUAL(fit.evaluation, 3);
    oc_time_budget_note(&fit, OC_TIMED_EVALUATION, fit.last + 8);
    CU_ASSERT_EQUAL(fit.evaluation, 8);
}

/* fit_time alone: which schedules can be stretched over a number of steps nobody knows. */
static void open_recipes(void)
{
    static const struct {
        const char *schedule;
        int may;
    } cases[] = {
        {"max_lr: 0.1, warmup: 5%", 1},
        {"name: multistep, lr: 0.1, milestones: [50%, 75%]", 1},
        {"name: reduce_on_plateau, lr: 0.1", 1},
        {"max_lr: 0.1, warmup: 100", 0},
        {"name: multistep, lr: 0.1, milestones: [50%, 3 epochs]", 0},
        {"name: step, lr: 0.1, every: 2 epochs", 0},
        {"name: cyclical, max_lr: 0.1, step_size: 100", 0},
        {"name: cyclical, max_lr: 0.1, mode: exp_range, gamma: 0.99", 0},
        {"name: inverse, lr: 0.1, gamma: 0.01, power: 1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int with_epochs = 0; with_epochs < 2; with_epochs++) {
            char text[512];
            oc_recipe recipe;
            snprintf(text, sizeof text,
                     "model: lenet\ndata: {file: x}\ntrain: {fit_time: 2h%s}\nschedule: {%s}\n",
                     with_epochs ? ", epochs: 3" : "", cases[i].schedule);
            const oc_status status =
                oc_recipe_parse(&recipe, text, strlen(text), "fit", ".", NULL, 0);
            CU_ASSERT_EQUAL(status, cases[i].may || with_epochs ? OC_OK : OC_ERR_USAGE);
            CU_ASSERT(status == OC_OK ? recipe.train.fit_time == 7200
                                      : strstr(oc_message(), "fit_time") != NULL);
        }
}

int main(void)
{
    static const oc_case cases[] = {
        {"as planned", a_run_as_planned},
        {"no jump, the same end", no_jump_and_the_same_end},
        {"decisions from outside", decisions_from_outside},
        {"in time on any machine", in_time_on_any_machine},
        {"no decision from nothing", no_decision_from_nothing},
        {"pace", pace},
        {"open recipes", open_recipes},
    };
    return OC_RUN_CASES("time_budget_test", cases);
}
