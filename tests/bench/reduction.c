/* reduction.c - what the sum over shards costs, beside the ways not taken. Not a test.
 *
 *   mpirun -n RANKS bench_reduction [ROUNDS]
 *
 * Each rank holds the gradients of 8 shards; every method leaves their sum on every rank. The
 * methods take turns, round after round, so that a busy moment of the machine meets all of
 * them; printed are medians of the slowest rank, and the error against long double sums.
 * The time to produce the gradients is left out: for the tree the copy into its slots (layers
 * write there), for the others nothing (they read the gradients where they are). */
#include "mpi/reduction.h"
#include "base/clock.h"
#include "base/random.h"

#include <math.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { SHARDS = 8 /* a rank */, MOST_ROUNDS = 101, MOST_TENSORS = 64 };

typedef struct model {
    const char *name;
    int tensors;
    size_t size[MOST_TENSORS];
} model;

static const model models[] = {
    {"lenet", 8, {500, 20, 25000, 50, 400000, 500, 5000, 10}},
    {"resnet9", 25, {1728,    64,  64,  73728,   128, 128, 147456,  128, 128,
                     147456,  128, 128, 294912,  256, 256, 1179648, 512, 512,
                     2359296, 512, 512, 2359296, 512, 512, 5120}},
};

typedef struct bench {
    oc_comm *comm;
    int rank, ranks;
    const model *model;
    size_t count, padded; /* padded to 16 floats a rank */
    float *shard[SHARDS];
    float *sum, *received; /* [padded] */
    int64_t *wide;         /* [padded] */
    int32_t *narrow;
    oc_reduction *reduction;
    double local;   /* out: seconds of the last run before anything was sent */
    double outside; /* out: seconds that do not count */
} bench;

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bench_reduction: %s: %s\n", what, oc_message());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

static void add(float *restrict to, const float *restrict from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

/* (a) plain local sums and MPI's own allreduce: the bits depend on the ranks. */
static float *plain(bench *b)
{
    const double start = oc_seconds();
    memcpy(b->sum, b->shard[0], b->count * sizeof(float));
    for (int s = 1; s < SHARDS; s++)
        add(b->sum, b->shard[s], b->count);
    b->local = oc_seconds() - start;
    MPI_Allreduce(MPI_IN_PLACE, b->sum, (int)b->count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    return b->sum;
}

/* (b) the tree of onecycle. */
static float *tree(bench *b)
{
    float *sum = NULL;
    b->local = 0;
    for (int s = 0; s < SHARDS; s++) {
        const int shard = b->rank * SHARDS + s;
        const double start = oc_seconds();
        float *slot = oc_reduction_slot(b->reduction, shard);
        const double taken = oc_seconds();
        memcpy(slot, b->shard[s], b->count * sizeof(float)); /* what layers do */
        const double filled = oc_seconds();
        oc_reduction_commit(b->reduction, shard);
        b->local += oc_seconds() - filled + taken - start;
        b->outside += filled - taken;
    }
    must(oc_reduction_finish(b->reduction, NULL, &sum) == OC_OK, "the tree");
    return sum;
}

/* (b') the same tree with whole-vector collectives; right for a power of two of ranks. */
static float *tree_by_collectives(bench *b)
{
    int counts[64], offsets[64], to[64];
    const int slice = (int)(b->padded / (size_t)b->ranks);
    const double start = oc_seconds();
    for (size_t i = 0; i < b->count; i++) {
        float v[SHARDS];
        for (int s = 0; s < SHARDS; s++)
            v[s] = b->shard[s][i];
        b->sum[i] = ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
    }
    b->local = oc_seconds() - start;
    for (int r = 0; r < b->ranks; r++) {
        counts[r] = slice;
        to[r] = offsets[r] = r * slice;
    }
    MPI_Alltoallv(b->sum, counts, offsets, MPI_FLOAT, b->received, counts, to, MPI_FLOAT,
                  MPI_COMM_WORLD);
    for (int step = 1; step < b->ranks; step *= 2)
        for (int r = 0; r + step < b->ranks; r += 2 * step)
            add(b->received + (size_t)r * (size_t)slice,
                b->received + (size_t)(r + step) * (size_t)slice, (size_t)slice);
    memcpy(b->sum + (size_t)b->rank * (size_t)slice, b->received, (size_t)slice * sizeof(float));
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_FLOAT, b->sum, counts, offsets, MPI_FLOAT, MPI_COMM_WORLD);
    return b->sum;
}

/* A power of two per tensor, so that the sum of all shards stays below 2^bits. */
static void find_scales(bench *b, int bits, int scale[MOST_TENSORS])
{
    int exponent[MOST_TENSORS], headroom = 0;
    size_t at = 0;
    while (1 << headroom < b->ranks * SHARDS)
        headroom++;
    for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
        float most = 0;
        for (int s = 0; s < SHARDS; s++)
            for (size_t i = at; i < at + b->model->size[t]; i++) {
                const float magnitude = fabsf(b->shard[s][i]);
                most = magnitude > most ? magnitude : most;
            }
        frexpf(most, &exponent[t]);
    }
    MPI_Allreduce(MPI_IN_PLACE, exponent, b->model->tensors, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    for (int t = 0; t < b->model->tensors; t++)
        scale[t] = bits - headroom - exponent[t];
}

/* (c) 64-bit and (d) 32-bit fixed point. The scale must be known before the first sum, so all
 * shards' gradients are kept until then. */
static float *fixed_wide(bench *b)
{
    int scale[MOST_TENSORS];
    const double start = oc_seconds();
    find_scales(b, 62, scale);
    size_t at = 0;
    for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
        const double factor = ldexp(1, scale[t]);
        for (size_t i = at; i < at + b->model->size[t]; i++) {
            int64_t sum = 0;
            for (int s = 0; s < SHARDS; s++)
                sum += (int64_t)((double)b->shard[s][i] * factor);
            b->wide[i] = sum;
        }
    }
    b->local = oc_seconds() - start;
    MPI_Allreduce(MPI_IN_PLACE, b->wide, (int)b->count, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    at = 0;
    for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
        const double factor = ldexp(1, -scale[t]);
        for (size_t i = at; i < at + b->model->size[t]; i++)
            b->sum[i] = (float)((double)b->wide[i] * factor);
    }
    return b->sum;
}

static float *fixed_narrow(bench *b)
{
    int scale[MOST_TENSORS];
    const double start = oc_seconds();
    find_scales(b, 30, scale);
    size_t at = 0;
    for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
        const float factor = ldexpf(1, scale[t]);
        for (size_t i = at; i < at + b->model->size[t]; i++) {
            int32_t sum = 0;
            for (int s = 0; s < SHARDS; s++)
                sum += (int32_t)lrintf(b->shard[s][i] * factor);
            b->narrow[i] = sum;
        }
    }
    b->local = oc_seconds() - start;
    MPI_Allreduce(MPI_IN_PLACE, b->narrow, (int)b->count, MPI_INT32_T, MPI_SUM, MPI_COMM_WORLD);
    at = 0;
    for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
        const double factor = ldexp(1, -scale[t]);
        for (size_t i = at; i < at + b->model->size[t]; i++)
            b->sum[i] = (float)(b->narrow[i] * factor);
    }
    return b->sum;
}

static const struct {
    const char *name;
    float *(*run)(bench *b);
} methods[] = {
    {"a  float, MPI_Allreduce (not invariant)", plain},
    {"b  tree (mpi/reduction.c)", tree},
    {"b' tree, MPI_Alltoallv + Allgatherv", tree_by_collectives},
    {"c  int64 fixed point, MPI_Allreduce", fixed_wide},
    {"d  int32 fixed point, MPI_Allreduce", fixed_narrow},
};
enum { METHODS = sizeof methods / sizeof methods[0] };

/* Normal numbers of very different size: each tensor and each element has its own scale. */
static void fill(bench *b)
{
    for (int s = 0; s < SHARDS; s++) {
        size_t at = 0;
        for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
            const oc_random_key key = oc_random_make_key(1, OC_PURPOSE_TEST, (uint32_t)t);
            for (size_t i = 0; i < b->model->size[t]; i++) {
                float normal[2];
                const oc_random4 bits =
                    oc_random_at(key, (uint32_t)i, (uint32_t)(b->rank * SHARDS + s), 0, 0);
                const oc_random4 own = oc_random_at(key, (uint32_t)i, 0, 0, 1);
                oc_random_normal(bits.word[0], bits.word[1], normal);
                b->shard[s][at + i] = ldexpf(normal[0], -(int)(own.word[0] % 9) - 2 * (t % 5));
            }
        }
    }
}

/* Root mean square of the error over that of the sum, per tensor: mean over tensors. */
static double error_of(const bench *b, const float *sum, const long double *exact)
{
    double total = 0;
    size_t at = 0;
    for (int t = 0; t < b->model->tensors; at += b->model->size[t++]) {
        long double error = 0, size = 0;
        for (size_t i = at; i < at + b->model->size[t]; i++) {
            const long double e = (long double)sum[i] - exact[i];
            error += e * e;
            size += exact[i] * exact[i];
        }
        total += sqrt((double)(error / size));
    }
    return total / b->model->tensors;
}

/* Mean over all elements of |error| / |sum|: small elements count as much as large ones. */
static double element_error_of(const bench *b, const float *sum, const long double *exact)
{
    double total = 0;
    for (size_t i = 0; i < b->count; i++) {
        const double e = (double)(((long double)sum[i] - exact[i]) / exact[i]);
        total += fabs(e);
    }
    return total / (double)b->count;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 2];
}

static long double *exact_sum(const bench *b)
{
    long double *exact = calloc(b->count, sizeof *exact);
    must(exact != NULL, "memory");
    for (int s = 0; s < SHARDS; s++)
        for (size_t i = 0; i < b->count; i++)
            exact[i] += b->shard[s][i];
    MPI_Allreduce(MPI_IN_PLACE, exact, (int)b->count, MPI_LONG_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return exact;
}

static void compare(bench *b, int rounds)
{
    static double whole[METHODS][MOST_ROUNDS], local[METHODS][MOST_ROUNDS];
    double rms[METHODS], element[METHODS];
    long double *exact = exact_sum(b);
    for (int round = -2; round < rounds; round++) /* two to warm up */
        for (int m = 0; m < METHODS; m++) {
            double seconds[2];
            MPI_Barrier(MPI_COMM_WORLD);
            b->outside = 0;
            const double start = oc_seconds();
            const float *sum = methods[m].run(b);
            seconds[0] = oc_seconds() - start - b->outside;
            seconds[1] = b->local;
            MPI_Allreduce(MPI_IN_PLACE, seconds, 2, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
            if (round < 0) {
                rms[m] = error_of(b, sum, exact);
                element[m] = element_error_of(b, sum, exact);
                continue;
            }
            whole[m][round] = seconds[0];
            local[m][round] = seconds[1];
        }
    free(exact);
    if (b->rank != 0)
        return;
    printf("\n%s: %zu floats, %d ranks, %d shards a rank, %d rounds; tree holds %.1f MB a rank\n",
           b->model->name, b->count, b->ranks, SHARDS, rounds,
           (double)oc_reduction_bytes(b->reduction) / 1e6);
    printf("%-42s %9s %9s %9s %7s %9s %9s\n", "method", "local ms", "rest ms", "sum ms", "to a",
           "rms err", "elem err");
    double base = 0;
    for (int m = 0; m < METHODS; m++) {
        const double l = median(local[m], rounds), w = median(whole[m], rounds);
        base = m == 0 ? w : base;
        printf("%-42s %9.3f %9.3f %9.3f %7.2f %9.2e %9.2e\n", methods[m].name, 1e3 * l,
               1e3 * (w - l), 1e3 * w, w / base, rms[m], element[m]);
    }
}

static void run_model(oc_comm *comm, const model *which, int rounds)
{
    bench b = {.comm = comm, .model = which};
    b.rank = oc_comm_rank(comm);
    b.ranks = oc_comm_size(comm);
    for (int t = 0; t < which->tensors; t++)
        b.count += which->size[t];
    const size_t line = 16 * (size_t)b.ranks;
    b.padded = (b.count + line - 1) / line * line;
    for (int s = 0; s < SHARDS; s++)
        must((b.shard[s] = calloc(b.padded, sizeof(float))) != NULL, "memory");
    b.sum = calloc(b.padded, sizeof *b.sum);
    b.received = calloc(b.padded, sizeof *b.received);
    b.wide = calloc(b.padded, sizeof *b.wide);
    b.narrow = calloc(b.padded, sizeof *b.narrow);
    must(b.sum && b.received && b.wide && b.narrow, "memory");
    const oc_reduction_config config = {.shards = SHARDS * b.ranks, .threads = 1, .count = b.count};
    must(oc_reduction_create(&b.reduction, comm, &config) == OC_OK, "plan");
    fill(&b);
    compare(&b, rounds);
    oc_reduction_destroy(b.reduction);
    for (int s = 0; s < SHARDS; s++)
        free(b.shard[s]);
    free(b.sum);
    free(b.received);
    free(b.wide);
    free(b.narrow);
}

static void print_setting(void)
{
    struct utsname system;
    char library[MPI_MAX_LIBRARY_VERSION_STRING], line[256], cpu[256] = "unknown";
    int length = 0;
    MPI_Get_library_version(library, &length);
    library[strcspn(library, ",\n")] = '\0';
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            snprintf(cpu, sizeof cpu, "%.*s", (int)strcspn(strchr(line, ':') + 2, "\n"),
                     strchr(line, ':') + 2);
            break;
        }
    if (file)
        fclose(file);
    uname(&system);
    printf("machine: %s, %s %s\nmpi: %s\ncompiler: %s, onecycle %s %s\n", cpu, system.sysname,
           system.machine, library, __VERSION__, ONECYCLE_VERSION, ONECYCLE_BUILD);
}

int main(int argc, char **argv)
{
    oc_comm *comm = NULL;
    int rounds = argc > 1 ? atoi(argv[1]) : 21;
    rounds = rounds < 1 ? 1 : rounds > MOST_ROUNDS ? MOST_ROUNDS : rounds;
    if (oc_comm_open(&comm, 1) != OC_OK) {
        fprintf(stderr, "bench_reduction: %s\n", oc_message());
        return 1;
    }
    if (oc_comm_rank(comm) == 0)
        print_setting();
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++)
        run_model(comm, &models[m], rounds);
    oc_comm_close(comm);
    return 0;
}
