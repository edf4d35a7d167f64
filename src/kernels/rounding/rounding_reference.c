/* rounding_reference.c - rounding in plain C, float by float, written to be read: what the others
 * are compared with. The random numbers are the library's. */
#include "kernels/rounding/rounding.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

static float larger(float largest, float x)
{
    const float magnitude = fabsf(x);
    if (isnan(largest) || isnan(magnitude))
        return NAN;
    return magnitude > largest ? magnitude : largest;
}

/* A whole number below 65536, and a half: which random bits a float has is rounding.h's. */
static float dither_of(const oc_rounding *r, size_t index)
{
    const size_t block = index / OC_ROUNDING_BLOCK, place = index % OC_ROUNDING_BLOCK;
    const size_t line = place / OC_ROUNDING_LINE, lane = place % OC_ROUNDING_LINE;
    const oc_random4 random = oc_random_at((oc_random_key){{r->key[0], r->key[1]}},
                                           (uint32_t)(block * OC_ROUNDING_LINE + lane),
                                           r->counter[0], r->counter[1], r->counter[2]);
    return (float)((random.word[line / 2] >> (line % 2 ? 16 : 0)) & 0xffffu) + 0.5f;
}

static float round_all(const oc_rounding *r, size_t index, size_t count, float *x)
{
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = larger(largest, x[i]);
        const float y = fminf(fmaxf(x[i] / r->unit, -r->most), r->most); /* of a NaN: -most */
        const float below = floorf(y), fraction = y - below;
        const int up = fraction * (float)OC_ROUNDING_PARTS > dither_of(r, index + i);
        x[i] = below + (float)up;
    }
    return largest;
}

static float largest(size_t count, const float *x)
{
    float found = 0;
    for (size_t i = 0; i < count; i++)
        found = larger(found, x[i]);
    return found;
}

static void pack(size_t count, const float *x, void *packed)
{
    char *to = packed;
    for (size_t i = 0; i < count; i++, to += sizeof(int16_t)) {
        const int16_t number = (int16_t)x[i];
        memcpy(to, &number, sizeof number);
    }
}

static void unpack(size_t count, const void *packed, float *x)
{
    const char *from = packed;
    for (size_t i = 0; i < count; i++, from += sizeof(int16_t)) {
        int16_t number;
        memcpy(&number, from, sizeof number);
        x[i] = (float)number;
    }
}

const oc_rounding_ops oc_rounding_reference = {
    .round = round_all, .largest = largest, .pack = pack, .unpack = unpack};
