/* file_test.c - files appear whole or not at all, and durably. */
#include "harness.h"

#include "base/file.h"
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *new_folder(const char *name)
{
    const char *path = oc_scratch_path(name);
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(path), OC_OK);
    return path;
}

static int holds(const char *path, const char *text)
{
    char *bytes;
    size_t count;
    if (oc_file_read(path, 1000, &bytes, &count))
        return 0;
    const int same = count == strlen(text) && strcmp(bytes, text) == 0;
    free(bytes);
    return same;
}

static void write_then_read(void)
{
    const char *path = oc_scratch_path("file");
    CU_ASSERT_EQUAL(oc_file_write(path, "one", 3), OC_OK);
    CU_ASSERT(holds(path, "one"));
    CU_ASSERT_EQUAL(oc_file_write(path, "", 0), OC_OK);
    CU_ASSERT(holds(path, ""));
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), ".tmp-"), 0);
}

static void a_commit_syncs_file_and_folder(void)
{
    const char *path = oc_scratch_path("synced");
    const uint64_t before = oc_file_sync_count();
    CU_ASSERT_EQUAL(oc_file_write(path, "x", 1), OC_OK);
    CU_ASSERT(oc_file_sync_count() - before >= 2);
}

static void temporary_names(void)
{
    char name[OC_PATH_BYTES], expected[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_file_temporary(name, "a/b"), OC_OK);
    snprintf(expected, sizeof expected, "a/.b.tmp-%ld", (long)getpid());
    CU_ASSERT_STRING_EQUAL(name, expected);
    CU_ASSERT_EQUAL(oc_file_temporary(name, "b"), OC_OK);
    CU_ASSERT_STRING_EQUAL(name, expected + 2);
    char *longer = calloc(1, OC_PATH_BYTES + 10);
    CU_ASSERT_PTR_NOT_NULL_FATAL(longer);
    memset(longer, 'a', OC_PATH_BYTES - 5);
    CU_ASSERT_EQUAL(oc_file_temporary(name, longer), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_path_join(name, longer, "more"), OC_ERR_IO);
    free(longer);
}

static void only_regular_files_are_replaced(void)
{
    const char *folder = new_folder("in-the-way");
    CU_ASSERT_EQUAL(oc_file_write(folder, "x", 1), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_write("/dev/null", "x", 1), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "/dev/null"));
    CU_ASSERT_EQUAL(oc_file_write(oc_scratch_path("x/"), "x", 1), OC_ERR_IO);
}

static void a_failed_write_leaves_the_old_file(void)
{
    static char large[100000];
    const char *folder = new_folder("full");
    char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_path_join(path, folder, "kept"), OC_OK);
    CU_ASSERT_EQUAL(oc_file_write(path, "old", 3), OC_OK);
    limit_files(5000);
    CU_ASSERT_EQUAL(oc_file_write(path, large, sizeof large), OC_ERR_IO);
    limit_files(RLIM_INFINITY);
    CU_ASSERT(holds(path, "old"));
    CU_ASSERT_EQUAL(count_entries(folder, ""), 1);

    lock_folder(folder);
    CU_ASSERT_EQUAL(oc_file_write(path, "new", 3), OC_ERR_IO);
    unlock_folder(folder);
    CU_ASSERT(holds(path, "old"));
    CU_ASSERT_EQUAL(oc_file_write(oc_scratch_path("no/such/file"), "x", 1), OC_ERR_IO);
}

static void a_failed_commit_removes_the_temporary_file(void)
{
    const char *folder = new_folder("commit");
    char temporary[OC_PATH_BYTES], final[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_path_join(temporary, folder, ".x.tmp-1"), OC_OK);
    CU_ASSERT_EQUAL(oc_path_join(final, folder, "absent/x"), OC_OK);
    FILE *file = fopen(temporary, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fclose(file);
    CU_ASSERT_EQUAL(oc_file_commit(temporary, final), OC_ERR_IO);
    CU_ASSERT_EQUAL(count_entries(folder, ""), 0);
    CU_ASSERT_EQUAL(oc_file_commit(temporary, oc_scratch_path("x")), OC_ERR_IO);
}

static void write_large(void *path)
{
    static char large[100000];
    oc_file_write(path, large, sizeof large);
}

static void killed_while_writing_leaves_the_old_file(void)
{
    const char *folder = new_folder("killed");
    char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_path_join(path, folder, "kept"), OC_OK);
    CU_ASSERT_EQUAL(oc_file_write(path, "old", 3), OC_OK);
    CU_ASSERT(killed_while_writing(4096, write_large, path));
    CU_ASSERT(holds(path, "old"));
    CU_ASSERT_EQUAL(count_entries(folder, ".kept.tmp-"), 1);
}

static void reading_keeps_to_the_limit(void)
{
    const char *path = oc_scratch_path("ten");
    char *bytes;
    size_t count;
    CU_ASSERT_EQUAL(oc_file_write(path, "0123456789", 10), OC_OK);
    CU_ASSERT_EQUAL(oc_file_read(path, 9, &bytes, &count), OC_ERR_DATA);
    CU_ASSERT_PTR_NULL(bytes);
    CU_ASSERT_EQUAL(oc_file_read("/dev/zero", 100, &bytes, &count), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_read(path, 10, &bytes, &count), OC_OK);
    CU_ASSERT_EQUAL(count, 10);
    free(bytes);
    CU_ASSERT_EQUAL(oc_file_read(oc_scratch_path("absent"), 9, &bytes, &count), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_read(oc_scratch(), 9, &bytes, &count), OC_ERR_IO);
}

/* None of them is waited for: with a pipe that nobody writes open() would not come back. */
static void only_regular_files_are_opened(void)
{
    char *bytes;
    size_t count;
    int descriptor;
    FILE *stream;
    char fifo[OC_PATH_BYTES], link[OC_PATH_BYTES];
    snprintf(fifo, sizeof fifo, "%s", oc_scratch_path("fifo"));
    snprintf(link, sizeof link, "%s", oc_scratch_path("link"));
    CU_ASSERT_EQUAL_FATAL(mkfifo(fifo, 0666), 0);
    CU_ASSERT_EQUAL(oc_file_read(fifo, 9, &bytes, &count), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "not a regular file"));
    CU_ASSERT_EQUAL(oc_file_open(&descriptor, fifo), OC_ERR_IO);
    CU_ASSERT_EQUAL(descriptor, -1);
    CU_ASSERT_EQUAL(oc_file_append(&stream, fifo), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "not a regular file"));
    CU_ASSERT_EQUAL(oc_file_open_stream(&stream, "/dev/null"), OC_ERR_IO);
    CU_ASSERT_PTR_NULL(stream);
    CU_ASSERT_EQUAL(oc_file_open(&descriptor, oc_scratch()), OC_ERR_IO);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(oc_scratch_path("linked"), "x", 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(symlink("linked", link), 0);
    CU_ASSERT(holds(link, "x"));
    CU_ASSERT_EQUAL(oc_file_append(&stream, link), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "symbolic link"));
}

static void a_link_at_the_temporary_name_is_not_followed(void)
{
    char temporary[OC_PATH_BYTES], path[OC_PATH_BYTES];
    int descriptor;
    snprintf(path, sizeof path, "%s", oc_scratch_path("final"));
    CU_ASSERT_EQUAL_FATAL(oc_file_write(oc_scratch_path("mine"), "mine", 4), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_temporary(temporary, path), OC_OK);
    CU_ASSERT_EQUAL_FATAL(symlink("mine", temporary), 0);
    CU_ASSERT_EQUAL(oc_file_create(&descriptor, temporary, path), OC_OK);
    CU_ASSERT_EQUAL(write(descriptor, "new", 3), 3);
    close(descriptor);
    CU_ASSERT_EQUAL(oc_file_commit(temporary, path), OC_OK);
    CU_ASSERT(holds(path, "new"));
    CU_ASSERT(holds(oc_scratch_path("mine"), "mine"));
    CU_ASSERT_EQUAL_FATAL(symlink("mine", temporary), 0); /* planted in between */
    CU_ASSERT_EQUAL(oc_file_commit(temporary, path), OC_ERR_IO);
    CU_ASSERT(holds(path, "new"));
}

static void folders(void)
{
    CU_ASSERT_EQUAL(oc_folder_create(oc_scratch_path("a/b//c/")), OC_OK);
    CU_ASSERT_EQUAL(oc_folder_create(oc_scratch_path("a/b")), OC_OK);
    CU_ASSERT(oc_file_exists(oc_scratch_path("a/b/c")));
    CU_ASSERT(!oc_file_exists(oc_scratch_path("a/c")));
    CU_ASSERT_EQUAL(oc_file_write(oc_scratch_path("a/plain"), "x", 1), OC_OK);
    CU_ASSERT_EQUAL(oc_folder_create(oc_scratch_path("a/plain")), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_folder_create(oc_scratch_path("a/plain/b")), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_folder_create(""), OC_ERR_IO);
}

static void joining_paths(void)
{
    char path[OC_PATH_BYTES];
    static const char *const rows[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "b"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_EQUAL(oc_path_join(path, rows[i][0], rows[i][1]), OC_OK);
        CU_ASSERT_STRING_EQUAL(path, rows[i][2]);
    }
}

int main(void)
{
    const oc_case cases[] = {
        {"write then read", write_then_read},
        {"a commit syncs file and folder", a_commit_syncs_file_and_folder},
        {"temporary names", temporary_names},
        {"only regular files are replaced", only_regular_files_are_replaced},
        {"a failed write leaves the old file", a_failed_write_leaves_the_old_file},
        {"a failed commit removes the temporary file", a_failed_commit_removes_the_temporary_file},
        {"killed while writing", killed_while_writing_leaves_the_old_file},
        {"reading keeps to the limit", reading_keeps_to_the_limit},
        {"only regular files are opened", only_regular_files_are_opened},
        {"a link at the temporary name", a_link_at_the_temporary_name_is_not_followed},
        {"folders", folders},
        {"joining paths", joining_paths},
    };
    return OC_RUN_CASES("file", cases);
}
