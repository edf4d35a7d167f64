/* scale.c - a training step's exchange on a simulated cluster: the code of mpi/ as it is, under
 * SimGrid's SMPI. Computing is simulated; what is sent is real, unless memory is shared.
 *
 *   scale LAYERS MODE BUCKET ROUNDS SHARED
 *     LAYERS  a file: seconds of forward, then a line "floats seconds" for each layer in its order:
 *             parameters, and backward of a shard
 *     MODE    off: exchange after backward; on: during it, by a thread that is always there;
 * library: MPI_Allreduce of floats after it BUCKET  bytes, 0 for the default SHARED  1: all ranks
 * have one vector, for sizes that this machine's memory would not hold; then the sums mean nothing
 * and are not looked at Each rank has one shard. Rank 0 prints a line: see scale.sh. Exit 1: the
 * sum has other bits than the tree of shards on one rank. */
#include "tests/scale/stand_ins.h"

#include "base/hash.h"
#include "base/memory.h"
#include "mpi/reduction.h"

#include <mpi.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 512, QUANTUM_US = 200, SAMPLES = 997 };

typedef struct network {
    double forward;
    int layers;
    size_t first[LAYERS]; /* parameter, at the beginning of a line */
    double backward[LAYERS];
    size_t all; /* floats */
    double compute;
} network;

typedef struct job {
    network net;
    oc_comm *comm;
    oc_reduction *reduction;
    float *vector; /* for the library */
    int overlaps, is_shared;
} job;

static long messages, bytes_sent;

/* What the code of mpi/ sends is counted on its way. */
int MPI_Isend(const void *data, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    int size;
    MPI_Type_size(type, &size);
    messages++;
    bytes_sent += (long)size * count;
    return PMPI_Isend(data, count, type, to, tag, comm, request);
}

static void must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "scale: %s: %s\n", what, oc_message());
    exit(1);
}

static void read_network(network *net, const char *path)
{
    FILE *file = fopen(path, "r");
    memset(net, 0, sizeof *net);
    must(file && fscanf(file, "%lf", &net->forward) == 1, path);
    net->compute = net->forward;
    size_t floats;
    while (net->layers < LAYERS &&
           fscanf(file, "%zu %lf", &floats, &net->backward[net->layers]) == 2) {
        net->first[net->layers] = net->all;
        net->all += (floats + 15) / 16 * 16;
        net->compute += net->backward[net->layers++];
    }
    fclose(file);
}

/* Of shard and place; 30 powers of two, so that another order of additions shows. */
static float value(int shard, size_t i)
{
    uint64_t x = ((uint64_t)shard << 40 ^ i) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
    return ldexpf((float)(x >> 40 & 0xffff) / 65536 - 0.5f, (int)(x >> 56) % 30 - 15);
}

/* Backward of a layer, in pieces that a thread beside it would look for messages between. */
static void compute(const job *j, double seconds)
{
    const double quantum = QUANTUM_US * 1e-6;
    for (double left = seconds; left > 0; left -= quantum) {
        smpi_execute(left < quantum ? left : quantum);
        if (j->overlaps)
            must(oc_reduction_poll(j->reduction) == OC_OK, "poll");
    }
}

/* Forward, backward and the sum; seconds on this rank. */
static double one_step(job *j, float **sum)
{
    const network *net = &j->net;
    const oc_tree_node node = {oc_comm_rank(j->comm), 0};
    float *slot = j->reduction ? oc_reduction_slot(j->reduction, node.first) : j->vector;
    for (size_t i = 0; !j->is_shared && i < net->all; i++)
        slot[i] = value(node.first, i);
    MPI_Barrier(MPI_COMM_WORLD);
    const double begin = MPI_Wtime();
    smpi_execute(net->forward);
    if (j->overlaps)
        oc_reduction_begin(j->reduction);
    size_t end = net->all;
    for (int i = net->layers - 1; i >= 0; i--) {
        compute(j, net->backward[i]);
        const size_t from = net->first[i];
        if (j->reduction && end > from)
            oc_reduction_fold(j->reduction, node, from, end - from, 0);
        end = from;
    }
    if (j->reduction) {
        oc_reduction_commit_node(j->reduction, node);
        must(oc_reduction_finish(j->reduction, NULL, sum) == OC_OK, "finish");
    } else {
        MPI_Allreduce(MPI_IN_PLACE, j->vector, (int)net->all, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    }
    return MPI_Wtime() - begin;
}

/* The same bits on all ranks, and at places all over the vector those of the tree on one rank. */
static void check(const job *j, const float *sum)
{
    const int ranks = oc_comm_size(j->comm);
    const uint64_t hash = oc_hash64(sum, j->net.all * sizeof *sum);
    uint64_t least = hash, most = hash;
    must(oc_comm_min_u64(j->comm, &least, 1) == OC_OK &&
             oc_comm_max_u64(j->comm, &most, 1) == OC_OK,
         "comparing");
    oc_tree_node *node = calloc((size_t)ranks, sizeof *node);
    float *number = calloc((size_t)ranks, sizeof *number),
          **vector = calloc((size_t)ranks, sizeof *vector);
    must(node && number && vector, "no memory to check with");
    int wrong = least != most;
    for (size_t i = 0; oc_comm_rank(j->comm) == 0 && i < j->net.all;
         i += 1 + j->net.all / SAMPLES) {
        for (int rank = 0; rank < ranks; rank++) {
            node[rank] = (oc_tree_node){rank, 0};
            number[rank] = value(rank, i);
            vector[rank] = &number[rank];
        }
        oc_tree_fold_all(node, vector, ranks, 1);
        wrong |= memcmp(vector[0], &sum[i], sizeof *sum) != 0;
    }
    free(node);
    free(number);
    free(vector);
    if (wrong) {
        fprintf(stderr, "scale: rank %d: the sum has other bits\n", oc_comm_rank(j->comm));
        exit(1);
    }
}

static void prepare(job *j, char **argv)
{
    read_network(&j->net, argv[1]);
    scale_memory_is_shared = j->is_shared = atoi(argv[5]);
    j->overlaps = strcmp(argv[2], "on") == 0;
    must(oc_comm_open(&j->comm, 2) == OC_OK, "joining");
    if (strcmp(argv[2], "library") == 0) {
        j->vector = oc_memory_block(64, j->net.all * sizeof *j->vector);
        must(j->vector != NULL, "no memory");
        return;
    }
    const oc_reduction_config config = {.shards = oc_comm_size(j->comm),
                                        .threads = 1,
                                        .count = j->net.all,
                                        .bucket = strtoul(argv[3], NULL, 10)};
    must(oc_reduction_create(&j->reduction, j->comm, &config) == OC_OK, "planning");
}

int main(int argc, char **argv)
{
    job j = {0};
    double slowest = 0;
    if (argc != 6)
        return 64;
    prepare(&j, argv);
    const int rounds = atoi(argv[4]);
    for (int round = 0; round < rounds; round++) {
        float *sum = NULL;
        messages = bytes_sent = 0;
        const double mine = one_step(&j, &sum);
        MPI_Allreduce(&mine, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        if (j.reduction && !j.is_shared && round == 0)
            check(&j, sum);
    }
    long most[2] = {messages, bytes_sent};
    MPI_Allreduce(MPI_IN_PLACE, most, 2, MPI_LONG, MPI_MAX, MPI_COMM_WORLD);
    if (oc_comm_rank(j.comm) == 0)
        printf("%-7s %5d %9.2f %9.2f %9.2f %5.1f%% %8ld %8.2f %8.2f\n", argv[2],
               oc_comm_size(j.comm), 1e3 * j.net.compute, 1e3 * slowest,
               1e3 * (slowest - j.net.compute), 100 * j.net.compute / slowest, most[0],
               (double)most[1] / 0x1p20,
               j.reduction ? (double)oc_reduction_bytes(j.reduction) / 0x1p20 : 0);
    oc_comm_close(j.comm);
    return 0;
}
