/* sampler.c - see sampler.h.
 *
 * An alternating Feistel network on the smallest 2^bits that holds `count` (halves of bits/2
 * and the rest), with Philox as the round function, and cycle walking: a value outside the
 * range is enciphered again until it falls inside (Black and Rogaway, "Ciphers with arbitrary
 * finite domains", CT-RSA 2002). Fewer than two walks are expected. */
#include "data/loader/sampler.h"

#include "base/random.h"

#include <assert.h>

enum { ROUNDS = 8 }; /* four for each half */

typedef struct feistel {
    oc_random_key key;
    uint32_t epoch, count;
    uint32_t low_bits;
    uint32_t low_mask, high_mask;
} feistel;

static uint32_t round_function(const feistel *network, uint32_t half, uint32_t round)
{
    return oc_random_at(network->key, half, round, network->epoch, network->count).word[0];
}

/* A bijection of 0 .. 2^bits - 1: each round changes one half by the other alone. */
static uint32_t encipher(const feistel *network, uint32_t value)
{
    uint32_t low = value & network->low_mask;
    uint32_t high = (uint32_t)((uint64_t)value >> network->low_bits) & network->high_mask;
    for (uint32_t round = 0; round < ROUNDS; round += 2) {
        high ^= round_function(network, low, round) & network->high_mask;
        low ^= round_function(network, high, round + 1) & network->low_mask;
    }
    return (uint32_t)((uint64_t)high << network->low_bits) | low;
}

uint32_t oc_sampler_at(uint64_t seed, uint32_t epoch, uint32_t count, uint32_t position)
{
    return oc_sampler_stream_at(seed, 0, epoch, count, position);
}

uint32_t oc_sampler_stream_at(uint64_t seed, uint32_t stream, uint32_t epoch, uint32_t count,
                              uint32_t position)
{
    assert(position < count); /* beyond it, walking may never come back */
    uint32_t bits = 0;
    while (bits < 32 && (uint64_t)1 << bits < count)
        bits++;
    const uint32_t low_bits = (bits + 1) / 2;
    const feistel network = {
        .key = oc_random_make_key(seed, OC_PURPOSE_SHUFFLE, stream),
        .epoch = epoch,
        .count = count,
        .low_bits = low_bits,
        .low_mask = (uint32_t)(((uint64_t)1 << low_bits) - 1),
        .high_mask = (uint32_t)(((uint64_t)1 << (bits - low_bits)) - 1),
    };
    uint32_t value = position;
    do
        value = encipher(&network, value);
    while (value >= count);
    return value;
}
