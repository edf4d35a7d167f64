/* range_grid.h - range tests of a grid's points, side by side on groups of ranks. */
#ifndef OC_STUDIES_RANGE_GRID_H
#define OC_STUDIES_RANGE_GRID_H

#include "studies/grid.h"
#include "studies/lr_range.h"

#include <signal.h>

typedef struct oc_range_result {
    const char *label; /* what sets this test apart: "optimizer.weight_decay=0.001"; "" if alone */
    oc_range_curve curve;
    double rate[OC_SUGGESTIONS]; /* NaN: none */
    oc_smith smith;
} oc_range_result;

/* Collective. A range test of each point; on rank 0 result[points] [out] has all of them, with
 * labels, curves (to be freed by the caller, after failures too) and suggestions; on other ranks
 * it is not touched. *is_r2 [out]. OC_STOPPED after a signal, with what there is; failures as those
 * of oc_range_test, the same on all ranks. */
oc_status oc_range_grid_run(oc_range_result *result, int *is_r2, oc_rank_groups *groups,
                            const oc_grid *grid, const oc_range_options *options,
                            const volatile sig_atomic_t *stop);

#endif
