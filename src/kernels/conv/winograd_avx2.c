/* winograd_avx2.c - the Winograd kernels for AVX2 and FMA. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx2.h"

#include "kernels/conv/winograd_passes.h"

const oc_winograd_ops oc_winograd_avx2 = {"avx2", prepare, apply, add_weight_gradient};

#endif
