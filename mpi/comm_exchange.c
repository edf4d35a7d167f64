/* comm_exchange.c - messages between two ranks, in batches, as the gradient reduction sends them;
 * and who of the other ranks each batch still waits for. */
#include "mpi/comm_private.h"

#include <stdlib.h>

static const char name[] = "the gradient reduction";

/* While no exchange is under way. */
oc_status oc_comm_exchange_reserve(oc_comm *comm, int transfers)
{
    const size_t all = (size_t)transfers * OC_EXCHANGE_BATCHES;
    if (transfers <= comm->room)
        return OC_OK;
    int *more = realloc(comm->peer, (all + (size_t)transfers) * sizeof *more);
    if (!more)
        return oc_fail(OC_ERR_MEMORY, "exchange: no memory for %d messages", transfers);
    comm->peer = more;
    comm->arrived = more + all;
    comm->room = transfers;
    return comm->operations->exchange_reserve(comm, transfers);
}

static oc_awaited *awaited(const oc_comm *comm)
{
    return oc_watchdog_awaited(comm->watchdog);
}

oc_status oc_comm_exchange_start(oc_comm *comm, int batch, int tag, const oc_transfer *receives,
                                 int receive_count, const oc_transfer *sends, int send_count)
{
    const int count = receive_count + send_count;
    int *const peer = comm->peer + (size_t)batch * (size_t)comm->room;
    if (comm->broken)
        return oc_comm_enter(comm, name);
    if (count > comm->room)
        return oc_comm_left(
            comm, name,
            oc_fail(OC_ERR_INTERNAL, "exchange: %d messages, room for %d", count, comm->room));
    oc_awaited_begin(awaited(comm), batch, (uint64_t)tag, comm->whole != NULL);
    for (int i = 0; i < count; i++) {
        peer[i] = i < receive_count ? receives[i].peer : sends[i - receive_count].peer;
        oc_awaited_add(awaited(comm), batch, peer[i]);
    }
    comm->under_way[batch] = count;
    /* Nothing here waits, so nothing is watched: see oc_comm_exchange_watch. */
    return oc_comm_left(comm, name,
                        comm->operations->exchange_start(comm, batch, tag, receives, receive_count,
                                                         sends, send_count));
}

/* Messages of a batch, by their number in the order receives, sends. */
static void note_arrived(oc_comm *comm, int batch, const int *message, int count)
{
    const int *const peer = comm->peer + (size_t)batch * (size_t)comm->room;
    for (int i = 0; i < count; i++)
        oc_awaited_remove(awaited(comm), batch, peer[message[i]]);
    comm->under_way[batch] -= count;
}

oc_status oc_comm_exchange_test(oc_comm *comm, int batch, int *arrived)
{
    int count = 0;
    if (comm->broken)
        return oc_comm_enter(comm, name);
    oc_status status = OC_OK;
    if (comm->under_way[batch] > 0)
        status = comm->operations->exchange_test(comm, batch, comm->arrived, &count);
    if (status == OC_OK)
        note_arrived(comm, batch, comm->arrived, count);
    *arrived = comm->under_way[batch] == 0;
    return oc_comm_left(comm, name, status);
}

oc_status oc_comm_exchange_wait(oc_comm *comm)
{
    int batch = 0, message = 0;
    oc_status status = oc_comm_enter(comm, name);
    if (status != OC_OK)
        return status;
    status = comm->operations->exchange_wait(comm, &batch, &message);
    if (status == OC_OK)
        note_arrived(comm, batch, &message, 1);
    return oc_comm_leave(comm, name, status);
}

void oc_comm_exchange_watch(oc_comm *comm)
{
    oc_watchdog_arm(comm->watchdog, name);
}

void oc_comm_exchange_unwatch(oc_comm *comm)
{
    oc_watchdog_disarm(comm->watchdog);
}
