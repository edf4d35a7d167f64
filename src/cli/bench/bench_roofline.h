/* bench_roofline.h - the machine's limits, and what each layer reaches of them: for bench_machine.c
 * and the reports of bench_step.c. */
#ifndef OC_CLI_BENCH_BENCH_ROOFLINE_H
#define OC_CLI_BENCH_BENCH_ROOFLINE_H

#include "studies/bench.h"
#include "studies/machine.h"

#include <jansson.h>

/* Local. Lines for people; the same as members of a JSON object (NULL: memory was short). */
void oc_bench_limits_print(const oc_machine *machine);
json_t *oc_bench_limits_json(const oc_machine *machine);

/* Local, rank 0. Each layer's time beside the least it can be, 80 columns wide. */
void oc_bench_roofline_print(const oc_run *run, const oc_bench *bench, const oc_machine *machine);

/* Local, rank 0. One pass of a layer: {"seconds", "by", "reached"}; NULL where there is no bound.
 */
json_t *oc_bench_roofline_json(const oc_run *run, const oc_bench *bench, const oc_machine *machine,
                               int layer, int backward);

#endif
