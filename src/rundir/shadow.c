/* shadow.c - see shadow.h. */
#include "rundir/shadow.h"

#include <string.h>

void oc_shadow_note(oc_shadow *shadow, const oc_step_row *row)
{
    const size_t at = row->step % OC_SHADOW_ROWS;
    shadow->row[at] = *row;
    memcpy(shadow->group_lr[at], row->group_lr, (size_t)row->groups * sizeof *row->group_lr);
    shadow->row[at].group_lr = shadow->group_lr[at];
    if (row->trusts > 0)
        memcpy(shadow->trust[at], row->trust, (size_t)row->trusts * sizeof *row->trust);
    shadow->row[at].trust = shadow->trust[at];
    shadow->rows++;
}

uint64_t oc_shadow_depth(const oc_shadow *shadow)
{
    return shadow->rows < OC_SHADOW_ROWS ? shadow->rows : OC_SHADOW_ROWS;
}

void oc_shadow_write(const oc_shadow *shadow, uint64_t step, oc_metrics *metrics)
{
    for (uint64_t s = step - oc_shadow_depth(shadow) + 1; s <= step; s++)
        oc_metrics_step(metrics, &shadow->row[s % OC_SHADOW_ROWS]);
}
