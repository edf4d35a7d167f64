/* team.h - a fixed team of threads that does one piece of work at a time, together.
 *
 * The caller is one of the team. Between pieces the others sleep. Who does what is a function
 * of the thread's number alone, never of who comes first. */
#ifndef OC_BASE_TEAM_H
#define OC_BASE_TEAM_H

#include "base/status.h"

typedef struct oc_team oc_team;

/* Local. A team of `threads` (>= 1), the caller included. OC_ERR_INTERNAL if the system gives
 * no more threads. */
oc_status oc_team_create(oc_team **team, int threads);
void oc_team_destroy(oc_team *team); /* NULL-safe */

int oc_team_size(const oc_team *team);

/* Local, no allocation. Call work(data, thread) once for each thread 0 .. size - 1, thread 0 in
 * the caller; returns when all are done. Not to be nested. */
void oc_team_run(oc_team *team, void (*work)(void *data, int thread), void *data);

#endif
