/* binary_cross_entropy.c - each output is the log odds of a label of its own; of a sample, the mean
 * over its labels of minus the logarithm of the target's probability. Source:
 * torch.nn.BCEWithLogitsLoss, whose mean over a batch is the mean of these. */
#include "losses/loss_private.h"

#include <math.h>
#include <stddef.h>

/* 1 / (1 + exp(-x)): no exp overflows. */
static double sigmoid(double x)
{
    const double power = exp(-fabs(x));
    return (x < 0 ? power : 1.0) / (1.0 + power);
}

oc_loss_sums oc_loss_BINARY_CROSS_ENTROPY(int n, int classes, const float *outputs,
                                          const oc_loss_targets *targets, float scale,
                                          float *gradient)
{
    oc_loss_sums sums = {0, 0};
    const float *target = targets->values;
    for (int i = 0; i < n; i++, outputs += classes, target += classes) {
        double sum = 0;
        int right = 1;
        for (int c = 0; c < classes; c++) {
            const double x = (double)outputs[c], t = (double)target[c];
            /* log(1 + exp(x)) - x t, with the large part taken out; a NaN stays one */
            sum += (x < 0 ? 0.0 : x) - x * t + log1p(exp(-fabs(x)));
            right &= (outputs[c] > 0) == (target[c] > 0.5f);
            if (gradient)
                gradient[c] = (float)((sigmoid(x) - t) / classes * (double)scale);
        }
        sums.loss += sum / classes;
        sums.correct += (uint64_t)right;
        if (gradient)
            gradient += classes;
    }
    return sums;
}

void oc_sigmoid(int count, const float *outputs, float *probabilities)
{
    for (int i = 0; i < count; i++)
        probabilities[i] = (float)sigmoid((double)outputs[i]);
}
