/* order.h - in which order an epoch takes its samples: a pure function of seed and epoch, which
 * no number of ranks and no memory budget enters.
 *
 * A set no larger than the window is permuted as a whole (sampler.h). A larger one is cut into
 * blocks of about 1 MiB that lie together on disk; the blocks are permuted, cut into windows of
 * about the window's size, and the samples of each window are permuted. So what a window's
 * worth of training needs lies in as many blocks as fill a window, and any position of any
 * epoch is found without a table. (Chunk and window shuffling as WebDataset and tf.data have
 * it, with the shuffle buffer replaced by a keyed permutation.) */
#ifndef OC_DATA_LOADER_ORDER_H
#define OC_DATA_LOADER_ORDER_H

#include <stddef.h>
#include <stdint.h>

enum { OC_ORDER_BLOCK_BYTES = 1 << 20 };

typedef struct oc_order {
    uint64_t seed;
    uint32_t count;   /* samples, at least 1 */
    uint32_t block;   /* samples of a block; the last may have fewer */
    uint32_t blocks;  /* 0: one permutation of all */
    uint32_t windows; /* of equal numbers of blocks, but for one */
} oc_order;

/* Local. The order of `count` samples of `sample_bytes` as stored. */
oc_order oc_order_make(uint64_t seed, uint32_t count, size_t sample_bytes, uint64_t window_bytes);

/* Local. The sample at `position` (< count) of epoch `epoch`. */
uint32_t oc_order_at(const oc_order *order, uint32_t epoch, uint32_t position);

#endif
