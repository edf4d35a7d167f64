/* reduction_rounding.c - vectors that travel as whole numbers.
 *
 * A part of the vector (a layer's gradients) has a unit in a step, the same on all ranks. Each
 * shard's part is rounded to whole units by itself, before anything is added to it, with random
 * numbers that belong to step, shard and place; so what a shard adds is the same whoever computes
 * it. Sums of whole numbers that stay below 2^15 are exact in floats and in 16 bits.
 *
 * How large the parts were is added up behind the vector, a float for each: from that the next
 * step's units follow. A number that is not finite becomes some number, but shows there, and then
 * all of the part's sum is NaN. */
#include "mpi/reduction_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static oc_status check(const oc_reduction_config *config)
{
    if (config->shards > OC_REDUCTION_MOST_SHARDS)
        return oc_fail(OC_ERR_USAGE,
                       "reduce.precision: int16 with %d shards; expected at most %d "
                       "(batch.shards), whose sum can be held in 16 bits",
                       config->shards, OC_REDUCTION_MOST_SHARDS);
    return OC_OK;
}

oc_status oc_rounded_plan(oc_reduction *r, const oc_reduction_config *config)
{
    oc_rounded *rounded = &r->rounded;
    const size_t shards = (size_t)(r->last - r->first), parts = config->parts;
    r->given = r->padded;
    if (!config->rounding)
        return OC_OK;
    const oc_status status = check(config);
    if (status != OC_OK)
        return status;
    rounded->ops = config->rounding;
    rounded->seed = config->seed;
    rounded->most = (float)(OC_REDUCTION_MOST_UNITS / config->shards);
    rounded->parts = parts;
    rounded->part = calloc(parts + 1, sizeof *rounded->part);
    rounded->unit = calloc(parts + 1, sizeof *rounded->unit);
    rounded->largest = calloc(shards * parts + 1, sizeof *rounded->largest);
    if (!rounded->part || !rounded->unit || !rounded->largest)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %zu parts", parts);
    memcpy(rounded->part, config->part, parts * sizeof *rounded->part);
    r->bytes += parts * (sizeof *rounded->part + sizeof(float)) + shards * parts * sizeof(float);
    r->padded += oc_reduction_whole_lines(parts);
    return OC_OK;
}

oc_status oc_rounded_plan_buckets(oc_reduction *r)
{
    if (!r->rounded.ops)
        return OC_OK;
    r->rounded.narrow = calloc(r->buckets, 1);
    r->bytes += r->buckets;
    return r->rounded.narrow ? OC_OK
                             : oc_fail(OC_ERR_MEMORY,
                                       "gradient reduction: no memory for %zu buckets", r->buckets);
}

void oc_rounded_plan_flight(oc_reduction *r, int vectors, size_t floats, size_t *used)
{
    oc_rounded *rounded = &r->rounded;
    if (!rounded->ops)
        return;
    rounded->packed_at = *used;
    rounded->packed_width = oc_reduction_whole_lines(floats * sizeof(int16_t) / sizeof(float));
    *used += (size_t)vectors * rounded->packed_width;
}

void oc_rounded_free(oc_reduction *r)
{
    free(r->rounded.part);
    free(r->rounded.unit);
    free(r->rounded.largest);
    free(r->rounded.narrow);
}

/* ---- a step ---- */

/* Floats that a part and a range have in common. */
static size_t meet(const oc_reduction_part *part, size_t first, size_t count, size_t *from)
{
    const size_t end = first + count, part_end = part->first + part->count;
    const size_t to = end < part_end ? end : part_end;
    *from = first > part->first ? first : part->first;
    return to > *from ? to - *from : 0;
}

/* Has all of a bucket a unit? Nothing else may be in it. */
static int is_narrow(const oc_reduction *r, const oc_bucket *bucket)
{
    const oc_rounded *rounded = &r->rounded;
    size_t covered = 0, from;
    for (size_t p = 0; p < rounded->parts; p++)
        if (rounded->unit[p] > 0)
            covered += meet(&rounded->part[p], bucket->first, bucket->count, &from);
    return covered == bucket->count;
}

void oc_reduction_round(oc_reduction *r, uint64_t step, const float *unit)
{
    oc_rounded *rounded = &r->rounded;
    if (!rounded->ops)
        return;
    rounded->step = step;
    memcpy(rounded->unit, unit, rounded->parts * sizeof *unit);
    for (size_t b = 0; b < r->buckets; b++)
        rounded->narrow[b] = (unsigned char)is_narrow(r, &r->bucket[b]);
}

const float *oc_reduction_largest(const oc_reduction *r)
{
    return r->rounded.ops ? r->buffer[0] + r->given : NULL;
}

static oc_rounding rounding_of(const oc_rounded *rounded, size_t part, int shard)
{
    const oc_random_key key =
        oc_random_make_key(rounded->seed, OC_PURPOSE_ROUNDING, (uint32_t)shard);
    return (oc_rounding){.unit = rounded->unit[part],
                         .most = rounded->most,
                         .key = {key.word[0], key.word[1]},
                         .counter = {(uint32_t)rounded->step, (uint32_t)(rounded->step >> 32), 0}};
}

void oc_rounded_take(oc_reduction *r, int shard, float *slot, size_t first, size_t count)
{
    const oc_rounded *rounded = &r->rounded;
    float *const largest = rounded->largest + (size_t)(shard - r->first) * rounded->parts;
    for (size_t p = 0; p < rounded->parts; p++) {
        size_t from;
        const size_t floats = meet(&rounded->part[p], first, count, &from);
        if (floats == 0)
            continue;
        const oc_rounding rounding = rounding_of(rounded, p, shard);
        const float found = rounding.unit > 0
                                ? rounded->ops->round(&rounding, from, floats, slot + from)
                                : rounded->ops->largest(floats, slot + from);
        largest[p] = found > largest[p] || isnan(found) ? found : largest[p];
    }
}

void oc_rounded_end(oc_reduction *r, int shard, float *slot)
{
    const oc_rounded *rounded = &r->rounded;
    float *const largest = rounded->largest + (size_t)(shard - r->first) * rounded->parts;
    memcpy(slot + r->given, largest, rounded->parts * sizeof *largest);
    memset(largest, 0, rounded->parts * sizeof *largest);
}

void oc_rounded_back(const oc_reduction *r, size_t first, size_t count)
{
    const oc_rounded *rounded = &r->rounded;
    const float *const largest = oc_reduction_largest(r);
    for (size_t p = 0; p < rounded->parts; p++) {
        size_t from;
        const size_t floats = meet(&rounded->part[p], first, count, &from);
        const float unit = isfinite(largest[p]) ? rounded->unit[p] : NAN;
        float *const sum = r->buffer[0] + from;
        if (unit != 0 && unit != 1)
            for (size_t i = 0; i < floats; i++)
                sum[i] *= unit;
    }
}

/* ---- messages ---- */

int oc_rounded_bytes(const oc_reduction *r, size_t bucket)
{
    return (int)(r->rounded.ops && r->rounded.narrow[bucket] ? sizeof(int16_t) : sizeof(float));
}
