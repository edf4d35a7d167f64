/* node_memory.c - see node_memory.h. Whatever one rank alone can fail in ends in oc_comm_agree
 * before the next collective. */
#include "mpi/node_memory.h"

#include "base/memory.h"
#include "mpi/comm_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the node's other ranks find the memory: a file of the first rank's. */
typedef struct ticket {
    uint64_t device, inode; /* so that another process of that number is not taken for it */
    int process, file;
} ticket;

int oc_comm_node_rank(const oc_comm *comm)
{
    return comm->node_size > 0 ? comm->node_rank : 0;
}

int oc_comm_node_size(const oc_comm *comm)
{
    return comm->node_size > 0 ? comm->node_size : 1;
}

/* `file` is -1 for memory of one's own. */
static oc_status map(oc_node_memory *memory, int file)
{
    const int kind = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *const at = mmap(NULL, memory->count, PROT_READ | PROT_WRITE, kind, file, 0);
    if (at == MAP_FAILED)
        return oc_fail(OC_ERR_MEMORY, "no %zu bytes of memory for data: %s", memory->count,
                       strerror(errno));
    memory->bytes = at;
    return OC_OK;
}

/* The first rank: all pages are taken here, where it can fail; later it would be a SIGBUS. */
static oc_status make(oc_node_memory *memory, int *file)
{
    const size_t room = oc_memory_available();
    if (memory->count > room)
        return oc_fail(OC_ERR_MEMORY, "no %zu bytes of memory for data, %zu are free",
                       memory->count, room);
    *file = memfd_create("onecycle-data", MFD_CLOEXEC);
    if (*file < 0)
        return oc_fail(OC_ERR_MEMORY, "no shared memory for data: %s", strerror(errno));
    int error;
    do
        error = posix_fallocate(*file, 0, (off_t)memory->count);
    while (error == EINTR);
    if (error)
        return oc_fail(OC_ERR_MEMORY, "no %zu bytes of shared memory for data: %s", memory->count,
                       strerror(error));
    return map(memory, *file);
}

static ticket describe(int file)
{
    struct stat about;
    ticket t = {.process = (int)getpid(), .file = file};
    if (file >= 0 && fstat(file, &about) == 0) {
        t.device = about.st_dev;
        t.inode = about.st_ino;
    }
    return t;
}

/* The others. Nothing is inherited or sent, so the first rank's file is opened through /proc. */
static oc_status attach(oc_node_memory *memory, const ticket *t, int *file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", t->process, t->file);
    *file = open(path, O_RDWR | O_CLOEXEC);
    if (*file < 0)
        return oc_fail(OC_ERR_MEMORY, "%s: cannot share the memory of the node's first rank: %s",
                       path, strerror(errno));
    const ticket found = describe(*file);
    if (found.device != t->device || found.inode != t->inode)
        return oc_fail(OC_ERR_MEMORY, "%s: is not the memory of the node's first rank", path);
    return map(memory, *file);
}

static oc_status share(oc_node_memory *memory, oc_comm *comm)
{
    const int first = oc_comm_node_rank(comm) == 0;
    int file = -1;
    const int wanted = memory->count > 0 && oc_comm_node_size(comm) > 1;
    oc_status status = oc_comm_agree(comm, first && wanted ? make(memory, &file) : OC_OK);
    ticket t = describe(file);
    if (status == OC_OK)
        status = oc_comm_broadcast_in_node(comm, &t, sizeof t);
    if (status == OC_OK)
        status = oc_comm_agree(comm, !first && wanted ? attach(memory, &t, &file) : OC_OK);
    if (file >= 0)
        close(file); /* the mapping stays, and goes with its last process */
    memory->is_shared = wanted;
    return status;
}

oc_status oc_node_memory_create(oc_node_memory *memory, oc_comm *comm, size_t count)
{
    oc_status status = OC_OK;
    *memory = (oc_node_memory){.comm = comm, .count = count};
    if (count > 0 && oc_comm_node_size(comm) == 1)
        status = map(memory, -1);
    status = oc_comm_agree(comm, status);
    if (status == OC_OK)
        status = share(memory, comm);
    if (status != OC_OK)
        oc_node_memory_destroy(memory);
    return status;
}

oc_status oc_node_memory_create_apart(oc_node_memory *memory, oc_comm *comm, size_t count)
{
    *memory = (oc_node_memory){.comm = comm, .count = count};
    const oc_status status = oc_comm_agree(comm, count > 0 ? map(memory, -1) : OC_OK);
    if (status != OC_OK)
        oc_node_memory_destroy(memory);
    return status;
}

void oc_node_memory_part(const oc_node_memory *memory, int *part, int *parts)
{
    *part = memory->is_shared ? oc_comm_node_rank(memory->comm) : 0;
    *parts = memory->is_shared ? oc_comm_node_size(memory->comm) : 1;
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
    if (memory->bytes)
        munmap(memory->bytes, memory->count);
    *memory = (oc_node_memory){0};
}
