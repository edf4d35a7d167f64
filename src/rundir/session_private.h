/* session_private.h - what session.c and session_take_over.c share. Not for other files. */
#ifndef OC_RUNDIR_SESSION_PRIVATE_H
#define OC_RUNDIR_SESSION_PRIVATE_H

#include "rundir/session.h"

/* Local. The columns that steps.csv has of this run. */
oc_step_extras oc_session_extras(const oc_run *run);

/* Local. A row of steps.csv; its rates are the message's. */
oc_step_row oc_session_row(const oc_run *run, const oc_step *step, const oc_step_result *result);

/* Local. From here an epoch's seconds and steps count. */
void oc_session_begin_epoch(oc_session *session, const oc_checkpoint_info *info);

/* Local. The lines on the terminal begin. */
void oc_session_show(oc_session *session, const oc_run *run);

/* Local. Of the keeper (keeper.h): on_evaluate of rank 0; those of its shadow; take_over. */
oc_status oc_session_on_evaluate(void *session, const oc_run *run);
oc_status oc_session_note_step(void *session, const oc_run *run, const oc_step *step,
                               const oc_step_result *result);
oc_status oc_session_note_evaluation(void *session, const oc_run *run);
oc_status oc_session_take_over(void *session, const oc_run *run);

#endif
