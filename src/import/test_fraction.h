/* test_fraction.h - which samples of an import become the test split, when there is none: of each
 * class (or of all, without classes) that fraction, rounded, chosen by a seed alone. For importers
 * that know the classes' counts and then see samples in order. */
#ifndef OC_IMPORT_TEST_FRACTION_H
#define OC_IMPORT_TEST_FRACTION_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_test_fraction oc_test_fraction;

/* Local. `count` (classes) says how many samples of each class will come; 0 < fraction < 1.
 * *test becomes the samples that will be taken in all. OC_ERR_INTERNAL. */
oc_status oc_test_fraction_create(oc_test_fraction **draw, const uint64_t *count, size_t classes,
                                  double fraction, uint64_t seed, uint64_t *test);
void oc_test_fraction_destroy(oc_test_fraction *draw); /* NULL-safe */

/* Local. The next sample (numbered by the caller, in any way that is always the same) of a class:
 * is it one of the test? Each subset of the right size is equally likely. */
int oc_test_fraction_next(oc_test_fraction *draw, size_t class, uint64_t sample);

#endif
