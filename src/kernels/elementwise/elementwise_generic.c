/* elementwise_generic.c - the element-wise kernels for any processor. */
#include "kernels/isa/vector_generic.h"

#include "kernels/elementwise/elementwise_body.h"

const oc_elementwise_ops oc_elementwise_generic = OC_ELEMENTWISE_OPS("generic");
