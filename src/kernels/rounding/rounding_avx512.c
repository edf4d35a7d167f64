/* rounding_avx512.c - rounding for AVX-512. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx512.h"

#include "kernels/rounding/rounding_body.h"

const oc_rounding_ops oc_rounding_avx512 = OC_ROUNDING_OPS;

#endif
