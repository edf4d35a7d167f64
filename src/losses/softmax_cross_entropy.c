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

oc_loss_sums oc_loss_SOFTMAX_CROSS_ENTROPY(int n, int classes, const float *outputs,
                                           const int32_t *labels, float scale, float *gradient)
{
    oc_loss_sums sums = {0, 0};
    for (int i = 0; i < n; i++, outputs += classes) {
        const int best = largest(classes, outputs);
        const double top = (double)outputs[best], to_label = (double)outputs[labels[i]] - top;
        const double total = partition(classes, outputs, top, gradient);
        sums.loss += log(total) - to_label;
        sums.correct += best == labels[i];
        if (!gradient)
            continue;
        for (int c = 0; c < classes; c++)
            gradient[c] = (float)((double)gradient[c] * ((double)scale / total));
        gradient[labels[i]] = (float)((exp(to_label) / total - 1.0) * (double)scale);
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
