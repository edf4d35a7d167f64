/* roofline.h - the least time that a layer's pass can take on a machine (Williams, Waterman and
 * Patterson, "Roofline: an insightful visual performance model", 2009): the longer one of its
 * multiply-adds at the machine's peak, and of reading and writing each of its tensors once at the
 * bandwidth that the machine has for a working set of that size. */
#ifndef OC_STUDIES_ROOFLINE_H
#define OC_STUDIES_ROOFLINE_H

#include "models/network.h"
#include "studies/machine.h"

typedef enum oc_bound { OC_BOUND_NONE, OC_BOUND_OPERATIONS, OC_BOUND_MEMORY } oc_bound;

typedef struct oc_roof {
    double operations; /* of one sample, as the algorithm in use does them */
    double bytes;      /* of one sample, weights of a shard shared out to its samples */
    double seconds;    /* of one sample on one thread, at least; 0 for a layer that does nothing */
    oc_bound bound;    /* which of the two is longer */
} oc_roof;

/* Local. Layer i forward, or backward (all gradients that training needs), in shards of `shard`
 * samples. */
oc_roof oc_roofline(const oc_network *network, int i, int backward, int shard,
                    const oc_machine *machine);

/* "fma", "memory", or "-" */
const char *oc_bound_name(oc_bound bound);

#endif
