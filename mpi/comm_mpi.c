/* comm_mpi.c - the communicator on MPI; the only file with MPI calls, left out of a build
 * with ONECYCLE_MPI=OFF. MPI is initialised once in a process: by the first communicator, the
 * job's, of which the others are parts. */
#include "mpi/comm_private.h"

#include <mpi.h>

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 1 << 30, /* MPI counts are int */
    CHUNK_WORDS = 1 << 27,
    EXCHANGE_TAG = 1
};

typedef struct mpi_state {
    MPI_Comm world, node; /* its ranks; those of them that share memory */
    MPI_Request *request[OC_EXCHANGE_BATCHES];
    int used[OC_EXCHANGE_BATCHES];
    int room;
    int is_job; /* ends MPI with itself */
} mpi_state;

static mpi_state *state_of(const oc_comm *comm)
{
    return comm->state;
}

/* The text of an MPI error code; MPI_ERRORS_RETURN is set, so a failure comes back here. */
static oc_status check(int code, const char *call)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    if (code == MPI_SUCCESS)
        return OC_OK;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        length = 0;
    return oc_fail(OC_ERR_PEER, "%s failed: %.*s", call, length, text);
}

static oc_status broadcast(oc_comm *comm, void *data, size_t bytes, int root)
{
    const MPI_Comm world = state_of(comm)->world;
    oc_status status = OC_OK;
    for (size_t done = 0; done < bytes && status == OC_OK;) {
        const size_t chunk = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;
        status =
            check(MPI_Bcast((char *)data + done, (int)chunk, MPI_BYTE, root, world), "MPI_Bcast");
        done += chunk;
    }
    return status;
}

static oc_status reduce(oc_comm *comm, void *data, size_t count, oc_reduce_kind kind)
{
    const MPI_Comm world = state_of(comm)->world;
    /* Not a static table: these names need not be constants. */
    const struct {
        MPI_Datatype type;
        MPI_Op operator;
    } how[OC_REDUCE_KINDS] = {
        [OC_REDUCE_SUM_U64] = {MPI_UINT64_T, MPI_SUM},
        [OC_REDUCE_SUM_F64] = {MPI_DOUBLE, MPI_SUM},
        [OC_REDUCE_MAX_U64] = {MPI_UINT64_T, MPI_MAX},
        [OC_REDUCE_MIN_U64] = {MPI_UINT64_T, MPI_MIN},
    };
    _Static_assert(sizeof(double) == sizeof(uint64_t), "both kinds are 8-byte words");
    oc_status status = OC_OK;
    for (size_t done = 0; done < count && status == OC_OK;) {
        const size_t chunk = count - done < CHUNK_WORDS ? count - done : CHUNK_WORDS;
        status = check(MPI_Allreduce(MPI_IN_PLACE, (char *)data + done * sizeof(uint64_t),
                                     (int)chunk, how[kind].type, how[kind].operator, world),
                       "MPI_Allreduce");
        done += chunk;
    }
    return status;
}

static oc_status exchange_reserve(oc_comm *comm, int transfers)
{
    mpi_state *const m = state_of(comm);
    if (transfers <= m->room)
        return OC_OK;
    for (int b = 0; b < OC_EXCHANGE_BATCHES; b++) {
        MPI_Request *more = realloc(m->request[b], (size_t)transfers * sizeof *more);
        if (!more)
            return oc_fail(OC_ERR_INTERNAL, "exchange: no memory for %d messages", transfers);
        m->request[b] = more;
    }
    m->room = transfers;
    return OC_OK;
}

static oc_status exchange_start(oc_comm *comm, int batch, const oc_transfer *receives,
                                int receive_count, const oc_transfer *sends, int send_count)
{
    mpi_state *const m = state_of(comm);
    MPI_Request *request = m->request[batch];
    int used = 0;
    oc_status status = OC_OK;
    if (receive_count + send_count > m->room)
        return oc_fail(OC_ERR_INTERNAL, "exchange: %d messages, room for %d",
                       receive_count + send_count, m->room);
    for (int i = 0; i < receive_count && status == OC_OK; i++)
        status = check(MPI_Irecv(receives[i].data, receives[i].count, MPI_FLOAT, receives[i].peer,
                                 EXCHANGE_TAG, m->world, &request[used++]),
                       "MPI_Irecv");
    for (int i = 0; i < send_count && status == OC_OK; i++)
        status = check(MPI_Isend(sends[i].data, sends[i].count, MPI_FLOAT, sends[i].peer,
                                 EXCHANGE_TAG, m->world, &request[used++]),
                       "MPI_Isend");
    m->used[batch] = used;
    return status;
}

static oc_status exchange_wait(oc_comm *comm, int batch)
{
    mpi_state *const m = state_of(comm);
    const int used = m->used[batch];
    m->used[batch] = 0;
    return check(MPI_Waitall(used, m->request[batch], MPI_STATUSES_IGNORE), "MPI_Waitall");
}

/* The node's first rank asks for all of it, so that it lies in one piece. */
static oc_status share(oc_comm *comm, size_t bytes, void **at, void **handle)
{
    MPI_Aint size = 0;
    int unit = 1;
    void *mine = NULL;
    *handle = NULL;
    MPI_Win *window = malloc(sizeof *window);
    if (!window)
        return oc_fail(OC_ERR_INTERNAL, "shared memory: no memory");
    *window = MPI_WIN_NULL;
    const int code = MPI_Win_allocate_shared(comm->node_rank == 0 ? (MPI_Aint)bytes : 0, 1,
                                             MPI_INFO_NULL, state_of(comm)->node, &mine, window);
    if (code != MPI_SUCCESS) { /* the node's ranks see it alike */
        free(window);
        check(code, "MPI_Win_allocate_shared");
        return oc_fail_context(OC_ERR_INTERNAL, "%s: no %zu bytes of shared memory", comm->host,
                               bytes);
    }
    *handle = window;
    return check(MPI_Win_shared_query(*window, 0, &size, &unit, at), "MPI_Win_shared_query");
}

static void unshare(oc_comm *comm, void *handle)
{
    (void)comm;
    MPI_Win_free(handle);
    free(handle);
}

static void leave(oc_comm *comm)
{
    mpi_state *const m = state_of(comm);
    if (!m)
        return;
    if (m->node != MPI_COMM_NULL)
        MPI_Comm_free(&m->node);
    for (int b = 0; b < OC_EXCHANGE_BATCHES; b++)
        free(m->request[b]);
    if (m->world != MPI_COMM_NULL)
        MPI_Comm_free(&m->world);
    if (m->is_job)
        MPI_Finalize();
    free(m);
    comm->state = NULL;
}

/* Rank, size and node of a communicator whose world is there. */
static oc_status look_around(oc_comm *comm)
{
    mpi_state *const m = state_of(comm);
    oc_status status =
        check(MPI_Comm_set_errhandler(m->world, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = check(MPI_Comm_rank(m->world, &comm->rank), "MPI_Comm_rank");
    if (status == OC_OK)
        status = check(MPI_Comm_size(m->world, &comm->size), "MPI_Comm_size");
    if (status == OC_OK)
        status = check(MPI_Comm_split_type(m->world, MPI_COMM_TYPE_SHARED, comm->rank,
                                           MPI_INFO_NULL, &m->node),
                       "MPI_Comm_split_type");
    if (status == OC_OK)
        status =
            check(MPI_Comm_set_errhandler(m->node, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = check(MPI_Comm_rank(m->node, &comm->node_rank), "MPI_Comm_rank");
    if (status == OC_OK)
        status = check(MPI_Comm_size(m->node, &comm->node_size), "MPI_Comm_size");
    return status;
}

static oc_status split(oc_comm *comm, oc_comm *part, int color)
{
    mpi_state *const m = calloc(1, sizeof *m);
    if (!m)
        return oc_fail(OC_ERR_PEER, "splitting the ranks: no memory"); /* the others go on */
    m->world = m->node = MPI_COMM_NULL;
    part->operations = comm->operations;
    part->state = m;
    const oc_status status = check(
        MPI_Comm_split(state_of(comm)->world, color, comm->rank, &m->world), "MPI_Comm_split");
    return status == OC_OK ? look_around(part) : status;
}

static const oc_comm_operations operations = {
    .broadcast = broadcast,
    .reduce = reduce,
    .exchange_start = exchange_start,
    .exchange_wait = exchange_wait,
    .exchange_reserve = exchange_reserve,
    .share = share,
    .unshare = unshare,
    .split = split,
    .leave = leave,
};

oc_status oc_comm_join_mpi(oc_comm *comm)
{
    int provided = MPI_THREAD_SINGLE;
    int initialised = 0;
    /* MPI can be initialised once in the life of a process. */
    if (MPI_Initialized(&initialised) != MPI_SUCCESS || initialised)
        return oc_fail(OC_ERR_INTERNAL, "MPI is initialised already");
    mpi_state *const m = calloc(1, sizeof *m);
    if (!m)
        return oc_fail(OC_ERR_INTERNAL, "communicator: no memory");
    m->world = m->node = MPI_COMM_NULL;
    oc_status status =
        check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    if (status != OC_OK) {
        free(m);
        return status;
    }
    m->is_job = 1;
    comm->state = m;
    comm->operations = &operations; /* from here on there is something to leave */
    if (provided < MPI_THREAD_FUNNELED)
        return oc_fail(OC_ERR_INTERNAL, "this MPI gives thread level %d, needed is %d", provided,
                       MPI_THREAD_FUNNELED);
    status = check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN),
                   "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = check(MPI_Comm_dup(MPI_COMM_WORLD, &m->world), "MPI_Comm_dup");
    return status == OC_OK ? look_around(comm) : status;
}

const char *oc_comm_mpi_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS) /* needs no MPI_Init */
        return "unknown";
    text[strcspn(text, "\n")] = '\0';
    return text;
}
