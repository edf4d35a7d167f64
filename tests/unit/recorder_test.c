/* recorder_test.c - the last events of a rank, noted by several threads while one reads them, and
 * the ranks that messages are awaited from. */
#include "tests/harness.h"

#include "base/clock.h"
#include "base/recorder.h"
#include "mpi/awaited.h"

#include <pthread.h>
#include <string.h>

static oc_recorder recorder;

static void test_in_order(void)
{
    oc_recorded event[OC_RECORDER_EVENTS];
    recorder = (oc_recorder){0};
    CU_ASSERT_EQUAL(oc_recorder_read(&recorder, event), 0);
    CU_ASSERT_PTR_NULL(oc_recorder_last(&recorder, OC_RECORD_STEP).what);
    oc_recorder_note(&recorder, OC_RECORD_STEP, "first", 5);
    for (uint64_t i = 0; i < 100; i++)
        oc_recorder_note(&recorder, OC_RECORD_PHASE, "later", i);
    const double now = oc_seconds();
    CU_ASSERT_EQUAL_FATAL(oc_recorder_read(&recorder, event), OC_RECORDER_EVENTS);
    for (size_t i = 0; i < OC_RECORDER_EVENTS; i++) {
        CU_ASSERT_EQUAL(event[i].number, 100 - OC_RECORDER_EVENTS + i);
        CU_ASSERT_STRING_EQUAL(event[i].what, "later");
        CU_ASSERT(event[i].seconds <= now && (i == 0 || event[i].seconds >= event[i - 1].seconds));
    }
    CU_ASSERT_EQUAL(oc_recorder_last(&recorder, OC_RECORD_STEP).number, 5);
    CU_ASSERT_EQUAL(oc_recorder_last(&recorder, OC_RECORD_PHASE).number, 99);
}

enum { NOTES = 20000, THREADS = 3 };

/* Each text has numbers of its own. */
static void *note(void *thread)
{
    static const char *const names[THREADS] = {"0", "1", "2"};
    const uint64_t number = *(const uint64_t *)thread;
    for (uint64_t i = 0; i < NOTES; i++)
        oc_recorder_note(&recorder, OC_RECORD_PHASE, names[number], number + THREADS * i);
    return NULL;
}

/* What is read belongs together, but for a thread that slept while 64 others were noted. */
static void test_threads(void)
{
    pthread_t thread[THREADS];
    uint64_t number[THREADS] = {0, 1, 2};
    oc_recorded event[OC_RECORDER_EVENTS];
    size_t seen = 0, mixed = 0;
    recorder = (oc_recorder){0};
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, note, &number[i]), 0);
    for (int round = 0; round < 2000; round++) {
        const size_t count = oc_recorder_read(&recorder, event);
        for (size_t i = 0; i < count; i++, seen++)
            mixed += event[i].number % THREADS != (uint64_t)(event[i].what[0] - '0');
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    CU_ASSERT(mixed * 1000 <= seen);
    CU_ASSERT_EQUAL(oc_recorder_read(&recorder, event), OC_RECORDER_EVENTS);
    CU_ASSERT_EQUAL(atomic_load(&recorder.next), THREADS * NOTES);
}

static const char *text_of(const oc_awaited *awaited)
{
    static char text[100];
    oc_awaited_bucket bucket[OC_AWAITED_BATCHES];
    const int buckets = oc_awaited_read(awaited, bucket);
    oc_awaited_text(text, sizeof text, bucket, buckets);
    return text;
}

static void test_awaited(void)
{
    static oc_awaited awaited;
    oc_awaited_bucket bucket[OC_AWAITED_BATCHES];
    CU_ASSERT_STRING_EQUAL(text_of(&awaited), "the other ranks");
    oc_awaited_begin(&awaited, 0, 3, 0);
    oc_awaited_add(&awaited, 0, 9);
    oc_awaited_add(&awaited, 0, 9);
    oc_awaited_remove(&awaited, 0, 9);
    CU_ASSERT_STRING_EQUAL(text_of(&awaited), "rank 9"); /* still one message */
    oc_awaited_begin(&awaited, 2, 4, 0);
    oc_awaited_add(&awaited, 2, 0);
    oc_awaited_add(&awaited, 2, 9);
    CU_ASSERT_STRING_EQUAL(text_of(&awaited), "ranks 0 and 9");
    CU_ASSERT_EQUAL(oc_awaited_read(&awaited, bucket), 2);
    CU_ASSERT(bucket[0].bucket == 3 && bucket[0].peers == 1 && bucket[1].bucket == 4 &&
              bucket[1].peers == 2);
    oc_awaited_add(&awaited, 2, 5);
    CU_ASSERT_STRING_EQUAL(text_of(&awaited), "ranks 0, 5 and 9");
    oc_awaited_add(&awaited, 2, 6);
    oc_awaited_add(&awaited, 2, 7);
    CU_ASSERT_STRING_EQUAL(text_of(&awaited), "ranks 0, 5, 6, 7 and 9");
    oc_awaited_add(&awaited, 2, 8);
    CU_ASSERT_STRING_EQUAL(text_of(&awaited), "ranks 0, 5, 6, 7 and 2 more");
    for (int rank = 100; rank < 200; rank++)
        oc_awaited_add(&awaited, 3, rank); /* more than there is room for */
    CU_ASSERT_EQUAL(oc_awaited_read(&awaited, bucket), 3);
    CU_ASSERT_EQUAL(bucket[2].peers, OC_AWAITED_PEERS);
    for (int batch = 0; batch < OC_AWAITED_BATCHES; batch++)
        oc_awaited_begin(&awaited, batch, 0, 0);
    CU_ASSERT_EQUAL(oc_awaited_read(&awaited, bucket), 0);
}

int main(void)
{
    const oc_case cases[] = {
        {"the last events in order", test_in_order},
        {"several threads", test_threads},
        {"whom messages are awaited from", test_awaited},
    };
    return OC_RUN_CASES("recorder", cases);
}
