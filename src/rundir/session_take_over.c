/* session_take_over.c - the session of a rank that is not rank 0, until it may have to be. */
#include "rundir/session_private.h"
#include "storage/checkpoint_dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const double lock_seconds = 10; /* the one that is gone may still be on its way out */

oc_status oc_session_share(oc_session *session, oc_comm *comm)
{
    oc_status status = OC_OK;
    session->is_shared = 1;
    if (oc_comm_rank(comm) == 0 && !realpath(session->dir->path, session->folder))
        status = oc_fail(OC_ERR_IO, "%s: %s", session->dir->path, strerror(errno));
    status = oc_comm_agree(comm, status);
    if (status != OC_OK)
        return status;
    return oc_comm_broadcast(comm, session->folder, sizeof session->folder, 0);
}

oc_status oc_session_note_step(void *context, const oc_run *run, const oc_step *step,
                               const oc_step_result *result)
{
    oc_session *const session = context;
    const oc_step_row row = oc_session_row(run, step, result);
    if (!session->is_shared)
        return OC_OK;
    if (session->shadow.rows == 0) { /* as rank 0 began */
        session->resumed = run->info.step > 1;
        session->epoch_started = run->info.seconds - result->seconds;
        session->epoch_start_step = run->info.step - 1;
    }
    oc_shadow_note(&session->shadow, &row);
    return OC_OK;
}

oc_status oc_session_note_evaluation(void *context, const oc_run *run)
{
    oc_session_begin_epoch(context, &run->info);
    return OC_OK;
}

/* Ranks that were cut off from the others, but not from the folder, must not go on in it when the
 * others are done. The one that is gone may have been a step ahead. */
static oc_status check_nobody_went_on(const char *folder, uint64_t step)
{
    const uint64_t newest = oc_checkpoint_dir_newest(folder);
    return newest <= step + 1
               ? OC_OK
               : oc_fail(OC_ERR_PEER,
                         "%s: others went on without this rank: saved step %llu, this rank is at "
                         "step %llu",
                         folder, (unsigned long long)newest, (unsigned long long)step);
}

/* An evaluation after the last step is told once more: its row may not have been written. */
oc_status oc_session_take_over(void *context, const oc_run *run)
{
    oc_session *const session = context;
    const uint64_t step = run->info.step;
    const int is_evaluated = run->info.evaluated_step == step;
    const oc_step_extras extras = oc_session_extras(run);
    const oc_run_dir_options open = {.resumes = 1, .wait = lock_seconds, .stop = run->stop_signal};
    oc_status status = oc_run_dir_open(session->dir, session->folder, &open);
    if (status == OC_OK)
        status = oc_path_join(session->saving.folder, session->dir->path, "checkpoints");
    if (status == OC_OK)
        status = check_nobody_went_on(session->saving.folder, step);
    if (status == OC_OK)
        status = oc_run_dir_begin(session->dir);
    if (status == OC_OK)
        status = oc_metrics_take_over(&session->metrics, session->dir->path,
                                      step - oc_shadow_depth(&session->shadow),
                                      step - (uint64_t)is_evaluated, &extras, run->scorer.kind);
    if (status == OC_OK)
        status = oc_saving_begin(&session->saving, session->dir, session->metrics, 0);
    if (status != OC_OK)
        return status;
    oc_shadow_write(&session->shadow, step, session->metrics);
    oc_session_show(session, run);
    if (!is_evaluated)
        return OC_OK;
    session->epoch_started = session->epoch_started_before;
    session->epoch_start_step = session->epoch_start_step_before;
    return oc_session_on_evaluate(session, run);
}
