/* winograd_generic.c - the Winograd kernels for any processor. */

#include "kernels/vector_generic.h"

#include "kernels/winograd_passes.h"

const oc_winograd_ops oc_winograd_generic = {"generic", prepare, apply, add_weight_gradient};
