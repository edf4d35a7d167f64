/* node_memory.h - memory that the ranks of one node have together: one copy, whoever writes it.
 *
 * With MPI it is a shared-memory window (MPI_Win_allocate_shared); a rank alone on its node has
 * plain memory. All ranks of the job take part in creating and destroying, though each node has
 * its own. */
#ifndef OC_MPI_NODE_MEMORY_H
#define OC_MPI_NODE_MEMORY_H

#include "mpi/comm.h"

typedef struct oc_node_memory {
    oc_comm *comm; /* not owned; NULL: nothing is held */
    void *bytes;   /* the same memory in all ranks of the node */
    size_t count;
    void *handle; /* of MPI; NULL when the memory is plain */
} oc_node_memory;

/* Local. This rank's number among those of its node, and how many they are. */
int oc_comm_node_rank(const oc_comm *comm);
int oc_comm_node_size(const oc_comm *comm);

/* Collective. `count` bytes (which may be 0, and may differ between nodes) for each node, zeroed
 * pages. OC_ERR_INTERNAL on all ranks if some node has no room; OC_ERR_PEER. */
oc_status oc_node_memory_create(oc_node_memory *memory, oc_comm *comm, size_t count);

/* Collective. What the node's ranks wrote until now, all of them see from here on. */
oc_status oc_node_memory_sync(const oc_node_memory *memory);

/* Collective, unless the communicator is broken: then the memory is left to the process's end.
 * Safe on a zeroed one, on all ranks alike. */
void oc_node_memory_destroy(oc_node_memory *memory);

#endif
