/* exit_code.c - see exit_code.h. MPICH's Hydra (4.0.2, Debian 12) collects the ranks of a node
 * while their outputs are open. When it finds all outputs closed before it has asked for the code
 * of a rank, it waits for that rank, forgets the code, and reports 0: for 12 of 44 jobs that USR1
 * to it had stopped, on a busy machine. So a child of the rank keeps the outputs open until the
 * launcher has collected the rank. Not for ranks that give up: those tell the launcher their code
 * (oc_comm_set_launcher). */
#include "job/exit_code.h"

#include "job/launch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    END_MS = 10000,   /* for what libraries do at exit */
    QUIET_MS = 20,    /* for a launcher that notices by itself */
    COLLECT_MS = 2000 /* for one that has much to do */
};

/* A process loses its parent when that ends, not when it is collected. */
static int has_ended(pid_t rank)
{
    return getppid() != rank;
}

static int is_collected(pid_t rank)
{
    return kill(rank, 0) != 0 && errno == ESRCH;
}

static int await(int (*holds)(pid_t), pid_t rank, int milliseconds)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};
    for (int waited = 0; waited < milliseconds && !holds(rank); waited++)
        nanosleep(&millisecond, NULL);
    return holds(rank);
}

/* In a child of a process that may have had threads: only what a signal handler may call. */
static _Noreturn void keep_outputs_open(pid_t rank)
{
    close(STDIN_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    if (await(has_ended, rank, END_MS) && !await(is_collected, rank, QUIET_MS)) {
        close(STDOUT_FILENO); /* the launcher looks at its ranks whenever an output ends */
        await(is_collected, rank, COLLECT_MS);
    }
    _exit(0);
}

void oc_job_guard_exit_code(int code)
{
    const pid_t rank = getpid();
    if (code == 0 || !oc_job_launcher_is_hydra())
        return;
    if (fork() == 0)
        keep_outputs_open(rank);
    /* Without a child the code may be lost, and nothing else. */
}
