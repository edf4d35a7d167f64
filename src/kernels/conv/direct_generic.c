/* direct_generic.c - the direct convolutions for any processor. */

#include "kernels/isa/vector_generic.h"

enum {
    DIRECT_BLOCKS = 1,     /* blocks of 16 outputs that a micro-kernel makes at once */
    DIRECT_PIXELS = 2,     /* pixels that it makes at once: 8 sums in 16 registers */
    DIRECT_PIXELS_ONE = 2, /* the same of one block */
    GRADIENT_ONE = 2,      /* rows of weights that one for the gradient makes, of one block */
    GRADIENT_FULL = 2,     /* the same for DIRECT_BLOCKS */
    GRADIENT_PLAIN = 2     /* the same for plain images */
};

#include "kernels/conv/direct_passes.h"

const oc_direct_ops oc_direct_generic = {"generic", prepare, apply, add_weight_gradient};
