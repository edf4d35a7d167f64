/* reduction_times.h - how long ranks take to add a vector up: the exact sum that training uses, and
 * the library's own, whose bits depend on the ranks. */
#ifndef OC_STUDIES_REDUCTION_TIMES_H
#define OC_STUDIES_REDUCTION_TIMES_H

#include "base/status.h"
#include "mpi/comm.h"

#include <stddef.h>

/* Vectors of OC_REDUCTION_LEAST bytes, four times as many, and so on. */
enum { OC_REDUCTION_LEAST = 1024, OC_REDUCTION_SIZES = 11, OC_REDUCTION_MOST_ROUNDS = 1001 };

/* Seconds of the slowest rank, the median over the rounds. */
typedef struct oc_reduction_time {
    size_t bytes;
    double flat, by_nodes; /* the exact sum, with reduce.hierarchy flat and node */
    double library;
} oc_reduction_time;

typedef struct oc_reduction_times {
    int sizes;
    oc_reduction_time at[OC_REDUCTION_SIZES];
} oc_reduction_times;

/* Bytes of the largest vector. */
size_t oc_reduction_most(void);

/* Collective. All ways in turn, `rounds` (odd, up to OC_REDUCTION_MOST_ROUNDS) times for each size
 * up to `most` bytes, one vector a rank; all ranks get the same. The sums are checked. Two ranks or
 * more. OC_ERR_MEMORY, OC_ERR_PEER; OC_ERR_INTERNAL: a sum is wrong. */
oc_status oc_reduction_times_measure(oc_reduction_times *times, oc_comm *comm, size_t most,
                                     int rounds);

#endif
