/* images_check.h - what the tests of image and CIFAR imports share: tar archives made by hand,
 * small pictures, an import that is checked for leaving nothing behind. */
#ifndef OC_TESTS_IMAGES_CHECK_H
#define OC_TESTS_IMAGES_CHECK_H

#include "harness.h"

#include "base/file.h"
#include "data/dataset/dataset.h"
#include "data/images/image_write.h"
#include "faults.h"
#include "import/import_images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

enum { SIDE = 4, PNG_BYTES = 4096, BLOCK = 512 };

/* scratch/NAME, for as long as the program runs. */
static inline const char *place(const char *name)
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

static inline void write_octal(unsigned char *to, size_t digits, uint64_t value)
{
    for (size_t i = digits; i-- > 0; value /= 8)
        to[i] = (unsigned char)('0' + value % 8);
}

/* An entry of a type ('0' a file, '1' hard link, '2' symbolic link); `size` is what is declared. */
static inline void tar_add(const char *name, char type, const char *link, const void *bytes,
                           size_t count, uint64_t size)
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

static inline void tar_finish(const char *path, int packed)
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
static inline size_t make_png(int width, int height, int red, int green, int blue, char *to)
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

static inline void add_png(const char *name, int grey)
{
    char png[PNG_BYTES];
    const size_t count = make_png(SIDE, SIDE, grey, grey, grey, png);
    tar_add(name, '0', "", png, count, count);
}

/* Two classes, three training images and one test image each; grey level 10 * class + number. */
static inline void add_sound_images(const char *top)
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

static inline void note_skip(void *user, const char *name, const char *why)
{
    (void)user;
    skips++;
    snprintf(last_skip, sizeof last_skip, "%.100s: %.100s", name, why);
}

static inline oc_import_images options_for(const char *source)
{
    return (oc_import_images){.common.source = source,
                              .channels = 3,
                              .common.seed = 1,
                              .common.listener = {.skipped = note_skip}};
}

static inline const char *out_path(void)
{
    return place("images.h5");
}

static inline oc_status import(const oc_import_images *options)
{
    skips = 0;
    unlink(out_path());
    const oc_status status = oc_import_images_run(options, out_path());
    if (status) {
        CU_ASSERT(!oc_file_exists(out_path()));
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), options->common.source));
    }
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), "images-"), 0); /* the temporary file */
    return status;
}

static inline oc_status import_tar(const char *path)
{
    const oc_import_images options = options_for(path);
    return import(&options);
}

static inline int level_of(const oc_dataset *dataset, oc_split split, uint32_t index, int channel,
                           int at)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    float image[3 * 64 * 64];
    oc_dataset_gather(dataset, split, &index, 1, image, NULL);
    const oc_schema *schema = &info->schema;
    const float normalised = image[channel * schema->height * schema->width + at];
    return (int)((double)normalised * schema->deviation[channel] + schema->mean[channel] + 0.5);
}

/* Is out_path() what add_sound_images made? */
static inline void check_sound(void)
{
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->schema.channels == 3 && info->schema.height == SIDE &&
              info->schema.width == SIDE);
    CU_ASSERT_FATAL(info->samples[0] == 6 && info->samples[1] == 2 && info->schema.classes == 2);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[0], "ape");
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[1], "zebra");
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

#endif
