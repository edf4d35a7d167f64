/* profile.h - where time goes: seconds added up row by row, and if asked for each time by itself.
 * What a row stands for is its owner's to say. Without a profile (NULL) no clock is read. One
 * thread at a time may use it. */
#ifndef OC_BASE_PROFILE_H
#define OC_BASE_PROFILE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* One time that something took, by oc_seconds(). */
typedef struct oc_timed_span {
    double begin, end;
    uint32_t row;
    uint32_t lane; /* what may overlap has a lane each */
} oc_timed_span;

typedef struct oc_profile {
    size_t rows;
    oc_timed_span *span; /* [most] NULL: only sums are kept */
    size_t spans, most;
    uint64_t left_out; /* there was no room for */
    double seconds[];
} oc_profile;

/* Local. All rows 0. OC_ERR_INTERNAL. Owned until oc_profile_destroy. */
oc_status oc_profile_create(oc_profile **profile, size_t rows);
void oc_profile_destroy(oc_profile *profile); /* NULL-safe */

/* Local. Keep the first `most` spans too. OC_ERR_MEMORY. */
oc_status oc_profile_keep_spans(oc_profile *profile, size_t most);

/* Local. All rows back to 0; spans stay. */
void oc_profile_reset(oc_profile *profile);

/* Local, no allocation, profile may be NULL. The time now, as oc_seconds(), to be handed to
 * oc_profile_lap; that adds the time since then to a row and returns the time now, at which
 * what follows begins. */
double oc_profile_start(const oc_profile *profile);
double oc_profile_lap(oc_profile *profile, size_t row, double since);

/* Local, no allocation, profile may be NULL. The same of what overlaps with others, and of rows
 * beyond the last, which are kept as spans alone. */
double oc_profile_lap_in(oc_profile *profile, size_t row, uint32_t lane, double since);

#endif
