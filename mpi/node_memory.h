/* node_memory.h - memory that the ranks of one node have together: one copy, whoever writes it.
 *
 * The node's first rank makes it (memfd_create: pages without a file system, so neither the size of
 * /dev/shm nor what a killed job leaves there matters) and takes all of it at once; the others map
 * it. A rank alone on its node has plain memory. It is not MPI_Win_allocate_shared, because that
 * fails on some ranks only, and the others wait for ever. */
#ifndef OC_MPI_NODE_MEMORY_H
#define OC_MPI_NODE_MEMORY_H

#include "mpi/comm.h"

typedef struct oc_node_memory {
    oc_comm *comm; /* not owned; NULL: nothing is held */
    void *bytes;   /* the same memory in all ranks of the node */
    size_t count;
    int is_shared; /* 0: this rank's own */
} oc_node_memory;

/* Local. This rank's number among those of its node, and how many they are. */
int oc_comm_node_rank(const oc_comm *comm);
int oc_comm_node_size(const oc_comm *comm);

/* Collective. `count` bytes (which may be 0, and may differ between nodes) for each node, zeroed
 * pages. OC_ERR_MEMORY on all ranks if some node has no room, or its ranks cannot share memory;
 * OC_ERR_PEER. */
oc_status oc_node_memory_create(oc_node_memory *memory, oc_comm *comm, size_t count);

/* Collective. The same for each rank by itself. */
oc_status oc_node_memory_create_apart(oc_node_memory *memory, oc_comm *comm, size_t count);

/* Local. The part of it, of so many, that this rank has to fill. */
void oc_node_memory_part(const oc_node_memory *memory, int *part, int *parts);

/* Collective. What the node's ranks wrote until now, all of them see from here on. */
oc_status oc_node_memory_sync(const oc_node_memory *memory);

/* Local. Safe on a zeroed one. */
void oc_node_memory_destroy(oc_node_memory *memory);

#endif
