/* made_h5.h - sound HDF5 files whose content the input describes. HDF5 itself is known to crash on
 * crafted files (docs/FORMATS.md), so the targets of HDF5 formats give it sound ones, in which
 * everything that onecycle has to check may be wrong: types, ranks, extents, values, what is there.
 */
#ifndef OC_TESTS_MADE_H5_H
#define OC_TESTS_MADE_H5_H

#include "storage/h5.h"

typedef struct fuzz_bytes {
    const uint8_t *at, *end;
} fuzz_bytes;

/* The next byte of the input; 0 behind its end. */
uint8_t fuzz_take(fuzz_bytes *from);

/* A text of at most `room` - 1 bytes, as the input says. */
void fuzz_text(fuzz_bytes *from, char *text, size_t room);

/* Add an array: as `usual`, with small whole numbers, if the input has zeros; else left out, or of
 * another type, rank or extent, or with any bytes as values, or in chunks. */
void fuzz_array(oc_h5 *file, const char *name, oc_h5_array usual, fuzz_bytes *from);

/* Add an attribute of "/" likewise: a uint64 or a text, else left out or of the other kind. */
void fuzz_number(oc_h5 *file, const char *name, uint64_t usual, fuzz_bytes *from);
void fuzz_word(oc_h5 *file, const char *name, const char *usual, fuzz_bytes *from);

/* Add a list of up to 8 texts "0", "1", ..., or others. */
void fuzz_texts(oc_h5 *file, const char *name, size_t usual, fuzz_bytes *from);

#endif
