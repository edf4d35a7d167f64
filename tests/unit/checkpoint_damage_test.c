/* checkpoint_damage_test.c - 10,000 random damages of a checkpoint and every 512 bytes a
 * truncation: no reader takes it for good, none crashes. Of a small file; of $CHECKPOINT too if
 * that names one, which is copied. checkpoint_test.c has single bits everywhere. */
#include "checkpoint_check.h"

#include "base/random.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAMAGES = 10000, MOST_FLIPS = 8, STRIDE = 512 };

static void ignore(const char *name, oc_shape shape, void *user)
{
    (void)name;
    (void)shape;
    (void)user;
}

/* How many of the four ways to read a checkpoint take it for good. */
static int readers(const char *path)
{
    oc_checkpoint_info info;
    oc_schema schema;
    char *text = NULL;
    int good = oc_checkpoint_read_info(path, &info, &text) == OC_OK;
    free(text);
    if (oc_checkpoint_read_schema(path, &schema) == OC_OK) {
        good++;
        oc_schema_free(&schema);
    }
    good += oc_checkpoint_read_tensors(path, NULL, 0) == OC_OK;
    return good + (oc_checkpoint_list(path, ignore, NULL) == OC_OK);
}

static void flip(int file, uint32_t place, long bytes, int bit)
{
    unsigned char byte;
    const off_t at = (off_t)(place % (unsigned long)bytes);
    CU_ASSERT_EQUAL_FATAL(pread(file, &byte, 1, at), 1);
    byte ^= (unsigned char)(1u << bit);
    CU_ASSERT_EQUAL_FATAL(pwrite(file, &byte, 1, at), 1);
}

/* Flips all bits of damage number `i`; a second time takes them back. One bit, or with every second
 * damage up to eight near one another. */
static void damage(int file, long bytes, uint32_t i)
{
    const oc_random_key key = oc_random_make_key(26, OC_PURPOSE_TEST, 0);
    const oc_random4 where = oc_random_at(key, i, 0, 0, 0);
    const uint32_t flips = i % 2 ? 1 : 1 + where.word[2] % MOST_FLIPS;
    for (uint32_t k = 0; k < flips; k++) /* each in a byte of its own */
        flip(file, where.word[0] + 3 * k, bytes, (int)((where.word[1] >> (3 * k)) & 7));
}

static void damages_of(const char *path)
{
    const long bytes = oc_file_bytes(path);
    int taken = 0;
    CU_ASSERT_EQUAL_FATAL(readers(path), 4);
    const int file = open(path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_FATAL(file >= 0);
    for (uint32_t i = 0; i < DAMAGES; i++) {
        damage(file, bytes, i);
        taken += readers(path);
        damage(file, bytes, i);
    }
    CU_ASSERT_EQUAL(taken, 0);
    CU_ASSERT_EQUAL(readers(path), 4);
    int cuts = 0;
    for (long at = bytes - (bytes % STRIDE ? bytes % STRIDE : STRIDE); at >= 0; at -= STRIDE) {
        oc_truncate(path, at);
        taken += readers(path);
        cuts++;
    }
    CU_ASSERT_EQUAL(taken, 0);
    printf("    %s: %ld bytes, %d damages, %d truncations, taken for good %d times\n", path, bytes,
           DAMAGES, cuts, taken);
    close(file);
}

static void of_a_small_file(void)
{
    const char *path = oc_scratch_path("small.h5");
    const oc_checkpoint_info info = some_info(17);
    const oc_schema schema = some_schema();
    model made, found;
    fill_model(&made, 1);
    fill_model(&found, -50);
    CU_ASSERT_EQUAL_FATAL(oc_checkpoint_save(path, &info, recipe, &schema, made.tensors, 4), OC_OK);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, found.tensors, 4), OC_OK);
    CU_ASSERT(same_model(&made, &found));
    damages_of(path);
}

static void of_a_given_file(void)
{
    const char *path = oc_scratch_path("given.h5"), *given = getenv("CHECKPOINT");
    if (!given)
        return;
    oc_copy(given, path);
    damages_of(path);
}

int main(void)
{
    static const oc_case cases[] = {
        {"of a small file", of_a_small_file},
        {"of a given file", of_a_given_file},
    };
    return OC_RUN_CASES("checkpoint_damage_test", cases);
}
