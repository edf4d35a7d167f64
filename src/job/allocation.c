/* allocation.c - see allocation.h. */
#include "job/allocation.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* slurm/train.sbatch has Slurm send a signal 120 s before the end, which may come 60 s earlier. */
static const double before_the_signal = 180;

static double started;

void oc_job_note_start(void)
{
    started = oc_seconds();
}

double oc_job_started(void)
{
    return started;
}

/* The number at *at, which moves behind it; -1 if there is none. */
static double digits(const char **at)
{
    const size_t length = strspn(*at, "0123456789");
    if (length == 0 || length > 9)
        return -1;
    const double number = (double)strtol(*at, NULL, 10);
    *at += length;
    return number;
}

/* Seconds of a time left as squeue prints it, [DAYS-][[HOURS:]MINUTES:]SECONDS; -1 if it is none
 * (UNLIMITED, INVALID...). */
static double time_left(const char *text)
{
    double days = 0, seconds = digits(&text);
    int colons = 0;
    if (seconds >= 0 && *text == '-') {
        days = seconds;
        text++;
        seconds = digits(&text);
        if (seconds < 0 || *text != ':')
            return -1;
    }
    while (seconds >= 0 && *text == ':' && colons < 2) {
        colons++;
        text++;
        const double next = digits(&text);
        if (next < 0 || next > 59)
            return -1;
        seconds = 60 * seconds + next;
    }
    return seconds < 0 || *text || (days > 0 && colons < 2) ? -1 : 86400 * days + seconds;
}

static int is_number(const char *text)
{
    return text && text[0] && strlen(text) <= 19 && strspn(text, "0123456789") == strlen(text);
}

/* What squeue knows this job by: a task of an array by both numbers, since SLURM_JOB_ID may be that
 * of the whole array, whose tasks have times of their own. */
static oc_status name_job(char name[48], const char *job)
{
    const char *const array = getenv("SLURM_ARRAY_JOB_ID");
    const char *const task = getenv("SLURM_ARRAY_TASK_ID");
    if (!is_number(job))
        return oc_fail(OC_ERR_USAGE,
                       "train.fit_time: SLURM_JOB_ID: expected a number, found \"%s\"", job);
    if (array && task && (!is_number(array) || !is_number(task)))
        return oc_fail(OC_ERR_USAGE,
                       "train.fit_time: SLURM_ARRAY_JOB_ID and SLURM_ARRAY_TASK_ID: expected "
                       "numbers, found \"%.40s\" and \"%.40s\"",
                       array, task);
    if (array && task)
        snprintf(name, 48, "%s_%s", array, task);
    else
        snprintf(name, 48, "%s", job);
    return OC_OK;
}

static oc_status ask_squeue(const char *id, double *left)
{
    char command[120], answer[64] = "", job[48];
    const oc_status status = name_job(job, id);
    if (status != OC_OK)
        return status;
    snprintf(command, sizeof command, "timeout 20 squeue -h -j %s -o %%L", job);
    FILE *const pipe = popen(command, "re");
    if (!pipe)
        return oc_fail(OC_ERR_USAGE, "train.fit_time: cannot run squeue: %s", strerror(errno));
    if (!fgets(answer, sizeof answer, pipe))
        answer[0] = '\0';
    pclose(pipe);
    answer[strcspn(answer, "\n")] = '\0';
    *left = time_left(answer);
    return *left >= 0 ? OC_OK
                      : oc_fail(OC_ERR_USAGE,
                                "train.fit_time: squeue reports \"%s\" left for job %s, expected a "
                                "time; set one, such as 2h, instead of allocation",
                                answer, job);
}

oc_status oc_job_allocation_end(double *end)
{
    const char *const at = getenv("SLURM_JOB_END_TIME"), *const job = getenv("SLURM_JOB_ID");
    double left = 0;
    if (!at && !job)
        return oc_fail(OC_ERR_USAGE,
                       "train.fit_time: allocation, but this is no Slurm job (neither "
                       "SLURM_JOB_END_TIME nor SLURM_JOB_ID is set); set a time, such as 2h");
    if (at) {
        char *rest;
        errno = 0;
        const long long when = strtoll(at, &rest, 10);
        if (errno || *rest || rest == at || when <= 0)
            return oc_fail(OC_ERR_USAGE,
                           "train.fit_time: SLURM_JOB_END_TIME: expected seconds since 1970, "
                           "found \"%.40s\"",
                           at);
        left = difftime((time_t)when, time(NULL));
    } else {
        const oc_status status = ask_squeue(job, &left);
        if (status != OC_OK)
            return status;
    }
    *end = oc_seconds() + left - before_the_signal;
    return OC_OK;
}
