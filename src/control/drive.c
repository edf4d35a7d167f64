/* drive.c - see drive.h. */
#include "control/drive.h"

#include "base/log.h"

static oc_step message(const oc_run *run, const oc_next *next)
{
    oc_step step = {
        .iteration = run->info.step,
        .action = next->action,
        .status = next->status,
        .groups = (uint32_t)run->plan.groups.count,
        .weight_decay = run->recipe.optimizer.weight_decay,
        .decision = next->decision,
    };
    if (next->action != OC_ACTION_TRAIN)
        return step;
    step.momentum = next->point.momentum;
    step.frozen = (uint32_t)next->frozen;
    step.overlap = (uint64_t)oc_overlap_next(&run->overlap);
    step.guard = (uint64_t)next->guard;
    step.most_loss = next->most_loss;
    for (int i = 0; i < run->plan.groups.count; i++)
        step.learning_rate[i] = run->plan.groups.share[i] * next->point.learning_rate;
    return step;
}

/* For flight records: a step as tables count it, which is from 1. */
static void note_step(const oc_run *run, const oc_step *step)
{
    static const char *const names[] = {[OC_ACTION_TRAIN] = "train step",
                                        [OC_ACTION_EVALUATE] = "evaluate after step",
                                        [OC_ACTION_CHECKPOINT] = "checkpoint after step",
                                        [OC_ACTION_STOP] = "stop after step"};
    oc_recorder_note(oc_comm_recorder(run->comm), OC_RECORD_STEP, names[step->action],
                     step->iteration + (step->action == OC_ACTION_TRAIN));
}

/* Only this rank knows: the others wait in a collective that it will not enter any more. */
static oc_status leave_alone(oc_run *run, const oc_driver *driver, oc_status status)
{
    if (driver->leave)
        driver->leave(driver->context, status);
    if (!oc_comm_is_broken(run->comm)) { /* else closing it leaves */
        oc_log_every_rank(OC_LOG_ERROR, "rank %d: %s", oc_comm_rank(run->comm), oc_message());
        oc_comm_abort(run->comm, status);
    }
    return status;
}

/* One message and what it asks for: *goes_on until it says stop (*told), or this rank is alone. */
static oc_status turn(oc_run *run, const oc_driver *driver, oc_status *failure, int *goes_on,
                      int *told)
{
    oc_profile *const profile = run->workers[0].workspace.profile;
    oc_step step = {0};
    const double since = oc_profile_start(profile);
    oc_run_note(run, OC_PHASE_BROADCAST, OC_NO_NUMBER);
    if (oc_comm_rank(run->comm) == 0) {
        const oc_next stop = {.action = OC_ACTION_STOP, .status = *failure};
        const oc_next next = *failure == OC_OK ? driver->decide(driver->context) : stop;
        step = message(run, &next);
    }
    const oc_status status = oc_step_broadcast(run->comm, &step, run->info.step);
    *goes_on = 0;
    if (status != OC_OK)
        return status;
    note_step(run, &step);
    oc_run_take_decision(run, &step.decision);
    *told = step.action == OC_ACTION_STOP;
    if (*told)
        return (oc_status)step.status;
    oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_BROADCAST), since);
    *failure = driver->act(driver->context, &step);
    *goes_on = !oc_comm_is_broken(run->comm);
    return *failure;
}

oc_status oc_drive(oc_run *run, const oc_driver *driver)
{
    oc_status failure = OC_OK, status;
    int goes_on;
    for (;;) {
        int told = 0;
        do
            status = turn(run, driver, &failure, &goes_on, &told);
        while (goes_on);
        if (told) /* by a message that all have */
            return status;
        if (!oc_comm_is_broken(run->comm) || !driver->rejoin)
            return leave_alone(run, driver, status);
        status = driver->rejoin(driver->context);
        if (oc_comm_is_broken(run->comm))
            return leave_alone(run, driver, status);
        if (status != OC_OK)
            return status;
        failure = OC_OK;
    }
}
