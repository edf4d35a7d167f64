/* exchange_model.c - see exchange_model.h. */
#include "studies/exchange_model.h"

#include "mpi/reduction.h"

#include <stdlib.h>

/* ---- the levels ---- */

/* A larger message is announced before it is sent: one way, back, and the message itself. */
enum { EAGER_BYTES = 64 * 1024, ANNOUNCED = 3 };

/* So many ranks are looked at, evenly spread: enough to meet each kind of a tree. */
enum { MOST_LOOKED_AT = 64 };

static double common(oc_slice a, oc_slice b)
{
    const double first_a = (double)a.index / a.count, last_a = (double)(a.index + 1) / a.count;
    const double first_b = (double)b.index / b.count, last_b = (double)(b.index + 1) / b.count;
    const double first = first_a > first_b ? first_a : first_b;
    const double last = last_a < last_b ? last_a : last_b;
    return last > first ? last - first : 0;
}

/* How many nodes ranks [first, last) are left with together. */
static int nodes_of(const oc_exchange_job *job, int first, int last)
{
    return oc_nodes_of_ranks(job->shards, job->ranks, first, last).depth;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static int more(int a, int b)
{
    return a > b ? a : b;
}

/* What one rank has to do on a level, if it is more than what others have. */
static void note_level(oc_exchange_level *level, const oc_exchange_job *job,
                       const oc_rank_level *ranks, int rank)
{
    const int left = nodes_of(job, ranks->first, ranks->middle);
    const int right = nodes_of(job, ranks->middle, ranks->last);
    const int own = rank < ranks->middle ? left : right;
    double taken = 0, given = 0, sums_given = 0, sums_taken = 0;
    int takes = 0;
    for (int i = 0; i < ranks->givers; i++) {
        const oc_rank_peer *peer = &ranks->giver[i];
        const double part = common(peer->half, ranks->group);
        const int nodes = peer->rank < ranks->middle ? left : right;
        taken += nodes * part;
        takes += nodes;
        sums_given += part;
        level->crosses |= peer->rank / job->ranks_per_node != rank / job->ranks_per_node;
    }
    for (int i = 0; i < ranks->takers; i++) {
        const double part = common(ranks->half, ranks->taker[i].group);
        given += own * part;
        sums_taken += part;
    }
    level->up = larger(level->up, larger(taken, given));
    level->down = larger(level->down, larger(sums_given, sums_taken));
    level->added = larger(level->added, (left + right - 1) / (double)ranks->group.count);
    level->up_messages = more(level->up_messages, more(takes, ranks->takers * own));
    level->down_messages = more(level->down_messages, more(ranks->givers, ranks->takers));
}

/* Ranks of a ragged tree have different numbers of levels: the topmost are the same group. */
static oc_status look_at(oc_exchange_shape *shape, const oc_exchange_job *job, const int *node,
                         int rank)
{
    oc_rank_tree tree;
    const oc_status status = oc_rank_tree_create(&tree, job->ranks, node, rank);
    if (status != OC_OK)
        return status;
    oc_exchange_shape aligned = {.levels = more(shape->levels, tree.levels)};
    for (int i = 0; i < shape->levels; i++)
        aligned.level[aligned.levels - shape->levels + i] = shape->level[i];
    for (int i = 0; i < tree.levels; i++)
        note_level(&aligned.level[aligned.levels - tree.levels + i], job, &tree.level[i], rank);
    *shape = aligned;
    oc_rank_tree_free(&tree);
    return OC_OK;
}

oc_status oc_exchange_shape_of(oc_exchange_shape *shape, const oc_exchange_job *job)
{
    *shape = (oc_exchange_shape){0};
    int *node = calloc((size_t)job->ranks, sizeof *node);
    if (!node)
        return oc_fail(OC_ERR_MEMORY, "exchange model: no memory for %d ranks", job->ranks);
    for (int rank = 0; rank < job->ranks; rank++)
        node[rank] = rank / job->ranks_per_node * job->ranks_per_node;
    const int looked_at = job->ranks < MOST_LOOKED_AT ? job->ranks : MOST_LOOKED_AT;
    oc_status status = OC_OK;
    for (int i = 0; i < looked_at && status == OC_OK; i++)
        status =
            look_at(shape, job, job->by_nodes ? node : NULL,
                    (int)((int64_t)(job->ranks - 1) * i / (looked_at > 1 ? looked_at - 1 : 1)));
    free(node);
    return status;
}

/* ---- the time ---- */

/* A bucket on its way: up to all levels, and down again. */
typedef struct flight {
    int is_used;
    double bytes;
    int stage;      /* of 2 * levels */
    double arrives; /* what is under way */
} flight;

typedef struct exchange {
    const oc_exchange_shape *shape;
    const oc_exchange_costs *costs;
    double computed;  /* when this rank has nothing else to do any more */
    double link;      /* busy until then */
    double processor; /* the exchange's thread, likewise */
    flight flight[OC_REDUCTION_FLIGHTS];
} exchange;

/* Without a core of its own the exchange takes its time from what is computed beside it. */
static void delay_computing(exchange *e, double now, double seconds)
{
    if (now < e->computed && !e->costs->has_core)
        e->computed += seconds;
}

/* Work of the exchange's thread, one after the other. */
static void work(exchange *e, double from, double seconds)
{
    const double begin = larger(from, e->processor);
    delay_computing(e, begin, seconds);
    e->processor = begin + seconds;
}

/* The messages of the flight's next stage leave at `now`. */
static void send_stage(exchange *e, flight *f, double now)
{
    const int levels = e->shape->levels, goes_up = f->stage < levels;
    const oc_exchange_level *level =
        &e->shape->level[goes_up ? f->stage : 2 * levels - 1 - f->stage];
    const oc_link *link = level->crosses ? &e->costs->between : &e->costs->inside;
    const double bytes = f->bytes * (goes_up ? level->up : level->down);
    const int messages = goes_up ? level->up_messages : level->down_messages;
    const int ways = messages > 0 && bytes / messages > EAGER_BYTES ? ANNOUNCED : 1;
    work(e, now, messages * e->costs->message);
    e->link = larger(e->link, e->processor) + bytes * link->byte;
    delay_computing(e, now, bytes * e->costs->processor);
    f->arrives = e->link + ways * link->latency;
}

/* What has arrived is added up; returns whether there is more to do. */
static int receive_stage(exchange *e, flight *f)
{
    const int levels = e->shape->levels;
    const double seen = f->arrives + (f->arrives < e->computed ? e->costs->nap : 0);
    double now = larger(seen, e->processor);
    if (f->stage < levels) {
        work(e, now, f->bytes * e->shape->level[f->stage].added * e->costs->added);
        now = e->processor;
    }
    f->stage++;
    f->arrives = now;
    if (f->stage < 2 * levels)
        send_stage(e, f, now);
    return f->stage < 2 * levels;
}

static flight *next_to_arrive(exchange *e)
{
    flight *next = NULL;
    for (int i = 0; i < OC_REDUCTION_FLIGHTS; i++)
        if (e->flight[i].is_used && (!next || e->flight[i].arrives < next->arrives))
            next = &e->flight[i];
    return next;
}

static flight *free_flight(exchange *e)
{
    for (int i = 0; i < OC_REDUCTION_FLIGHTS; i++)
        if (!e->flight[i].is_used)
            return &e->flight[i];
    return NULL;
}

double oc_exchange_end(const oc_exchange_shape *shape, const oc_exchange_costs *costs,
                       const oc_exchange_bucket *bucket, size_t buckets, double computed)
{
    exchange e = {.shape = shape, .costs = costs, .computed = computed};
    double ended = 0;
    size_t started = 0;
    while (shape->levels > 0) {
        flight *const arriving = next_to_arrive(&e), *const unused = free_flight(&e);
        const int may_start = started < buckets && unused;
        /* A bucket that was ready when this thread looked last goes first. */
        const double delay = e.computed - computed;
        const double ready = may_start ? bucket[started].ready + delay : 0;
        if (may_start && (!arriving || ready <= arriving->arrives)) {
            *unused = (flight){.is_used = 1, .bytes = bucket[started++].bytes};
            send_stage(&e, unused, larger(ready, ended * (started > OC_REDUCTION_FLIGHTS)));
        } else if (arriving) {
            if (!receive_stage(&e, arriving)) {
                arriving->is_used = 0;
                ended = larger(ended, arriving->arrives);
            }
        } else {
            break;
        }
    }
    return larger(ended, e.computed);
}
