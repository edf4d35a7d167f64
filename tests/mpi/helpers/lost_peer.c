/* lost_peer.c - a job in which something happens to rank 1, for lost_peer_test.sh. Usage:
 * lost_peer MODE [STATUS]; a mode is a row of the table below. Not a test by itself. */
#include "job/launch.h"
#include "mpi/comm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static oc_status given; /* STATUS */

static void be_stopped(oc_comm *comm)
{
    (void)comm;
    raise(SIGSTOP);
}

static void be_killed(oc_comm *comm)
{
    (void)comm;
    raise(SIGKILL);
}

static void leave_at_once(oc_comm *comm)
{
    oc_comm_abort(comm, given);
}

/* A call that MPI refuses, and would refuse again: an error comes back that does not ask for
 * another attempt, and the communicator is of no use any more. */
static void fail_in_collective(oc_comm *comm)
{
    char byte = 0;
    const oc_status first = oc_comm_broadcast(comm, &byte, 1, oc_comm_size(comm));
    uint64_t one = 1;
    const oc_status second = oc_comm_sum_u64(comm, &one, 1); /* must not wait for the others */
    const oc_status third = oc_comm_agree(comm, OC_OK);
    if (first != OC_ERR_INTERNAL || second != first || third != first || !oc_comm_is_broken(comm))
        _exit(1);
    fprintf(stderr, "rank 1 saw: %s\n", oc_message());
    oc_comm_close(comm); /* leaves */
    _exit(2);
}

static void nothing(oc_comm *comm)
{
    (void)comm;
}

static const struct {
    const char *name;
    void (*happen)(oc_comm *comm); /* to rank 1 */
    int rounds;                    /* of a sum after it; far more than there is time for */
} modes[] = {
    {"stopped", be_stopped, 1 << 30},
    {"killed", be_killed, 1 << 30},
    {"leaves", leave_at_once, 1 << 30},
    {"fails", fail_in_collective, 1 << 30},
    {"ends", nothing, 10},
};

int main(int argc, char **argv)
{
    oc_comm *comm = NULL;
    size_t mode = 0;
    while (mode < sizeof modes / sizeof modes[0] && argc > 1 && strcmp(argv[1], modes[mode].name))
        mode++;
    if (argc < 2 || mode == sizeof modes / sizeof modes[0]) {
        fprintf(stderr, "usage: lost_peer stopped|killed|leaves|fails|ends [STATUS]\n");
        return 64;
    }
    given = argc > 2 ? (oc_status)atoi(argv[2]) : OC_OK;
    if (oc_comm_open(&comm, 1) != OC_OK) {
        fprintf(stderr, "lost_peer: %s\n", oc_message());
        return 1;
    }
    oc_comm_set_launcher(comm, oc_job_launcher_connection());
    oc_comm_set_time_limit(comm, 2);
    oc_status status = OC_OK;
    for (int round = 0; round < modes[mode].rounds + 3 && status == OC_OK; round++) {
        uint64_t one = 1;
        if (round == 3 && oc_comm_rank(comm) == 1)
            modes[mode].happen(comm);
        status = oc_comm_sum_u64(comm, &one, 1);
    }
    oc_comm_close(comm);
    return oc_exit_code(status != OC_OK ? status : given);
}
