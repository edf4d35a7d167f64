/* unit.h - the vector units that onecycle's own kernels are compiled for, and the one in use.
 *
 * Each family of kernels is written once (NAME_body.h) and compiled once a unit (NAME_UNIT.c);
 * a unit is a row of these. "reference" is no unit but plain C where there is such, and "generic"
 * else. Matrix products: kernels.h. */
#ifndef OC_KERNELS_UNIT_H
#define OC_KERNELS_UNIT_H

#include "base/status.h"
#include "kernels/conv/direct.h"
#include "kernels/conv/winograd.h"
#include "kernels/dense/dense.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/peak/peak.h"
#include "kernels/rounding/rounding.h"

typedef struct oc_unit {
    const char *name; /* "avx512", "avx2", "generic", "reference" */
    const oc_winograd_ops *winograd;
    const oc_elementwise_ops *elementwise;
    const oc_direct_ops *direct;
    const oc_dense_ops *dense; /* NULL: OpenBLAS, or plain C, is the best there is */
    const oc_peak_ops *peak;
    const oc_rounding_ops *rounding;
} oc_unit;

/* Local, for oc_kernels_select alone. The unit of all that is planned from now on, by name; NULL
 * for the best this processor has. OC_ERR_USAGE if it is unknown or not there. */
oc_status oc_unit_select(const char *name);

/* Local. The unit in use. */
const oc_unit *oc_unit_get(void);

#endif
