/* sampler.h - which sample comes when: a pure function of seed and epoch.
 *
 * A keyed permutation (a Feistel network on Philox with cycle walking): position i of an
 * epoch maps to a sample without any table, so the place in an epoch is one number and
 * ranks need not agree on anything. The last samples that fill no whole batch are dropped,
 * other ones in each epoch, as fastai v1 does. */
#ifndef OC_DATA_LOADER_SAMPLER_H
#define OC_DATA_LOADER_SAMPLER_H

#include <stdint.h>

/* Local. The sample at `position` (< count) of epoch `epoch`; count is 1 to 2^32 - 1. */
uint32_t oc_sampler_at(uint64_t seed, uint32_t epoch, uint32_t count, uint32_t position);

/* Local. The same for another permutation: `stream` 0 is oc_sampler_at. */
uint32_t oc_sampler_stream_at(uint64_t seed, uint32_t stream, uint32_t epoch, uint32_t count,
                              uint32_t position);

#endif
