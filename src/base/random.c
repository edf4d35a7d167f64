/* random.c - see random.h. */
#include "base/random.h"

#include <Random123/philox.h>
#include <math.h>

oc_random_key oc_random_make_key(uint64_t seed, oc_purpose purpose, uint32_t index)
{
    /* The seed, purpose and index are mixed by Philox itself, so that keys of near
     * seeds have nothing in common. */
    const philox4x32_ctr_t counter = {
        {(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)purpose, index}};
    const philox4x32_key_t key = {{0x6f6e6563u, 0x79636c65u}}; /* "onecycle" */
    const philox4x32_ctr_t mixed = philox4x32(counter, key);
    return (oc_random_key){{mixed.v[0], mixed.v[1]}};
}

oc_random4 oc_random_at(oc_random_key key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3)
{
    const philox4x32_ctr_t counter = {{c0, c1, c2, c3}};
    const philox4x32_key_t k = {{key.word[0], key.word[1]}};
    const philox4x32_ctr_t out = philox4x32(counter, k);
    return (oc_random4){{out.v[0], out.v[1], out.v[2], out.v[3]}};
}

float oc_random_uniform(uint32_t bits)
{
    return (float)(bits >> 8) * 0x1p-24f;
}

void oc_random_normal(uint32_t a, uint32_t b, float out[2])
{
    const double u = ((double)a + 1.0) * 0x1p-32; /* (0, 1]: the logarithm is finite */
    const double angle = 6.283185307179586476925 * ((double)b * 0x1p-32);
    const double radius = sqrt(-2.0 * log(u));
    out[0] = (float)(radius * cos(angle));
    out[1] = (float)(radius * sin(angle));
}
