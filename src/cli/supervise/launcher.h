/* launcher.h - the launcher that supervise has started: how it ends, and what its end is worth. It
 * starts nothing and knows no rules of restarts. */
#ifndef OC_CLI_SUPERVISE_LAUNCHER_H
#define OC_CLI_SUPERVISE_LAUNCHER_H

#include <signal.h>
#include <sys/types.h>

/* Local. Waits for the process, which leads a process group; signals of the (blocked) set are
 * passed on: as USR1, and TERM once *told, which is set then. One that has started ranks on
 * this host, which have all been gone for 20 s, is ended. The exit code, as a shell gives it; 0 is
 * one of a training that is done by its summary in run_dir: else it is that of a lost node, 205, as
 * of a launcher that had to be ended. */
int oc_launcher_await(pid_t launcher, const sigset_t *set, int *told, const char *run_dir);

#endif
