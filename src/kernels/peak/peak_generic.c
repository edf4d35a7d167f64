/* peak_generic.c - the peak of vectors as any processor has them. */
#include "kernels/isa/vector_generic.h"

#include "kernels/peak/peak_body.h"

const oc_peak_ops oc_peak_generic = OC_PEAK_OPS("generic");
