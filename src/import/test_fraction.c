/* test_fraction.c - see test_fraction.h: algorithm S of D. E. Knuth, "The art of computer
 * programming" 2, 3.4.2, a class each. */
#include "import/test_fraction.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>

enum { SPLIT_STREAM = 0x637376 };

typedef struct class_draw {
    uint64_t left, wanted; /* samples to come, and those of them still to be taken */
} class_draw;

struct oc_test_fraction {
    oc_random_key key;
    class_draw class[];
};

oc_status oc_test_fraction_create(oc_test_fraction **draw, const uint64_t *count, size_t classes,
                                  double fraction, uint64_t seed, uint64_t *test)
{
    oc_test_fraction *made = calloc(1, sizeof *made + classes * sizeof made->class[0]);
    *draw = made;
    *test = 0;
    if (!made)
        return oc_fail(OC_ERR_MEMORY, "no memory for %zu classes", classes);
    made->key = oc_random_make_key(seed, OC_PURPOSE_SHUFFLE, SPLIT_STREAM);
    for (size_t c = 0; c < classes; c++) {
        made->class[c].left = count[c];
        made->class[c].wanted = (uint64_t)llround(fraction * (double)count[c]);
        *test += made->class[c].wanted;
    }
    return OC_OK;
}

void oc_test_fraction_destroy(oc_test_fraction *draw)
{
    free(draw);
}

int oc_test_fraction_next(oc_test_fraction *draw, size_t class, uint64_t sample)
{
    class_draw *of = &draw->class[class];
    if (of->left == 0)
        return 0;
    const uint32_t bits =
        oc_random_at(draw->key, (uint32_t)sample, (uint32_t)(sample >> 32), 0, 0).word[0];
    const double at = (double)bits / 4294967296.0 * (double)of->left;
    const int taken = at < (double)of->wanted;
    of->left--;
    of->wanted -= (uint64_t)taken;
    return taken;
}
