/* lost_rank.c - training goes on when ranks are lost: those left take over the run of the one that
 * was furthest, share out the work, and if rank 0 is gone the next one takes its place. */
#include "base/clock.h"
#include "base/log.h"
#include "control/loop_private.h"
#include "run/rejoin.h"

#include <string.h>

/* What the loop has besides the run, as it travels from the rank that is furthest. */
typedef struct standing {
    oc_step step;
    oc_step_result result;
    uint64_t saved_step;
    double scale;
    int save_best, end;
} standing;

/* The checkpoint that rank 0 was told to save may not be there: it is saved once more. Without
 * files there is no going on: this rank's first message says stop. */
static void take_over(oc_loop *l)
{
    const oc_checkpoint_info *const info = &l->run->info;
    l->serves = 1;
    if (!l->options->keeper)
        return;
    l->keeper = *l->options->keeper;
    l->own[KEEPER] = l->keeper.callback;
    l->saved_step = UINT64_MAX;
    l->watch.save_best = l->run->recipe.checkpoint.best && info->evaluated_step == info->step &&
                         info->test_accuracy == info->best_accuracy;
    const oc_status status =
        l->keeper.take_over ? l->keeper.take_over(l->keeper.context, l->run) : OC_OK;
    if (status != OC_OK) /* started anew, the job may well find its files */
        oc_loop_fail(l, oc_fail_context(OC_ERR_PEER, "rank 0 was lost, and this rank cannot take "
                                                     "its place"));
}

static oc_status go_on(oc_loop *l, oc_missed *missed)
{
    oc_run *const run = l->run;
    standing s;
    memset(&s, 0, sizeof s);
    s.step = l->last_step;
    s.result = l->last_result;
    s.saved_step = l->saved_step;
    s.scale = l->watch.scale;
    s.save_best = l->watch.save_best;
    s.end = l->watch.end;
    oc_status status = oc_run_rejoin(run, &s, sizeof s, missed);
    if (status != OC_OK)
        return status;
    l->last_step = s.step;
    l->last_result = s.result;
    l->saved_step = s.saved_step;
    l->watch.scale = s.scale;
    l->watch.save_best = s.save_best;
    l->watch.end = s.end;
    oc_log_set_rank(oc_comm_rank(run->comm));
    if (missed->step)
        oc_loop_tell_step(l, &l->last_step, &l->last_result);
    if (missed->evaluation)
        oc_loop_tell_evaluation(l, 1);
    *missed = (oc_missed){0};
    if (oc_loop_is_root(l) && !l->serves)
        take_over(l);
    return oc_run_share_out(run);
}

static void tell(const oc_loop *l, int lost, double seconds)
{
    oc_run *const run = l->run;
    const int left = oc_comm_size(run->comm);
    oc_log(OC_LOG_WARN, "lost %d of %d ranks; the others go on from step %llu after %.0f ms", lost,
           lost + left, (unsigned long long)run->info.step, 1000 * seconds);
    if (left >= run->recipe.train.min_ranks)
        return;
    run->stop_seen = 1;
    oc_log(OC_LOG_WARN, "%d rank%s left, train.min_ranks is %lld: the run is saved and stopped",
           left, left == 1 ? " is" : "s are", (long long)run->recipe.train.min_ranks);
}

oc_status oc_loop_rejoin(void *loop)
{
    oc_loop *const l = loop;
    oc_run *const run = l->run;
    const double since = oc_seconds();
    oc_missed missed = {0};
    oc_status status;
    int all = 0, lost;
    do {
        oc_patience_apply(&run->patience, run->comm, 1); /* rank 0 may be saving */
        status = oc_comm_recover(run->comm, &lost);
        all += lost;
        if (status != OC_OK)
            return status;
        status = go_on(l, &missed);
    } while (oc_comm_is_broken(run->comm));
    if (status == OC_OK && l->failure == OC_OK)
        tell(l, all, oc_seconds() - since);
    return status;
}
