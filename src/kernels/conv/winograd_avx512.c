/* winograd_avx512.c - the Winograd kernels for AVX-512 (F). */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx512.h"

#include "kernels/conv/winograd_passes.h"

const oc_winograd_ops oc_winograd_avx512 = {"avx512", prepare, apply, add_weight_gradient};

#endif
