/* saving.c - see saving.h. */
#include "rundir/saving.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How long a step waits for the checkpoint before the last one: a slow disk delays training rather
 * than leaving checkpoints out, one that hangs does so once. */
static const double most_delay = 10;

/* How long the end of a run waits: the other ranks must not give up first. */
static double end_limit(const oc_run *run)
{
    const double limit = oc_patience_limit(&run->patience, 1);
    return limit > 0 ? limit / 2 : OC_COMM_TIME_LIMIT;
}

/* On the writer's thread: rows that a checkpoint stands for are there before it. */
static oc_status sync_tables(void *context)
{
    return oc_metrics_sync(context);
}

oc_status oc_saving_begin(oc_saving *saving, const oc_run_dir *dir, oc_metrics *metrics,
                          uint64_t step)
{
    saving->dir = dir;
    saving->metrics = metrics;
    saving->newest = step > 0 ? step : UINT64_MAX;
    saving->look = 1;
    return oc_checkpoint_writer_create(&saving->writer, sync_tables, metrics);
}

static void newest_text(const oc_saving *saving, char text[64])
{
    if (saving->newest == UINT64_MAX)
        snprintf(text, 64, "there is none yet");
    else
        snprintf(text, 64, "the newest one is of step %" PRIu64, saving->newest);
}

static void tell_failure(oc_saving *saving, uint64_t step, const char *why)
{
    char newest[64];
    newest_text(saving, newest);
    saving->fails = 1;
    oc_log(OC_LOG_WARN, "no checkpoint of step %" PRIu64 ": %s; training goes on, %s", step, why,
           newest);
}

/* What the writer has done is known from now on. */
static void note(oc_saving *saving, oc_written *written)
{
    char *rest = NULL;
    for (char *line = strtok_r(written->warnings, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        oc_log(OC_LOG_WARN, "%s", line);
    saving->is_stuck = 0;
    if (written->status != OC_OK)
        return;
    saving->cost.lasts = saving->copy_seconds + written->seconds;
    saving->cost.delays = saving->copy_seconds + written->processor_seconds;
    if (saving->fails)
        oc_log(OC_LOG_WARN, "checkpoint of step %" PRIu64 " saved: it is possible again",
               written->step);
    saving->fails = 0;
    saving->look = written->strangers;
    saving->newest = written->step;
}

/* 1: nothing is being written any more. */
static int settle(oc_saving *saving, double seconds)
{
    oc_written written;
    if (!oc_checkpoint_writer_is_busy(saving->writer))
        return 1;
    if (!oc_checkpoint_writer_collect(saving->writer, seconds, &written))
        return 0;
    note(saving, &written);
    if (written.status != OC_OK)
        tell_failure(saving, written.step, written.message);
    return 1;
}

void oc_saving_look(oc_saving *saving)
{
    settle(saving, 0);
}

/* Copied and handed over. Where that fails nothing is under way. */
static oc_status hand_over(oc_saving *saving, oc_run *run, int best)
{
    oc_checkpoint_job job;
    oc_status status = oc_metrics_flush(saving->metrics);
    if (status != OC_OK)
        return oc_fail_context(status, "rows of a table are lost");
    const double since = oc_seconds();
    status = oc_run_checkpoint(run, saving->folder, best, saving->look, &job);
    oc_checkpoint_job_tell(&job);
    if (status != OC_OK) {
        oc_checkpoint_job_free(&job);
        return status;
    }
    saving->under_way = run->info.step;
    saving->copy_seconds = oc_seconds() - since;
    oc_checkpoint_writer_submit(saving->writer, &job);
    return OC_OK;
}

static oc_status save_between(oc_saving *saving, oc_run *run, int best)
{
    const double limit = end_limit(run) / 2;
    const uint64_t step = run->info.step;
    if (!settle(saving, saving->is_stuck ? 0 : limit < most_delay ? limit : most_delay)) {
        char why[128];
        snprintf(why, sizeof why, "the file of step %" PRIu64 " has not been written yet",
                 saving->under_way);
        saving->is_stuck = 1;
        tell_failure(saving, step, why);
        return OC_OK;
    }
    if (hand_over(saving, run, best) != OC_OK)
        tell_failure(saving, step, oc_message());
    return OC_OK;
}

/* A failure of the last one, with what it costs. */
static oc_status lost(const oc_saving *saving, oc_status status, const char *why)
{
    if (saving->newest == UINT64_MAX)
        return oc_fail(status, "%s; nothing of this run is saved", why);
    return oc_fail(status, "%s; what was trained after step %" PRIu64 " is lost", why,
                   saving->newest);
}

static oc_status save_last(oc_saving *saving, oc_run *run, int best)
{
    char why[OC_PATH_BYTES + 128];
    oc_written written;
    const double limit = end_limit(run);
    snprintf(why, sizeof why,
             "%s: a checkpoint has not been written in %.0f s: the file system hangs",
             saving->folder, limit);
    if (!settle(saving, limit))
        return lost(saving, OC_ERR_IO, why);
    const oc_status status = hand_over(saving, run, best);
    if (status != OC_OK) {
        snprintf(why, sizeof why, "%s", oc_message());
        return lost(saving, status, why);
    }
    if (!oc_checkpoint_writer_collect(saving->writer, limit, &written))
        return lost(saving, OC_ERR_IO, why);
    note(saving, &written);
    return written.status == OC_OK ? OC_OK : lost(saving, written.status, written.message);
}

oc_status oc_saving_save(oc_saving *saving, oc_run *run, int best, int is_last)
{
    oc_status status = oc_run_dir_check(saving->dir);
    if (status == OC_OK)
        status = (is_last ? save_last(saving, run, best) : save_between(saving, run, best));
    if (status != OC_OK && oc_run_dir_check(saving->dir) != OC_OK)
        status = OC_ERR_IO; /* then it says why */
    return status;
}

int oc_saving_end(oc_saving *saving, const oc_run *run)
{
    if (!saving->writer)
        return 1;
    settle(saving, saving->is_stuck ? 0 : end_limit(run));
    const int ended = oc_checkpoint_writer_destroy(saving->writer);
    saving->writer = NULL;
    return ended;
}
