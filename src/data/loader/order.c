/* order.c - see order.h.
 *
 * Places 0 .. blocks - 1 are those of the permuted blocks. The last block may be short: which
 * place it has is drawn, the others are permuted into the rest; so where a place begins is
 * arithmetic. "Stretched" positions count the short block as if it were whole. */
#include "data/loader/order.h"

#include "base/random.h"
#include "data/loader/sampler.h"

#include <assert.h>

/* Streams of the sampler: 0 is the whole permutation. */
enum { STREAM_BLOCKS = 1, STREAM_SHORT = 2, STREAM_WINDOWS = 16 };

typedef struct epoch_order {
    const oc_order *order;
    uint32_t epoch;
    uint32_t short_place; /* where the last block is */
    uint32_t missing;     /* samples it has fewer than others */
} epoch_order;

oc_order oc_order_make(uint64_t seed, uint32_t count, size_t sample_bytes, uint64_t window_bytes)
{
    oc_order order = {.seed = seed, .count = count, .block = 1};
    assert(count > 0 && sample_bytes > 0);
    if (count <= window_bytes / sample_bytes)
        return order;
    if (sample_bytes < OC_ORDER_BLOCK_BYTES)
        order.block = (uint32_t)(OC_ORDER_BLOCK_BYTES / sample_bytes);
    order.blocks = (uint32_t)(((uint64_t)count + order.block - 1) / order.block);
    uint64_t of_window = window_bytes / ((uint64_t)order.block * sample_bytes);
    if (of_window < 1)
        of_window = 1;
    order.windows = (uint32_t)((order.blocks + of_window - 1) / of_window);
    return order;
}

/* Where a place begins, in positions. */
static uint32_t begin_of(const epoch_order *e, uint32_t place)
{
    const uint64_t begin = (uint64_t)place * e->order->block;
    return (uint32_t)(begin - (place > e->short_place ? e->missing : 0));
}

static uint32_t place_of(const epoch_order *e, uint32_t position)
{
    const uint32_t block = e->order->block;
    const uint32_t short_end = begin_of(e, e->short_place) + block - e->missing;
    const uint64_t stretched = (uint64_t)position + (position >= short_end ? e->missing : 0);
    return (uint32_t)(stretched / block);
}

/* The block at a place. */
static uint32_t block_at(const epoch_order *e, uint32_t place)
{
    const uint32_t last = e->order->blocks - 1;
    if (place == e->short_place)
        return last;
    return oc_sampler_stream_at(e->order->seed, STREAM_BLOCKS, e->epoch, last,
                                place - (place > e->short_place));
}

static uint32_t first_place(const oc_order *order, uint32_t window)
{
    return (uint32_t)((uint64_t)window * order->blocks / order->windows);
}

uint32_t oc_order_at(const oc_order *order, uint32_t epoch, uint32_t position)
{
    if (order->blocks == 0)
        return oc_sampler_at(order->seed, epoch, order->count, position);
    assert(position < order->count);
    const epoch_order e = {
        .order = order,
        .epoch = epoch,
        .short_place = oc_sampler_stream_at(order->seed, STREAM_SHORT, epoch, order->blocks, 0),
        .missing = (uint32_t)((uint64_t)order->blocks * order->block - order->count),
    };
    /* The window whose places [first, next) hold this position's. */
    const uint64_t place_here = place_of(&e, position);
    const uint32_t window = (uint32_t)(((place_here + 1) * order->windows - 1) / order->blocks);
    const uint32_t next = first_place(order, window + 1);
    const uint32_t begin = begin_of(&e, first_place(order, window));
    const uint32_t end = next == order->blocks ? order->count : begin_of(&e, next);
    const uint32_t moved = begin + oc_sampler_stream_at(order->seed, STREAM_WINDOWS + window, epoch,
                                                        end - begin, position - begin);
    const uint32_t place = place_of(&e, moved);
    return block_at(&e, place) * order->block + (moved - begin_of(&e, place));
}
