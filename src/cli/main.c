/* main.c - finds the command, opens the job, prints the one message, leaves with its code. */
#include "base/log.h"
#include "cli/command_list.h"
#include "cli/common/outcome.h"
#include "cli/common/signals.h"
#include "job/allocation.h"
#include "job/exit_code.h"
#include "job/job.h"
#include "job/launch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* `train --help` needs no peers either. */
static int asks_for_help(int argc, char **argv)
{
    return argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
}

static void settle_signals(int are_requests)
{
    if (are_requests)
        oc_cli_catch_signals();
    else
        oc_cli_let_signals_in();
    signal(SIGPIPE, SIG_IGN); /* a reader that left is a write error, not a sudden death */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow */
}

static oc_status run(const oc_command *command, oc_comm *comm, int argc, char **argv)
{
    char name[OC_COMMAND_NAME];
    if (oc_command_is_listed(command)) {
        snprintf(name, sizeof name, "onecycle %s", command->name);
        argv[1] = name;
    }
    return command->run(comm, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    oc_job_note_start();
    const oc_command *const command = oc_command_choose(argc, argv);
    const int together = command->ranks > 0 && !asks_for_help(argc, argv);
    settle_signals(together && command->ranks == 2);
    if (!together && oc_job_launch_rank() > 0)
        return 0; /* the first of those that were started together does it */
    oc_job job;
    const oc_job_options options = {.kind = together ? OC_JOB_LAUNCHED : OC_JOB_ALONE};
    oc_status status = oc_job_open(&job, &options);
    if (job.comm)
        oc_log_configure(oc_comm_rank(job.comm), OC_LOG_INFO);
    if (status == OC_OK)
        status = oc_cli_close_output(run(command, job.comm, argc, argv));
    if (!job.comm || oc_comm_rank(job.comm) == 0 || oc_comm_is_broken(job.comm))
        oc_cli_report(status,
                      command->ranks > 0); /* a rank that lost the others speaks for itself */
    const int must_hurry = job.comm && oc_comm_may_lose_ranks(job.comm);
    oc_job_close(&job);
    fflush(NULL); /* before the fork that may follow */
    oc_job_guard_exit_code(oc_exit_code(status));
    if (must_hurry) /* past what MPI would do at exit, not finalised as it is */
        _exit(oc_exit_code(status));
    return oc_exit_code(status);
}
