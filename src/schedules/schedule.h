/* schedule.h - learning rate and momentum as a pure function of the step.
 *
 * A schedule is chosen by name from schedules.def and checked against its length when it
 * is made; asking it for a step of the run cannot fail, for any other step it is an error.
 * Steps are counted from 0; step k runs with the values at k. Only rank 0 asks; the others get
 * the answer in the step message. */
#ifndef OC_SCHEDULES_SCHEDULE_H
#define OC_SCHEDULES_SCHEDULE_H

#include "base/decision.h"
#include "base/number_list.h"
#include "base/status.h"

#include <stdint.h>

typedef enum oc_schedule_kind {
#define OC_SCHEDULE(kind, name, operations) OC_SCHEDULE_##kind,
#include "schedules/schedules.def"
#undef OC_SCHEDULE
    OC_SCHEDULE_COUNT
} oc_schedule_kind;

enum { OC_MAX_KNOTS = OC_MAX_NUMBERS }; /* with a factor each */

/* A stretch of a run, as people say it. */
typedef enum oc_span_unit { OC_SPAN_STEPS, OC_SPAN_EPOCHS, OC_SPAN_PERCENT } oc_span_unit;
typedef struct oc_span {
    double count;
    int64_t unit; /* oc_span_unit */
} oc_span;

/* A learning rate that parameter groups may have shares of, as fastai v1's lr_range does. */
typedef enum oc_spread {
    OC_SPREAD_NONE,     /* `last` for all */
    OC_SPREAD_TENTH,    /* slice(b): the last group b, the others b / 10 */
    OC_SPREAD_GEOMETRIC /* slice(a, b): from a to b by equal factors */
} oc_spread;
typedef struct oc_rate {
    double last;    /* of the last group: what the schedule works with */
    double first;   /* OC_SPREAD_GEOMETRIC: of the first group */
    int64_t spread; /* oc_spread */
} oc_rate;

/* Several of them, rising. */
typedef struct oc_span_list {
    oc_span at[OC_MAX_KNOTS];
    int64_t count;
} oc_span_list;

typedef enum oc_dialect {
    OC_DIALECT_FASTAI1,
    OC_DIALECT_FASTAI2,
    OC_DIALECT_TORCH,
    OC_DIALECT_TORCH3,
    OC_DIALECT_SMITH
} oc_dialect;
typedef enum oc_anneal { OC_ANNEAL_AUTO, OC_ANNEAL_COS, OC_ANNEAL_LINEAR } oc_anneal;
typedef enum oc_cycle_mode {
    OC_CYCLE_TRIANGULAR,
    OC_CYCLE_TRIANGULAR2,
    OC_CYCLE_EXP_RANGE
} oc_cycle_mode;

typedef enum oc_monitor { OC_MONITOR_TEST_LOSS, OC_MONITOR_TEST_ACCURACY } oc_monitor;
typedef enum oc_threshold_mode { OC_THRESHOLD_REL, OC_THRESHOLD_ABS } oc_threshold_mode;

typedef enum oc_scale_lr { OC_SCALE_NONE, OC_SCALE_LINEAR, OC_SCALE_SQRT } oc_scale_lr;

/* The words of these in recipes, in their order; NULL ends. */
extern const char *const oc_dialect_names[];
extern const char *const oc_anneal_names[];
extern const char *const oc_cycle_mode_names[];
extern const char *const oc_monitor_names[];
extern const char *const oc_threshold_mode_names[];
extern const char *const oc_scale_lr_names[];

enum { OC_AUTO = -1 }; /* where 0 is a value: base_lr, pct_start, annihilation */

/* Members that a schedule does not name are not looked at. */
typedef struct oc_schedule_config {
    int kind;            /* oc_schedule_kind */
    int dialect;         /* onecycle: oc_dialect */
    int anneal;          /* onecycle: oc_anneal */
    int mode;            /* cyclical: oc_cycle_mode */
    oc_rate lr;          /* onecycle, cyclical: the peak; others: the first rate */
    double min_lr;       /* polynomial, cosine, warm_restarts: the last rate; reduce_on_plateau: the
                          * lowest */
    double base_lr;      /* cyclical: the lowest rate; OC_AUTO = lr / 4 */
    double div_factor;   /* onecycle: start = lr / div_factor */
    double final_div;    /* onecycle, flat_cos: the end, see their files; 0 = the dialect's */
    double pct_start;    /* onecycle: part of the steps that rise; flat_cos: that stay. OC_AUTO =
                          * the dialect's */
    double annihilation; /* onecycle smith: part of the steps at the lowest rate; OC_AUTO */
    double momentum[2];  /* onecycle, cyclical: high, low; others: [0] */
    double gamma;        /* cyclical, step, multistep, exponential, inverse */
    double power;        /* polynomial, inverse */
    oc_span every;       /* step, exponential: gamma once in so long */
    oc_span step_size;   /* cyclical: half a cycle; warm_restarts: the first; 0 = fits `cycles`;
                          * fine_tune: the part in which only the last group is trained */
    double cycles;       /* cyclical, warm_restarts; 0 = as many as fit */
    double cycle_mult;   /* warm_restarts: each cycle so many times as long as the last */
    double lr_mult; /* fine_tune: in its second cycle the first group has 1 / lr_mult of the rate */
    oc_span_list knots;     /* multistep: the milestones; piecewise */
    oc_number_list factors; /* piecewise: times lr, at the knots */
    int monitor;            /* reduce_on_plateau: oc_monitor */
    int threshold_mode;     /* oc_threshold_mode: threshold is a part of the best, or a number */
    double factor;          /* times the rate on a plateau */
    double threshold;       /* what is not better by more than it is no progress */
    int64_t patience;       /* so many evaluations without progress are borne */
    int64_t cooldown;       /* so many after a reduction do not count */
    oc_span warmup;         /* all: a linear rise before the schedule begins */
    double warmup_start;    /* times the schedule's first rate */
    int scale_lr;           /* oc_scale_lr: how rates grow with the batch */
    int64_t base_batch;     /* the batch that rates are given for */
    double scale;           /* what follows from these: times all rates; 0 stands for 1 */
} oc_schedule_config;

typedef struct oc_schedule_point {
    double learning_rate; /* of the last group */
    double momentum;      /* or beta1 */
} oc_schedule_point;

typedef struct oc_schedule {
    oc_schedule_config config;
    uint64_t steps;           /* of the run; cycles may end it before the length asked for */
    uint64_t steps_per_epoch; /* 0: not known */
    uint64_t warmup;          /* steps of warm-up */
    uint64_t length;          /* steps - warmup: what the schedule itself is stretched over */
    double span;              /* steps: every, step_size, frozen */
    double knot[OC_MAX_KNOTS];
} oc_schedule;

/* Local. OC_ERR_USAGE if the configuration makes no sense for a run of that length, or steps is
 * 0. steps_per_epoch 0: unknown, and a configuration that counts in epochs is refused. */
oc_status oc_schedule_create(oc_schedule *schedule, const oc_schedule_config *config,
                             uint64_t steps, uint64_t steps_per_epoch);

/* Local. What of a configuration can be told without the length. OC_ERR_USAGE. */
oc_status oc_schedule_check(const oc_schedule_config *config);

/* Local. The values step k runs with. OC_ERR_USAGE, and *point untouched, if k is not below
 * schedule->steps: a schedule does not go on beyond its end. */
oc_status oc_schedule_at(const oc_schedule *schedule, uint64_t step, oc_schedule_point *point);

/* Local. The values step k of a run has that goes on as decided; of one that goes as planned those
 * of oc_schedule_at. OC_ERR_USAGE likewise, if the run ends before it or the decision does not
 * belong to this schedule. */
oc_status oc_schedule_decided(const oc_schedule *schedule, const oc_decision *decision,
                              uint64_t step, oc_schedule_point *point);

/* Local. Of fine_tune: is step k of a run that goes as decided in the first cycle, in which only
 * the last parameter group is trained? 0 for all other schedules. */
int oc_schedule_is_frozen(const oc_schedule *schedule, const oc_decision *decision, uint64_t step);

/* Local. May the schedule be stretched over a run whose number of steps nobody knows before?
 * OC_ERR_USAGE for lengths in steps or epochs, and for formulas that count steps. */
oc_status oc_schedule_check_open(const oc_schedule_config *config);

/* What reduce_on_plateau remembers between evaluations. */
typedef struct oc_plateau {
    double best;            /* NaN: none yet */
    uint64_t bad, cooldown; /* evaluations without progress so far; that do not count from now on */
} oc_plateau;

/* Local. reduce_on_plateau: the scale of the rate after an evaluation that gave `value`, from the
 * one before it. */
double oc_plateau_next(const oc_schedule_config *config, oc_plateau *plateau, double value,
                       double scale);

/* Local. Half a cycle in steps, as Smith's tables of running-average fractions count it: of a
 * schedule without cycles, half the run. */
double oc_schedule_half_cycle(const oc_schedule *schedule);

/* Local. The share of batch normalisation's running averages that stays each step, for half a
 * cycle of so many steps. Source: the table in Smith's x.sh beside his super-convergence logs, from
 * 0.80 for 1000 steps to 0.97 for 10,000; straight lines between, its ends beyond. */
double oc_averages_kept(double half_cycle);

/* Local. Group i of n (n >= 1) as a share of the last group's rate; 1 for the last. Source:
 * fastai v1, basic_train.py, lr_range. */
double oc_rate_share(const oc_rate *rate, int i, int n);

/* Local. By what all rates of a schedule are multiplied for a batch (Goyal et al. 2017, arXiv
 * 1706.02677, linear; Krizhevsky 2014, arXiv 1404.5997, the root). */
double oc_schedule_scale(const oc_schedule_config *config, int64_t batch);

/* Local. Is its rate max_lr, the highest one, and has it two momenta? Else it is lr, and one. */
int oc_schedule_is_peaked(int kind);

/* Local. The rates of the groups: those of the configuration, or what fine_tune makes of lr_mult.
 */
oc_rate oc_schedule_rate(const oc_schedule_config *config);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_schedule_name(int kind);
int oc_schedule_find(const char *name);

#endif
