/* suggestions.c - see suggestions.h. The rules do what fastai's Python does, negative indices from
 * the end included. */
#include "studies/suggestions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The points of a curve that a rule looks at. */
typedef struct window {
    const double *lr, *loss;
    size_t count; /* at least 1 */
} window;

/* The longest falling subsequence, first of its length; of the stretch it spans, as if it had no
 * gaps, two thirds less rounding. */
static double suggest_valley(const window *w)
{
    size_t *const length = malloc(w->count * sizeof *length);
    if (!length)
        return NAN;
    size_t end = 0;
    long from = 0, to = 0;
    for (size_t i = 0; i < w->count; i++) {
        length[i] = 1;
        for (size_t j = 0; j < i; j++)
            if (w->loss[i] < w->loss[j] && length[i] < length[j] + 1)
                length[i] = length[j] + 1;
        if (length[i] > length[end]) {
            end = i;
            to = (long)i;
            from = to - (long)length[i];
        }
    }
    free(length);
    const double third = (double)(to - from) / 3;
    const long at = from + (long)third + (long)(third / 2);
    return w->lr[at < 0 ? at + (long)w->count : at];
}

/* numpy.gradient at index i: central differences, one-sided at the ends. */
static double gradient(const window *w, size_t i)
{
    if (i == 0)
        return w->loss[1] - w->loss[0];
    if (i + 1 == w->count)
        return w->loss[i] - w->loss[i - 1];
    return (w->loss[i + 1] - w->loss[i - 1]) / 2;
}

/* A pair of points 15 apart slides down from the end for as long as their slopes differ. */
static double suggest_slide(const window *w)
{
    enum { APART = 15 };
    const double threshold = 0.005;
    if (w->count < APART + 1)
        return NAN;
    size_t left = w->count - 1 - APART;
    double rate = w->lr[left];
    for (;; left--) {
        if (!(fabs(gradient(w, left + APART) - gradient(w, left)) > threshold))
            return rate;
        rate = w->lr[left];
        if (left == 0)
            return rate;
    }
}

static double suggest_minimum(const window *w)
{
    size_t lowest = 0;
    for (size_t i = 1; i < w->count; i++)
        if (w->loss[i] < w->loss[lowest])
            lowest = i;
    return w->lr[lowest] / 10;
}

static double suggest_steep(const window *w)
{
    size_t steepest = 0;
    double least = INFINITY;
    for (size_t i = 0; i + 1 < w->count; i++) {
        const double slope = (w->loss[i + 1] - w->loss[i]) / (log(w->lr[i + 1]) - log(w->lr[i]));
        if (slope < least) {
            least = slope;
            steepest = i;
        }
    }
    return w->count < 2 ? NAN : w->lr[steepest];
}

static double suggest_gradient(const window *w)
{
    size_t steepest = 0;
    if (w->count < 2)
        return NAN;
    for (size_t i = 1; i < w->count; i++)
        if (gradient(w, i) < gradient(w, steepest))
            steepest = i;
    return w->lr[steepest];
}

static const struct {
    const char *name, *meaning;
    double (*suggest)(const window *);
} rules[OC_SUGGESTIONS] = {
#define OC_SUGGESTION(kind, name, function, meaning) {name, meaning, function},
#include "studies/suggestions.def"
#undef OC_SUGGESTION
    {"smith", "the last before accuracy falls (Smith)", NULL},
};

const char *oc_suggestion_name(int kind)
{
    return rules[kind].name;
}

const char *oc_suggestion_meaning(int kind)
{
    return rules[kind].meaning;
}

int oc_suggestion_find(const char *name)
{
    for (int i = 0; i < OC_SUGGESTIONS; i++)
        if (strcmp(rules[i].name, name) == 0)
            return i;
    return -1;
}

double oc_suggest(const oc_rate_curve *curve, int kind)
{
    enum { LEFT_OUT = 5, FIRST_OF_V1 = 10 };
    const size_t first = kind == OC_SUGGEST_GRADIENT ? FIRST_OF_V1 : (size_t)(curve->steps / 10);
    size_t last = curve->count > LEFT_OUT ? curve->count - LEFT_OUT : 0;
    for (size_t i = first; i < last; i++)
        if (!isfinite(curve->loss[i]))
            last = i;
    if (last <= first || !rules[kind].suggest)
        return NAN;
    const window w = {curve->lr + first, curve->loss + first, last - first};
    return rules[kind].suggest(&w);
}

/* The mean over up to `side` points on either side, fewer at the ends (as many on both). */
static double smoothed(const double *values, size_t count, size_t at, size_t side)
{
    double sum = 0;
    side = at < side ? at : side;
    side = count - 1 - at < side ? count - 1 - at : side;
    for (size_t i = at - side; i <= at + side; i++)
        sum += values[i];
    return sum / (double)(2 * side + 1);
}

int oc_smith_bounds(oc_smith *smith, const double *lr, const double *accuracy, size_t count)
{
    const double tenth = 0.1, half = 0.5;
    const size_t side = count / 50;
    size_t finite = 0;
    *smith = (oc_smith){.start = NAN, .max = NAN};
    while (finite < count && isfinite(accuracy[finite]))
        finite++;
    if (finite < 3)
        return 0;
    const double first = smoothed(accuracy, finite, 0, side);
    double highest = first;
    for (size_t i = 0; i < finite; i++)
        highest = fmax(highest, smoothed(accuracy, finite, i, side));
    const double rise = highest - first;
    if (!(rise > 0))
        return 0;
    double reached = first;
    smith->is_open = finite == count;
    for (size_t i = 0; i < finite; i++) {
        const double here = smoothed(accuracy, finite, i, side);
        if (isnan(smith->start) && here >= first + tenth * rise)
            smith->start = lr[i];
        reached = fmax(reached, here);
        if (reached >= first + half * rise && here < reached - tenth * rise) {
            smith->is_open = 0;
            break;
        }
        smith->max = lr[i];
    }
    return 1;
}
