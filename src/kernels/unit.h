/* unit.h - the vector units that onecycle's own kernels are compiled for, and the one in use.
 *
 * Each family of kernels is written once (NAME_body.h) and compiled once a unit (NAME_UNIT.c);
 * a unit is a row of these. Matrix products and the plain C table: kernels.h. */
#ifndef OC_KERNELS_UNIT_H
#define OC_KERNELS_UNIT_H

#include "base/status.h"
#include "kernels/direct.h"
#include "kernels/winograd.h"

typedef struct oc_unit {
    const char *name; /* "generic", "avx2", "avx512" */
    const oc_winograd_ops *winograd;
    const oc_direct_ops *direct;
} oc_unit;

/* Local. The unit of all plans made from now on, by name; NULL for the best this processor has.
 * OC_ERR_USAGE if it is unknown or not there. */
oc_status oc_unit_select(const char *name);

/* Local. The unit in use. */
const oc_unit *oc_unit_get(void);

#endif
