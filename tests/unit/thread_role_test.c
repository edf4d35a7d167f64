/* thread_role_test.c - what a thread may touch: the main one all while no team works, a compute
 * thread its own, whatever ends with a piece of work. */
#include "base/thread_role.h"

#include "base/team.h"
#include "harness.h"

#include <pthread.h>

enum { THREADS = 3 };

typedef struct seen {
    int is_compute[THREADS], is_main[THREADS], owns[THREADS][THREADS];
} seen;

static void look(void *data, int thread)
{
    seen *const s = data;
    s->is_compute[thread] = oc_thread_is(OC_THREAD_COMPUTE);
    s->is_main[thread] = oc_thread_is_main();
    for (int i = 0; i < THREADS; i++)
        s->owns[thread][i] = oc_thread_owns(i);
}

static void check_main(void)
{
    CU_ASSERT_TRUE(oc_thread_is_main());
    CU_ASSERT_FALSE(oc_thread_is(OC_THREAD_COMPUTE));
    for (int i = 0; i < THREADS; i++)
        CU_ASSERT_TRUE(oc_thread_owns(i));
}

static void a_team(void)
{
    oc_team *team;
    CU_ASSERT_EQUAL_FATAL(oc_team_create(&team, THREADS), OC_OK);
    check_main();
    for (int piece = 0; piece < 3; piece++) {
        seen s = {0};
        oc_team_run(team, look, &s);
        check_main();
        for (int thread = 0; thread < THREADS; thread++) {
            CU_ASSERT(s.is_compute[thread] && !s.is_main[thread]);
            for (int i = 0; i < THREADS; i++)
                CU_ASSERT_EQUAL(s.owns[thread][i], i == thread);
        }
    }
    oc_team_destroy(team);
}

static void *be_loader(void *data)
{
    seen *const s = data;
    oc_thread_become(OC_THREAD_LOADER, 0);
    look(s, 0);
    s->is_compute[1] = oc_thread_is(OC_THREAD_LOADER);
    return NULL;
}

static void another_thread(void)
{
    pthread_t thread;
    seen s = {0};
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, be_loader, &s), 0);
    CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
    CU_ASSERT(!s.is_compute[0] && !s.is_main[0] && !s.owns[0][0] && s.is_compute[1]);
    check_main(); /* the role is a thread's own */
}

int main(void)
{
    static const oc_case cases[] = {{"a team", a_team}, {"another thread", another_thread}};
    return OC_RUN_CASES("thread_role", cases);
}
