/* direct_avx2.c - the direct convolutions for AVX2 and FMA. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx2.h"

enum {
    DIRECT_BLOCKS = 1,     /* blocks of 16 outputs that a micro-kernel makes at once */
    DIRECT_PIXELS = 6,     /* pixels that it makes at once: 12 sums in 16 registers */
    DIRECT_PIXELS_ONE = 6, /* the same of one block */
    GRADIENT_ONE = 6,      /* rows of weights that one for the gradient makes, of one block */
    GRADIENT_FULL = 6,     /* the same for DIRECT_BLOCKS */
    GRADIENT_PLAIN = 6     /* the same for plain images */
};

#include "kernels/conv/direct_passes.h"

const oc_direct_ops oc_direct_avx2 = {"avx2", prepare, apply, add_weight_gradient};

#endif
