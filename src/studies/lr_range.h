/* lr_range.h - the learning-rate range test: a short training during which the rate only rises,
 * and the curve it leaves. All ranks together: losses are reduced, rank 0 decides, every decision
 * travels in the step message. Weights, statistics, optimiser and step number are put back
 * afterwards. */
#ifndef OC_STUDIES_LR_RANGE_H
#define OC_STUDIES_LR_RANGE_H

#include "run/run.h"
#include "studies/suggestions.h"

typedef enum oc_range_scale {
    OC_RANGE_EXPONENTIAL, /* fastai: step k of n runs with min * (max / min)^(k / n) */
    OC_RANGE_LINEAR       /* Smith: with min + (max - min) * k / n */
} oc_range_scale;

typedef struct oc_range_options {
    oc_range_scale scale;
    double min_lr, max_lr;
    uint64_t steps;     /* at most; 1 to OC_RANGE_MOST_STEPS */
    double stop_factor; /* ends when the smoothed loss is above so many times its least; 0 never */
    uint64_t evaluate_every; /* also after every so many steps; 0 never */
    void (*on_point)(void *context, uint64_t done, double lr,
                     double smoothed); /* rank 0; or NULL */
    void *context;
} oc_range_options;

enum { OC_RANGE_MOST_STEPS = 1000000 };

typedef struct oc_range_point {
    double lr;        /* of the last parameter group */
    double loss;      /* of the batch, before the update */
    double smoothed;  /* losses so far: exponential average, beta 0.98, debiased, as fastai's */
    double accuracy;  /* of the batch; of regression R2 */
    double evaluated; /* accuracy (R2) of an evaluation after the step; NaN: there was none */
} oc_range_point;

typedef enum oc_range_end {
    OC_RANGE_WHOLE,      /* all steps */
    OC_RANGE_DIVERGED,   /* loss above stop_factor times the least */
    OC_RANGE_NOT_FINITE, /* loss or a gradient; the last point is that step's, which changed nothing
                          */
    OC_RANGE_STOPPED     /* somebody asked a rank to stop */
} oc_range_end;

/* The same on every rank, bit for bit, whatever their number. */
typedef struct oc_range_curve {
    oc_range_point *point; /* (count), owned */
    size_t count;
    uint64_t steps; /* that were asked for */
    oc_range_end end;
    double seconds;
    oc_digest before, after; /* hashes of the weights, which are equal */
} oc_range_curve;

/* Local. The rate of step k of the test. */
double oc_range_rate(const oc_range_options *options, uint64_t step);

/* Local. OC_ERR_USAGE for a range that is none: rates that do not rise, no steps. */
oc_status oc_range_check(const oc_range_options *options);

/* Local. The momentum of a test: the schedule's where its rate is highest, because that is the rate
 * looked for; the lower of two. */
double oc_range_momentum(const oc_schedule_config *schedule);

/* Local. Make a recipe that of a test: so many steps, and in place of its schedule one rate, of
 * which parameter groups keep their shares, and one momentum. */
void oc_range_recipe(oc_recipe *recipe, const oc_range_options *options);

/* Collective. Test `run`, which is fresh and has a recipe of oc_range_recipe. What is not finite
 * ends the test and is no failure. OC_OK; OC_STOPPED (a signal) with the curve so far;
 * OC_ERR_USAGE; OC_ERR_IO and OC_ERR_DATA when samples could not be read; OC_ERR_REPLICAS,
 * OC_ERR_PEER. The weights are put back in any case but the last two. */
oc_status oc_range_test(oc_range_curve *curve, oc_run *run, const oc_range_options *options);
void oc_range_curve_free(oc_range_curve *curve); /* safe on a zeroed one */

/* Local. A rate for each kind into rates[OC_SUGGESTIONS], NaN where the curve does not give it;
 * *smith [out]: from evaluations where there are some, else from the accuracy of batches, and never
 * a rate at which the loss blew up. OC_ERR_MEMORY. */
oc_status oc_range_suggest(const oc_range_curve *curve, double *rates, oc_smith *smith);

/* Local. The smoothed loss at the curve's point nearest to a rate; NaN for NaN. */
double oc_range_loss_at(const oc_range_curve *curve, double lr);

#endif
