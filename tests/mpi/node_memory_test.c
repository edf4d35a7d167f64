/* node_memory_test.c - memory shared by the ranks of a node: all see what each wrote; what one rank
 * alone cannot have is an error on all of them, and no rank waits for another. */
#include "tests/harness.h"

#include "base/memory.h"
#include "mpi/node_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static oc_comm *comm;
static int rank, size;

static void all_see_it(void)
{
    enum { EACH = 10000 };
    oc_node_memory memory;
    const size_t count = (size_t)size * EACH;
    CU_ASSERT_EQUAL_FATAL(oc_node_memory_create(&memory, comm, count), OC_OK);
    CU_ASSERT_EQUAL(memory.is_shared, size > 1); /* the ranks of a test are on one node */
    unsigned char *const bytes = memory.bytes;
    int part, parts, wrong = 0;
    oc_node_memory_part(&memory, &part, &parts);
    CU_ASSERT(part == rank && parts == size);
    for (size_t i = 0; i < EACH; i++) {
        wrong += bytes[(size_t)rank * EACH + i] != 0;
        bytes[(size_t)rank * EACH + i] = (unsigned char)(rank + 1);
    }
    CU_ASSERT_EQUAL(oc_node_memory_sync(&memory), OC_OK);
    for (size_t i = 0; i < count; i++)
        wrong += bytes[i] != i / EACH + 1;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(oc_node_memory_sync(&memory), OC_OK);
    oc_node_memory_destroy(&memory);
}

static void nothing_is_something(void)
{
    oc_node_memory memory;
    CU_ASSERT_EQUAL(oc_node_memory_create(&memory, comm, 0), OC_OK);
    CU_ASSERT_PTR_NULL(memory.bytes);
    oc_node_memory_destroy(&memory);
    oc_node_memory_destroy(&memory);
}

static void each_its_own(void)
{
    oc_node_memory memory;
    int part, parts;
    CU_ASSERT_EQUAL_FATAL(oc_node_memory_create_apart(&memory, comm, 4096), OC_OK);
    oc_node_memory_part(&memory, &part, &parts);
    CU_ASSERT(part == 0 && parts == 1);
    memset(memory.bytes, rank + 1, 4096);
    CU_ASSERT_EQUAL(oc_node_memory_sync(&memory), OC_OK);
    CU_ASSERT_EQUAL(((unsigned char *)memory.bytes)[4095], rank + 1);
    oc_node_memory_destroy(&memory);
}

/* More than there is, asked for by all. */
static void no_room(void)
{
    oc_node_memory memory;
    if (size == 1)
        return; /* its own memory is only promised */
    CU_ASSERT_EQUAL(oc_node_memory_create(&memory, comm, 2 * oc_memory_installed()), OC_ERR_MEMORY);
    CU_ASSERT_PTR_NULL(memory.bytes);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "bytes"));
}

/* One rank after the other may not have more address space than it uses. MPICH maps memory of a
 * rank when it first hears from it, so all have heard before of each one's failure. */
static void no_room_on_one_rank(void)
{
    for (int bad = 0; bad < size; bad++) {
        const oc_status mine = rank == bad ? oc_fail(OC_ERR_MEMORY, "none") : OC_OK;
        CU_ASSERT_EQUAL(oc_comm_agree(comm, mine), OC_ERR_MEMORY);
    }
    for (int bad = 0; bad < size; bad++) {
        struct rlimit before, none;
        oc_node_memory memory;
        CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_AS, &before), 0);
        none = (struct rlimit){1 << 20, before.rlim_max};
        if (rank == bad)
            setrlimit(RLIMIT_AS, &none);
        const oc_status status = oc_node_memory_create(&memory, comm, 64 << 20);
        setrlimit(RLIMIT_AS, &before);
        CU_ASSERT_EQUAL(status, OC_ERR_MEMORY);
        CU_ASSERT_PTR_NULL(memory.bytes);
    }
    all_see_it();
}

int main(void)
{
    const oc_case cases[] = {
        {"all see it", all_see_it},
        {"no bytes", nothing_is_something},
        {"each its own", each_its_own},
        {"no room", no_room},
        {"no room on one rank", no_room_on_one_rank},
    };
    if (oc_comm_open(&comm, 1) != OC_OK) {
        fprintf(stderr, "node_memory_test: %s\n", oc_message());
        return 1;
    }
    oc_comm_set_time_limit(comm, 20);
    rank = oc_comm_rank(comm);
    size = oc_comm_size(comm);
    const int code = OC_RUN_CASES("node_memory", cases);
    oc_comm_close(comm);
    return code;
}
