/* step_message.c - see step_message.h. The message is sent as its bytes: all ranks run
 * the same binary, and the checksum would tell if not. */
#include "run/step_message.h"

#include "base/hash.h"

#include <inttypes.h>

/* Without padding, so that the checksum covers defined bytes only. */
_Static_assert(sizeof(oc_step) == 8 + 4 * 4 + 8 * (OC_MAX_GROUPS + 10), "oc_step has no padding");
_Static_assert(offsetof(oc_step, checksum) + sizeof(uint64_t) == sizeof(oc_step),
               "the checksum is last");

static uint64_t checksum(const oc_step *step)
{
    return oc_hash64(step, offsetof(oc_step, checksum));
}

void oc_step_seal(oc_step *step)
{
    step->checksum = checksum(step);
}

oc_status oc_step_check(const oc_step *step, uint64_t iteration)
{
    const uint64_t found = checksum(step);
    if (found != step->checksum)
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 " arrived corrupted: its checksum is "
                       "%016" PRIx64 ", expected %016" PRIx64,
                       iteration, found, step->checksum);
    if (step->iteration != iteration)
        return oc_fail(OC_ERR_REPLICAS, "rank 0 is at iteration %" PRIu64 ", this rank at %" PRIu64,
                       step->iteration, iteration);
    if (step->action < OC_ACTION_TRAIN || step->action > OC_ACTION_STOP)
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 ": action %" PRIu32
                       " is not one of %d to %d",
                       iteration, step->action, OC_ACTION_TRAIN, OC_ACTION_STOP);
    if (step->groups < 1 || step->groups > OC_MAX_GROUPS)
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 ": %" PRIu32
                       " parameter groups, expected 1 to %d",
                       iteration, step->groups, OC_MAX_GROUPS);
    if (step->frozen > 1 || step->overlap > 1)
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 ": frozen is %" PRIu32
                       " and overlap %" PRIu64 ", expected 0 or 1",
                       iteration, step->frozen, step->overlap);
    if (step->status >= OC_STATUS_COUNT)
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 ": status %" PRIu32
                       " is not one of 0 to %d",
                       iteration, step->status, OC_STATUS_COUNT - 1);
    if (step->guard > OC_GUARD_ROLLBACK || !(step->most_loss >= 0))
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 ": guard %" PRIu64
                       " is not one of 0 to %d, or most_loss %g is below 0",
                       iteration, step->guard, OC_GUARD_ROLLBACK, step->most_loss);
    const oc_decision *const d = &step->decision;
    if (d->scale != 0 && (d->step > iteration || oc_decision_fault(d)))
        return oc_fail(OC_ERR_INTERNAL,
                       "step message for iteration %" PRIu64 ": a decision for step %" PRIu64
                       " of a run of %" PRIu64 ", place %g, scale %g",
                       iteration, d->step, d->end, d->place, d->scale);
    return OC_OK;
}

oc_status oc_step_broadcast(oc_comm *comm, oc_step *step, uint64_t iteration)
{
    if (oc_comm_rank(comm) == 0)
        oc_step_seal(step);
    oc_status status = oc_comm_broadcast_as(comm, "the step message", step, sizeof *step, 0);
    if (status != OC_OK)
        return status;
    status = oc_step_check(step, iteration);
    return checksum(step) == step->checksum ? status : oc_comm_mistrust(comm, status);
}
