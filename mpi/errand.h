/* errand.h - a thread that does one thing after the other for those who must not hang in it, such
 * as writing to a file system that may not answer. Whoever sends it waits as long as he likes. */
#ifndef OC_MPI_ERRAND_H
#define OC_MPI_ERRAND_H

#include "base/status.h"

#include <stddef.h>

typedef struct oc_errand oc_errand;

/* Local. Starts the thread; `work` gets each job, `bytes` long. OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_errand_start(oc_errand **errand, void (*work)(const void *job), size_t bytes);

/* Local. When what it is at is done, if anything. NULL-safe. */
void oc_errand_stop(oc_errand *errand);

/* Local, any thread, no allocation. Send it with a copy of `job`; returns when that is done, or
 * after so many seconds: 0 does not wait. Returns whether it went: not while it is at something
 * else. */
int oc_errand_send(oc_errand *errand, const void *job, double seconds);

/* Local, any thread. Is it still at something? */
int oc_errand_is_busy(oc_errand *errand);

#endif
