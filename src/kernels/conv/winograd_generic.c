/* winograd_generic.c - the Winograd kernels for any processor. */

#include "kernels/isa/vector_generic.h"

#include "kernels/conv/winograd_passes.h"

const oc_winograd_ops oc_winograd_generic = {"generic", prepare, apply, add_weight_gradient};
