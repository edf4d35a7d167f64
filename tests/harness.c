/* harness.c - see harness.h. */
#include "harness.h"

#include "base/random.h"
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Below cli nobody reads the environment: here it is read for the tests. */
static int choose_kernels(const char *suite)
{
    const char *const name = getenv("ONECYCLE_KERNELS");
    if (oc_kernels_select(name && name[0] ? name : NULL) == OC_OK) {
        printf("%s: kernels %s\n", suite, oc_kernels_name());
        return 1;
    }
    fprintf(stderr, "%s: ONECYCLE_KERNELS: %s\n", suite, oc_message());
    return 0;
}

int oc_run_cases(const char *suite, const oc_case *cases, size_t count)
{
    if (!choose_kernels(suite) || CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite handle = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; handle && i < count; i++)
        if (!CU_add_test(handle, cases[i].name, cases[i].run))
            handle = NULL;
    if (!handle) {
        fprintf(stderr, "%s: CUnit could not register the cases\n", suite);
        return 1;
    }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    const unsigned run = CU_get_number_of_tests_run();
    const unsigned failed = CU_get_number_of_tests_failed();
    const int good = run == count && failed == 0 && CU_get_number_of_asserts() > 0;
    printf("%s: %u passed, %u failed\n", suite, run - failed, failed);
    CU_cleanup_registry();
    return good ? 0 : 1;
}

static char scratch[4096];

static void remove_scratch(void)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command) != 0)
        fprintf(stderr, "could not remove %s\n", scratch);
}

const char *oc_scratch(void)
{
    if (!scratch[0]) {
        const char *base = getenv("TMPDIR");
        snprintf(scratch, sizeof scratch, "%s/onecycle-test-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(scratch)) {
            perror(scratch);
            abort();
        }
        atexit(remove_scratch);
    }
    return scratch;
}

const char *oc_scratch_path(const char *name)
{
    static char paths[8][5000];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", oc_scratch(), name);
    return path;
}

static void must(int good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

void oc_truncate(const char *path, long bytes)
{
    must(truncate(path, bytes) == 0, path);
}

void oc_flip_bit(const char *path, long offset, int bit)
{
    FILE *file = fopen(path, "r+b");
    must(file != NULL, path);
    must(fseek(file, offset, SEEK_SET) == 0, path);
    const int byte = fgetc(file);
    must(byte != EOF, path);
    must(fseek(file, offset, SEEK_SET) == 0, path);
    must(fputc(byte ^ (1 << bit), file) != EOF, path);
    must(fclose(file) == 0, path);
}

void oc_copy(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    must(in && out, from);
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        must(fwrite(block, 1, n, out) == n, to);
    must(fclose(in) == 0 && fclose(out) == 0, to);
}

long oc_file_bytes(const char *path)
{
    FILE *file = fopen(path, "rb");
    must(file != NULL, path);
    must(fseek(file, 0, SEEK_END) == 0, path);
    const long bytes = ftell(file);
    fclose(file);
    return bytes;
}

void oc_fill_normal(float *to, size_t count, uint64_t seed, uint32_t stream)
{
    const oc_random_key key = oc_random_make_key(seed, OC_PURPOSE_TEST, stream);
    for (size_t i = 0; i < count; i++) {
        const oc_random4 draw = oc_random_at(key, (uint32_t)i, 0, 0, 0);
        float pair[2];
        oc_random_normal(draw.word[0], draw.word[1], pair);
        to[i] = pair[0];
    }
}
