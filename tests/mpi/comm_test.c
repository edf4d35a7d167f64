/* comm_test.c - the collectives and oc_comm_agree on the ranks of this job. */
#include "tests/harness.h"

#include "mpi/comm.h"

#include <stdint.h>
#include <string.h>

static oc_comm *comm;
static int rank, size;

static void test_identity(void)
{
    CU_ASSERT(size >= 1 && rank >= 0 && rank < size);
    CU_ASSERT(strlen(oc_comm_host(comm)) > 0);
    uint64_t seen = UINT64_C(1) << rank;
    CU_ASSERT_EQUAL(oc_comm_sum_u64(comm, &seen, 1), OC_OK);
    CU_ASSERT_EQUAL(seen, (UINT64_C(1) << size) - 1); /* every rank is there, once */
}

static void test_broadcast(void)
{
    for (int root = 0; root < size; root++) {
        unsigned char data[1003];
        for (int i = 0; i < 1003; i++)
            data[i] = (unsigned char)(rank == root ? i * 7 + root : 0xee);
        CU_ASSERT_EQUAL(oc_comm_broadcast(comm, data, 1001, root), OC_OK);
        int wrong = 0;
        for (int i = 0; i < 1001; i++)
            wrong += data[i] != (unsigned char)(i * 7 + root);
        CU_ASSERT_EQUAL(wrong, 0);
        if (rank != root) { /* not a byte more */
            CU_ASSERT(data[1001] == 0xee && data[1002] == 0xee);
        }
    }
    CU_ASSERT_EQUAL(oc_comm_broadcast(comm, NULL, 0, 0), OC_OK);
}

static void test_reductions(void)
{
    const uint64_t me = (uint64_t)rank, n = (uint64_t)size;
    uint64_t sum[3] = {me, 1, UINT64_C(1) << 60};
    CU_ASSERT_EQUAL(oc_comm_sum_u64(comm, sum, 2), OC_OK);
    CU_ASSERT_EQUAL(sum[0], n * (n - 1) / 2);
    CU_ASSERT_EQUAL(sum[1], n);
    CU_ASSERT_EQUAL(sum[2], UINT64_C(1) << 60);

    const uint64_t far = rank == 0 ? 5 : UINT64_MAX; /* on both sides of the sign */
    uint64_t most[3] = {me, UINT64_MAX - me, far}, least[3] = {me, UINT64_MAX - me, far};
    CU_ASSERT_EQUAL(oc_comm_max_u64(comm, most, 3), OC_OK);
    CU_ASSERT_EQUAL(oc_comm_min_u64(comm, least, 3), OC_OK);
    CU_ASSERT(most[2] == (n == 1 ? 5 : UINT64_MAX) && least[2] == 5);
    CU_ASSERT(most[0] == n - 1 && most[1] == UINT64_MAX); /* unsigned, all 64 bits */
    CU_ASSERT(least[0] == 0 && least[1] == UINT64_MAX - (n - 1));

    double doubles[5] = {0};
    doubles[rank % 5] = 1.0 / 3.0 + rank;
    if (size <= 5) {
        CU_ASSERT_EQUAL(oc_comm_sum_f64(comm, doubles, 5), OC_OK);
        for (int i = 0; i < 5; i++)
            CU_ASSERT(doubles[i] == (i < size ? 1.0 / 3.0 + i : 0));
    }
}

static void test_agree_ok(void)
{
    CU_ASSERT_EQUAL(oc_comm_agree(comm, OC_OK), OC_OK);
}

/* One rank fails: all get its status and its message, with its name unless it is rank 0. */
static void test_agree_one(void)
{
    for (int bad = 0; bad < size; bad++) {
        char name[32];
        snprintf(name, sizeof name, "rank %d on ", bad);
        oc_fail(OC_ERR_USAGE, "an old message of rank %d", rank);
        const oc_status mine =
            rank == bad ? oc_fail(OC_ERR_IO, "file of rank %d is gone", rank) : OC_OK;
        CU_ASSERT_EQUAL(oc_comm_agree(comm, mine), OC_ERR_IO);
        char text[64];
        snprintf(text, sizeof text, "file of rank %d is gone", bad);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), text));
        if (bad == 0) {
            CU_ASSERT_STRING_EQUAL(oc_message(), text);
        } else {
            CU_ASSERT(strncmp(oc_message(), name, strlen(name)) == 0);
        }
    }
}

static void test_agree_lowest(void)
{
    const oc_status mine[] = {OC_ERR_DATA, OC_ERR_IO, OC_STOPPED, OC_ERR_DIVERGED};
    oc_status given = oc_fail(mine[rank % 4], "all fail, this is %d", rank);
    CU_ASSERT_EQUAL(oc_comm_agree(comm, given), OC_ERR_DATA);
    CU_ASSERT_STRING_EQUAL(oc_message(), "all fail, this is 0");
    if (size < 2)
        return;
    given = rank >= size - 2 && rank > 0 ? oc_fail(mine[rank % 4], "this is %d", rank) : OC_OK;
    const int lowest = size - 2 > 0 ? size - 2 : 1;
    char text[32];
    snprintf(text, sizeof text, "this is %d", lowest);
    CU_ASSERT_EQUAL(oc_comm_agree(comm, given), mine[lowest % 4]);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), text));
}

static void test_long_message(void)
{
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    const oc_status mine = rank == size - 1 ? oc_fail(OC_ERR_DATA, "%s", text) : OC_OK;
    CU_ASSERT_EQUAL(oc_comm_agree(comm, mine), OC_ERR_DATA);
    CU_ASSERT(strlen(oc_message()) >= 1000 && strlen(oc_message()) < 1024);
}

/* A process on its own beside the job: no other rank takes part. */
static void test_alone(void)
{
    oc_comm *alone = NULL;
    CU_ASSERT_EQUAL(oc_comm_open(&alone, 0), OC_OK);
    CU_ASSERT(oc_comm_rank(alone) == 0 && oc_comm_size(alone) == 1);
    uint64_t words[2] = {3, UINT64_MAX};
    double doubles[1] = {0.1};
    CU_ASSERT_EQUAL(oc_comm_broadcast(alone, words, sizeof words, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_comm_sum_u64(alone, words, 2), OC_OK);
    CU_ASSERT_EQUAL(oc_comm_max_u64(alone, words, 2), OC_OK);
    CU_ASSERT_EQUAL(oc_comm_min_u64(alone, words, 2), OC_OK);
    CU_ASSERT_EQUAL(oc_comm_sum_f64(alone, doubles, 1), OC_OK);
    CU_ASSERT(words[0] == 3 && words[1] == UINT64_MAX && doubles[0] == 0.1);
    oc_comm_set_time_limit(alone, 1);
    CU_ASSERT_EQUAL(oc_comm_agree(alone, oc_fail(OC_ERR_IO, "mine")), OC_ERR_IO);
    CU_ASSERT_STRING_EQUAL(oc_message(), "mine");
    oc_comm *part = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_comm_split(&part, alone, 7), OC_OK);
    CU_ASSERT(oc_comm_rank(part) == 0 && oc_comm_size(part) == 1);
    oc_comm_close(part);
    oc_comm_close(alone);
    oc_comm_close(NULL);
}

/* Odd and even ranks on their own, in their old order; each part counts and agrees alone. */
static void test_split(void)
{
    oc_comm *part = NULL;
    const int color = rank % 2;
    CU_ASSERT_EQUAL_FATAL(oc_comm_split(&part, comm, color), OC_OK);
    const int expected = (size + 1 - color) / 2;
    CU_ASSERT_EQUAL(oc_comm_size(part), expected);
    CU_ASSERT_EQUAL(oc_comm_rank(part), rank / 2);
    CU_ASSERT_STRING_EQUAL(oc_comm_host(part), oc_comm_host(comm));
    uint64_t seen = UINT64_C(1) << rank, mask = 0;
    for (int r = color; r < size; r += 2)
        mask |= UINT64_C(1) << r;
    for (int i = 0; i < 1 + 3 * color; i++) { /* not as often in one part as in the other */
        uint64_t sum = seen;
        CU_ASSERT_EQUAL(oc_comm_sum_u64(part, &sum, 1), OC_OK);
        CU_ASSERT_EQUAL(sum, mask);
    }
    int first = rank;
    CU_ASSERT_EQUAL(oc_comm_broadcast(part, &first, sizeof first, 0), OC_OK);
    CU_ASSERT_EQUAL(first, color);
    const oc_status mine = color == 1 ? oc_fail(OC_ERR_IO, "odd") : OC_OK;
    CU_ASSERT_EQUAL(oc_comm_agree(part, mine), color == 1 ? OC_ERR_IO : OC_OK);
    oc_comm_close(part);
    CU_ASSERT_EQUAL(oc_comm_agree(comm, OC_OK), OC_OK); /* the whole is as it was */
}

static void test_split_into_one(void)
{
    oc_comm *part = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_comm_split(&part, comm, 0), OC_OK);
    CU_ASSERT(oc_comm_rank(part) == rank && oc_comm_size(part) == size);
    oc_comm_close(part);
}

int main(void)
{
    const oc_case cases[] = {
        {"rank and size", test_identity},
        {"broadcast from each rank", test_broadcast},
        {"sums, maximum, minimum", test_reductions},
        {"agree: all went well", test_agree_ok},
        {"agree: one rank failed", test_agree_one},
        {"agree: the lowest of several", test_agree_lowest},
        {"agree: a long message", test_long_message},
        {"a process on its own", test_alone},
        {"split into two parts", test_split},
        {"split into one part", test_split_into_one},
    };
    if (oc_comm_open(&comm, 1) != OC_OK) {
        fprintf(stderr, "comm_test: %s\n", oc_message());
        return 1;
    }
    oc_comm_set_time_limit(comm, 60);
    rank = oc_comm_rank(comm);
    size = oc_comm_size(comm);
    const int code = OC_RUN_CASES("comm", cases);
    oc_comm_close(comm);
    return code;
}
