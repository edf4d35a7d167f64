/* range_grid.h - range tests of a grid's points, side by side on groups of ranks. */
#ifndef OC_CLI_RANGE_RANGE_GRID_H
#define OC_CLI_RANGE_RANGE_GRID_H

#include "cli/common/grid.h"
#include "cli/range/range_result.h"

#include <signal.h>

/* Collective. A range test of each point; on rank 0 result[points] [out] has all of them, with
 * labels, curves (to be freed by the caller, after failures too) and suggestions; on other ranks
 * it is not touched. *is_r2 [out]. OC_STOPPED after a signal, with what there is; failures as those
 * of oc_range_test, the same on all ranks. */
oc_status oc_range_grid_run(oc_range_result *result, int *is_r2, oc_rank_groups *groups,
                            const oc_grid *grid, const oc_range_options *options,
                            const volatile sig_atomic_t *stop);

#endif
