/* dense_avx512.c - the products of fully connected layers for AVX-512 (F). */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx512.h"

#include "kernels/dense/dense_body.h"

const oc_dense_ops oc_dense_avx512 = {"avx512", pack, apply, weight_gradient};

#endif
