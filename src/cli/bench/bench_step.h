/* bench_step.h - a measured run as text and as JSON, for bench_step.c. */
#ifndef OC_CLI_BENCH_BENCH_STEP_H
#define OC_CLI_BENCH_BENCH_STEP_H

#include "studies/bench.h"
#include "studies/machine.h"

#include <jansson.h>

/* Effective operations: two a multiply-add, forward, and twice that backward, whatever an
 * algorithm really does; for the first layer too, whose input needs no gradient. */
enum { OC_BENCH_FORWARD_OPERATIONS = 2, OC_BENCH_BACKWARD_OPERATIONS = 4 };

/* Local, rank 0. Images and effective operations a second. */
double oc_bench_images(const oc_run *run, const oc_bench *bench);
double oc_bench_gflops(const oc_run *run, const oc_bench *bench);

/* Local, rank 0. Print it, 80 columns wide. `machine`: NULL, or beside what the machine can do. */
void oc_bench_step_print(const oc_run *run, const oc_bench *bench, const oc_machine *machine);

/* Local, rank 0. All of it; NULL if memory is short. */
json_t *oc_bench_step_json(const oc_run *run, const oc_bench *bench, const oc_machine *machine);

#endif
