/* random.h - counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, library
 * Random123). There is no state: a number is a pure function of key and counter, so it
 * depends neither on ranks, nor threads, nor on where a run was resumed. */
#ifndef OC_BASE_RANDOM_H
#define OC_BASE_RANDOM_H

#include <stdint.h>

/* What a stream of numbers is for; part of the key, so streams never overlap. */
typedef enum oc_purpose {
    OC_PURPOSE_WEIGHTS = 1,
    OC_PURPOSE_SHUFFLE = 2,
    OC_PURPOSE_DROPOUT = 3,
    OC_PURPOSE_AUGMENT = 4,
    OC_PURPOSE_SYNTHETIC = 5,
    OC_PURPOSE_TEST = 6,
    OC_PURPOSE_VALIDATION = 7,
    OC_PURPOSE_ROUNDING = 8
} oc_purpose;

typedef struct oc_random_key {
    uint32_t word[2];
} oc_random_key;

typedef struct oc_random4 {
    uint32_t word[4];
} oc_random4;

/* Local. The key of a stream: `index` tells apart streams of one purpose (a layer). */
oc_random_key oc_random_make_key(uint64_t seed, oc_purpose purpose, uint32_t index);

/* Local. Four 32-bit numbers at a counter. */
oc_random4 oc_random_at(oc_random_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3);

/* Local. 32 bits -> uniform in [0, 1), exactly representable as float (24 bits). */
float oc_random_uniform(uint32_t bits);

/* Local. Two 32-bit numbers -> two standard normal numbers (Box-Muller, in double). */
void oc_random_normal(uint32_t a, uint32_t b, float out[2]);

#endif
