/* harness.h - what the test programs share: registering CUnit cases, closing with the line
 * "N passed, N failed", a scratch folder, damaged files. Not a second test framework. */
#ifndef OC_TESTS_HARNESS_H
#define OC_TESTS_HARNESS_H

#include <CUnit/Basic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oc_case {
    const char *name;
    void (*run)(void);
} oc_case;

/* Run the cases as one CUnit suite. Prints failures, then "SUITE: N passed, N failed" (in
 * cases). The kernels are those that ONECYCLE_KERNELS names, or the best. Returns the process's
 * exit code: 0 only if all passed and at least one ran. */
int oc_run_cases(const char *suite, const oc_case *cases, size_t count);
#define OC_RUN_CASES(suite, cases) oc_run_cases(suite, cases, sizeof(cases) / sizeof(cases)[0])

/* Standard normal numbers, the same for the same seed and stream. */
void oc_fill_normal(float *to, size_t count, uint64_t seed, uint32_t stream);

/* A new folder below TMPDIR, removed at exit; the same string on each call. */
const char *oc_scratch(void);

/* scratch/NAME, in a rotating set of 8 static buffers. */
const char *oc_scratch_path(const char *name);

/* Damage files: cut to `bytes`; flip bit `bit` of byte `offset`; copy. Abort the test on error. */
void oc_truncate(const char *path, long bytes);
void oc_flip_bit(const char *path, long offset, int bit);
void oc_copy(const char *from, const char *to);
long oc_file_bytes(const char *path);

#endif
