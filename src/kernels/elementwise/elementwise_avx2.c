/* elementwise_avx2.c - the element-wise kernels for AVX2 and FMA. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx2.h"

#include "kernels/elementwise/elementwise_body.h"

const oc_elementwise_ops oc_elementwise_avx2 = OC_ELEMENTWISE_OPS("avx2");

#endif
