/* rounding_body.h - the kernels of base/rounding.h, written once for any vector unit. A file that
 * makes an instance includes a vector header, then this. */
#ifndef OC_KERNELS_ROUNDING_ROUNDING_BODY_H
#define OC_KERNELS_ROUNDING_ROUNDING_BODY_H

#include "kernels/rounding/rounding.h"

#include <string.h>

enum { LINE = OC_ROUNDING_LINE, PARTS = LINE / LANES /* vectors in a line */ };

typedef int32_t whole __attribute__((vector_size(4 * LANES)));
typedef int16_t half_whole __attribute__((vector_size(2 * LANES)));

/* LANES counters from `first` on -> 4 random words each. */
INLINE void philox(const oc_rounding *rounding, uint32_t first, words w[4])
{
    uint32_t k0 = rounding->key[0], k1 = rounding->key[1];
    w[0] = (words){0};
    for (uint32_t l = 0; l < LANES; l++)
        w[0][l] = first + l;
    for (int i = 0; i < 3; i++)
        w[1 + i] = (words){0} + rounding->counter[i];
    for (int pass = 0; pass < 10; pass++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        words high[2], low[2];
        words_multiply(w[0], 0xD2511F53u, &high[0], &low[0]);
        words_multiply(w[2], 0xCD9E8D57u, &high[1], &low[1]);
        w[0] = high[1] ^ w[1] ^ k0;
        w[2] = high[0] ^ w[3] ^ k1;
        w[1] = low[1];
        w[3] = low[0];
    }
}

/* Without the sign; a NaN is more than infinity, and that more than all else. */
INLINE whole larger(whole largest, vec x)
{
    const whole magnitude = (whole)x & 0x7fffffff, is = magnitude > largest;
    return (magnitude & is) | (largest & ~is);
}

INLINE float largest_of(const whole *largest, int count)
{
    int32_t most = 0;
    float value;
    for (int i = 0; i < count; i++)
        for (int l = 0; l < LANES; l++)
            most = largest[i][l] > most ? largest[i][l] : most;
    memcpy(&value, &most, sizeof value);
    return value;
}

/* `bits`: 16 random ones in each lane. */
INLINE vec rounded(vec x, words bits, vec by, vec most)
{
    const vec one = vec_set(1), dither = __builtin_convertvector((whole)bits, vec) + vec_set(0.5f);
    vec y = x * by;
    y = vec_select(vec_above(y, -most), y, -most); /* a NaN is not above */
    y = vec_select(vec_above(most, y), y, most);
    const vec towards_zero = __builtin_convertvector(__builtin_convertvector(y, whole), vec);
    const vec below = towards_zero - vec_select(vec_above(towards_zero, y), one, vec_set(0));
    const vec fraction = (y - below) * vec_set(OC_ROUNDING_PARTS);
    return below + vec_select(vec_above(fraction, dither), one, vec_set(0));
}

/* One vector of each of a block's lines: those of which any is in [from, to), floats relative to
 * the block. */
INLINE void round_lanes(const words w[4], int part, size_t from, size_t to, vec by, vec most,
                        float *block, whole *largest)
{
    for (size_t line = from / LINE; line < to / LINE; line++) {
        float *const at = block + line * LINE + (size_t)part * LANES;
        const vec x = vec_load(at);
        const words bits = line % 2 ? w[line / 2] >> 16 : w[line / 2] & 0xffff;
        *largest = larger(*largest, x);
        vec_store(at, rounded(x, bits, by, most));
    }
}

static float round_all(const oc_rounding *rounding, size_t index, size_t count, float *x)
{
    const vec by = vec_set(1.0f / rounding->unit), most = vec_set(rounding->most);
    whole largest[PARTS] = {{0}};
    for (size_t done = 0; done < count;) {
        const size_t block = (index + done) / OC_ROUNDING_BLOCK;
        const size_t place = (index + done) % OC_ROUNDING_BLOCK;
        const size_t left = place + count - done;
        const size_t end = left < OC_ROUNDING_BLOCK ? left : OC_ROUNDING_BLOCK;
        for (int part = 0; part < PARTS; part++) {
            words w[4];
            philox(rounding, (uint32_t)(block * LINE) + (uint32_t)(part * LANES), w);
            round_lanes(w, part, place, end, by, most, x + done - place, &largest[part]);
        }
        done += end - place;
    }
    return largest_of(largest, PARTS);
}

static float largest(size_t count, const float *x)
{
    enum { SUMS = 4 };
    whole lanes[SUMS] = {{0}};
    for (size_t i = 0, s = 0; i < count; i += LANES, s = (s + 1) % SUMS)
        lanes[s] = larger(lanes[s], vec_load(x + i));
    return largest_of(lanes, SUMS);
}

static void pack(size_t count, const float *x, void *packed)
{
    char *to = packed;
    for (size_t i = 0; i < count; i += LANES, to += sizeof(half_whole)) {
        const whole wide = __builtin_convertvector(vec_load(x + i), whole);
        const half_whole numbers = __builtin_convertvector(wide, half_whole);
        memcpy(to, &numbers, sizeof numbers);
    }
}

/* Each vector is read as a whole before it is written, so the two may share memory. */
static void unpack(size_t count, const void *packed, float *x)
{
    const char *from = packed;
    for (size_t i = 0; i < count; i += LANES, from += sizeof(half_whole)) {
        half_whole numbers;
        memcpy(&numbers, from, sizeof numbers);
        const whole wide = __builtin_convertvector(numbers, whole);
        vec_store(x + i, __builtin_convertvector(wide, vec));
    }
}

#define OC_ROUNDING_OPS                                                                            \
    {                                                                                              \
        .round = round_all, .largest = largest, .pack = pack, .unpack = unpack                     \
    }

#endif
