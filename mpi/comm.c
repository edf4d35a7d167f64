/* comm.c - the communicator: opening it, and around each collective the watchdog and the
 * refusal to enter another one after a failure. The work is in comm_self.c and comm_mpi.c, what
 * follows when a rank is lost in comm_lost.c. */
#include "mpi/comm.h"

#include "base/thread_role.h"
#include "mpi/comm_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ONECYCLE_WITH_MPI
#error "ONECYCLE_WITH_MPI must be 0 or 1"
#endif

/* How a communicator comes to its ranks: exactly one of these. */
typedef struct origin {
    int launched;         /* by a launcher: see oc_comm_open */
    const void *mpi_comm; /* of another program, an MPI_Comm, */
    const int *fortran;   /* or the same as Fortran has it */
} origin;

static oc_status join(oc_comm *comm, const origin *from)
{
    const int launched = from->launched;
    comm->is_adopted = from->mpi_comm || from->fortran;
    if (launched == 0 && !comm->is_adopted)
        return oc_comm_join_self(comm);
#if ONECYCLE_WITH_MPI
    if (comm->is_adopted)
        return from->mpi_comm ? oc_comm_join_adopted(comm, from->mpi_comm)
                              : oc_comm_join_fortran(comm, *from->fortran);
    const oc_status status = oc_comm_join_mpi(comm);
    if (status == OC_OK && launched > 1 && comm->size == 1)
        return oc_fail(OC_ERR_USAGE,
                       "%d processes were started, but each sees only itself: this MPI does "
                       "not understand the launcher (with Slurm use `srun --mpi=pmix` or mpirun)",
                       launched);
    return status;
#else
    if (comm->is_adopted)
        return oc_fail(OC_ERR_USAGE, "onecycle was built without MPI (ONECYCLE_MPI=OFF)");
    if (launched > 1)
        return oc_fail(OC_ERR_USAGE,
                       "%d processes were started, but this program was built without MPI "
                       "(ONECYCLE_MPI=OFF): start it once, without a launcher",
                       launched);
    return oc_comm_join_self(comm);
#endif
}

const char *oc_comm_library(void)
{
#if ONECYCLE_WITH_MPI
    return oc_comm_mpi_library();
#else
    return "none";
#endif
}

/* The watchdog comes first: joining waits for the others too. */
static oc_status open_job(oc_comm *comm, const origin *from)
{
    oc_status status = OC_OK;
    if (from->launched > 0 || from->mpi_comm || from->fortran)
        status = oc_watchdog_start(&comm->watchdog, OC_RANK_UNKNOWN, comm->host);
    if (status != OC_OK)
        return status;
    oc_watchdog_set_limit(comm->watchdog, OC_COMM_TIME_LIMIT);
    oc_watchdog_arm(comm->watchdog, "joining the job");
    status = join(comm, from);
    oc_watchdog_disarm(comm->watchdog);
    if (comm->size > 1) {
        oc_watchdog_set_rank(comm->watchdog, comm->rank);
    } else {
        oc_watchdog_stop(comm->watchdog);
        comm->watchdog = NULL;
    }
    return status;
}

static oc_status open_from(oc_comm **out, const origin *from)
{
    *out = NULL;
    oc_comm *comm = calloc(1, sizeof *comm);
    if (!comm)
        return oc_fail(OC_ERR_MEMORY, "communicator: no memory");
    if (gethostname(comm->host, sizeof comm->host - 1) != 0)
        strcpy(comm->host, "unknown");
    const oc_status status = open_job(comm, from);
    if (status != OC_OK) {
        if (comm->operations)
            comm->operations->leave(comm);
        oc_watchdog_stop(comm->watchdog);
        free(comm);
        return status;
    }
    *out = comm;
    return OC_OK;
}

oc_status oc_comm_open(oc_comm **comm, int launched)
{
    return open_from(comm, &(origin){.launched = launched});
}

oc_status oc_comm_adopt(oc_comm **comm, const void *mpi_comm)
{
    return open_from(comm, &(origin){.mpi_comm = mpi_comm});
}

oc_status oc_comm_adopt_fortran(oc_comm **comm, int mpi_comm)
{
    return open_from(comm, &(origin){.fortran = &mpi_comm});
}

void oc_comm_close(oc_comm *comm)
{
    if (!comm)
        return;
    if (comm->broken && !comm->whole)
        oc_comm_abort(comm, comm->broken); /* leaves, unless adopted */
    if (!comm->broken || comm->is_adopted) {
        /* else the job is broken too, and closing that leaves the process */
        oc_watchdog_arm(comm->watchdog, comm->whole ? "leaving a subset" : "leaving the job");
        comm->operations->leave(comm);
        oc_watchdog_disarm(comm->watchdog);
    }
    if (!comm->whole)
        oc_watchdog_stop(comm->watchdog);
    free(comm->peer);
    free(comm);
}

oc_status oc_comm_enter(oc_comm *comm, const char *what)
{
    assert(oc_thread_is_main() || oc_thread_is(OC_THREAD_EXCHANGE));
    if (comm->broken)
        return oc_fail(comm->broken, "%s: the connection to the other ranks is already lost", what);
    oc_watchdog_arm(comm->watchdog, what);
    return OC_OK;
}

static oc_status enter(oc_comm *comm, const char *what)
{
    oc_recorder_note(oc_comm_recorder(comm), OC_RECORD_COLLECTIVE, what, OC_NO_NUMBER);
    return oc_comm_enter(comm, what);
}

oc_status oc_comm_left(oc_comm *comm, const char *what, oc_status status)
{
    if (status == OC_OK)
        return OC_OK;
    comm->broken = status;
    if (comm->whole)
        comm->whole->broken = status;
    if (status == OC_ERR_PEER)
        oc_watchdog_note_failure(comm->watchdog, what);
    return oc_fail_context(status, "%s, rank %d on %s", what, comm->rank, comm->host);
}

oc_status oc_comm_leave(oc_comm *comm, const char *what, oc_status status)
{
    oc_watchdog_disarm(comm->watchdog);
    return oc_comm_left(comm, what, status);
}

static const char split_name[] = "splitting the ranks";

oc_status oc_comm_split(oc_comm **out, oc_comm *comm, int color)
{
    *out = NULL;
    oc_comm *subset = calloc(1, sizeof *subset);
    oc_status status = subset ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory", split_name);
    if (status == OC_OK) {
        subset->operations = comm->operations;
        status = comm->operations->prepare_subset(subset);
    }
    status = oc_comm_agree(comm, status);
    if (status == OC_OK)
        status = enter(comm, split_name);
    if (status == OC_OK)
        status = oc_comm_leave(comm, split_name, comm->operations->split(comm, subset, color));
    if (status != OC_OK) { /* what MPI has of it is lost with the job */
        if (subset)
            free(subset->state);
        free(subset);
        return status;
    }
    subset->whole = comm;
    subset->is_adopted = comm->is_adopted;
    subset->watchdog = comm->watchdog;
    memcpy(subset->host, comm->host, sizeof subset->host);
    *out = subset;
    return OC_OK;
}

/* No MPI_Abort: it can hang, and then nothing ends the job. A process that leaves without
 * MPI_Finalize makes mpirun and `srun -K1` end the others; Open MPI's mpirun returns the exit code
 * of the first that left, MPICH's that which it was told, srun the highest
 * (tests/mpi/lost_peer_test.sh). */
void oc_comm_abort(oc_comm *comm, oc_status status)
{
    if (comm->is_adopted) {
        comm->broken = status;
        if (comm->whole)
            comm->whole->broken = status;
        return;
    }
    status = oc_comm_part(comm->whole ? comm->whole : comm, status);
    if (status == OC_ERR_PEER)
        oc_watchdog_part(comm->watchdog);
    fflush(stderr);
    oc_watchdog_leave(comm->watchdog, oc_exit_code(status));
}

int oc_comm_rank(const oc_comm *comm)
{
    return comm->rank;
}

int oc_comm_size(const oc_comm *comm)
{
    return comm->size;
}

const char *oc_comm_host(const oc_comm *comm)
{
    return comm->host;
}

int oc_comm_may_change_thread(const oc_comm *comm)
{
    return comm->is_serialized;
}

int oc_comm_is_broken(const oc_comm *comm)
{
    return comm->broken != OC_OK;
}

void oc_comm_set_time_limit(oc_comm *comm, double seconds)
{
    oc_watchdog_set_limit(comm->watchdog, seconds);
}

void oc_comm_set_launcher(oc_comm *comm, int connection)
{
    oc_watchdog_set_launcher(comm->watchdog, connection);
}

oc_recorder *oc_comm_recorder(const oc_comm *comm)
{
    return oc_watchdog_recorder(comm->watchdog);
}

void oc_comm_keep_record(oc_comm *comm, oc_watch_writer *write, const char *folder)
{
    oc_watchdog_keep_record(comm->watchdog, write, folder, comm->rank, comm->size);
}

oc_status oc_comm_broadcast_as(oc_comm *comm, const char *what, void *data, size_t bytes, int root)
{
    const oc_status status = enter(comm, what);
    if (status != OC_OK)
        return status;
    return oc_comm_leave(comm, what, comm->operations->broadcast(comm, data, bytes, root));
}

oc_status oc_comm_broadcast(oc_comm *comm, void *data, size_t bytes, int root)
{
    return oc_comm_broadcast_as(comm, "a broadcast", data, bytes, root);
}

static oc_status reduce(oc_comm *comm, void *data, size_t count, oc_reduce_kind kind)
{
    static const char *const what[] = {
        [OC_REDUCE_SUM_U64] = "a sum of integers",
        [OC_REDUCE_SUM_F64] = "a sum of doubles",
        [OC_REDUCE_MAX_U64] = "a maximum",
        [OC_REDUCE_MIN_U64] = "a minimum",
    };
    _Static_assert(sizeof what / sizeof what[0] == OC_REDUCE_KINDS, "one text a kind");
    const oc_status status = enter(comm, what[kind]);
    if (status != OC_OK)
        return status;
    return oc_comm_leave(comm, what[kind], comm->operations->reduce(comm, data, count, kind));
}

oc_status oc_comm_sum_u64(oc_comm *comm, uint64_t *data, size_t count)
{
    return reduce(comm, data, count, OC_REDUCE_SUM_U64);
}

oc_status oc_comm_sum_f64(oc_comm *comm, double *data, size_t count)
{
    return reduce(comm, data, count, OC_REDUCE_SUM_F64);
}

oc_status oc_comm_sum_f32_as_library(oc_comm *comm, float *data, size_t count)
{
    static const char what[] = "a sum of floats";
    const oc_status status = enter(comm, what);
    if (status != OC_OK)
        return status;
    return oc_comm_leave(comm, what, comm->operations->sum_floats(comm, data, count));
}

oc_status oc_comm_max_u64(oc_comm *comm, uint64_t *data, size_t count)
{
    return reduce(comm, data, count, OC_REDUCE_MAX_U64);
}

oc_status oc_comm_min_u64(oc_comm *comm, uint64_t *data, size_t count)
{
    return reduce(comm, data, count, OC_REDUCE_MIN_U64);
}

oc_status oc_comm_agree(oc_comm *comm, oc_status mine)
{
    struct {
        uint32_t status;
        char host[OC_HOST_BYTES];
        char message[1024];
    } answer;
    if (comm->broken) /* a fatal path never enters a collective */
        return mine != OC_OK ? mine : oc_fail(comm->broken, "the other ranks are already lost");

    const uint64_t nobody = (uint64_t)comm->size;
    uint64_t lowest = mine == OC_OK ? nobody : (uint64_t)comm->rank;
    oc_status status = oc_comm_min_u64(comm, &lowest, 1);
    if (status != OC_OK || lowest == nobody)
        return status;

    memset(&answer, 0, sizeof answer);
    if (lowest == (uint64_t)comm->rank) {
        answer.status = (uint32_t)mine;
        snprintf(answer.host, sizeof answer.host, "%s", comm->host);
        snprintf(answer.message, sizeof answer.message, "%s", oc_message());
    }
    status = oc_comm_broadcast(comm, &answer, sizeof answer, (int)lowest);
    if (status != OC_OK)
        return status;
    /* If all failed alike the lowest is rank 0, and its message needs no name. */
    if (lowest == 0)
        return oc_fail((oc_status)answer.status, "%s", answer.message);
    return oc_fail((oc_status)answer.status, "rank %d on %s: %s", (int)lowest, answer.host,
                   answer.message);
}

int oc_comm_first_of_node(const oc_comm *comm)
{
    return comm->node_first;
}

oc_status oc_comm_broadcast_in_node(oc_comm *comm, void *data, size_t bytes)
{
    static const char what[] = "a broadcast in the node";
    const oc_status status = enter(comm, what);
    if (status != OC_OK)
        return status;
    return oc_comm_leave(comm, what, comm->operations->broadcast_in_node(comm, data, bytes));
}
