/* mse.c - mean squared error: of a sample, the mean over its outputs of (output - target)^2.
 * Source: torch.nn.MSELoss, whose mean over a batch is the mean of these. */
#include "losses/loss_private.h"

#include <stddef.h>

oc_loss_sums oc_loss_MSE(int n, int classes, const float *outputs, const oc_loss_targets *targets,
                         float scale, float *gradient)
{
    oc_loss_sums sums = {0, 0};
    const float *target = targets->values;
    for (int i = 0; i < n; i++, outputs += classes, target += classes) {
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            const double error = (double)outputs[c] - (double)target[c];
            sum += error * error;
            if (gradient)
                gradient[c] = (float)(2.0 * error / classes * (double)scale);
        }
        sums.loss += sum / classes;
        if (gradient)
            gradient += classes;
    }
    return sums;
}
