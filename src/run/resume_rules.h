/* resume_rules.h - may this run go on from that checkpoint, and from where in its schedule? What
 * the rows of keys (recipe/keys) say of their effect is compared here; nothing is read or written.
 */
#ifndef OC_RUN_RESUME_RULES_H
#define OC_RUN_RESUME_RULES_H

#include "run/run.h"

/* Local. Is the checkpoint at `path`, which says `info` and has this recipe, one that the run may
 * go on from? It is if nothing that decides the result is different, or if all that is different is
 * that the run has become longer: not yet at its end, both lengths known, the schedule any but
 * fine_tune. run->any_recipe allows everything but other data, and an end that has passed.
 * OC_ERR_USAGE: one message with all keys that differ; OC_ERR_DATA. */
oc_status oc_resume_check(const oc_run *run, const char *path, const oc_checkpoint_info *info,
                          const char *recipe);

/* Local, after oc_resume_check. Where the checkpoint's run is becomes where this run is. If the
 * length differs, the run goes on from the same fraction of the schedule, as it is at the new
 * length, and moves evenly to its end: a decision (base/decision.h) for the next step. What differs
 * goes into the log. */
oc_status oc_resume_adopt(oc_run *run, const char *path, const oc_checkpoint_info *info,
                          const char *recipe);

#endif
