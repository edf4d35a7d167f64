/* team_test.c - every thread does each piece of work once, and all of it is done on return. */
#include "base/team.h"
#include "harness.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { MOST = 9, PIECES = 500 };

typedef struct record {
    int calls[MOST]; /* by thread number; no two threads share one */
    pthread_t who[MOST];
} record;

static void note(void *data, int thread)
{
    record *r = data;
    r->calls[thread]++;
    r->who[thread] = pthread_self();
}

static void each_thread_once_a_piece(void)
{
    for (int threads = 1; threads <= MOST; threads++) {
        oc_team *team = NULL;
        record r = {0};
        CU_ASSERT_EQUAL_FATAL(oc_team_create(&team, threads), OC_OK);
        CU_ASSERT_EQUAL(oc_team_size(team), threads);
        for (int piece = 1; piece <= PIECES; piece++) {
            oc_team_run(team, note, &r);
            for (int i = 0; i < threads; i++)
                CU_ASSERT_EQUAL_FATAL(r.calls[i], piece);
        }
        CU_ASSERT(pthread_equal(r.who[0], pthread_self()));
        for (int i = 1; i < threads; i++)
            CU_ASSERT_FALSE(pthread_equal(r.who[i], pthread_self()));
        oc_team_destroy(team);
    }
}

static void pause_a_while(void)
{
    /* Longer than anyone looks before sleeping. */
    const struct timespec time = {.tv_nsec = 3000000};
    nanosleep(&time, NULL);
}

static void note_late(void *data, int thread)
{
    if (thread == 1)
        pause_a_while();
    note(data, thread);
}

/* The others sleep between pieces, and the caller at the end of one. */
static void sleepers_are_woken(void)
{
    oc_team *team = NULL;
    record r = {0};
    CU_ASSERT_EQUAL_FATAL(oc_team_create(&team, 3), OC_OK);
    for (int piece = 1; piece <= 20; piece++) {
        pause_a_while();
        oc_team_run(team, note_late, &r);
        for (int i = 0; i < 3; i++)
            CU_ASSERT_EQUAL_FATAL(r.calls[i], piece);
    }
    oc_team_destroy(team);
}

static void a_team_that_never_worked_goes_away(void)
{
    oc_team *team = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_team_create(&team, 4), OC_OK);
    oc_team_destroy(team);
    oc_team_destroy(NULL);
}

int main(void)
{
    static const oc_case cases[] = {
        {"each thread once a piece", each_thread_once_a_piece},
        {"sleepers are woken", sleepers_are_woken},
        {"a team without work", a_team_that_never_worked_goes_away},
    };
    return OC_RUN_CASES("team", cases);
}
