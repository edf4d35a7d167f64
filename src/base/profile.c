/* profile.c - see profile.h. */
#include "base/profile.h"

#include "base/clock.h"

#include <stdlib.h>

oc_status oc_profile_create(oc_profile **profile, size_t rows)
{
    *profile = malloc(sizeof **profile + rows * sizeof(*profile)->seconds[0]);
    if (!*profile)
        return oc_fail(OC_ERR_MEMORY, "profile: no memory for %zu rows", rows);
    (*profile)->rows = rows;
    oc_profile_reset(*profile);
    return OC_OK;
}

void oc_profile_destroy(oc_profile *profile)
{
    free(profile);
}

void oc_profile_reset(oc_profile *profile)
{
    for (size_t i = 0; i < profile->rows; i++)
        profile->seconds[i] = 0;
}

double oc_profile_start(const oc_profile *profile)
{
    return profile ? oc_seconds() : 0;
}

double oc_profile_lap(oc_profile *profile, size_t row, double since)
{
    if (!profile)
        return 0;
    const double now = oc_seconds();
    profile->seconds[row] += now - since;
    return now;
}
