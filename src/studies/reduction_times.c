/* reduction_times.c - see reduction_times.h. Only the sums are timed, not filling vectors. */
#include "studies/reduction_times.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/median.h"
#include "mpi/reduction.h"

#include <stdlib.h>

/* The exact sum with all ranks alike, and with those of a machine first. */
enum { FLAT, BY_NODES, EXACT_WAYS, LIBRARY = EXACT_WAYS, WAYS };

typedef struct study {
    oc_comm *comm;
    size_t count; /* floats */
    oc_reduction *reduction[EXACT_WAYS];
    float *vector; /* the library's */
    uint64_t nanoseconds[WAYS][OC_REDUCTION_MOST_ROUNDS];
    double seconds[OC_REDUCTION_MOST_ROUNDS]; /* of one way */
} study;

size_t oc_reduction_most(void)
{
    return (size_t)OC_REDUCTION_LEAST << (2 * (OC_REDUCTION_SIZES - 1));
}

/* Small whole numbers, whose sum over the ranks is exact in any order. */
static float value(size_t i, int factor)
{
    return (float)(factor * (int)(1 + i % 7));
}

static void fill(const study *s, float *vector)
{
    for (size_t i = 0; i < s->count; i++)
        vector[i] = value(i, 1 + oc_comm_rank(s->comm));
}

static oc_status check(const study *s, const float *sum, const char *what)
{
    const int ranks = oc_comm_size(s->comm), factor = ranks * (ranks + 1) / 2;
    for (size_t i = 0; i < s->count; i++)
        if (sum[i] != value(i, factor))
            return oc_fail(OC_ERR_INTERNAL, "%s: element %zu of %zu is %g; expected %g", what, i,
                           s->count, (double)sum[i], (double)value(i, factor));
    return OC_OK;
}

static oc_status time_exact(study *s, int way, int round)
{
    float *sum = NULL;
    fill(s, oc_reduction_slot(s->reduction[way], oc_comm_rank(s->comm)));
    oc_reduction_commit(s->reduction[way], oc_comm_rank(s->comm));
    oc_status status = oc_comm_agree(s->comm, OC_OK); /* begin together */
    const double begin = oc_seconds();
    if (status == OC_OK)
        status = oc_reduction_finish(s->reduction[way], NULL, &sum);
    s->nanoseconds[way][round] = (uint64_t)(1e9 * (oc_seconds() - begin));
    return status == OC_OK ? oc_comm_agree(s->comm, check(s, sum, "the exact sum")) : status;
}

static oc_status time_library(study *s, int round)
{
    fill(s, s->vector);
    oc_status status = oc_comm_agree(s->comm, OC_OK);
    const double begin = oc_seconds();
    if (status == OC_OK)
        status = oc_comm_sum_f32_as_library(s->comm, s->vector, s->count);
    s->nanoseconds[LIBRARY][round] = (uint64_t)(1e9 * (oc_seconds() - begin));
    return status == OC_OK ? oc_comm_agree(s->comm, check(s, s->vector, "the library's sum"))
                           : status;
}

static double median(study *s, int way, int rounds)
{
    for (int i = 0; i < rounds; i++)
        s->seconds[i] = 1e-9 * (double)s->nanoseconds[way][i];
    return oc_median(s->seconds, (size_t)rounds);
}

/* A round that is not counted first: memory is touched, connections are made. */
static oc_status measure_size(study *s, int rounds, oc_reduction_time *time)
{
    oc_status status = OC_OK;
    for (int round = -1; round < rounds && status == OC_OK; round++) {
        const int at = round < 0 ? 0 : round;
        status = time_exact(s, FLAT, at);
        if (status == OC_OK)
            status = time_exact(s, BY_NODES, at);
        if (status == OC_OK)
            status = time_library(s, at);
    }
    for (int way = 0; way < WAYS && status == OC_OK; way++)
        status = oc_comm_max_u64(s->comm, s->nanoseconds[way], (size_t)rounds);
    if (status == OC_OK)
        *time = (oc_reduction_time){.bytes = s->count * sizeof(float),
                                    .flat = median(s, FLAT, rounds),
                                    .by_nodes = median(s, BY_NODES, rounds),
                                    .library = median(s, LIBRARY, rounds)};
    return status;
}

oc_status oc_reduction_times_measure(oc_reduction_times *times, oc_comm *comm, size_t most,
                                     int rounds)
{
    oc_arena arena = {0};
    *times = (oc_reduction_times){0};
    study *s = calloc(1, sizeof *s);
    oc_arena_reserve_bytes(&arena, most);
    oc_status status = s ? oc_arena_commit(&arena, "a vector")
                         : oc_fail(OC_ERR_MEMORY, "the times of a reduction: no memory");
    status = oc_comm_agree(comm, status);
    for (size_t bytes = OC_REDUCTION_LEAST; status == OC_OK && bytes <= most; bytes *= 4) {
        s->comm = comm;
        s->count = bytes / sizeof(float);
        s->vector = oc_arena_floats(&arena, 0);
        oc_reduction_config config = {
            .shards = oc_comm_size(comm), .threads = 1, .count = s->count};
        for (int way = 0; way < EXACT_WAYS && status == OC_OK; way++) {
            config.by_nodes = way == BY_NODES;
            status = oc_reduction_create(&s->reduction[way], comm, &config);
        }
        if (status == OC_OK)
            status = measure_size(s, rounds, &times->at[times->sizes]);
        times->sizes += status == OC_OK;
        for (int way = 0; way < EXACT_WAYS; way++) {
            oc_reduction_destroy(s->reduction[way]);
            s->reduction[way] = NULL;
        }
    }
    oc_arena_free(&arena);
    free(s);
    return status;
}
