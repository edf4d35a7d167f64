/* comm_private.h - what the files in mpi/ share: the table of operations behind oc_comm and
 * the point-to-point exchange of the gradient reduction. Not for other folders. */
#ifndef OC_MPI_COMM_PRIVATE_H
#define OC_MPI_COMM_PRIVATE_H

#include "mpi/comm.h"
#include "mpi/watchdog.h"

enum { OC_HOST_BYTES = 256 };

typedef enum oc_reduce_kind {
    OC_REDUCE_SUM_U64,
    OC_REDUCE_SUM_F64,
    OC_REDUCE_MAX_U64,
    OC_REDUCE_MIN_U64,
    OC_REDUCE_KINDS
} oc_reduce_kind;

/* One message of an exchange. Messages between two ranks are matched in the order in which
 * both sides list them. */
typedef struct oc_transfer {
    int peer;  /* the other rank, never oneself */
    int count; /* floats */
    float *data;
} oc_transfer;

/* Every function may assume: the communicator is not broken, and the watchdog is armed if it waits.
 * They return OC_OK, or how MPI failed with a message: OC_ERR_PEER, or OC_ERR_INTERNAL or
 * OC_ERR_MEMORY when another attempt would fail likewise. */
/* Batches of messages that may be under way at the same time. */
enum { OC_EXCHANGE_BATCHES = 4 /* OC_REDUCTION_FLIGHTS */ };
_Static_assert((int)OC_EXCHANGE_BATCHES == (int)OC_AWAITED_BATCHES, "whom each of them waits for");

typedef struct oc_comm_operations {
    oc_status (*broadcast)(oc_comm *comm, void *data, size_t bytes, int root);
    oc_status (*reduce)(oc_comm *comm, void *data, size_t count, oc_reduce_kind kind);
    oc_status (*sum_floats)(oc_comm *comm, float *data, size_t count);
    oc_status (*exchange_start)(oc_comm *comm, int batch, int tag, const oc_transfer *receives,
                                int receive_count, const oc_transfer *sends, int send_count);
    /* Which of a batch's messages, of which some are under way, have newly arrived or left -> their
     * numbers in the order receives, sends. */
    oc_status (*exchange_test)(oc_comm *comm, int batch, int *arrived, int *count);
    oc_status (*exchange_wait)(oc_comm *comm, int *batch, int *arrived); /* for one of any batch */
    oc_status (*exchange_reserve)(oc_comm *comm, int transfers);
    oc_status (*broadcast_in_node)(oc_comm *comm, void *data, size_t bytes);
    oc_status (*prepare_subset)(oc_comm *subset); /* local: what a zeroed subset needs of memory */
    oc_status (*split)(oc_comm *comm, oc_comm *subset, int color); /* fills a prepared subset */
    void (*leave)(oc_comm *comm);

    /* NULL where the library cannot go on without a rank that was lost. Of a communicator that is
     * broken: make it one of the ranks that are left, whoever waits in it is woken. Or let them
     * know that this rank leaves with `status`; what all leave with is returned. */
    oc_status (*recover)(oc_comm *comm);
    oc_status (*part)(oc_comm *comm, oc_status status);
} oc_comm_operations;

struct oc_comm {
    const oc_comm_operations *operations;
    void *state;           /* of the operations; owned by them */
    oc_comm *whole;        /* of which this is a subset; NULL: the job */
    oc_watchdog *watchdog; /* the job's: a process waits for one thing at a time. NULL when there is
                              nobody to wait for */
    int rank, size;
    int node_rank, node_size; /* among the ranks of this node; size 0 counts as 1 */
    int node_first;           /* rank here of the first of them */
    int is_serialized;        /* any thread may enter MPI, one at a time */
    oc_status broken;         /* how a collective failed: none may be entered any more */
    int room;                 /* messages a batch may have */
    int *peer;                /* [OC_EXCHANGE_BATCHES][room] other rank of each message; owned */
    int *arrived;             /* [room] scratch, behind it */
    int under_way[OC_EXCHANGE_BATCHES]; /* messages */
    int may_lose_ranks; /* the launcher lets the others go on, and so does the library */
    int has_parted;     /* the others know that this rank leaves, or it that others did */
    int is_adopted;     /* the program is somebody else's, who decides when it ends */
    char host[OC_HOST_BYTES];
};

/* Local. Around what may wait: refuse if the communicator is broken, else arm the watchdog; disarm
 * it; how it ended, which may break the communicator. */
oc_status oc_comm_enter(oc_comm *comm, const char *what);
oc_status oc_comm_leave(oc_comm *comm, const char *what, oc_status status);
oc_status oc_comm_left(oc_comm *comm, const char *what, oc_status status);

/* Each fills operations, rank and size of a communicator that has none. */
oc_status oc_comm_join_self(oc_comm *comm);

/* Only with ONECYCLE_WITH_MPI: of this program's own MPI_Init, or ranks of somebody else's. */
oc_status oc_comm_join_mpi(oc_comm *comm);
oc_status oc_comm_join_adopted(oc_comm *comm, const void *mpi_comm);
oc_status oc_comm_join_fortran(oc_comm *comm, int mpi_comm);

/* Local. The library's own text; only with ONECYCLE_WITH_MPI. */
const char *oc_comm_mpi_library(void);

/* Collective over the node. `bytes` of the node's first rank to the node's others. */
oc_status oc_comm_broadcast_in_node(oc_comm *comm, void *data, size_t bytes);

/* Local, for oc_comm_abort. Where the launcher would not end the others when this rank leaves, tell
 * them; the status to leave with. */
oc_status oc_comm_part(oc_comm *comm, oc_status status);

/* Local. Make room for `transfers` messages (receives and sends together) a batch, so that
 * exchanges allocate nothing. Calls do not shrink. OC_ERR_INTERNAL. */
oc_status oc_comm_exchange_reserve(oc_comm *comm, int transfers);

/* Collective, in that every receive needs its send. Start a batch of messages under a free batch
 * number; those with different tags (from 0) may overtake each other. Data must stay until they
 * have arrived. */
oc_status oc_comm_exchange_start(oc_comm *comm, int batch, int tag, const oc_transfer *receives,
                                 int receive_count, const oc_transfer *sends, int send_count);

/* Local. Whether all of a batch have arrived and left; then its number is free. */
oc_status oc_comm_exchange_test(oc_comm *comm, int batch, int *arrived);

/* Collective. Until a message of any batch has arrived or left; there is one. */
oc_status oc_comm_exchange_wait(oc_comm *comm);

/* Local. For who asks by oc_comm_exchange_test until something has arrived: the time limit counts
 * from watch to unwatch, which come in pairs. */
void oc_comm_exchange_watch(oc_comm *comm);
void oc_comm_exchange_unwatch(oc_comm *comm);

/* Local. The first of the ranks on this rank's node. */
int oc_comm_first_of_node(const oc_comm *comm);

#endif
