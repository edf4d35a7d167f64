/* direct_avx512.c - the direct convolutions for AVX-512 (F). */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx512.h"

enum {
    DIRECT_BLOCKS = 2,      /* blocks of 16 outputs that a micro-kernel makes at once */
    DIRECT_PIXELS = 14,     /* pixels that it makes at once: 28 sums in 32 registers */
    DIRECT_PIXELS_ONE = 28, /* the same of one block */
    GRADIENT_ONE = 16,      /* rows of weights that one for the gradient makes, of one block */
    GRADIENT_FULL = 8,      /* the same for DIRECT_BLOCKS */
    GRADIENT_PLAIN = 9      /* the same for plain images */
};

#include "kernels/conv/direct_passes.h"

const oc_direct_ops oc_direct_avx512 = {"avx512", prepare, apply, add_weight_gradient};

#endif
