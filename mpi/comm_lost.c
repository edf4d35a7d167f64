/* comm_lost.c - what becomes of a communicator when a rank is lost, or leaves the others. */
#include "mpi/comm_private.h"

#include <string.h>

static const double parting_seconds = 10;

void oc_comm_expect_losses(oc_comm *comm)
{
    comm->may_lose_ranks = comm->operations->recover && !comm->whole && !comm->is_adopted;
}

int oc_comm_may_lose_ranks(const oc_comm *comm)
{
    return comm->may_lose_ranks;
}

oc_status oc_comm_mistrust(oc_comm *comm, oc_status status)
{
    return comm->may_lose_ranks ? oc_comm_left(comm, "a broadcast", OC_ERR_PEER) : status;
}

oc_status oc_comm_recover(oc_comm *comm, int *lost)
{
    static const char what[] = "going on without a lost rank";
    const int before = comm->size;
    *lost = 0;
    if (!comm->may_lose_ranks || comm->broken != OC_ERR_PEER || comm->has_parted)
        return comm->broken; /* with the message of what broke */
    oc_watchdog_arm(comm->watchdog, what);
    oc_status status = comm->operations->recover(comm);
    oc_watchdog_disarm(comm->watchdog);
    *lost = before - comm->size;
    if (status == OC_OK && *lost == 0)
        status = oc_fail(OC_ERR_PEER, "a message was lost, but no rank");
    memset(comm->under_way, 0, sizeof comm->under_way);
    for (int batch = 0; batch < OC_EXCHANGE_BATCHES; batch++) /* nobody is waited for any more */
        oc_awaited_begin(oc_watchdog_awaited(comm->watchdog), batch, 0, 0);
    comm->broken = status;
    if (status != OC_OK)
        return oc_fail_context(status, "%s, rank %d on %s", what, comm->rank, comm->host);
    oc_watchdog_set_rank(comm->watchdog, comm->rank);
    return OC_OK;
}

oc_status oc_comm_part(oc_comm *comm, oc_status status)
{
    if (!comm->may_lose_ranks || comm->has_parted)
        return status;
    oc_watchdog_set_limit(comm->watchdog, parting_seconds);
    oc_watchdog_arm(comm->watchdog, "leaving the others");
    status = comm->operations->part(comm, status);
    oc_watchdog_disarm(comm->watchdog);
    return status;
}
