/* fuzz.h - what the fuzz targets share: bytes as a file without a name, and where output goes.
 * A target is NAME_fuzz.c with LLVMFuzzerTestOneInput and inputs in corpus/NAME. With
 * -DONECYCLE_FUZZ=ON (clang) it becomes NAME_fuzz, a libFuzzer program; always it becomes
 * replay_NAME, which runs the corpus once, as a test. */
#ifndef OC_TESTS_FUZZ_H
#define OC_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_PATH = 64 };

/* The target: always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of these bytes in memory; its path until fuzz_close with what is returned. */
int fuzz_open(const uint8_t *data, size_t size, char path[FUZZ_PATH]);
void fuzz_close(int file);

/* A path for output, in memory if there is such a folder; removed by fuzz_check_output. */
const char *fuzz_output(void);

/* After a run that returned `failed`: output is there and opens as a data set, or is not there.
 * Aborts otherwise, and removes it. */
void fuzz_check_output(int failed);

#endif
