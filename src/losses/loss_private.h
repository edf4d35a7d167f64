/* loss_private.h - the losses, for loss.c alone: one function each, as oc_loss_apply. */
#ifndef OC_LOSSES_LOSS_PRIVATE_H
#define OC_LOSSES_LOSS_PRIVATE_H

#include "losses/loss.h"

typedef oc_loss_sums oc_loss_function(int n, int classes, const float *outputs,
                                      const oc_loss_targets *targets, float scale, float *gradient);

#define OC_LOSS(kind, name) oc_loss_function oc_loss_##kind;
#include "losses/losses.def"
#undef OC_LOSS

#endif
