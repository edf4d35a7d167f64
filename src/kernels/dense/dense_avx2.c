/* dense_avx2.c - the products of fully connected layers for AVX2 and FMA. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx2.h"

#include "kernels/dense/dense_body.h"

const oc_dense_ops oc_dense_avx2 = {"avx2", pack, apply, weight_gradient};

#endif
