/* machine.c - see machine.h. Each thread counts what it gets done in a while of its own: threads
 * that begin a little later than others still share the machine with them for nearly all of it. */
#include "studies/machine.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/team.h"
#include "kernels/unit.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static const double seconds_each = 0.15;

typedef struct meter {
    const oc_unit *unit;
    float *memory; /* (threads, largest set) */
    size_t set;    /* bytes; 0: multiply-adds */
    double *rate;  /* (threads) [out] */
    float *result; /* (threads): so that nothing is left out as unused */
} meter;

size_t oc_machine_set(int i)
{
    return (size_t)OC_MACHINE_LEAST << i;
}

static size_t largest_set(void)
{
    return oc_machine_set(OC_MACHINE_SETS - 1);
}

static void measure_operations(void *data, int thread)
{
    enum { ROUNDS = 20000 };
    const meter *const m = data;
    const double begin = oc_seconds();
    double now = begin, done = 0;
    for (; now - begin < seconds_each; now = oc_seconds(), done += ROUNDS)
        m->result[thread] += m->unit->peak->multiply_add(ROUNDS);
    m->rate[thread] = done * m->unit->peak->operations / (now - begin);
}

/* a = a + b: two reads and a write of memory that has just been read, so that no cache line is
 * fetched which the count does not know of. */
static void measure_bandwidth(void *data, int thread)
{
    const meter *const m = data;
    const size_t count = m->set / (2 * sizeof(float));
    float *const a = m->memory + (size_t)thread * (largest_set() / sizeof(float));
    m->unit->elementwise->sum(count, a, a + count, 0, a);
    const double begin = oc_seconds();
    double now = begin, done = 0;
    for (; now - begin < seconds_each; now = oc_seconds(), done++)
        m->unit->elementwise->sum(count, a, a + count, 0, a);
    m->rate[thread] = done * 3.0 * sizeof(float) * (double)count / (now - begin);
}

/* Mean of all ranks' threads. */
static oc_status all_busy(meter *m, oc_comm *comm, oc_team *team, size_t set, double *mean)
{
    const int threads = oc_team_size(team);
    m->set = set;
    oc_status status = oc_comm_agree(comm, OC_OK); /* all begin together */
    if (status != OC_OK)
        return status;
    oc_team_run(team, set ? measure_bandwidth : measure_operations, m);
    *mean = 0;
    for (int i = 0; i < threads; i++)
        *mean += m->rate[i] / threads;
    status = oc_comm_sum_f64(comm, mean, 1);
    *mean /= oc_comm_size(comm);
    return status;
}

/* Rank 0's first thread while the others sleep: to wait for it in MPI would keep cores busy. */
static oc_status one_busy(meter *m, oc_comm *comm, double *rate)
{
    oc_status status = oc_comm_agree(comm, OC_OK);
    if (status != OC_OK)
        return status;
    *rate = 0;
    if (oc_comm_rank(comm) == 0) {
        measure_operations(m, 0);
        *rate = m->rate[0];
    } else {
        nanosleep(&(struct timespec){.tv_nsec = (long)(1.2e9 * seconds_each)}, NULL);
    }
    return oc_comm_sum_f64(comm, rate, 1);
}

oc_status oc_machine_measure(oc_machine *machine, oc_comm *comm, int threads)
{
    meter m = {.unit = oc_unit_get()};
    oc_team *team = NULL;
    oc_arena arena = {0};
    *machine = (oc_machine){.workers = threads * oc_comm_size(comm)};
    (void)oc_arena_reserve_bytes(&arena, (size_t)threads * largest_set()); /* the first: offset 0 */
    m.rate = calloc((size_t)threads, sizeof *m.rate);
    m.result = calloc((size_t)threads, sizeof *m.result);
    oc_status status = m.rate && m.result ? oc_arena_commit(&arena, "bench: memory to measure with")
                                          : oc_fail(OC_ERR_MEMORY, "bench: out of memory");
    if (status == OC_OK)
        status = oc_team_create(&team, threads);
    status = oc_comm_agree(comm, status);
    m.memory = (float *)(void *)arena.base;
    if (status == OC_OK)
        status = one_busy(&m, comm, &machine->alone);
    if (status == OC_OK)
        status = all_busy(&m, comm, team, 0, &machine->busy);
    for (int i = 0; i < OC_MACHINE_SETS && status == OC_OK; i++)
        status = all_busy(&m, comm, team, oc_machine_set(i), &machine->bandwidth[i]);
    oc_team_destroy(team);
    oc_arena_free(&arena);
    free(m.result);
    free(m.rate);
    return status;
}

double oc_machine_bandwidth(const oc_machine *machine, double bytes)
{
    const double place = log2(fmax(bytes, OC_MACHINE_LEAST) / OC_MACHINE_LEAST);
    const int last = OC_MACHINE_SETS - 1, below = place < last ? (int)place : last;
    const int above = below < last ? below + 1 : last;
    const double part = below < last ? place - below : 0;
    return (1 - part) * machine->bandwidth[below] + part * machine->bandwidth[above];
}
