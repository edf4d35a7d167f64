/* comm.h - what ranks may do with each other, behind one table of operations.
 *
 * comm_self.c is one process without MPI, comm_mpi.c is MPI; nothing outside mpi/
 * knows which. A communicator is opened in cli and passed down. Every collective is
 * watched by the watchdog: if it does not end within the time limit the process says so
 * and leaves with exit code 71 (a fatal path never enters another collective). */
#ifndef OC_MPI_COMM_H
#define OC_MPI_COMM_H

#include "base/recorder.h"
#include "base/status.h"
#include "mpi/watchdog.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_comm oc_comm;

/* Seconds a collective may take unless oc_comm_set_time_limit says another number: long enough for
 * what one rank does alone while the others wait, such as verifying a large data set. */
enum { OC_COMM_TIME_LIMIT = 600 };

/* Collective. Join the job this process was started in; joining and every collective after it has
 * OC_COMM_TIME_LIMIT, without anybody's asking for it. `launched` is what the environment
 * told cli: 0 without a launcher (one process on its own, MPI is not even initialised), else
 * the number of processes it started, 1 also when it does not say (MPI is used).
 * OC_ERR_USAGE when several processes were started but cannot find each other: a build
 * without MPI, or a launcher that this MPI does not understand. Owned by the caller until
 * oc_comm_close. */
oc_status oc_comm_open(oc_comm **comm, int launched);

/* Collective. Join ranks of a program that has initialised MPI itself: `mpi_comm` points to its
 * MPI_Comm, which is duplicated and not used any further; MPI is never finalised. What it needs of
 * MPI is one thread that calls it (MPI_THREAD_FUNNELED by the standard; MPI_Init alone will do, as
 * then no thread of ours calls MPI: see oc_comm_may_change_thread). Failures are returned where a
 * process of ours would leave: see oc_comm_abort. OC_ERR_USAGE if MPI is not initialised, is
 * finalised, the communicator is MPI_COMM_NULL or between two groups, or this build has no MPI;
 * OC_ERR_PEER, OC_ERR_MEMORY. */
oc_status oc_comm_adopt(oc_comm **comm, const void *mpi_comm);

/* Collective. The same of a communicator as Fortran knows it, an INTEGER. */
oc_status oc_comm_adopt_fortran(oc_comm **comm, int mpi_comm);

/* Collective. Leave the job in good order; NULL-safe. After a collective failed there is no order
 * left: then this leaves the process with that failure's exit code, as oc_comm_abort does, so
 * print the message first. An adopted communicator is let go without a word to MPI then. */
void oc_comm_close(oc_comm *comm);

/* Collective. The ranks that give the same `color` (from 0) become a communicator of their own, in
 * their old order; collectives in it wait for its ranks alone. Time limit and watchdog are the
 * job's; a subset that breaks breaks the job. One level: a subset is not split again. Closed,
 * before `comm`, by oc_comm_close. Its ranks must not enter a collective of `comm` until all of
 * them are done, and those who come first may wait long: oc_comm_set_time_limit. OC_ERR_INTERNAL,
 * OC_ERR_PEER. */
oc_status oc_comm_split(oc_comm **subset, oc_comm *comm, int color);

/* Local. Leave at once with the status's exit code and take the job along. Never collective, cannot
 * hang. It returns only for an adopted communicator, or a subset of one, whose program decides
 * itself how to end: then the communicator is broken, so that no further collective is entered. */
void oc_comm_abort(oc_comm *comm, oc_status status);

/* Local. */
int oc_comm_rank(const oc_comm *comm);
int oc_comm_size(const oc_comm *comm);
const char *oc_comm_host(const oc_comm *comm); /* this rank's host name */

/* Local. The message-passing library, as it names itself (one line); "none" in a build
 * without MPI. Not owned; fine at any time. */
const char *oc_comm_library(void);

/* Local. Seconds a collective may take before the watchdog ends the process (0: no limit). */
void oc_comm_set_time_limit(oc_comm *comm, double seconds);

/* Local, once, after opening. The launcher's connection with this process
 * (oc_watchdog_set_launcher), by which it hears the exit code of a rank that leaves the others. */
void oc_comm_set_launcher(oc_comm *comm, int connection);

/* Local. Where this process notes what it does; NULL when it has nobody to wait for. */
oc_recorder *oc_comm_recorder(const oc_comm *comm);

/* Local. From now on the watchdog tells `write` when ranks of this communicator are lost or late
 * (oc_watchdog_keep_record); the folder is copied. NULL: nobody is told. */
void oc_comm_keep_record(oc_comm *comm, oc_watch_writer *write, const char *folder);

/* Local. May another thread than main enter collectives, if only one at a time does? Not with an
 * MPI that a program has initialised for one thread. */
int oc_comm_may_change_thread(const oc_comm *comm);

/* Local. Has a collective failed? Then no other rank hears from this one any more. */
int oc_comm_is_broken(const oc_comm *comm);

/* Local. What this rank received by a broadcast is not what is ever sent, which has `status`. Where
 * ranks may be lost it is taken for a sign of that, and the communicator is broken: with its own
 * detector Open MPI 5.0.7 has been seen to report success when the root was gone. OC_ERR_PEER then,
 * else `status`. */
oc_status oc_comm_mistrust(oc_comm *comm, oc_status status);

/* Local, once, after opening. The launcher lets the job go on when one of its ranks dies; without
 * this a lost rank is the end. Nothing for a communicator that was adopted, or with an MPI that
 * cannot. */
void oc_comm_expect_losses(oc_comm *comm);

/* Local. Whether that holds: oc_comm_recover may help, and the process is to end by _exit, as MPI
 * is not finalised. */
int oc_comm_may_lose_ranks(const oc_comm *comm);

/* Collective over those left. After a collective failed with OC_ERR_PEER because a rank died: the
 * same communicator, of the ranks that are left in their old order, with no message under way; all
 * of them must come here, whatever they were doing, and are woken where they wait. Ranks, sizes and
 * nodes change. `lost`: how many are gone. OC_ERR_PEER when it cannot, or nobody is gone; another
 * status when a rank has left with it on purpose. Then the communicator stays broken. */
oc_status oc_comm_recover(oc_comm *comm, int *lost);

/* Every collective below returns OC_OK, or how MPI failed: OC_ERR_PEER, which another attempt may
 * mend, or OC_ERR_INTERNAL or OC_ERR_MEMORY when MPI says that it would not. From then on all of
 * them return the same at once, without entering MPI. */

/* Collective. `bytes` of the root to all. */
oc_status oc_comm_broadcast(oc_comm *comm, void *data, size_t bytes, int root);

/* Collective. The same; `what` (a literal) is what the watchdog names while this waits. */
oc_status oc_comm_broadcast_as(oc_comm *comm, const char *what, void *data, size_t bytes, int root);

/* Collective. In place, element by element. Sums of integers, and doubles of which all
 * but one contribution are zero, do not depend on the number of ranks. */
oc_status oc_comm_sum_u64(oc_comm *comm, uint64_t *data, size_t count);
oc_status oc_comm_sum_f64(oc_comm *comm, double *data, size_t count);
oc_status oc_comm_max_u64(oc_comm *comm, uint64_t *data, size_t count);
oc_status oc_comm_min_u64(oc_comm *comm, uint64_t *data, size_t count);

/* Collective. Floats, added as the library likes: bits depend on the number of ranks, so this is to
 * compare with, and no training uses it. In place. */
oc_status oc_comm_sum_f32_as_library(oc_comm *comm, float *data, size_t count);

/* Collective. All ranks hand in how a phase ended for them; all get the same answer: OC_OK,
 * or the status of the lowest rank that failed, with its message (as "rank R on HOST: ..."
 * unless it is rank 0's or all ranks failed alike). */
oc_status oc_comm_agree(oc_comm *comm, oc_status mine);

#endif
