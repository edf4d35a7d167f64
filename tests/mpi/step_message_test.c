/* step_message_test.c - rank 0's step message arrives everywhere as it was sent; damage and
 * ranks that are not at the same iteration are seen. */
#include "tests/harness.h"

#include "run/step_message.h"

#include <string.h>

static oc_comm *comm;

static oc_step example(uint64_t iteration)
{
    oc_step step;
    memset(&step, 0, sizeof step);
    step.iteration = iteration;
    step.action = OC_ACTION_CHECKPOINT;
    step.status = OC_STOPPED;
    step.groups = OC_MAX_GROUPS;
    for (int i = 0; i < OC_MAX_GROUPS; i++)
        step.learning_rate[i] = 0.1 / (i + 1);
    step.momentum = 0.95;
    step.weight_decay = 5e-4;
    return step;
}

static void test_arrives(void)
{
    for (uint64_t i = 0; i < 50; i++) {
        const oc_step sent = example(i << 33);
        oc_step step = sent;
        if (oc_comm_rank(comm) != 0)
            memset(&step, 0xaa, sizeof step);
        CU_ASSERT_EQUAL(oc_step_broadcast(comm, &step, i << 33), OC_OK);
        CU_ASSERT(memcmp(&step, &sent, offsetof(oc_step, checksum)) == 0);
    }
}

/* A rank that is elsewhere learns it, the others go on. */
static void test_other_iteration(void)
{
    const int rank = oc_comm_rank(comm), last = oc_comm_size(comm) - 1;
    oc_step step = example(7);
    const uint64_t mine = rank == last ? 8 : 7;
    CU_ASSERT_EQUAL(oc_step_broadcast(comm, &step, mine), rank == last ? OC_ERR_REPLICAS : OC_OK);
    if (rank == last) {
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "iteration 7"));
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "8"));
    }
}

static void test_every_bit_counts(void)
{
    oc_step step = example(3);
    oc_step_seal(&step);
    CU_ASSERT_EQUAL(oc_step_check(&step, 3), OC_OK);
    int unseen = 0;
    for (size_t byte = 0; byte < sizeof step; byte++)
        for (int bit = 0; bit < 8; bit++) {
            oc_step damaged = step;
            ((unsigned char *)&damaged)[byte] ^= (unsigned char)(1 << bit);
            unseen += oc_step_check(&damaged, 3) != OC_ERR_INTERNAL;
        }
    CU_ASSERT_EQUAL(unseen, 0);
}

static void check_field(oc_step step, const char *names)
{
    oc_step_seal(&step);
    CU_ASSERT_EQUAL(oc_step_check(&step, step.iteration), OC_ERR_INTERNAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), names));
}

/* Well sealed, but nonsense. */
static void test_fields(void)
{
    oc_step step = example(1);
    step.action = 0;
    check_field(step, "action");
    step.action = OC_ACTION_STOP + 1;
    check_field(step, "action");
    step = example(1);
    step.groups = 0;
    check_field(step, "groups");
    step.groups = OC_MAX_GROUPS + 1;
    check_field(step, "groups");
    step = example(1);
    step.status = OC_STATUS_COUNT;
    check_field(step, "status");
    step = example(1);
    step.guard = OC_GUARD_ROLLBACK + 1;
    check_field(step, "guard");
    step = example(1);
    step.most_loss = -1;
    check_field(step, "most_loss");
}

int main(void)
{
    const oc_case cases[] = {
        {"arrives as it was sent", test_arrives},
        {"another iteration is seen", test_other_iteration},
        {"every bit is covered by the checksum", test_every_bit_counts},
        {"fields out of range", test_fields},
    };
    if (oc_comm_open(&comm, 1) != OC_OK) {
        fprintf(stderr, "step_message_test: %s\n", oc_message());
        return 1;
    }
    oc_comm_set_time_limit(comm, 60);
    const int code = OC_RUN_CASES("step_message", cases);
    oc_comm_close(comm);
    return code;
}
