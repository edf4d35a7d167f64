/* hash_test.c - digests: known values, streaming equals one block, files, text. */
#include "harness.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

/* XXH3 of "": as xxHash publishes it; of "onecycle": as libxxhash 0.8.1 gives it. */
static void known_values(void)
{
    char text[OC_DIGEST_TEXT];
    oc_digest_text(oc_hash("", 0), text);
    CU_ASSERT_STRING_EQUAL(text, "99aa06d3014798d86001c324468d497f");
    oc_digest_text(oc_hash(NULL, 0), text);
    CU_ASSERT_STRING_EQUAL(text, "99aa06d3014798d86001c324468d497f");
    CU_ASSERT_EQUAL(oc_hash64("", 0), 0x2d06800538d394c2u);
    oc_digest_text(oc_hash("onecycle", 8), text);
    CU_ASSERT_STRING_EQUAL(text, "31cbd11229deebc0870241a6871bdd75");
}

static void streaming_equals_one_block(void)
{
    unsigned char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 256);
    const oc_digest whole = oc_hash(bytes, sizeof bytes);
    for (size_t piece = 1; piece < 1500; piece = piece * 2 + 1) {
        oc_hasher *hasher = oc_hasher_create();
        CU_ASSERT_PTR_NOT_NULL_FATAL(hasher);
        oc_hasher_update(hasher, NULL, 0);
        for (size_t at = 0; at < sizeof bytes; at += piece)
            oc_hasher_update(hasher, bytes + at,
                             piece < sizeof bytes - at ? piece : sizeof bytes - at);
        CU_ASSERT(oc_digest_equal(whole, oc_hasher_finish(hasher)));
    }
    bytes[4999] ^= 1;
    CU_ASSERT(!oc_digest_equal(whole, oc_hash(bytes, sizeof bytes)));
}

static void files_from_an_offset(void)
{
    const char *path = oc_scratch_path("hashed");
    static char bytes[700000]; /* more than one read */
    memset(bytes, 'x', sizeof bytes);
    bytes[600000] = 'y';
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, sizeof bytes, file), sizeof bytes);
    fclose(file);
    oc_digest digest;
    CU_ASSERT_EQUAL(oc_hash_file(path, 0, &digest), OC_OK);
    CU_ASSERT(oc_digest_equal(digest, oc_hash(bytes, sizeof bytes)));
    CU_ASSERT_EQUAL(oc_hash_file(path, 512, &digest), OC_OK);
    CU_ASSERT(oc_digest_equal(digest, oc_hash(bytes + 512, sizeof bytes - 512)));
    CU_ASSERT_EQUAL(oc_hash_file(path, sizeof bytes + 10, &digest), OC_OK);
    CU_ASSERT(oc_digest_equal(digest, oc_hash("", 0)));
}

static void missing_file_is_an_io_error(void)
{
    oc_digest digest;
    CU_ASSERT_EQUAL(oc_hash_file(oc_scratch_path("absent"), 0, &digest), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "absent"));
    CU_ASSERT_EQUAL(oc_hash_file(oc_scratch(), 0, &digest), OC_ERR_IO); /* a folder */
}

int main(void)
{
    const oc_case cases[] = {
        {"known values", known_values},
        {"streaming equals one block", streaming_equals_one_block},
        {"files from an offset", files_from_an_offset},
        {"missing file", missing_file_is_an_io_error},
    };
    return OC_RUN_CASES("hash", cases);
}
