/* checkpoint_writer.h - the thread that writes checkpoints while training goes on. It is handed a
 * file that is whole in memory (oc_checkpoint_dir_build) and does what waits for disks: writing,
 * fsync, rename, deleting older files. It enters neither HDF5 nor the log, and knows nothing of the
 * run. One job at a time. Rank 0 only; all calls are Local and the main thread's. */
#ifndef OC_RUNDIR_CHECKPOINT_WRITER_H
#define OC_RUNDIR_CHECKPOINT_WRITER_H

#include "storage/checkpoint_dir.h"

typedef struct oc_checkpoint_writer oc_checkpoint_writer;

/* What became of a job. */
typedef struct oc_written {
    oc_status status;
    uint64_t step;            /* that the checkpoint is of */
    double seconds;           /* that it took, */
    double processor_seconds; /* and of them those in which it had a processor */
    int strangers;            /* see oc_checkpoint_job */
    char message[1024];
    char warnings[OC_CHECKPOINT_WARNINGS];
} oc_written;

/* Starts the thread. `before` is called there before each job is written, and its failure is the
 * job's; may be NULL. OC_ERR_MEMORY. */
oc_status oc_checkpoint_writer_create(oc_checkpoint_writer **writer,
                                      oc_status (*before)(void *context), void *context);

/* Hands over a job, which the writer frees; none may be under way. */
void oc_checkpoint_writer_submit(oc_checkpoint_writer *writer, const oc_checkpoint_job *job);

/* Is a job under way, or one that has ended not collected? Cheap. */
int oc_checkpoint_writer_is_busy(oc_checkpoint_writer *writer);

/* Waits up to `seconds` for the job's end -> *written. 0: it is still under way, or there is none.
 */
int oc_checkpoint_writer_collect(oc_checkpoint_writer *writer, double seconds, oc_written *written);

/* Ends the thread. With a job under way that never ends (a file system that hangs) nothing is
 * waited for: the thread and its memory are left to the end of the process, and 0 is returned. What
 * `before` uses must then live on. NULL is fine. */
int oc_checkpoint_writer_destroy(oc_checkpoint_writer *writer);

#endif
