/* run_dir.h - a run directory in one process's hands: the lock that is taken before anything in it
 * is looked at, its log.txt, and what killed processes have left there. Rank 0 only.
 *
 * Also for folders of other commands that several processes must not share (a sweep's). */
#ifndef OC_RUNDIR_RUN_DIR_H
#define OC_RUNDIR_RUN_DIR_H

#include "base/file.h"

#include <signal.h>

typedef struct oc_run_dir {
    char path[OC_PATH_BYTES];
    int folder;       /* descriptor of the folder itself, -1: not open */
    int lock;         /* descriptor that holds the lock */
    FILE *log;        /* log.txt, NULL before it is open */
    int is_new;       /* the folder was made by oc_run_dir_open */
    int is_begun;     /* there is a run in it: it stays */
    int made_lock;    /* the lock file is ours to remove */
    size_t made_from; /* path[0, made_from) is the outermost folder that was made; 0: none was */
} oc_run_dir;

/* Not open: safe to close. */
#define OC_RUN_DIR_CLOSED ((oc_run_dir){.folder = -1, .lock = -1})

typedef struct oc_run_dir_options {
    int resumes;     /* a run goes on: its log.txt is open from the start, if there is one */
    int must_be_new; /* a folder that is there already is not opened: is_new is then 0 */
    double wait;     /* seconds for another process to let go */
    const volatile sig_atomic_t *stop; /* ends the waiting; may be NULL */
} oc_run_dir_options;

/* Local. Is there a run in the folder? A recipe or any checkpoint makes one. */
int oc_run_dir_holds_run(const char *path);

/* Local. Make the folder if need be, take its lock, remove temporary files of processes that are
 * gone. OC_ERR_IO: it can't be made or written, or another process holds it (after `wait`);
 * OC_STOPPED: asked to stop while waiting. Close it also after a failure. */
oc_status oc_run_dir_open(oc_run_dir *dir, const char *path, const oc_run_dir_options *options);

/* Local. From now on there is a run: its log.txt is open and the folder stays. OC_ERR_IO. */
oc_status oc_run_dir_begin(oc_run_dir *dir);

/* Local. Is the folder still the one that was opened? OC_ERR_IO when somebody has removed or
 * replaced it: what would be written under its name is of no run. */
oc_status oc_run_dir_check(const oc_run_dir *dir);

/* Local. The message of a failure as the last line of log.txt, if that is open, however quiet the
 * log is. Nothing for OC_OK and OC_STOPPED. */
void oc_run_dir_note(const oc_run_dir *dir, oc_status status);

/* Local. oc_run_dir_note, then close the log and let go; where no run has begun, what
 * oc_run_dir_open made goes again. */
void oc_run_dir_close(oc_run_dir *dir, oc_status status);

#endif
