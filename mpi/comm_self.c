/* comm_self.c - one process on its own: every collective is already done. No MPI here. */
#include "mpi/comm_private.h"

static oc_status broadcast(oc_comm *comm, void *data, size_t bytes, int root)
{
    (void)comm, (void)data, (void)bytes, (void)root;
    return OC_OK;
}

static oc_status reduce(oc_comm *comm, void *data, size_t count, oc_reduce_kind kind)
{
    (void)comm, (void)data, (void)count, (void)kind;
    return OC_OK;
}

static oc_status sum_floats(oc_comm *comm, float *data, size_t count)
{
    (void)comm, (void)data, (void)count;
    return OC_OK;
}

/* There is no peer, so an exchange has no messages. */
static oc_status exchange_start(oc_comm *comm, int batch, int tag, const oc_transfer *receives,
                                int receive_count, const oc_transfer *sends, int send_count)
{
    (void)comm, (void)batch, (void)tag, (void)receives, (void)receive_count, (void)sends;
    (void)send_count;
    return OC_OK;
}

static oc_status exchange_test(oc_comm *comm, int batch, int *arrived, int *count)
{
    (void)comm, (void)batch, (void)arrived;
    *count = 0;
    return OC_OK;
}

static oc_status exchange_wait(oc_comm *comm, int *batch, int *arrived)
{
    (void)comm, (void)batch, (void)arrived;
    return oc_fail(OC_ERR_INTERNAL, "exchange: nothing is under way");
}

static oc_status exchange_reserve(oc_comm *comm, int transfers)
{
    (void)comm, (void)transfers;
    return OC_OK;
}

static oc_status broadcast_in_node(oc_comm *comm, void *data, size_t bytes)
{
    (void)comm, (void)data, (void)bytes;
    return OC_OK;
}

static oc_status prepare_subset(oc_comm *subset)
{
    (void)subset;
    return OC_OK;
}

static oc_status split(oc_comm *comm, oc_comm *subset, int color)
{
    (void)comm, (void)color;
    return oc_comm_join_self(subset);
}

static void leave(oc_comm *comm)
{
    (void)comm;
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
    .leave = leave,
};

oc_status oc_comm_join_self(oc_comm *comm)
{
    comm->operations = &operations;
    comm->rank = 0;
    comm->size = 1;
    comm->is_serialized = 1;
    return OC_OK;
}
