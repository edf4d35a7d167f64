/* suggestions.h - learning rates read off the curve of a range test: fastai's rules from the
 * smoothed loss, Smith's from accuracy. Pure functions of the curve; no training here. */
#ifndef OC_STUDIES_SUGGESTIONS_H
#define OC_STUDIES_SUGGESTIONS_H

#include <stddef.h>
#include <stdint.h>

typedef enum oc_suggestion_kind {
#define OC_SUGGESTION(kind, name, function, meaning) OC_SUGGEST_##kind,
#include "studies/suggestions.def"
#undef OC_SUGGESTION
    OC_SUGGEST_SMITH, /* from accuracy: oc_smith_bounds */
    OC_SUGGESTIONS
} oc_suggestion_kind;

/* Local. The name on the command line; what it is, in a few words; the kind of a name or -1. */
const char *oc_suggestion_name(int kind);
const char *oc_suggestion_meaning(int kind);
int oc_suggestion_find(const char *name);

/* A curve as fastai records it: smoothed losses, a NaN from where there was none any more. */
typedef struct oc_rate_curve {
    const double *lr, *loss; /* (count); rates rise */
    size_t count;
    uint64_t steps; /* that the test was to have (fastai's num_it) */
} oc_rate_curve;

/* Local. The rate that one of the rules from the loss (not OC_SUGGEST_SMITH) gives; NaN where the
 * curve is too short for it. fastai v2's look at points [steps / 10, count - 5) up to the first
 * that is not finite, v1's at [10, count - 5). Source: fastai/callback/schedule.py (valley, slide,
 * minimum, steep with their defaults) and fastai1's Recorder.plot; here in double precision. */
double oc_suggest(const oc_rate_curve *curve, int kind);

/* What Smith reads off accuracy against the rate. */
typedef struct oc_smith {
    double start; /* the rate at which accuracy begins to rise */
    double max;   /* the last rate before it gets ragged or falls */
    int is_open;  /* it did neither: the range may go on */
} oc_smith;

/* Local. Accuracies (count) at rates that rise. They are smoothed by a mean over count / 50 points
 * on either side (none below 50). With the rise from the first to the highest smoothed accuracy as
 * unit: `start` is where a tenth of it is first reached; `max` is the last rate before, after half
 * of the rise, accuracy first lies more than a tenth below what it had reached. An accuracy that is
 * not finite ends the curve. Returns 0, with both rates NaN, when accuracy never rises or count is
 * below 3. Source: Cyclical Learning Rates (2017), section 3.3, in numbers. */
int oc_smith_bounds(oc_smith *smith, const double *lr, const double *accuracy, size_t count);

#endif
