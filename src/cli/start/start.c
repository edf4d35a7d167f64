/* start.c - what is started as `onecycle`: a program so small that it runs a millisecond later,
 * which starts the real one (of the folder libexec) in the same process. Two things must be settled
 * before the real one's libraries are loaded, which takes some 25 ms:
 *
 * - Requests to stop (TERM, INT, USR1, USR2) wait, until the real program has handlers for them, or
 *   lets them in (src/cli/common/signals.c). So none is lost, however early it comes.
 * - OpenBLAS makes a thread for each processor while it is loaded. They would have nothing to do,
 * as onecycle has threads of its own, but each asks for a work space of 128 MiB, and where address
 *   space is limited (ulimit -v) it asks again for ever: a processor busy all along, and an end
 * that waits for it. The library takes their number from the environment, and only then. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        execv(path, argv);
        if (errno != ENOENT)
            break;
    }
    fprintf(stderr,
            "onecycle: %s: cannot start: %s; expected next to %s/onecycle, as built or installed\n",
            path, strerror(errno), here);
    return 74;
}
