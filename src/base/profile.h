/* profile.h - where time goes: seconds added up row by row. What a row stands for is its owner's
 * to say. Without a profile (NULL) no clock is read. One thread at a time may use it. */
#ifndef OC_BASE_PROFILE_H
#define OC_BASE_PROFILE_H

#include "base/status.h"

#include <stddef.h>

typedef struct oc_profile {
    size_t rows;
    double seconds[];
} oc_profile;

/* Local. All rows 0. OC_ERR_INTERNAL. Owned until oc_profile_destroy. */
oc_status oc_profile_create(oc_profile **profile, size_t rows);
void oc_profile_destroy(oc_profile *profile); /* NULL-safe */

/* Local. All rows back to 0. */
void oc_profile_reset(oc_profile *profile);

/* Local, no allocation, profile may be NULL. The time now, as oc_seconds(), to be handed to
 * oc_profile_lap; that adds the time since then to a row and returns the time now, at which
 * what follows begins. */
double oc_profile_start(const oc_profile *profile);
double oc_profile_lap(oc_profile *profile, size_t row, double since);

#endif
