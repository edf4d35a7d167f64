/* profile.c - see profile.h. */
#include "base/profile.h"

#include "base/clock.h"

#include <stdlib.h>

oc_status oc_profile_create(oc_profile **profile, size_t rows)
{
    *profile = malloc(sizeof **profile + rows * sizeof(*profile)->seconds[0]);
    if (!*profile)
        return oc_fail(OC_ERR_MEMORY, "profile: no memory for %zu rows", rows);
    **profile = (oc_profile){.rows = rows};
    oc_profile_reset(*profile);
    return OC_OK;
}

oc_status oc_profile_keep_spans(oc_profile *profile, size_t most)
{
    profile->span = calloc(most, sizeof *profile->span);
    if (!profile->span)
        return oc_fail(OC_ERR_MEMORY, "profile: no memory for %zu spans", most);
    profile->most = most;
    return OC_OK;
}

void oc_profile_destroy(oc_profile *profile)
{
    if (profile)
        free(profile->span);
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

static void keep(oc_profile *profile, oc_timed_span span)
{
    if (profile->spans < profile->most)
        profile->span[profile->spans++] = span;
    else
        profile->left_out++;
}

double oc_profile_lap_in(oc_profile *profile, size_t row, uint32_t lane, double since)
{
    if (!profile)
        return 0;
    const double now = oc_seconds();
    if (row < profile->rows)
        profile->seconds[row] += now - since;
    if (profile->span)
        keep(profile, (oc_timed_span){since, now, (uint32_t)row, lane});
    return now;
}

double oc_profile_lap(oc_profile *profile, size_t row, double since)
{
    return oc_profile_lap_in(profile, row, 0, since);
}
