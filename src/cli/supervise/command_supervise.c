/* command_supervise.c - onecycle supervise -- mpirun ... onecycle train ...: starts a launcher, and
 * again after interruptions, each time with --resume. It trains nothing and reads no recipe; what
 * counts as an interruption is in restart.c. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/supervise/launcher.h"
#include "cli/supervise/restart.h"
#include "job/allocation.h"
#include "storage/checkpoint_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { OPTION_RESTARTS = 256, OPTION_FRUITLESS };

typedef struct supervise_arguments {
    uint64_t restarts, fruitless;
    char **command; /* not owned */
    size_t words;
} supervise_arguments;

static const struct argp_option options[] = {
    {"max-restarts", OPTION_RESTARTS, "N", 0, "Start again at most N times (default 100)", 0},
    {"max-fruitless", OPTION_FRUITLESS, "N", 0,
     "Give up after N starts in a row that saved no further step (default 2)", 0},
    {0},
};

static const char doc[] =
    "Run COMMAND, a training with or without a launcher, and start it again after an interruption: "
    "a lost peer (exit code 71), a stop that nobody asked this program for (75), ranks that were "
    "killed (137, 143; MPICH: 6, 7, 9, 15), a lost node (205, or 0 though the training is not "
    "done). COMMAND needs --run-dir; --resume is added to its end if it is missing.\v"
    "TERM, INT, HUP, USR1 and USR2 are passed on as USR1, at which the ranks save and stop; the "
    "training is then not started again. A second signal is passed on as TERM. A launcher "
    "whose ranks on this host have all ended is ended after 20 s: where a node is lost, mpirun of "
    "Open MPI 5 would wait on. The exit code is that of the last start. Between starts it waits 1 "
    "s, and longer, up "
    "to 60 s, while no step is gained.\n"
    "\n"
    "Example:\n"
    "  onecycle supervise -- mpirun -n 4 onecycle train r.yaml --run-dir runs/a";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    supervise_arguments *const a = state->input;
    switch (key) {
    case OPTION_RESTARTS:
        a->restarts = oc_argument_whole(state, "max-restarts", argument, 0, UINT32_MAX);
        return 0;
    case OPTION_FRUITLESS:
        a->fruitless = oc_argument_whole(state, "max-fruitless", argument, 1, UINT32_MAX);
        return 0;
    case ARGP_KEY_ARGS:
        a->command = state->argv + state->next;
        a->words = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "expected a command: -- mpirun ... onecycle train ... --run-dir DIR");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The value of --run-dir in the command; NULL without one. */
static const char *find_run_dir(const supervise_arguments *a)
{
    static const char option[] = "--run-dir";
    const size_t length = sizeof option - 1;
    for (size_t i = 0; i < a->words; i++) {
        if (strncmp(a->command[i], option, length) != 0)
            continue;
        if (a->command[i][length] == '=')
            return a->command[i] + length + 1;
        if (a->command[i][length] == '\0' && i + 1 < a->words)
            return a->command[i + 1];
    }
    return NULL;
}

/* The command with --resume, NULL behind it. The caller frees the array, not the words. */
static char **with_resume(const supervise_arguments *a)
{
    static char resume[] = "--resume";
    char **const words = calloc(a->words + 2, sizeof *words);
    if (!words)
        return NULL;
    int has_it = 0;
    for (size_t i = 0; i < a->words; i++) {
        words[i] = a->command[i];
        has_it |= strcmp(words[i], resume) == 0;
    }
    if (!has_it)
        words[a->words] = resume;
    return words;
}

static uint64_t saved_step(const char *run_dir)
{
    char path[OC_PATH_BYTES];
    return oc_path_join(path, run_dir, "checkpoints") == OC_OK ? oc_checkpoint_dir_newest(path) : 0;
}

static void make_set(sigset_t *set)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(set, signals[i]);
}

/* In the child. A process group of its own: Ctrl-C reaches this program alone, which passes it on
 * once. It ends with this program, however that ends. */
static void become(char **words, const sigset_t *set, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(143);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, set, NULL);
    execvp(words[0], words);
    dprintf(STDERR_FILENO, "onecycle supervise: %s: cannot start: %s\n", words[0], strerror(errno));
    _exit(127);
}

/* Until the next start. 1 once a request to stop comes. */
static int pause_for(unsigned seconds, const sigset_t *set)
{
    const double until = oc_seconds() + seconds;
    for (double left = seconds; left > 0; left = until - oc_seconds()) {
        const struct timespec most = {.tv_sec = (time_t)left,
                                      .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
        const int came = sigtimedwait(set, NULL, &most);
        if (came > 0 && came != SIGCHLD)
            return 1;
    }
    return 0;
}

static int out_of_time(void)
{
    double end;
    return getenv("SLURM_JOB_ID") && oc_job_allocation_end(&end) == OC_OK && oc_seconds() >= end;
}

static oc_status keep_going(const supervise_arguments *a, const char *run_dir, char **words,
                            int *code)
{
    oc_restart_facts facts = {.most = a->restarts, .idle = a->fruitless};
    sigset_t set;
    make_set(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (;; facts.restarts++) {
        const uint64_t before = saved_step(run_dir);
        const pid_t self = getpid(), child = fork();
        if (child < 0)
            return oc_fail(OC_ERR_MEMORY, "supervise: cannot start a process: %s", strerror(errno));
        if (child == 0)
            become(words, &set, self);
        facts.code = *code = oc_launcher_await(child, &set, &facts.told, run_dir);
        const uint64_t after = saved_step(run_dir);
        facts.fruitless = after > before ? 0 : facts.fruitless + 1;
        facts.out_of_time = facts.code == 75 && out_of_time();
        const char *const refused = oc_restart_refused(&facts);
        if (refused) {
            if (facts.code != 0)
                oc_log(OC_LOG_WARN, "exit code %d at saved step %" PRIu64 ", not started again: %s",
                       facts.code, after, refused);
            return OC_OK;
        }
        const unsigned wait = oc_restart_wait(facts.fruitless);
        oc_log(OC_LOG_WARN,
               "exit code %d at saved step %" PRIu64 ": restart %" PRIu64 " of at most %" PRIu64
               " in %u s",
               facts.code, after, facts.restarts + 1, facts.most, wait);
        if (pause_for(wait, &set)) {
            oc_log(OC_LOG_WARN, "asked to stop, not started again");
            return OC_OK;
        }
    }
}

oc_status oc_command_supervise(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "-- COMMAND...", doc, NULL, NULL, NULL};
    supervise_arguments a = {.restarts = 100, .fruitless = 2};
    int done = 0, code = 0;
    const oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    const char *const run_dir = find_run_dir(&a);
    if (!run_dir)
        return oc_fail(OC_ERR_USAGE, "supervise: found no --run-dir in the command, expected one: "
                                     "its checkpoints show whether a start gained steps");
    char **const words = with_resume(&a);
    if (!words)
        return oc_fail(OC_ERR_MEMORY, "supervise: no memory for the command");
    const oc_status kept = keep_going(&a, run_dir, words, &code);
    free(words);
    if (kept != OC_OK)
        return kept;
    exit(code); /* the launcher's own, for many of which there is no status */
}
