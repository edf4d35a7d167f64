/* exchange_model.h - how long the exchange of gradients (mpi/reduction_exchange.c) would take on a
 * network of given latency and bandwidth. Pure: it sends nothing and reads no clock.
 *
 * The messages are those of the real exchange: the same tree of ranks, the same nodes of the tree
 * of shards, the same buckets, as many under way at the same time. What a message costs is the
 * model of Hockney (1994): latency + bytes / bandwidth; messages of a rank go one after the other
 * over its link, all ranks are alike, and nothing else is on the network. On a level where ranks
 * have different amounts to do, all count as the one that has most. */
#ifndef OC_STUDIES_EXCHANGE_MODEL_H
#define OC_STUDIES_EXCHANGE_MODEL_H

#include "mpi/rank_tree.h"

/* Ranks and what they add up: as in oc_reduction_config. */
typedef struct oc_exchange_job {
    int ranks, ranks_per_node;
    int by_nodes; /* ranks of a node first */
    int shards;   /* of the batch, at least `ranks` */
} oc_exchange_job;

/* A level of the rank tree, for a byte of the vector: the more of what a rank sends and of what it
 * receives. */
typedef struct oc_exchange_level {
    double up, down;                /* bytes sent, or received */
    double added;                   /* bytes that are added up */
    int up_messages, down_messages; /* of a bucket */
    int crosses;                    /* between nodes */
} oc_exchange_level;

typedef struct oc_exchange_shape {
    int levels;
    oc_exchange_level level[OC_RANK_LEVELS]; /* from neighbours to all */
} oc_exchange_shape;

/* What moving bytes costs. */
typedef struct oc_link {
    double latency; /* seconds from one rank to another */
    double byte;    /* seconds a byte, for each rank in one direction */
} oc_link;

typedef struct oc_exchange_costs {
    oc_link inside, between; /* nodes */
    double message;          /* seconds of the processor for each message */
    double processor; /* seconds of the processor for each byte sent and received, in which the
                       * link goes on: how fast it is, is in `between` */
    double added;     /* seconds of the processor for each byte added */
    double nap;       /* seconds until a thread that naps sees what has arrived */
    int has_core;     /* that thread has a core which computes nothing */
} oc_exchange_costs;

/* A piece of the vector, in the order in which they leave. */
typedef struct oc_exchange_bucket {
    double bytes;
    double ready; /* seconds until this rank has all of it */
} oc_exchange_bucket;

/* Local. The levels. OC_ERR_MEMORY. */
oc_status oc_exchange_shape_of(oc_exchange_shape *shape, const oc_exchange_job *job);

/* Local, no allocation. When the last bucket's sum is there: seconds, counted as `ready` is.
 * `computed`: when the rank has computed all; what the exchange takes of the processor before
 * that delays it, unless there is a core for it. */
double oc_exchange_end(const oc_exchange_shape *shape, const oc_exchange_costs *costs,
                       const oc_exchange_bucket *bucket, size_t buckets, double computed);

#endif
