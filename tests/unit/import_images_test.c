/* import_images_test.c - images in folders and archives, and CIFAR: right whatever they come in,
 * and no archive or picture, however broken or hostile, does harm. */
#include "harness.h"

#include "base/file.h"
#include "data/dataset.h"
#include "data/image_write.h"
#include "data/importers.h"
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

enum { SIDE = 4, PNG_BYTES = 4096, BLOCK = 512 };

/* scratch/NAME, for as long as the program runs. */
static const char *place(const char *name)
{
    static char paths[24][256];
    const char *const wanted = oc_scratch_path(name);
    int i = 0;
    while (paths[i][0] && strcmp(paths[i], wanted) != 0)
        CU_ASSERT_FATAL(++i < 24);
    snprintf(paths[i], sizeof paths[i], "%s", wanted);
    return paths[i];
}

/* ---- tar archives, made by hand ---- */

typedef struct tar {
    unsigned char bytes[1 << 18];
    size_t count;
} tar;

static tar archive;

static void write_octal(unsigned char *to, size_t digits, uint64_t value)
{
    for (size_t i = digits; i-- > 0; value /= 8)
        to[i] = (unsigned char)('0' + value % 8);
}

/* An entry of a type ('0' a file, '1' hard link, '2' symbolic link); `size` is what is declared. */
static void tar_add(const char *name, char type, const char *link, const void *bytes, size_t count,
                    uint64_t size)
{
    unsigned char *const head = archive.bytes + archive.count;
    CU_ASSERT_FATAL(archive.count + 3 * BLOCK + count < sizeof archive.bytes && strlen(name) < 100);
    memset(head, 0, BLOCK);
    memcpy(head, name, strlen(name));
    write_octal(head + 100, 7, 0644);
    write_octal(head + 108, 7, 0);
    write_octal(head + 116, 7, 0);
    write_octal(head + 124, 11, size);
    write_octal(head + 136, 11, 0);
    memset(head + 148, ' ', 8);
    head[156] = (unsigned char)type;
    memcpy(head + 157, link, strlen(link));
    memcpy(head + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (int i = 0; i < BLOCK; i++)
        sum += head[i];
    write_octal(head + 148, 6, sum);
    head[154] = 0;
    archive.count += BLOCK;
    if (count > 0)
        memcpy(archive.bytes + archive.count, bytes, count);
    memset(archive.bytes + archive.count + count, 0, BLOCK);
    archive.count += (count + BLOCK - 1) / BLOCK * BLOCK;
}

static void tar_finish(const char *path, int packed)
{
    memset(archive.bytes + archive.count, 0, 2 * BLOCK);
    archive.count += 2 * BLOCK;
    if (!packed) {
        CU_ASSERT_EQUAL_FATAL(oc_file_write(path, archive.bytes, archive.count), OC_OK);
        return;
    }
    gzFile file = gzopen(path, "wb9");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(gzwrite(file, archive.bytes, (unsigned)archive.count), (int)archive.count);
    CU_ASSERT_EQUAL_FATAL(gzclose(file), Z_OK);
}

/* ---- pictures ---- */

/* A PNG of one colour. */
static size_t make_png(int width, int height, int red, int green, int blue, char *to)
{
    const char *path = place("one.png");
    static uint8_t pixels[64 * 64 * 3];
    char *bytes;
    size_t count;
    for (int i = 0; i < width * height; i++) {
        pixels[3 * i] = (uint8_t)red;
        pixels[3 * i + 1] = (uint8_t)green;
        pixels[3 * i + 2] = (uint8_t)blue;
    }
    CU_ASSERT_EQUAL_FATAL(oc_image_write_png(path, (uint32_t)width, (uint32_t)height, 3, pixels),
                          OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, PNG_BYTES, &bytes, &count), OC_OK);
    memcpy(to, bytes, count);
    free(bytes);
    return count;
}

static void add_png(const char *name, int grey)
{
    char png[PNG_BYTES];
    const size_t count = make_png(SIDE, SIDE, grey, grey, grey, png);
    tar_add(name, '0', "", png, count, count);
}

/* Two classes, three training images and one test image each; grey level 10 * class + number. */
static void add_sound_images(const char *top)
{
    static const char *const classes[] = {"zebra", "ape"};
    archive.count = 0;
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < 4; i++) {
            char name[100];
            snprintf(name, sizeof name, "%s%s/%s/%d.png", top, i < 3 ? "train" : "test", classes[c],
                     i);
            add_png(name, 10 * (1 - c) + i);
        }
}

/* ---- importing ---- */

static int skips;
static char last_skip[256];

static void note_skip(void *user, const char *name, const char *why)
{
    (void)user;
    skips++;
    snprintf(last_skip, sizeof last_skip, "%.100s: %.100s", name, why);
}

static oc_import_images options_for(const char *source)
{
    return (oc_import_images){
        .source = source, .channels = 3, .seed = 1, .watch = {.skipped = note_skip}};
}

static const char *out_path(void)
{
    return place("images.h5");
}

static oc_status import(const oc_import_images *options)
{
    skips = 0;
    unlink(out_path());
    const oc_status status = oc_import_images_run(options, out_path());
    if (status) {
        CU_ASSERT(!oc_file_exists(out_path()));
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), options->source));
    }
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), "images-"), 0); /* the temporary file */
    return status;
}

static oc_status import_tar(const char *path)
{
    const oc_import_images options = options_for(path);
    return import(&options);
}

static int level_of(const oc_dataset *dataset, oc_split split, uint32_t index, int channel, int at)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    float image[3 * 64 * 64];
    oc_dataset_gather(dataset, split, &index, 1, image, NULL);
    const float value =
        image[channel * info->height * info->width + at] * info->deviation[channel] +
        info->mean[channel];
    return (int)(value * 255.0f + 0.5f);
}

/* Is out_path() what add_sound_images made? */
static void check_sound(void)
{
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->channels == 3 && info->height == SIDE && info->width == SIDE);
    CU_ASSERT_FATAL(info->samples[0] == 6 && info->samples[1] == 2 && info->classes == 2);
    CU_ASSERT_STRING_EQUAL(info->class_names[0], "ape");
    CU_ASSERT_STRING_EQUAL(info->class_names[1], "zebra");
    for (uint32_t i = 0; i < 8; i++) {
        const oc_split split = i < 6 ? OC_SPLIT_TRAIN : OC_SPLIT_TEST;
        const uint32_t index = i < 6 ? i : i - 6;
        const int class = (int)(i < 6 ? i / 3 : i - 6), number = i < 6 ? (int)i % 3 : 3;
        int32_t label;
        oc_dataset_gather(dataset, split, &index, 1, NULL, &label);
        CU_ASSERT_EQUAL(label, class);
        CU_ASSERT_EQUAL(level_of(dataset, split, index, 1, 5), 10 * class + number);
    }
    oc_dataset_close(dataset);
}

/* Below another folder, packed or not: the same file, byte for byte. */
static void archives_come_out_right(void)
{
    oc_digest digest[3];
    for (int i = 0; i < 3; i++) {
        const char *path = place("sound.tar");
        add_sound_images(i == 2 ? "./some/folder/" : "");
        tar_finish(path, i == 1);
        CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
        CU_ASSERT_EQUAL(skips, 0);
        check_sound();
        CU_ASSERT_EQUAL_FATAL(oc_hash_file(out_path(), 0, &digest[i]), OC_OK);
        CU_ASSERT(oc_digest_equal(digest[0], digest[i]));
    }
}

/* FOLDER/NAME until the next call */
static const char *below(const char *folder, const char *name)
{
    static char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, name), OC_OK);
    return path;
}

static void folders_come_out_right(void)
{
    const char *root = place("tree");
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < 4; i++) {
            char folder[32], name[40], png[PNG_BYTES];
            const size_t count = make_png(SIDE, SIDE, 10 * c + i, 10 * c + i, 10 * c + i, png);
            snprintf(folder, sizeof folder, "%s/%s", i < 3 ? "train" : "val", c ? "zebra" : "ape");
            snprintf(name, sizeof name, "%s/%d.PNG", folder, i);
            CU_ASSERT_EQUAL_FATAL(oc_folder_create(below(root, folder)), OC_OK);
            CU_ASSERT_EQUAL_FATAL(oc_file_write(below(root, name), png, count), OC_OK);
        }
    CU_ASSERT_EQUAL_FATAL(import_tar(root), OC_OK);
    CU_ASSERT_EQUAL(skips, 0);
    check_sound();

    CU_ASSERT_EQUAL(symlink("1.PNG", below(root, "train/ape/link.png")), 0);
    CU_ASSERT_EQUAL(symlink("..", below(root, "train/ape/loop")), 0);
    CU_ASSERT_EQUAL(mkdir(below(root, "train/empty"), 0700), 0);
    CU_ASSERT_EQUAL(oc_file_write(below(root, "README.txt"), "x", 1), OC_OK);
    CU_ASSERT_EQUAL(oc_file_write(below(root, "train/ape/.hidden.png"), "x", 1), OC_OK);
    CU_ASSERT_EQUAL(mkfifo(below(root, "train/ape/pipe.png"), 0600), 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(root), OC_OK);
    CU_ASSERT_EQUAL(skips, 3); /* two links and a pipe */
    check_sound();
}

/* Links and names that lead out are told and skipped; with --strict they are errors. */
static void hostile_names_are_skipped(void)
{
    static const struct {
        const char *name;
        char type;
        const char *link, *why;
    } bad[] = {
        {"../train/ape/9.png", '0', "", "leads out"},
        {"train/ape/../../../9.png", '0', "", "leads out"},
        {"/etc/train/ape/9.png", '0', "", "absolute"},
        {"train/ape/9.png", '2', "/etc/passwd", "a link"},
        {"train/ape/9.png", '1', "train/ape/1.png", "a link"},
        {"train/ape/9.png", '3', "", "not a regular file"},
        {"train/ape/9.png", '6', "", "not a regular file"},
        {"train/9.png", '0', "", "not in the folder of a class"},
        {"other/ape/9.png", '0', "", "neither in train nor in test"},
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

/* A file name may be any bytes; only class names are stored. Of two with one name the later
 * counts. */
static void other_names(void)
{
    const char *path = place("names.tar");
    oc_dataset *dataset;
    archive.count = 0;
    add_png("train/caf\xc3\xa9/\xff\xfe.png", 1);
    add_png("train/caf\xc3\xa9/b.png", 2);
    add_png("train/caf\xc3\xa9/b.png", 3);
    add_png("test/caf\xc3\xa9/sub/c.png", 4);
    tar_finish(path, 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
    CU_ASSERT_EQUAL(skips, 1);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->classes == 1 && info->samples[0] == 2 && info->samples[1] == 1);
    CU_ASSERT_STRING_EQUAL(info->class_names[0], "caf\xc3\xa9");
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, 0, 0), 3);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 1, 0, 0), 1);
    oc_dataset_close(dataset);
}

/* Every class gives its part; another seed chooses others; the same seed the same. */
static void a_fraction_becomes_the_test_split(void)
{
    const char *path = place("fraction.tar");
    oc_digest digest[3];
    archive.count = 0;
    for (int i = 0; i < 40; i++) {
        char name[100];
        snprintf(name, sizeof name, "%s/%02d.png", i % 2 ? "b" : "a", i);
        add_png(name, i);
    }
    tar_finish(path, 0);
    oc_import_images options = options_for(path);
    CU_ASSERT_EQUAL(import(&options), OC_ERR_DATA); /* no test images */
    options.test_fraction = 0.25;
    for (int k = 0; k < 3; k++) {
        oc_dataset *dataset;
        int seen[40] = {0}, per_class[2] = {0};
        options.seed = k == 2 ? 2 : 1;
        CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
        digest[k] = oc_dataset_describe(dataset)->digest;
        for (uint32_t i = 0; i < 40; i++) {
            const oc_split split = i < 30 ? OC_SPLIT_TRAIN : OC_SPLIT_TEST;
            const uint32_t index = i < 30 ? i : i - 30;
            const int level = level_of(dataset, split, index, 0, 0);
            int32_t label;
            oc_dataset_gather(dataset, split, &index, 1, NULL, &label);
            CU_ASSERT_FATAL(level >= 0 && level < 40);
            CU_ASSERT_EQUAL(label, level % 2);
            seen[level]++;
            per_class[label] += i >= 30;
        }
        CU_ASSERT(per_class[0] == 5 && per_class[1] == 5);
        for (int i = 0; i < 40; i++)
            CU_ASSERT_EQUAL(seen[i], 1);
        oc_dataset_close(dataset);
    }
    CU_ASSERT(oc_digest_equal(digest[0], digest[1]) && !oc_digest_equal(digest[0], digest[2]));
    add_sound_images("");
    tar_finish(path, 0);
    CU_ASSERT_EQUAL(import(&options), OC_ERR_USAGE); /* there is a test folder */
}

/* A class may be called train; one class will do; a test class must be a training class. */
static void which_folders_are_classes(void)
{
    const char *path = place("classes.tar");
    oc_import_images options = options_for(path);
    oc_dataset *dataset;
    archive.count = 0;
    for (int i = 0; i < 4; i++) {
        add_png(i % 2 ? "vehicles/bus/0.png" : "vehicles/train/0.png", i);
        add_png(i % 2 ? "vehicles/bus/1.png" : "vehicles/train/1.png", i);
    }
    tar_finish(path, 0);
    options.test_fraction = 0.5;
    CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_describe(dataset)->classes, 2);
    CU_ASSERT_STRING_EQUAL(oc_dataset_describe(dataset)->class_names[1], "train");
    oc_dataset_close(dataset);

    add_sound_images("");
    add_png("test/yak/1.png", 1);
    tar_finish(path, 0);
    CU_ASSERT_EQUAL(import_tar(path), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "yak"));
    archive.count = 0;
    tar_finish(path, 0);
    CU_ASSERT_EQUAL(import_tar(path), OC_ERR_DATA); /* nothing in it */
    archive.count = 0;
    add_png("a.png", 1); /* in no folder */
    tar_finish(path, 0);
    CU_ASSERT_EQUAL(import_tar(path), OC_ERR_DATA);
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

/* ---- sizes ---- */

/* A picture 8 wide and 4 high: left half red, right half blue. */
static void fits(void)
{
    static const struct {
        oc_fit fit;
        int corner[3], middle_left[3]; /* top left; left of the middle row */
    } expected[] = {
        {OC_FIT_CROP, {255, 0, 0}, {255, 0, 0}},
        {OC_FIT_PAD, {0, 0, 0}, {255, 0, 0}},
        {OC_FIT_STRETCH, {255, 0, 0}, {255, 0, 0}},
    };
    const char *picture = place("wide.png"), *path = place("fit.tar");
    uint8_t pixels[4 * 8 * 3];
    char *png;
    size_t count;
    for (int i = 0; i < 4 * 8; i++) {
        pixels[3 * i] = i % 8 < 4 ? 255 : 0;
        pixels[3 * i + 1] = 0;
        pixels[3 * i + 2] = i % 8 < 4 ? 0 : 255;
    }
    CU_ASSERT_EQUAL_FATAL(oc_image_write_png(picture, 8, 4, 3, pixels), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(picture, PNG_BYTES, &png, &count), OC_OK);
    archive.count = 0;
    tar_add("train/a/1.png", '0', "", png, count, count);
    tar_add("test/a/1.png", '0', "", png, count, count);
    tar_finish(path, 0);
    free(png);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        oc_dataset *dataset;
        oc_import_images options = options_for(path);
        options.height = options.width = 4;
        options.fit = expected[i].fit;
        CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
        for (int c = 0; c < 3; c++) {
            CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, c, 0), expected[i].corner[c]);
            CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, c, 4), expected[i].middle_left[c]);
        }
        oc_dataset_close(dataset);
    }
    oc_import_images grey = options_for(path);
    oc_dataset *dataset;
    grey.channels = 1;
    CU_ASSERT_EQUAL_FATAL(import(&grey), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    CU_ASSERT(oc_dataset_describe(dataset)->channels == 1);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, 0, 0), 76); /* 0.299 * 255 */
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, 0, 7), 29); /* 0.114 * 255 */
    oc_dataset_close(dataset);
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

/* ---- CIFAR ---- */

enum { RECORD = 3073, RECORDS = 3 };

/* The files of a version with three records each, the last `cut` bytes of a file left out. */
static void write_cifar(const char *path, int hundred, int label_most, size_t cut)
{
    static const char *const ten[] = {"test_batch.bin",   "data_batch_3.bin", "data_batch_1.bin",
                                      "data_batch_2.bin", "data_batch_5.bin", "data_batch_4.bin"};
    static const char *const more[] = {"train.bin", "test.bin"};
    static unsigned char bytes[RECORDS * (RECORD + 1)];
    const size_t record = RECORD + (hundred ? 1 : 0);
    archive.count = 0;
    for (int f = 0; f < (hundred ? 2 : 6); f++) {
        char name[100];
        for (size_t r = 0; r < RECORDS; r++) {
            memset(bytes + r * record, 20 * f + (int)r, record);
            bytes[r * record] = (unsigned char)(r == 0 && f == 0 ? label_most : (int)r);
            if (hundred)
                bytes[r * record + 1] = (unsigned char)(90 + r);
        }
        snprintf(name, sizeof name, "cifar/%s", hundred ? more[f] : ten[f]);
        tar_add(name, '0', "", bytes, RECORDS * record - cut, RECORDS * record - cut);
    }
    if (!hundred)
        tar_add("cifar/batches.meta.txt", '0', "", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n", 21, 21);
    tar_finish(path, 1);
}

static void cifar_comes_out_right(void)
{
    const char *path = place("cifar.tar.gz");
    oc_import_cifar options = {path, 0};
    oc_dataset *dataset;
    write_cifar(path, 0, 9, 0);
    CU_ASSERT_EQUAL_FATAL(oc_import_cifar_run(&options, out_path()), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT_FATAL(info->samples[0] == 15 && info->samples[1] == 3 && info->classes == 10);
    CU_ASSERT(info->channels == 3 && info->height == 32 && info->width == 32);
    CU_ASSERT_STRING_EQUAL(info->class_names[9], "j");
    /* batches by their number, wherever they lie in the archive */
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 1, 2, 1000), 2 * 20 + 1);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 8, 0, 0), 20 + 2);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TEST, 2, 0, 0), 2);
    const uint32_t first = 0;
    int32_t label;
    oc_dataset_gather(dataset, OC_SPLIT_TEST, &first, 1, NULL, &label);
    CU_ASSERT_EQUAL(label, 9);
    oc_dataset_close(dataset);
    options.coarse = 1;
    CU_ASSERT_EQUAL(oc_import_cifar_run(&options, out_path()), OC_ERR_USAGE);

    for (options.coarse = 0; options.coarse < 2; options.coarse++) {
        write_cifar(path, 1, 19, 0);
        CU_ASSERT_EQUAL_FATAL(oc_import_cifar_run(&options, out_path()), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
        CU_ASSERT_EQUAL(oc_dataset_describe(dataset)->classes, options.coarse ? 20 : 100);
        oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &first, 1, NULL, &label);
        CU_ASSERT_EQUAL(label, options.coarse ? 19 : 90);
        oc_dataset_close(dataset);
    }
}

static void damaged_cifar(void)
{
    const char *path = place("cifar.tar.gz"), *cut = place("cut.tar.gz");
    const oc_import_cifar options = {path, 0}, shorter = {cut, 0};
    unlink(out_path());
    write_cifar(path, 0, 10, 0);
    CU_ASSERT_EQUAL(oc_import_cifar_run(&options, out_path()), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "label 10 of record 0"));
    write_cifar(path, 0, 9, 1);
    CU_ASSERT_EQUAL(oc_import_cifar_run(&options, out_path()), OC_ERR_DATA);
    add_sound_images("");
    tar_finish(path, 1);
    CU_ASSERT_EQUAL(oc_import_cifar_run(&options, out_path()), OC_ERR_DATA);
    write_cifar(path, 0, 9, 0);
    for (long n = 0; n < oc_file_bytes(path); n += 37) {
        oc_copy(path, cut);
        oc_truncate(cut, n);
        CU_ASSERT_EQUAL(oc_import_cifar_run(&shorter, out_path()), OC_ERR_DATA);
    }
    CU_ASSERT(!oc_file_exists(out_path()));
}

int main(void)
{
    const oc_case cases[] = {
        {"archives come out right", archives_come_out_right},
        {"folders come out right", folders_come_out_right},
        {"hostile names", hostile_names_are_skipped},
        {"other names", other_names},
        {"a fraction becomes the test split", a_fraction_becomes_the_test_split},
        {"which folders are classes", which_folders_are_classes},
        {"unreadable pictures", unreadable_pictures},
        {"absurd sizes", absurd_sizes},
        {"fits", fits},
        {"truncated archives", truncated_archives},
        {"flipped archives", flipped_archives},
        {"what is no source", what_is_no_source},
        {"CIFAR comes out right", cifar_comes_out_right},
        {"damaged CIFAR", damaged_cifar},
    };
    return OC_RUN_CASES("import_images", cases);
}
