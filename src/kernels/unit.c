/* unit.c - see unit.h. */
#include "kernels/unit.h"

#include <string.h>

/* Best first; the last two run anywhere. */
static const oc_unit units[] = {
#if defined(__x86_64__)
    {"avx512", &oc_winograd_avx512, &oc_elementwise_avx512, &oc_direct_avx512, &oc_dense_avx512,
     &oc_peak_avx512, &oc_rounding_avx512},
    {"avx2", &oc_winograd_avx2, &oc_elementwise_avx2, &oc_direct_avx2, &oc_dense_avx2,
     &oc_peak_avx2, &oc_rounding_avx2},
#endif
    {"generic", &oc_winograd_generic, &oc_elementwise_generic, &oc_direct_generic, NULL,
     &oc_peak_generic, &oc_rounding_generic},
    {"reference", &oc_winograd_generic, &oc_elementwise_reference, &oc_direct_generic, NULL,
     &oc_peak_generic, &oc_rounding_reference},
};
enum { UNITS = sizeof units / sizeof units[0] };

static const oc_unit *wanted; /* NULL: the best there is */

static int runs_here(const oc_unit *unit)
{
#if defined(__x86_64__)
    if (unit == &units[0])
        return __builtin_cpu_supports("avx512f");
    if (unit == &units[1])
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return unit >= &units[UNITS - 2];
}

oc_status oc_unit_select(const char *name)
{
    if (!name) {
        wanted = NULL;
        return OC_OK;
    }
    for (int i = 0; i < UNITS; i++)
        if (strcmp(units[i].name, name) == 0) {
            if (!runs_here(&units[i]))
                return oc_fail(OC_ERR_USAGE, "kernels: this processor has no %s", name);
            wanted = &units[i];
            return OC_OK;
        }
    return oc_fail(OC_ERR_USAGE,
                   "kernels: \"%.60s\" is unknown; expected reference, generic, avx2 or avx512",
                   name);
}

const oc_unit *oc_unit_get(void)
{
    if (wanted)
        return wanted;
    int i = 0;
    while (!runs_here(&units[i]))
        i++;
    return &units[i];
}
