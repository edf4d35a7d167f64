/* import_hostile_test.c - no archive or picture, however broken or hostile, does harm: it is
 * skipped and told, or an error, and nothing is left behind. */
#include "images_check.h"

/* Links and names that lead out are told and skipped; with --strict they are errors. */
static void hostile_names_are_skipped(void)
{
    static const struct {
        const char *name;
        char type;
        const char *link, *why;
    } bad[] = {
        {"../train/ape/9.png", '0', "", "leads outside"},
        {"train/ape/../../../9.png", '0', "", "leads outside"},
        {"/etc/train/ape/9.png", '0', "", "absolute"},
        {"train/ape/9.png", '2', "/etc/passwd", "a link"},
        {"train/ape/9.png", '1', "train/ape/1.png", "a link"},
        {"train/ape/9.png", '3', "", "not a regular file"},
        {"train/ape/9.png", '6', "", "not a regular file"},
        {"train/9.png", '0', "", "not in the folder of a class"},
        {"train/\xff\xfe/9.png", '0', "", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char png[PNG_BYTES];
        const char *path = place("hostile.tar");
        const size_t count = bad[i].type == '0' ? make_png(SIDE, SIDE, 9, 9, 9, png) : 0;
        add_sound_images("");
        tar_add(bad[i].name, bad[i].type, bad[i].link, png, count, count);
        tar_finish(path, 0);
        CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
        CU_ASSERT_EQUAL(skips, 1);
        if (!strstr(last_skip, bad[i].why))
            printf("%s: found %s\n", bad[i].why, last_skip);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_skip, bad[i].why));
        check_sound();
        oc_import_images strict = options_for(path);
        strict.strict = 1;
        CU_ASSERT_EQUAL(import(&strict), OC_ERR_DATA);
    }
}

/* Unreadable pictures are skipped; a picture of another size needs --size. */
static void unreadable_pictures(void)
{
    const char *path = place("pictures.tar");
    char png[PNG_BYTES];
    const size_t count = make_png(SIDE, SIDE, 1, 2, 3, png);
    add_sound_images("");
    tar_add("train/ape/7.png", '0', "", png, count / 2, count / 2);
    tar_add("train/ape/8.jpg", '0', "", "no picture", 10, 10);
    tar_add("train/ape/9.png", '0', "", "", 0, 0);
    png[16] = 0x7f; /* the width: an image of two thousand million columns */
    tar_add("train/ape/bomb.png", '0', "", png, count, count);
    tar_finish(path, 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
    CU_ASSERT_EQUAL(skips, 4);
    check_sound();

    const size_t other = make_png(SIDE + 1, SIDE, 1, 2, 3, png);
    add_sound_images("");
    tar_add("train/ape/7.png", '0', "", png, other, other);
    tar_finish(path, 0);
    CU_ASSERT_EQUAL(import_tar(path), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "--size"));
}

static void absurd_sizes(void)
{
    const char *path = place("absurd.tar");
    const uint64_t sizes[] = {1 << 20, 1ull << 30, (1ull << 33) - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        add_sound_images("");
        tar_add("train/ape/9.png", '0', "", "x", 1, sizes[i]);
        tar_finish(path, 0);
        CU_ASSERT_EQUAL(import_tar(path), OC_ERR_DATA);
    }
}

/* ---- damage ---- */

/* Cut anywhere, an archive is refused, packed or not: never a data set of the half of it. */
static void truncated_archives(void)
{
    const char *whole = place("whole.tar"), *cut = place("cut.tar");
    for (int packed = 0; packed < 2; packed++) {
        add_sound_images("");
        tar_finish(whole, packed);
        const long bytes = oc_file_bytes(whole);
        const long end = packed ? bytes : bytes - 2 * BLOCK;
        for (long n = 0; n < end; n += packed ? 7 : 129) {
            oc_copy(whole, cut);
            oc_truncate(cut, n);
            CU_ASSERT_EQUAL(import_tar(cut), OC_ERR_DATA);
        }
    }
}

/* A flipped bit is found by gzip's checksum; in a plain tar it may also hit a name, a time or a
 * picture that is then skipped or changed: no crash, and a whole file or none. */
static void flipped_archives(void)
{
    const char *whole = place("whole.tar"), *flipped = place("flipped.tar");
    for (int packed = 0; packed < 2; packed++) {
        add_sound_images("");
        tar_finish(whole, packed);
        const long bytes = oc_file_bytes(whole);
        for (long at = 0; at < bytes; at += packed ? 5 : 61) {
            oc_dataset *dataset;
            oc_copy(whole, flipped);
            oc_flip_bit(flipped, at, (int)(at % 8));
            const oc_status status = import_tar(flipped);
            CU_ASSERT(status == OC_OK || status == OC_ERR_DATA || status == OC_ERR_USAGE);
            if (status)
                continue;
            if (packed) /* a bit that means nothing, as the header's time */
                check_sound();
            CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
            oc_dataset_close(dataset);
        }
    }
}

static void what_is_no_source(void)
{
    const char *path = place("nothing");
    oc_import_images options = options_for(path);
    CU_ASSERT_EQUAL(import(&options), OC_ERR_IO);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, "just some text, quite short", 27), OC_OK);
    CU_ASSERT_EQUAL(import(&options), OC_ERR_DATA);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, "", 0), OC_OK);
    CU_ASSERT_EQUAL(import(&options), OC_ERR_DATA);
}

int main(void)
{
    const oc_case cases[] = {
        {"hostile names", hostile_names_are_skipped},
        {"unreadable pictures", unreadable_pictures},
        {"absurd sizes", absurd_sizes},
        {"truncated archives", truncated_archives},
        {"flipped archives", flipped_archives},
        {"what is no source", what_is_no_source},
    };
    return OC_RUN_CASES("import_hostile", cases);
}
