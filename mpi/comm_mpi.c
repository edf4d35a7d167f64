/* comm_mpi.c - the communicator on MPI; only this file, comm_wait.c, where ranks wait, and
 * comm_ulfm.c, which goes on when a rank is lost, have MPI calls, and all are left out of a build
 * with ONECYCLE_MPI=OFF. MPI is initialised once in a process: by the first communicator, the
 * job's, of which the others are subsets. */
#include "mpi/comm_mpi_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 1 << 30, /* MPI counts are int */
    CHUNK_WORDS = 1 << 27,
    EXCHANGE_TAG = 1
};

/* A class of errors that says what is wrong with a call would be there again at the next attempt;
 * any other may be a peer that is gone. */
static oc_status status_of(int code)
{
    int class = MPI_ERR_UNKNOWN;
    if (MPI_Error_class(code, &class) != MPI_SUCCESS)
        return OC_ERR_PEER;
    switch (class) {
    case MPI_ERR_NO_MEM:
        return OC_ERR_MEMORY;
    case MPI_ERR_ARG:
    case MPI_ERR_BUFFER:
    case MPI_ERR_COMM:
    case MPI_ERR_COUNT:
    case MPI_ERR_GROUP:
    case MPI_ERR_OP:
    case MPI_ERR_RANK:
    case MPI_ERR_REQUEST:
    case MPI_ERR_ROOT:
    case MPI_ERR_TAG:
    case MPI_ERR_TRUNCATE:
    case MPI_ERR_TYPE:
    case MPI_ERR_UNSUPPORTED_OPERATION:
        return OC_ERR_INTERNAL;
    default:
        return OC_ERR_PEER;
    }
}

oc_status oc_mpi_check(int code, const char *call)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    if (code == MPI_SUCCESS)
        return OC_OK;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        length = 0;
    return oc_fail(status_of(code), "%s failed: %.*s", call, length, text);
}

static oc_status broadcast(oc_comm *comm, void *data, size_t bytes, int root)
{
    const MPI_Comm world = oc_mpi_state_of(comm)->world;
    oc_status status = OC_OK;
    for (size_t done = 0; done < bytes && status == OC_OK;) {
        const size_t chunk = bytes - done < CHUNK_BYTES ? bytes - done : CHUNK_BYTES;
        status = oc_mpi_check(oc_mpi_broadcast((char *)data + done, (int)chunk, root, world),
                              "MPI_Bcast");
        done += chunk;
    }
    return status;
}

/* Between unsigned words and signed ones in the same order: MPICH 4.0.2 compares those of 64 bits
 * as signed, whatever their type. */
static void turn_sign(uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        words[i] ^= UINT64_C(1) << 63;
}

static oc_status reduce(oc_comm *comm, void *data, size_t count, oc_reduce_kind kind)
{
    const int compares = kind == OC_REDUCE_MAX_U64 || kind == OC_REDUCE_MIN_U64;
    const MPI_Comm world = oc_mpi_state_of(comm)->world;
    /* Not a static table: these names need not be constants. */
    const struct {
        MPI_Datatype type;
        MPI_Op operator;
    } how[OC_REDUCE_KINDS] = {
        [OC_REDUCE_SUM_U64] = {MPI_UINT64_T, MPI_SUM},
        [OC_REDUCE_SUM_F64] = {MPI_DOUBLE, MPI_SUM},
        [OC_REDUCE_MAX_U64] = {MPI_INT64_T, MPI_MAX},
        [OC_REDUCE_MIN_U64] = {MPI_INT64_T, MPI_MIN},
    };
    _Static_assert(sizeof(double) == sizeof(uint64_t), "both kinds are 8-byte words");
    oc_status status = OC_OK;
    if (compares)
        turn_sign(data, count);
    for (size_t done = 0; done < count && status == OC_OK;) {
        const size_t chunk = count - done < CHUNK_WORDS ? count - done : CHUNK_WORDS;
        status = oc_mpi_check(oc_mpi_reduce((char *)data + done * sizeof(uint64_t), (int)chunk,
                                            how[kind].type, how[kind].operator, world),
                              "MPI_Allreduce");
        done += chunk;
    }
    if (compares)
        turn_sign(data, count);
    return status;
}

static oc_status sum_floats(oc_comm *comm, float *data, size_t count)
{
    oc_status status = OC_OK;
    for (size_t done = 0; done < count && status == OC_OK;) {
        const size_t chunk = count - done < CHUNK_WORDS ? count - done : CHUNK_WORDS;
        status = oc_mpi_check(oc_mpi_reduce(data + done, (int)chunk, MPI_FLOAT, MPI_SUM,
                                            oc_mpi_state_of(comm)->world),
                              "MPI_Allreduce");
        done += chunk;
    }
    return status;
}

/* While no exchange is under way. */
static oc_status exchange_reserve(oc_comm *comm, int transfers)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    const size_t all = (size_t)transfers * OC_EXCHANGE_BATCHES;
    MPI_Request *more = realloc(m->request, all * sizeof *more);
    if (!more)
        return oc_fail(OC_ERR_MEMORY, "exchange: no memory for %d messages", transfers);
    for (size_t i = 0; i < all; i++)
        more[i] = MPI_REQUEST_NULL;
    m->request = more;
    m->room = transfers;
    return OC_OK;
}

static oc_status exchange_start(oc_comm *comm, int batch, int tag, const oc_transfer *receives,
                                int receive_count, const oc_transfer *sends, int send_count)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    MPI_Request *request = m->request + (size_t)batch * (size_t)m->room;
    oc_status status = OC_OK;
    for (int i = 0; i < receive_count && status == OC_OK; i++)
        status = oc_mpi_check(MPI_Irecv(receives[i].data, receives[i].count, MPI_FLOAT,
                                        receives[i].peer, EXCHANGE_TAG + tag, m->world, request++),
                              "MPI_Irecv");
    for (int i = 0; i < send_count && status == OC_OK; i++)
        status = oc_mpi_check(MPI_Isend(sends[i].data, sends[i].count, MPI_FLOAT, sends[i].peer,
                                        EXCHANGE_TAG + tag, m->world, request++),
                              "MPI_Isend");
    return status;
}

static oc_status exchange_test(oc_comm *comm, int batch, int *arrived, int *count)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    const oc_status status =
        oc_mpi_check(MPI_Testsome(m->room, m->request + (size_t)batch * (size_t)m->room, count,
                                  arrived, MPI_STATUSES_IGNORE),
                     "MPI_Testsome");
    if (status != OC_OK || *count == MPI_UNDEFINED)
        *count = 0;
    return status;
}

static oc_status exchange_wait(oc_comm *comm, int *batch, int *arrived)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    int which = MPI_UNDEFINED;
    const oc_status status = oc_mpi_check(
        oc_mpi_wait_any(m->room * OC_EXCHANGE_BATCHES, m->request, &which), "MPI_Waitany");
    if (status == OC_OK && which == MPI_UNDEFINED)
        return oc_fail(OC_ERR_INTERNAL, "exchange: nothing is under way");
    *batch = which / m->room;
    *arrived = which % m->room;
    return status;
}

static oc_status broadcast_in_node(oc_comm *comm, void *data, size_t bytes)
{
    return oc_mpi_check(oc_mpi_broadcast(data, (int)bytes, 0, oc_mpi_state_of(comm)->node),
                        "MPI_Bcast");
}

/* Of an adopted communicator that broke nothing is given back: MPI could wait for those who are
 * gone. Nor is MPI asked for anything once its owner has finalised it, or where ranks may have been
 * lost: Open MPI 5.0.7 can then wait forever in MPI_Finalize. */
static void leave(oc_comm *comm)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    int finalized = 0;
    if (!m)
        return;
    const int speaks = !comm->broken && !comm->may_lose_ranks &&
                       MPI_Finalized(&finalized) == MPI_SUCCESS && !finalized;
    if (speaks && m->node != MPI_COMM_NULL)
        MPI_Comm_free(&m->node);
    free(m->request);
    if (speaks && m->world != MPI_COMM_NULL)
        MPI_Comm_free(&m->world);
    if (m->is_job && speaks)
        MPI_Finalize();
    free(m);
    comm->state = NULL;
}

/* Without a message: the ranks of the node are known. */
static oc_status find_first_of_node(oc_comm *comm)
{
    const oc_mpi_state *const m = oc_mpi_state_of(comm);
    const int first = 0;
    MPI_Group world = MPI_GROUP_NULL, node = MPI_GROUP_NULL;
    oc_status status = oc_mpi_check(MPI_Comm_group(m->world, &world), "MPI_Comm_group");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_group(m->node, &node), "MPI_Comm_group");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Group_translate_ranks(node, 1, &first, world, &comm->node_first),
                              "MPI_Group_translate_ranks");
    if (node != MPI_GROUP_NULL)
        MPI_Group_free(&node);
    if (world != MPI_GROUP_NULL)
        MPI_Group_free(&world);
    return status;
}

oc_status oc_mpi_look_around(oc_comm *comm)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    oc_status status = oc_mpi_check(MPI_Comm_set_errhandler(m->world, MPI_ERRORS_RETURN),
                                    "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_rank(m->world, &comm->rank), "MPI_Comm_rank");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_size(m->world, &comm->size), "MPI_Comm_size");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_split_type(m->world, MPI_COMM_TYPE_SHARED, comm->rank,
                                                  MPI_INFO_NULL, &m->node),
                              "MPI_Comm_split_type");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_set_errhandler(m->node, MPI_ERRORS_RETURN),
                              "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_rank(m->node, &comm->node_rank), "MPI_Comm_rank");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_size(m->node, &comm->node_size), "MPI_Comm_size");
    int threads = MPI_THREAD_SINGLE;
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Query_thread(&threads), "MPI_Query_thread");
    comm->is_serialized = threads >= MPI_THREAD_SERIALIZED;
    return status == OC_OK ? find_first_of_node(comm) : status;
}

static oc_mpi_state *new_state(void)
{
    oc_mpi_state *const m = calloc(1, sizeof *m);
    if (m)
        m->world = m->node = MPI_COMM_NULL;
    return m;
}

static oc_status prepare_subset(oc_comm *subset)
{
    subset->state = new_state();
    return subset->state ? OC_OK : oc_fail(OC_ERR_MEMORY, "splitting the ranks: no memory");
}

static oc_status split(oc_comm *comm, oc_comm *subset, int color)
{
    oc_mpi_state *const m = oc_mpi_state_of(subset);
    const oc_status status =
        oc_mpi_check(MPI_Comm_split(oc_mpi_state_of(comm)->world, color, comm->rank, &m->world),
                     "MPI_Comm_split");
    return status == OC_OK ? oc_mpi_look_around(subset) : status;
}

static const oc_comm_operations operations = {
    .broadcast = broadcast,
    .reduce = reduce,
    .sum_floats = sum_floats,
    .exchange_start = exchange_start,
    .exchange_test = exchange_test,
    .exchange_wait = exchange_wait,
    .exchange_reserve = exchange_reserve,
    .broadcast_in_node = broadcast_in_node,
    .prepare_subset = prepare_subset,
    .split = split,
#if ONECYCLE_WITH_ULFM
    .recover = oc_ulfm_recover,
    .part = oc_ulfm_part,
#endif
    .leave = leave,
};

oc_status oc_comm_join_mpi(oc_comm *comm)
{
    int provided; /* look_around asks, of an adopted communicator too */
    int initialised = 0;
    /* MPI can be initialised once in the life of a process. */
    if (MPI_Initialized(&initialised) != MPI_SUCCESS || initialised)
        return oc_fail(OC_ERR_USAGE, "MPI is initialised already: the program that did it hands "
                                     "its communicator to onecycle_job_open_comm");
    oc_mpi_state *const m = new_state();
    if (!m)
        return oc_fail(OC_ERR_MEMORY, "communicator: no memory");
    oc_status status = oc_mpi_check(MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided),
                                    "MPI_Init_thread");
    if (status != OC_OK) { /* nobody was there yet who could be lost */
        free(m);
        return oc_fail_context(OC_ERR_INTERNAL, "joining the job");
    }
    m->is_job = 1;
    comm->state = m;
    comm->operations = &operations; /* from here on there is something to leave */
    status = oc_mpi_check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN),
                          "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &m->world), "MPI_Comm_dup");
    return status == OC_OK ? oc_mpi_look_around(comm) : status;
}

/* MPI calls a communicator's error handler, which by default ends the program: while it is
 * duplicated errors are returned. What is made of it has a handler of its own. */
static oc_status duplicate(MPI_Comm from, MPI_Comm *to)
{
    MPI_Errhandler before;
    oc_status status =
        oc_mpi_check(MPI_Comm_get_errhandler(from, &before), "MPI_Comm_get_errhandler");
    if (status != OC_OK)
        return status;
    status =
        oc_mpi_check(MPI_Comm_set_errhandler(from, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    if (status == OC_OK)
        status = oc_mpi_check(MPI_Comm_dup(from, to), "MPI_Comm_dup");
    MPI_Comm_set_errhandler(from, before);
    MPI_Errhandler_free(&before);
    return status;
}

static oc_status check_adoptable(void)
{
    int initialised = 0, finalised = 0;
    if (MPI_Initialized(&initialised) != MPI_SUCCESS || !initialised)
        return oc_fail(OC_ERR_USAGE, "MPI is not initialised; expected MPI_Init before");
    if (MPI_Finalized(&finalised) != MPI_SUCCESS || finalised)
        return oc_fail(OC_ERR_USAGE, "MPI is finalised already");
    return OC_OK;
}

static oc_status adopt(oc_comm *comm, MPI_Comm from)
{
    int between = 0;
    if (from == MPI_COMM_NULL)
        return oc_fail(OC_ERR_USAGE, "the communicator is MPI_COMM_NULL");
    oc_status status = oc_mpi_check(MPI_Comm_test_inter(from, &between), "MPI_Comm_test_inter");
    if (status == OC_OK && between)
        status = oc_fail(OC_ERR_USAGE,
                         "the communicator is an intercommunicator; expected an intracommunicator");
    oc_mpi_state *const m = status == OC_OK ? new_state() : NULL;
    if (status == OC_OK && !m)
        status = oc_fail(OC_ERR_MEMORY, "communicator: no memory");
    if (status != OC_OK)
        return status;
    comm->state = m;
    comm->operations = &operations;
    status = duplicate(from, &m->world);
    return status == OC_OK ? oc_mpi_look_around(comm) : status;
}

oc_status oc_comm_join_adopted(oc_comm *comm, const void *mpi_comm)
{
    const oc_status status = check_adoptable();
    return status == OC_OK ? adopt(comm, *(const MPI_Comm *)mpi_comm) : status;
}

oc_status oc_comm_join_fortran(oc_comm *comm, int mpi_comm)
{
    const oc_status status = check_adoptable();
    return status == OC_OK ? adopt(comm, MPI_Comm_f2c((MPI_Fint)mpi_comm)) : status;
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
