/* watchdog_test.c - a wait that does not end makes the process leave with 71 and say why; no
 * other wait does. Each case is a child process. */
#include "tests/harness.h"

#include "base/clock.h"
#include "mpi/watchdog.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char said[2000]; /* what the child wrote to stderr */

static void nap(double seconds)
{
    const double end = oc_seconds() + seconds;
    while (oc_seconds() < end) { /* a signal may cut it short */
        const struct timespec moment = {0, 2000000};
        nanosleep(&moment, NULL);
    }
}

/* Fork, run, collect what it says. Returns its exit code, or -signal. */
static int in_child(void (*run)(oc_watchdog *watchdog))
{
    int ends[2], how = 0;
    if (pipe(ends) != 0)
        return -1000;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        oc_watchdog *watchdog = NULL;
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        if (oc_watchdog_start(&watchdog, 3, "node-x") != OC_OK)
            _exit(99);
        alarm(60); /* a watchdog that never fires must not hang the test */
        run(watchdog);
        oc_watchdog_stop(watchdog);
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t n; (n = read(ends[0], said + used, sizeof said - 1 - used)) > 0;)
        used += (size_t)n;
    said[used] = '\0';
    close(ends[0]);
    if (child < 0 || waitpid(child, &how, 0) != child)
        return -1000;
    return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

static void stuck(oc_watchdog *watchdog)
{
    oc_watchdog_set_limit(watchdog, 0.4);
    oc_watchdog_arm(watchdog, "the test of waiting");
    nap(50);
}

static void test_fires(void)
{
    CU_ASSERT_EQUAL(in_child(stuck), 71);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "rank 3 on node-x: waited "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " in the test of waiting for the other ranks"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "(exit code 71)\n"));
    CU_ASSERT(strchr(said, '\n') == said + strlen(said) - 1); /* one line */
}

/* Set shortly after the thread went to sleep without any limit. */
static void set_late(oc_watchdog *watchdog)
{
    nap(0.1);
    stuck(watchdog);
}

static void test_fires_when_set_late(void)
{
    CU_ASSERT_EQUAL(in_child(set_late), 71);
}

/* Many waits, together far longer than the limit, none of them long. */
static void many_short(oc_watchdog *watchdog)
{
    oc_watchdog_set_limit(watchdog, 1);
    for (int i = 0; i < 40; i++) {
        oc_watchdog_arm(watchdog, "a short wait");
        nap(0.05);
        oc_watchdog_disarm(watchdog);
    }
}

static void test_short_waits(void)
{
    CU_ASSERT_EQUAL(in_child(many_short), 0);
    CU_ASSERT_STRING_EQUAL(said, "");
}

static void disarmed(oc_watchdog *watchdog)
{
    oc_watchdog_set_limit(watchdog, 0.2);
    oc_watchdog_arm(watchdog, "nothing");
    oc_watchdog_disarm(watchdog);
    nap(1);
    oc_watchdog_set_limit(watchdog, 0); /* no limit: armed for ever is fine */
    oc_watchdog_arm(watchdog, "nothing");
    nap(0.5);
    oc_watchdog_disarm(watchdog);
}

static void test_disarmed(void)
{
    CU_ASSERT_EQUAL(in_child(disarmed), 0);
}

/* Being stopped for longer than the limit is not waiting. A helper process wakes it. */
static void suspended(oc_watchdog *watchdog)
{
    const pid_t self = getpid();
    oc_watchdog_set_limit(watchdog, 2);
    const pid_t helper = fork();
    if (helper == 0) {
        nap(3.5);
        kill(self, SIGCONT);
        _exit(0);
    }
    oc_watchdog_arm(watchdog, "a wait that is stopped");
    kill(self, SIGSTOP);
    nap(0.3);
    oc_watchdog_disarm(watchdog);
    waitpid(helper, NULL, 0);
}

static void test_suspended(void)
{
    CU_ASSERT_EQUAL(in_child(suspended), 0);
    CU_ASSERT_STRING_EQUAL(said, "");
}

static volatile sig_atomic_t caught;
static pthread_t catcher;

static void catch_signal(int number)
{
    (void)number;
    caught++;
    catcher = pthread_self();
}

/* The program's signals reach the program's own thread. */
static void signalled(oc_watchdog *watchdog)
{
    oc_watchdog_set_limit(watchdog, 0.05);
    signal(SIGUSR1, catch_signal);
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL); /* only another thread could take it now */
    kill(getpid(), SIGUSR1);
    nap(0.3);
    if (caught != 0)
        _exit(1);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    if (caught != 1 || !pthread_equal(catcher, pthread_self()))
        _exit(2);
}

static void test_signals(void)
{
    CU_ASSERT_EQUAL(in_child(signalled), 0);
}

/* Records go to where the test reads. */
static void tell(const char *folder, const oc_watch_report *report)
{
    char line[400], whom[100];
    static const char *const names[] = {"lost", "failed", "late", "went on", "ends"};
    const oc_recorded step = oc_recorder_last(report->recorder, OC_RECORD_STEP);
    oc_awaited_text(whom, sizeof whom, report->bucket, report->buckets);
    const int length = snprintf(
        line, sizeof line, "%s: %s, rank %d of %d, in %s for %s, %s %d\n", folder,
        names[report->event], report->rank, report->ranks, report->what ? report->what : "nothing",
        whom, step.what ? step.what : "no step", step.what ? (int)step.number : 0);
    if (write(STDERR_FILENO, line, (size_t)length) != length)
        _exit(98);
}

static void stuck_with_record(oc_watchdog *watchdog)
{
    oc_awaited *const awaited = oc_watchdog_awaited(watchdog);
    oc_watchdog_keep_record(watchdog, tell, "/runs/a", 2, 5);
    oc_recorder_note(oc_watchdog_recorder(watchdog), OC_RECORD_STEP, "step", 41);
    oc_awaited_begin(awaited, 1, 7, 0);
    oc_awaited_add(awaited, 1, 4);
    oc_awaited_add(awaited, 1, 1);
    oc_awaited_remove(awaited, 1, 4);
    stuck(watchdog);
}

static void test_record(void)
{
    CU_ASSERT_EQUAL(in_child(stuck_with_record), 71);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "in the test of waiting for rank 1; exiting"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "(exit code 71); flight records: /runs/a/flight\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "/runs/a: lost, rank 2 of 5, in the test of waiting for rank 1, step 41\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "/runs/a: ends, rank 2 of 5"));
}

/* A file system that does not answer. */
static void hang(const char *folder, const oc_watch_report *report)
{
    (void)folder, (void)report;
    nap(50);
}

static void stuck_with_a_record_that_hangs(oc_watchdog *watchdog)
{
    oc_watchdog_keep_record(watchdog, hang, "/runs/a", 2, 5);
    stuck(watchdog);
}

static void test_record_hangs(void)
{
    const double begin = oc_seconds();
    CU_ASSERT_EQUAL(in_child(stuck_with_a_record_that_hangs), 71);
    CU_ASSERT(oc_seconds() - begin < 40);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "waited "));
}

/* It meets nobody for longer than the limit, then all is well: the record is taken back. */
static void late(oc_watchdog *watchdog)
{
    oc_watchdog_keep_record(watchdog, tell, "/runs/b", 0, 2);
    oc_watchdog_set_limit(watchdog, 0.2);
    nap(1);
    oc_watchdog_arm(watchdog, "a wait");
    oc_watchdog_disarm(watchdog);
    oc_watchdog_keep_record(watchdog, NULL, NULL, 0, 0);
    nap(0.5); /* nobody is told of this */
}

static void test_late(void)
{
    CU_ASSERT_EQUAL(in_child(late), 0);
    CU_ASSERT_STRING_EQUAL(
        said, "/runs/b: late, rank 0 of 2, in nothing for the other ranks, no step 0\n"
              "/runs/b: went on, rank 0 of 2, in nothing for the other ranks, no step 0\n");
}

static void failed(oc_watchdog *watchdog)
{
    oc_watchdog_note_failure(watchdog, "a sum"); /* nobody wants to know */
    oc_watchdog_part(watchdog);
    oc_watchdog_keep_record(watchdog, tell, "/runs/c", 1, 2);
    oc_watchdog_note_failure(watchdog, "a sum");
    oc_watchdog_part(watchdog);
}

static void test_failed(void)
{
    CU_ASSERT_EQUAL(in_child(failed), 0);
    CU_ASSERT_STRING_EQUAL(
        said, "/runs/c: failed, rank 1 of 2, in a sum for the other ranks, no step 0\n"
              "/runs/c: ends, rank 1 of 2, in nothing for the other ranks, no step 0\n");
}

static int connection[2];

static void stuck_below_a_launcher(oc_watchdog *watchdog)
{
    oc_watchdog_set_launcher(watchdog, connection[1]);
    stuck(watchdog);
}

static void leaves_a_launcher_that_is_gone(oc_watchdog *watchdog)
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, connection) != 0)
        _exit(97);
    close(connection[0]);
    oc_watchdog_set_launcher(watchdog, connection[1]);
    oc_watchdog_leave(watchdog, 70);
}

/* MPICH's mpiexec takes the exit code of the job from this line. */
static void test_launcher(void)
{
    char line[100] = "";
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, connection), 0);
    CU_ASSERT_EQUAL(in_child(stuck_below_a_launcher), 71);
    CU_ASSERT(recv(connection[0], line, sizeof line - 1, MSG_DONTWAIT) > 0);
    CU_ASSERT_STRING_EQUAL(line, "cmd=abort exitcode=71\n");
    close(connection[0]);
    close(connection[1]);
    CU_ASSERT_EQUAL(in_child(leaves_a_launcher_that_is_gone), 70);
}

static void test_none(void)
{
    oc_watchdog_set_limit(NULL, 1);
    oc_watchdog_arm(NULL, "nothing");
    oc_watchdog_disarm(NULL);
    oc_watchdog_keep_record(NULL, tell, "", 0, 1);
    oc_watchdog_note_failure(NULL, "nothing");
    oc_watchdog_part(NULL);
    oc_watchdog_stop(NULL);
    oc_recorder_note(oc_watchdog_recorder(NULL), OC_RECORD_STEP, "nothing", 0);
    oc_awaited_begin(oc_watchdog_awaited(NULL), 0, 0, 0);
    CU_PASS("still here");
}

int main(void)
{
    const oc_case cases[] = {
        {"a stuck wait ends with 71", test_fires},
        {"a limit set later", test_fires_when_set_late},
        {"many short waits", test_short_waits},
        {"disarmed, and without a limit", test_disarmed},
        {"a stopped process does not wait", test_suspended},
        {"signals are left to the program", test_signals},
        {"a record of a loss", test_record},
        {"a record that can't be written", test_record_hangs},
        {"a rank that is late", test_late},
        {"MPI fails", test_failed},
        {"the launcher is told", test_launcher},
        {"no watchdog at all", test_none},
    };
    return OC_RUN_CASES("watchdog", cases);
}
