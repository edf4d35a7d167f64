/* import_zip_test.c - images in zip archives come out as from tar archives; hostile and damaged
 * ones do no harm. */
#include "images_golden.h"

#include <archive.h>
#include <archive_entry.h>

static void zip_add(struct archive *zip, const char *name, const void *bytes, size_t count)
{
    struct archive_entry *const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)count);
    CU_ASSERT_EQUAL_FATAL(archive_write_header(zip, entry), ARCHIVE_OK);
    CU_ASSERT_EQUAL(archive_write_data(zip, bytes, count), (la_ssize_t)count);
    archive_entry_free(entry);
}

static struct archive *zip_begin(const char *path, const char *options)
{
    struct archive *const zip = archive_write_new();
    archive_write_set_format_zip(zip);
    if (options) {
        CU_ASSERT_EQUAL(archive_write_set_options(zip, options), ARCHIVE_OK);
        archive_write_set_passphrase(zip, "word");
    }
    CU_ASSERT_EQUAL_FATAL(archive_write_open_filename(zip, path), ARCHIVE_OK);
    return zip;
}

static void zip_end(struct archive *zip)
{
    CU_ASSERT_EQUAL(archive_write_close(zip), ARCHIVE_OK);
    archive_write_free(zip);
}

static void make_zip(const char *path, const char *options, const char *extra)
{
    struct archive *const zip = zip_begin(path, options);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < 4; i++) {
            char name[64], png[PNG_BYTES];
            const int level = 10 * c + i;
            const size_t count = make_png(SIDE, SIDE, level, level, level, png);
            snprintf(name, sizeof name, "photos/%s/%s/%d.png", i < 3 ? "train" : "test",
                     c ? "zebra" : "ape", i);
            zip_add(zip, name, png, count);
        }
    if (extra)
        zip_add(zip, extra, "x", 1);
    zip_end(zip);
}

/* The same file as of a tar archive; cut anywhere an error; a flipped bit an error, an image that
 * is skipped, or nothing that matters. */
static void zip_archives(void)
{
    const char *const zip = place("images.zip"), *const damaged = place("damaged.zip");
    oc_digest of_tar, of_zip;
    add_sound_images("");
    tar_finish(place("same.tar"), 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(place("same.tar")), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_hash_file(out_path(), 0, &of_tar), OC_OK);
    make_zip(zip, NULL, NULL);
    CU_ASSERT_EQUAL_FATAL(import_tar(zip), OC_OK);
    CU_ASSERT_EQUAL(skips, 0);
    check_sound();
    CU_ASSERT_EQUAL_FATAL(oc_hash_file(out_path(), 0, &of_zip), OC_OK);
    CU_ASSERT(oc_digest_equal(of_tar, of_zip));
    const long bytes = oc_file_bytes(zip);
    for (long n = 0; n < bytes; n += 37) {
        oc_copy(zip, damaged);
        oc_truncate(damaged, n);
        CU_ASSERT_EQUAL(import_tar(damaged), OC_ERR_DATA);
    }
    for (long at = 0; at < bytes; at += 11) {
        oc_copy(zip, damaged);
        oc_flip_bit(damaged, at, (int)(at % 8));
        const oc_status status = import_tar(damaged);
        CU_ASSERT(status == OC_OK || status == OC_ERR_DATA);
    }
}

/* Made by Python: names marked as UTF-8, and what macOS adds. */
static void zip_names(void)
{
    const char *const zip = place("names.zip");
    size_t count;
    char *const bytes = golden("names.zip", &count);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(zip, bytes, count), OC_OK);
    free(bytes);
    CU_ASSERT_EQUAL_FATAL(import_tar(zip), OC_OK);
    oc_dataset *const dataset = open_result();
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    CU_ASSERT_FATAL(info->schema.classes == 1 && info->samples[OC_SPLIT_TRAIN] == 1);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[0], "caf\xc3\xa9");
    CU_ASSERT(is_noted(dataset, "2 hidden"));
    oc_dataset_close(dataset);
}

static void hostile_zip_archives(void)
{
    static const char *const names[] = {"../train/ape/9.png", "/etc/train/ape/9.png"};
    const char *const zip = place("hostile.zip");
    for (int i = 0; i < 2; i++) {
        make_zip(zip, NULL, names[i]);
        CU_ASSERT_EQUAL_FATAL(import_tar(zip), OC_OK);
        CU_ASSERT_EQUAL(skips, 1);
        check_sound();
    }
    make_zip(zip, "zip:encryption=traditional", NULL); /* all of it: nothing to read */
    CU_ASSERT_EQUAL(import_tar(zip), OC_ERR_DATA);
    CU_ASSERT_EQUAL(skips, 8);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_skip, "encrypted"));

    /* A bomb: 300 MiB of zeros in 300 KiB, refused by what it says of itself. */
    enum { PART = 1 << 20, PARTS = 300 };
    struct archive *const bomb = zip_begin(zip, NULL);
    struct archive_entry *const entry = archive_entry_new();
    char *const zeros = calloc(1, PART);
    archive_entry_set_pathname(entry, "train/a/bomb.png");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)PART * PARTS);
    CU_ASSERT_EQUAL_FATAL(archive_write_header(bomb, entry), ARCHIVE_OK);
    memcpy(zeros, "\x89PNG\r\n\x1a\n", 8);
    for (int i = 0; i < PARTS; i++)
        CU_ASSERT_EQUAL(archive_write_data(bomb, zeros, PART), PART);
    archive_entry_free(entry);
    free(zeros);
    zip_end(bomb);
    CU_ASSERT(oc_file_bytes(zip) < PART);
    CU_ASSERT_EQUAL(import_tar(zip), OC_ERR_DATA); /* no images */
    CU_ASSERT_EQUAL(skips, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_skip, "expected at most"));
}

int main(void)
{
    const oc_case cases[] = {
        {"zip archives", zip_archives},
        {"zip names", zip_names},
        {"hostile zip archives", hostile_zip_archives},
    };
    return OC_RUN_CASES("import_zip", cases);
}
