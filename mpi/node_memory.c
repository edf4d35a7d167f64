/* node_memory.c - see node_memory.h: who shares, and what all ranks must agree on. The windows
 * themselves are comm_mpi.c's. */
#include "mpi/node_memory.h"

#include "mpi/comm_private.h"

#include <string.h>
#include <sys/mman.h>

int oc_comm_node_rank(const oc_comm *comm)
{
    return comm->node_size > 0 ? comm->node_rank : 0;
}

int oc_comm_node_size(const oc_comm *comm)
{
    return comm->node_size > 0 ? comm->node_size : 1;
}

/* Pages come zeroed, and go back to the system when freed. */
static oc_status map_plain(oc_node_memory *memory)
{
    void *at =
        mmap(NULL, memory->count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return oc_fail(OC_ERR_INTERNAL, "no memory for %zu bytes of data", memory->count);
    memory->bytes = at;
    return OC_OK;
}

oc_status oc_node_memory_create(oc_node_memory *memory, oc_comm *comm, size_t count)
{
    oc_status status = OC_OK;
    *memory = (oc_node_memory){.comm = comm, .count = count};
    if (count > 0 && oc_comm_node_size(comm) == 1)
        status = map_plain(memory);
    else if (count > 0)
        status = oc_comm_share(comm, count, &memory->bytes, &memory->handle);
    status = oc_comm_agree(comm, status);
    if (status != OC_OK)
        oc_node_memory_destroy(memory);
    return status;
}

oc_status oc_node_memory_sync(const oc_node_memory *memory)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* around the barrier that agreeing is */
    const oc_status status = oc_comm_agree(memory->comm, OC_OK);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return status;
}

void oc_node_memory_destroy(oc_node_memory *memory)
{
    if (memory->handle)
        oc_comm_unshare(memory->comm, memory->handle);
    else if (memory->bytes)
        munmap(memory->bytes, memory->count);
    *memory = (oc_node_memory){0};
}
