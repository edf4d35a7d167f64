/* bench.h - how long a run's training steps take, and where the time and the memory go. */
#ifndef OC_STUDIES_BENCH_H
#define OC_STUDIES_BENCH_H

#include "run/run.h"

enum { OC_BENCH_LEAST_STEPS = 3, OC_BENCH_MOST_STEPS = 1 << 16 };

typedef struct oc_bench_options {
    double seconds;   /* to measure for: at least OC_BENCH_LEAST_STEPS, at most ..MOST_STEPS */
    uint64_t warm_up; /* steps before, not counted; more where reduce.overlap is tried out */
} oc_bench_options;

typedef struct oc_bench {
    uint64_t steps;             /* measured */
    uint64_t warm_up;           /* before these */
    double median, least, most; /* seconds a step, each the slowest rank's */
    double mean;                /* seconds a step, mean over steps and ranks: what is shared out: */
    size_t rows;                /* 2 * layers + OC_STEP_PHASES, as rows of a profile */
    double *row;                /* seconds a step, mean over steps, ranks and threads */
    double rest;                /* of the mean: starting and waiting for threads, counting */
    uint64_t *peak;             /* of each rank: bytes resident at most */
    uint64_t peak_sum;
} oc_bench;

/* Collective. Train steps as the loop does, each decided by rank 0 and sent by the step message,
 * on the run's data; no evaluation, checkpoint or file. Rank 0 decides when it is enough. All
 * ranks get the same *bench. OC_ERR_DIVERGED, OC_ERR_PEER, OC_ERR_INTERNAL. */
oc_status oc_bench_run(oc_bench *bench, oc_run *run, const oc_bench_options *options);
void oc_bench_free(oc_bench *bench); /* safe on a zeroed one */

#endif
