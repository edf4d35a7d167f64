/* watchdog.c - see watchdog.h.
 *
 * Arming is two atomic stores: no clock is read. The thread wakes now and then and adds up for how
 * long it has seen the same wait. A step of that sum is never larger than two periods, so a
 * process that was stopped (SIGSTOP, a suspended laptop) does not fire when it goes on.
 *
 * Files are written by an errand: the one that the watchdog lives for, the end of the process, must
 * not wait for a file system that may be what hangs. */
#include "mpi/watchdog.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/thread_role.h"
#include "mpi/errand.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024, LINE_BYTES = 1024 + OC_PATH_BYTES };

static const double write_seconds = 3; /* for a record to be written */
static const double grace_seconds = 1; /* for other ranks, which may be late, to write theirs */
static const double calm_seconds = 5;  /* after which a rank that was late no longer is */

struct oc_watchdog {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what is set, and stop; arming does not take it */
    pthread_cond_t wake;
    double limit; /* seconds, 0 for none */
    int stop;
    _Atomic uint64_t turn; /* odd while armed; another number for each wait */
    _Atomic(const char *) what;
    atomic_int launcher; /* descriptor of its connection; OC_NO_CONNECTION */
    int rank;
    char host[256];
    oc_errand *errand;
    oc_watch_writer *write; /* NULL: no record is kept */
    char folder[OC_PATH_BYTES];
    int record_rank, record_ranks;
    int is_late; /* there is a record that says so */
    atomic_int has_failed;
    oc_recorder recorder;
    oc_awaited awaited;
};

/* What an errand is sent with. */
typedef struct errand_job {
    char line[LINE_BYTES]; /* for log.txt; "" */
    char folder[OC_PATH_BYTES];
    oc_watch_writer *write; /* may be NULL */
    oc_watch_report report;
} errand_job;

static void work(const void *data)
{
    const errand_job *job = data;
    if (job->line[0])
        oc_log_last_words(job->line);
    if (job->write)
        job->write(job->folder, &job->report);
}

/* With the mutex. */
static void describe(errand_job *job, const oc_watchdog *w, oc_watch_event event, const char *what,
                     double seconds)
{
    job->line[0] = '\0';
    job->write = w->write;
    memcpy(job->folder, w->folder, sizeof job->folder);
    job->report = (oc_watch_report){.event = event,
                                    .rank = w->record_rank,
                                    .ranks = w->record_ranks,
                                    .host = w->host,
                                    .what = what,
                                    .seconds = seconds,
                                    .recorder = &w->recorder};
    job->report.buckets = oc_awaited_read(&w->awaited, job->report.bucket);
}

static void nap(double seconds)
{
    const struct timespec time = {(time_t)seconds,
                                  (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&time, NULL);
}

/* Not through stdio: a stuck thread may hold its lock. */
static void say(const char *line, size_t length)
{
    if (write(STDERR_FILENO, line, length) < 0) {
        /* nobody can be told; leaving is what counts */
    }
}

/* One call of the system: whoever else is stuck may hold locks, in MPI too. The line is PMI-1's (P.
 * Balaji et al., PMI: A Scalable Parallel Process-Management Interface, EuroMPI 2010; MPICH's wire
 * protocol). */
_Noreturn void oc_watchdog_leave(oc_watchdog *w, int code)
{
    char line[48];
    const int launcher = w ? atomic_load(&w->launcher) : OC_NO_CONNECTION;
    const int length = snprintf(line, sizeof line, "cmd=abort exitcode=%d\n", code);
    if (launcher != OC_NO_CONNECTION &&
        send(launcher, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        /* it will see the exit code, and those of the ranks that it kills */
    }
    _exit(code);
}

/* With the mutex, which is let go. Ranks that wait for the same one find that out within two
 * periods of each other, and the first that leaves takes the rest along. */
static _Noreturn void expire(oc_watchdog *w, double waited, double period)
{
    errand_job job;
    char rank[32] = "a rank", whom[128];
    const int code = oc_exit_code(OC_ERR_PEER), is_subset = atomic_load(&w->awaited.is_subset);
    describe(&job, w, OC_WATCH_LOST, atomic_load(&w->what), waited);
    if (w->rank != OC_RANK_UNKNOWN)
        snprintf(rank, sizeof rank, "rank %d", w->rank);
    pthread_mutex_unlock(&w->mutex);
    oc_awaited_text(whom, sizeof whom, job.report.bucket, job.report.buckets);
    int length = snprintf(job.line, sizeof job.line - 1,
                          "%s on %s: waited %.1f s in %s for %s%s; exiting so that the "
                          "job can be restarted (exit code %d)",
                          rank, w->host, waited, job.report.what, whom,
                          is_subset && job.report.buckets > 0 ? " of its group" : "", code);
    if (job.write)
        length += snprintf(job.line + length, sizeof job.line - 1 - (size_t)length,
                           "; flight records: %s/flight", job.folder);
    job.line[length] = '\n'; /* there is room for the longest of all these */
    say(job.line, (size_t)length + 1);
    job.line[length] = '\0';
    oc_errand_send(w->errand, &job, write_seconds);
    if (job.write && !oc_errand_is_busy(w->errand)) { /* else nobody's record will be written */
        nap(2 * period + grace_seconds);
        job.line[0] = '\0';
        job.report.event = OC_WATCH_ENDS;
        oc_errand_send(w->errand, &job, grace_seconds);
    }
    oc_watchdog_leave(w, code);
}

/* With the mutex. Whoever computes, reads or saves for longer than the others wait for him. */
static void look_for_lateness(oc_watchdog *w, double unarmed, double since_late)
{
    errand_job job;
    if (!w->write || w->is_late == (unarmed > 0))
        return;
    if (w->is_late && since_late < calm_seconds)
        return;
    describe(&job, w, unarmed > 0 ? OC_WATCH_LATE : OC_WATCH_WENT_ON, NULL, unarmed);
    if (oc_errand_send(w->errand, &job, 0))
        w->is_late = unarmed > 0;
}

static void *watch(void *argument)
{
    oc_watchdog *w = argument;
    oc_thread_become(OC_THREAD_WATCHDOG, 0);
    uint64_t seen = 0;  /* the turn at the last look */
    double same = 0;    /* seconds in that turn */
    double on_time = 0; /* since it last was too long */
    double before = oc_seconds();

    pthread_mutex_lock(&w->mutex);
    while (!w->stop) {
        const double limit = w->limit;
        const double period = limit < 4 ? limit / 4 : 1;
        if (limit > 0)
            oc_condition_wait(&w->wake, &w->mutex, period);
        else
            pthread_cond_wait(&w->wake, &w->mutex);

        const double now = oc_seconds();
        const double step = now - before < 2 * period ? now - before : 2 * period;
        const uint64_t turn = atomic_load(&w->turn);
        same = turn == seen ? same + step : 0;
        before = now;
        seen = turn;
        const int is_over = limit > 0 && same >= limit;
        on_time = is_over ? 0 : on_time + step;
        if (is_over && turn % 2 == 1)
            expire(w, same, period);
        look_for_lateness(w, is_over ? same : 0, on_time);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

oc_status oc_watchdog_start(oc_watchdog **out, int rank, const char *host)
{
    *out = NULL;
    oc_watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog)
        return oc_fail(OC_ERR_MEMORY, "watchdog: no memory");
    watchdog->rank = rank;
    snprintf(watchdog->host, sizeof watchdog->host, "%s", host);
    atomic_init(&watchdog->turn, 0);
    atomic_init(&watchdog->what, "");
    atomic_init(&watchdog->launcher, OC_NO_CONNECTION);
    pthread_mutex_init(&watchdog->mutex, NULL);
    const oc_status status = oc_errand_start(&watchdog->errand, work, sizeof(errand_job));
    if (status != OC_OK) {
        pthread_mutex_destroy(&watchdog->mutex);
        free(watchdog);
        return status;
    }
    int error = oc_condition_init(&watchdog->wake);
    if (!error) {
        error = oc_thread_start(&watchdog->thread, STACK_BYTES, watch, watchdog);
        if (error)
            pthread_cond_destroy(&watchdog->wake);
    }
    if (error) {
        oc_errand_stop(watchdog->errand);
        pthread_mutex_destroy(&watchdog->mutex);
        free(watchdog);
        return oc_fail(OC_ERR_INTERNAL, "watchdog: no thread: %s", strerror(error));
    }
    *out = watchdog;
    return OC_OK;
}

void oc_watchdog_stop(oc_watchdog *watchdog)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->stop = 1;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->mutex);
    pthread_join(watchdog->thread, NULL);
    oc_errand_stop(watchdog->errand);
    pthread_cond_destroy(&watchdog->wake);
    pthread_mutex_destroy(&watchdog->mutex);
    free(watchdog);
}

void oc_watchdog_set_rank(oc_watchdog *watchdog, int rank)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->rank = rank;
    pthread_mutex_unlock(&watchdog->mutex);
}

void oc_watchdog_set_launcher(oc_watchdog *watchdog, int connection)
{
    if (watchdog)
        atomic_store(&watchdog->launcher, connection);
}

void oc_watchdog_set_limit(oc_watchdog *watchdog, double seconds)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->limit = seconds > 0 ? seconds : 0;
    pthread_cond_signal(&watchdog->wake); /* the thread looks more or less often now */
    pthread_mutex_unlock(&watchdog->mutex);
}

void oc_watchdog_arm(oc_watchdog *watchdog, const char *what)
{
    if (!watchdog)
        return;
    atomic_store(&watchdog->what, what);
    atomic_fetch_add(&watchdog->turn, 1);
}

void oc_watchdog_disarm(oc_watchdog *watchdog)
{
    if (watchdog)
        atomic_fetch_add(&watchdog->turn, 1);
}

oc_recorder *oc_watchdog_recorder(oc_watchdog *watchdog)
{
    return watchdog ? &watchdog->recorder : NULL;
}

oc_awaited *oc_watchdog_awaited(oc_watchdog *watchdog)
{
    return watchdog ? &watchdog->awaited : NULL;
}

void oc_watchdog_keep_record(oc_watchdog *w, oc_watch_writer *write, const char *folder, int rank,
                             int ranks)
{
    errand_job job;
    if (!w)
        return;
    pthread_mutex_lock(&w->mutex);
    const int was_late = w->is_late;
    if (was_late)
        describe(&job, w, OC_WATCH_WENT_ON, NULL, 0);
    w->is_late = 0;
    w->write = write;
    snprintf(w->folder, sizeof w->folder, "%s", write ? folder : "");
    w->record_rank = rank;
    w->record_ranks = ranks;
    pthread_mutex_unlock(&w->mutex);
    if (was_late)
        oc_errand_send(w->errand, &job, write_seconds);
}

void oc_watchdog_note_failure(oc_watchdog *w, const char *what)
{
    errand_job job;
    if (!w)
        return;
    pthread_mutex_lock(&w->mutex);
    describe(&job, w, OC_WATCH_FAILED, what, 0);
    pthread_mutex_unlock(&w->mutex);
    if (!job.write)
        return;
    atomic_store(&w->has_failed, 1);
    oc_errand_send(w->errand, &job, write_seconds);
}

void oc_watchdog_part(oc_watchdog *w)
{
    errand_job job;
    if (!w || !atomic_load(&w->has_failed))
        return;
    nap(grace_seconds);
    pthread_mutex_lock(&w->mutex);
    describe(&job, w, OC_WATCH_ENDS, NULL, 0);
    pthread_mutex_unlock(&w->mutex);
    oc_errand_send(w->errand, &job, grace_seconds);
}
