/* launcher.c - see launcher.h. mpirun of Open MPI 5.0.7 ends with 0 when it has lost a node; and
 * where the others went on without it, mpirun waits for those that were on it when all is done. */
#include "cli/supervise/launcher.h"

#include "base/log.h"
#include "rundir/summary.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_SECONDS = 2,
    LOOKS_BEFORE_TERM = 10, /* so often it had no ranks */
    LOOKS_BEFORE_KILL = 12,
    LOST_NODE = 205
};

/* Is it a process of the training, by its name? */
static int is_rank(int process)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", process);
    FILE *const file = fopen(path, "re");
    if (!file)
        return 0;
    const int has_name = fgets(name, sizeof name, file) != NULL;
    fclose(file);
    return has_name && strcmp(name, "onecycle\n") == 0;
}

/* Each thread has a list of the processes that it has started. 0 also where there are no such
 * lists: what never has ranks is waited for. Helpers that reach other hosts do not count. */
static int has_ranks(pid_t launcher)
{
    char path[300];
    int found = 0, process;
    snprintf(path, sizeof path, "/proc/%d/task", (int)launcher);
    DIR *const threads = opendir(path);
    if (!threads)
        return 0;
    for (const struct dirent *entry; !found && (entry = readdir(threads));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.200s/children", (int)launcher, entry->d_name);
        FILE *const list = fopen(path, "re");
        if (!list) /* it has ended */
            continue;
        while (!found && fscanf(list, "%d", &process) == 1)
            found = is_rank(process);
        fclose(list);
    }
    closedir(threads);
    return found;
}

/* looks: how often it had no ranks any more, until now. */
static void end_one_that_lingers(pid_t launcher, int looks)
{
    if (looks == LOOKS_BEFORE_TERM) {
        oc_log(OC_LOG_WARN, "the ranks have ended, but not the launcher: it is ended");
        kill(launcher, SIGTERM);
    }
    if (looks == LOOKS_BEFORE_KILL)
        kill(-launcher, SIGKILL);
}

/* A run that has begun, in its folder, and has not come to its end. */
static int is_unfinished(const char *run_dir)
{
    oc_summary_view view;
    return access(run_dir, F_OK) == 0 &&
           (oc_summary_read(&view, run_dir) != OC_OK || strcmp(view.status, "done") != 0);
}

int oc_launcher_await(pid_t launcher, const sigset_t *set, int *told, const char *run_dir)
{
    const struct timespec look = {.tv_sec = LOOK_SECONDS};
    int had_ranks = 0, looks = 0, ended;
    while (waitpid(launcher, &ended, WNOHANG) != launcher) {
        const int came = sigtimedwait(set, NULL, &look);
        if (came > 0 && came != SIGCHLD) {
            kill(launcher, *told ? SIGTERM : SIGUSR1);
            *told = 1;
        } else if (came < 0 && errno == EAGAIN) {
            const int has_some = has_ranks(launcher);
            had_ranks |= has_some;
            looks = had_ranks && !has_some ? looks + 1 : 0;
            end_one_that_lingers(launcher, looks);
        }
    }
    const int lingered = looks >= LOOKS_BEFORE_TERM;
    const int code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
    if (code != 0 && !lingered)
        return code;
    if (!is_unfinished(run_dir))
        return 0;
    if (!lingered)
        oc_log(OC_LOG_WARN, "exit code 0, but the training is not done: taken for a lost node");
    return LOST_NODE;
}
