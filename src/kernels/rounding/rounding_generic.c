/* rounding_generic.c - rounding for any processor. */
#include "kernels/isa/vector_generic.h"

#include "kernels/rounding/rounding_body.h"

const oc_rounding_ops oc_rounding_generic = OC_ROUNDING_OPS;
