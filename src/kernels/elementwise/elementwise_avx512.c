/* elementwise_avx512.c - the element-wise kernels for AVX-512. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx512.h"

#include "kernels/elementwise/elementwise_body.h"

const oc_elementwise_ops oc_elementwise_avx512 = OC_ELEMENTWISE_OPS("avx512");

#endif
