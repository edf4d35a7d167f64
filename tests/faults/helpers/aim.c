/* aim.c - kills ranks of a job at chosen moments and notes what the others do, to be loaded before
 * MPI (LD_PRELOAD); the product knows nothing of it. Not for anything that need not be exact: a
 * script can kill.
 *
 * AIM_KILL "MOMENT:NTH:AT:RANK[,...]": when the process AT (its rank at the start) reaches the
 * moment for the NTH time since its first step message the process RANK gets SIGKILL. Moments:
 * exchange (a message of a step's gradients has been sent), evaluate (the step message asks for an
 * evaluation), save (an fsync or a rename is called for). AIM_EVENTS: a file, to which each process
 * adds lines "SECONDS RANK WORD NUMBER": begin (the first step message; its process number), kill
 * (the rank that is killed), lost (it knows that a rank is gone), on (the first step message after
 * that; the step). */
#include "run/step_message.h"

#include <mpi.h>

#include <mpi-ext.h> /* needs the one before */

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum moment { EXCHANGE, EVALUATE, SAVE, MOMENTS };

static const char *const names[MOMENTS] = {"exchange", "evaluate", "save"};
static atomic_int reached[MOMENTS], has_begun, is_recovering;

static int my_rank(void)
{
    const char *const text = getenv("OMPI_COMM_WORLD_RANK");
    return text ? atoi(text) : -1;
}

static void note(const char *word, unsigned long long number)
{
    struct timespec now;
    char line[96];
    const char *const path = getenv("AIM_EVENTS");
    const int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
    if (file < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    const int length = snprintf(line, sizeof line, "%lld.%06ld %d %s %llu\n", (long long)now.tv_sec,
                                now.tv_nsec / 1000, my_rank(), word, number);
    if (write(file, line, (size_t)length) < 0)
        abort(); /* nothing could be said about this run */
    close(file);
}

/* The process of a rank, from its line; 0 if it has not begun. */
static pid_t process_of(int rank)
{
    char line[96];
    pid_t found = 0;
    FILE *const file = fopen(getenv("AIM_EVENTS"), "re");
    while (file && fgets(line, sizeof line, file)) {
        int whose = -1, process = 0;
        if (sscanf(line, "%*s %d begin %d", &whose, &process) == 2 && whose == rank)
            found = process;
    }
    if (file)
        fclose(file);
    return found;
}

static void reach(enum moment moment)
{
    const char *const plan = getenv("AIM_KILL");
    if (!atomic_load(&has_begun)) /* before its first step a rank cannot be outlived */
        return;
    const int nth = atomic_fetch_add(&reached[moment], 1) + 1;
    for (const char *p = plan; p && *p; p = strchr(p, ','), p = p ? p + 1 : NULL) {
        char name[16] = "";
        int when = 0, at = -1, rank = -1;
        if (sscanf(p, "%15[a-z]:%d:%d:%d", name, &when, &at, &rank) != 4 || at != my_rank() ||
            when != nth || strcmp(name, names[moment]) != 0)
            continue;
        const pid_t process = process_of(rank);
        note("kill", (unsigned long long)rank);
        if (process > 0)
            kill(process, SIGKILL);
    }
}

static void see_step(const oc_step *step)
{
    if (!atomic_exchange(&has_begun, 1))
        note("begin", (unsigned long long)getpid());
    if (atomic_exchange(&is_recovering, 0))
        note("on", step->iteration);
    if (step->action == OC_ACTION_EVALUATE)
        reach(EVALUATE);
}

int MPI_Bcast(void *data, int count, MPI_Datatype type, int root, MPI_Comm comm)
{
    const int code = PMPI_Bcast(data, count, type, root, comm);
    if (code == MPI_SUCCESS && count == (int)sizeof(oc_step) && type == MPI_BYTE)
        see_step(data);
    return code;
}

int MPI_Isend(const void *data, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    const int code = PMPI_Isend(data, count, type, to, tag, comm, request);
    reach(EXCHANGE);
    return code;
}

int MPIX_Comm_revoke(MPI_Comm comm)
{
    if (!atomic_exchange(&is_recovering, 1))
        note("lost", 0);
    return PMPIX_Comm_revoke(comm);
}

int fsync(int descriptor)
{
    reach(SAVE);
    return (int)syscall(SYS_fsync, descriptor);
}

int rename(const char *from, const char *to)
{
    reach(SAVE);
    return (int)syscall(SYS_rename, from, to);
}
