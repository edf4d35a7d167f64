/* softmax_cross_entropy.c - minus the logarithm of the softmax probability of the label. */
#include "losses/loss_private.h"

#include <math.h>
#include <stddef.h>

static int largest(int classes, const float *outputs)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (outputs[c] > outputs[best])
            best = c;
    return best;
}

/* Sum of exp(outputs - top): with the largest taken off, no exp overflows. `powers` receives
 * them, unless NULL: each is computed once. */
static double partition(int classes, const float *outputs, double top, float *powers)
{
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        const double power = exp((double)outputs[c] - top);
        sum += power;
        if (powers)
            powers[c] = (float)power;
    }
    return sum;
}

/* The target probability of class c for sample i: exactly 0 or 1 where nothing is soft. */
static double target_of(const oc_loss_targets *targets, int i, int c, int classes)
{
    double target = c == targets->labels[i] ? 1.0 : 0.0;
    if (targets->second) {
        const double share = (double)targets->share[i];
        target = share * target + (1.0 - share) * (c == targets->second[i] ? 1.0 : 0.0);
    }
    if (targets->smoothing > 0)
        target = (1.0 - targets->smoothing) * target + targets->smoothing / classes;
    return target;
}

/* Sum of target * output: what the logarithm of the partition is compared with. */
static double expected_output(const oc_loss_targets *targets, int i, int classes,
                              const float *outputs)
{
    double sum = 0;
    if (!targets->second && targets->smoothing <= 0)
        return (double)outputs[targets->labels[i]];
    for (int c = 0; c < classes; c++)
        sum += target_of(targets, i, c, classes) * (double)outputs[c];
    return sum;
}

oc_loss_sums oc_loss_SOFTMAX_CROSS_ENTROPY(int n, int classes, const float *outputs,
                                           const oc_loss_targets *targets, float scale,
                                           float *gradient)
{
    oc_loss_sums sums = {0, 0};
    for (int i = 0; i < n; i++, outputs += classes) {
        const int best = largest(classes, outputs);
        const double top = (double)outputs[best];
        const double total = partition(classes, outputs, top, gradient);
        sums.loss += log(total) + top - expected_output(targets, i, classes, outputs);
        sums.correct += best == targets->labels[i];
        if (!gradient)
            continue;
        const int soft = targets->second || targets->smoothing > 0, label = targets->labels[i];
        for (int c = 0; c < classes; c++) {
            const double target = soft ? target_of(targets, i, c, classes) : 0;
            gradient[c] = (float)(((double)gradient[c] / total - target) * (double)scale);
        }
        if (!soft) /* again in double: near 1 the difference needs it */
            gradient[label] =
                (float)((exp((double)outputs[label] - top) / total - 1.0) * (double)scale);
        gradient += classes;
    }
    return sums;
}

void oc_softmax(int classes, const float *outputs, float *probabilities)
{
    const double top = (double)outputs[largest(classes, outputs)];
    const double total = partition(classes, outputs, top, probabilities);
    for (int c = 0; c < classes; c++)
        probabilities[c] = (float)((double)probabilities[c] / total);
}
