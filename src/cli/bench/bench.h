/* bench.h - the measurements of `onecycle bench`, for command_bench.c. */
#ifndef OC_CLI_BENCH_BENCH_H
#define OC_CLI_BENCH_BENCH_H

#include "cli/common/model_recipe.h"
#include "mpi/comm.h"

/* What was asked for. */
typedef struct oc_bench_request {
    oc_model_request model;
    const char *json;  /* file, "-" for standard output, NULL none */
    double seconds;    /* step: how long to measure */
    int warm_up;       /* step: steps before */
    const char *shape; /* conv: "CxHxW-O,K,S,P" in place of a model */
    int batch;         /* conv */
    int rounds;        /* conv, reduce */
    size_t most;       /* reduce: bytes of the largest vector */
    int roofline;      /* step: beside what the machine can do */
    int threads;       /* machine: of each rank */
} oc_bench_request;

/* Collective. Training steps on random data: a report, or JSON. */
oc_status oc_bench_step(oc_comm *comm, const oc_bench_request *request);

/* Local. Convolutions, algorithm by algorithm, on one thread. */
oc_status oc_bench_conv(const oc_bench_request *request);

/* Collective. What the machine can do at most, beside no training. */
oc_status oc_bench_limits(oc_comm *comm, const oc_bench_request *request);

/* Collective. Sums over ranks, exact and as MPI has them, by size. OC_ERR_USAGE with one rank. */
oc_status oc_bench_reduce(oc_comm *comm, const oc_bench_request *request);

#endif
