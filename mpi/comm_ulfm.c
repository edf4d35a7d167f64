/* comm_ulfm.c - going on without ranks that were lost, by User-Level Failure Mitigation (Bland et
 * al., "Post-failure recovery of MPI communication capability", 2013), which Open MPI 5 has under
 * names that begin with MPIX. Empty where MPI has none. How Open MPI 5.0.7 behaves is in
 * docs/ARCHITECTURE.md.
 */
#include "mpi/comm_mpi_private.h"

#if ONECYCLE_WITH_ULFM
#include <mpi-ext.h>

/* In an agreement all hand in bits, and get those that all have. A rank that leaves clears that of
 * its status. */
enum { ALL_STAY = (1 << OC_STATUS_COUNT) - 1 };
_Static_assert(OC_STATUS_COUNT < 31, "a bit for each status");

/* Whoever waits for a message of this communicator gets an error. */
static void revoke(const oc_mpi_state *m)
{
    if (m->world != MPI_COMM_NULL)
        MPIX_Comm_revoke(m->world);
    if (m->node != MPI_COMM_NULL)
        MPIX_Comm_revoke(m->node);
}

/* Messages of an exchange that was given up: MPI lets go of their memory. */
static void drop_messages(oc_mpi_state *m)
{
    for (int i = 0; i < m->room * OC_EXCHANGE_BATCHES; i++) {
        if (m->request[i] == MPI_REQUEST_NULL)
            continue;
        MPI_Wait(&m->request[i], MPI_STATUS_IGNORE);
        m->request[i] = MPI_REQUEST_NULL;
    }
}

/* The answer is the same on all ranks, also where the call says that some rank is gone. */
static int agree(MPI_Comm world, int bits)
{
    MPIX_Comm_agree(world, &bits);
    return bits;
}

static oc_status status_in(int bits)
{
    for (int status = OC_OK + 1; status < OC_STATUS_COUNT; status++)
        if (status != OC_ERR_PEER && !(bits & 1 << status))
            return (oc_status)status;
    return OC_ERR_PEER;
}

/* Of those in m->world, which are revoked: a world of those left. Should another be lost meanwhile,
 * once more. What was made in vain, and the old one, stay behind: giving them back could wait for
 * the lost. */
static oc_status shrink(oc_comm *comm)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    for (;;) {
        MPI_Comm smaller = MPI_COMM_NULL;
        oc_status status = oc_mpi_check(MPIX_Comm_shrink(m->world, &smaller), "MPIX_Comm_shrink");
        if (status != OC_OK)
            return status;
        m->world = smaller;
        m->node = MPI_COMM_NULL;
        status = oc_mpi_look_around(comm);
        if (status != OC_OK)
            revoke(m);
        if (agree(m->world, status == OC_OK ? ALL_STAY : 0) == ALL_STAY)
            return OC_OK;
        revoke(m);
    }
}

oc_status oc_ulfm_recover(oc_comm *comm)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    revoke(m);
    drop_messages(m);
    const int bits = agree(m->world, ALL_STAY);
    if (bits == ALL_STAY)
        return shrink(comm);
    comm->has_parted = 1;
    return oc_fail(status_in(bits), "a rank has left the job: %s", oc_status_text(status_in(bits)));
}

oc_status oc_ulfm_part(oc_comm *comm, oc_status status)
{
    oc_mpi_state *const m = oc_mpi_state_of(comm);
    revoke(m);
    const int bits = agree(m->world, ALL_STAY & ~(1 << status));
    comm->has_parted = 1;
    return status_in(bits);
}

#else
typedef int oc_no_ulfm; /* a file in C is not empty */
#endif
