/* start.c - what is started as `onecycle`: a program so small that it runs a millisecond later,
 * which starts the real one (of the folder libexec) in the same process. Two things must be settled
 * before the real one's libraries are loaded, which takes some 25 ms:
 *
 * - Requests to stop (TERM, INT, USR1, USR2) wait, until the real program has handlers for them, or
 *   lets them in (src/cli/common/signals.c). So none is lost, however early it comes.
 * - OpenBLAS makes a thread for each processor while it is loaded. They would have nothing to do,
 * as onecycle has threads of its own, but each asks for a work space of 128 MiB, and where address
 *   space is limited (ulimit -v) it asks again for ever: a processor busy all along, and an end
 * that waits for it. The library takes their number from the environment, and only then.
 *
 * Since 0.3.29 (Debian 13) it asks for the first one while it is loaded, and again for ever. So
 * where address space is limited it is tried out, in another process, whether loading ends. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* CPU time, of which loading takes 0.03 s. */
enum { LOADING_SECONDS = 2 };

/* From the folder of this program: where it is built, and where it is installed. */
static const char *const places[] = {"libexec/onecycle", "../libexec/onecycle/onecycle"};

static void hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGUSR1);
    sigaddset(&held, SIGUSR2);
    sigprocmask(SIG_BLOCK, &held, NULL);
}

/* In a process of its own: prints the version to nowhere. Nothing of a launcher is in its
 * environment, so it joins no job. */
static void try_loading(const char *path)
{
    const struct rlimit most = {LOADING_SECONDS, LOADING_SECONDS};
    const char *const threads = getenv("OPENBLAS_NUM_THREADS");
    const char *const folders = getenv("LD_LIBRARY_PATH");
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (setrlimit(RLIMIT_CPU, &most) != 0 || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
        dup2(nowhere, STDERR_FILENO) < 0 || clearenv() != 0 ||
        setenv("OPENBLAS_NUM_THREADS", threads, 1) != 0 ||
        (folders && setenv("LD_LIBRARY_PATH", folders, 1) != 0))
        _exit(0); /* cannot tell */
    execl(path, path, "version", (char *)NULL);
    _exit(0);
}

/* 0 if loading has no end; then a message has said so. */
static int is_loadable(const char *path)
{
    struct rlimit space;
    int ended = 0;
    if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY)
        return 1;
    const pid_t child = fork();
    if (child == 0)
        try_loading(path);
    if (child < 0 || waitpid(child, &ended, 0) != child || !WIFSIGNALED(ended) ||
        (WTERMSIG(ended) != SIGKILL && WTERMSIG(ended) != SIGXCPU))
        return 1;
    fprintf(stderr,
            "onecycle: cannot start: %llu MiB of address space (ulimit -v) are not enough for its "
            "libraries; expected 300 MiB or more, and what the command needs\n",
            (unsigned long long)space.rlim_cur >> 20);
    return 0;
}

int main(int argc, char **argv)
{
    char here[PATH_MAX], path[PATH_MAX + 40];
    (void)argc;
    hold_signals();
    const ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    here[length > 0 ? length : 0] = '\0';
    char *const slash = strrchr(here, '/');
    if (setenv("OPENBLAS_NUM_THREADS", "1", 0) != 0 || !slash) {
        fprintf(stderr, "onecycle: cannot start: %s\n", strerror(errno));
        return 70;
    }
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", here, places[i]);
        if (access(path, X_OK) == 0 && !is_loadable(path))
            return 70;
        execv(path, argv);
        if (errno != ENOENT)
            break;
    }
    fprintf(stderr,
            "onecycle: %s: cannot start: %s; expected next to %s/onecycle, as built or installed\n",
            path, strerror(errno), here);
    return 74;
}
