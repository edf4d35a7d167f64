/* import_pictures_test.c - what an import of images takes and how it says so: kinds by content,
 * orientation, 16 bits, links. */
#include "images_golden.h"

#include "data/images/picture.h"

enum { WIDE = 5, HIGH = 3 };

/* ---- kinds ---- */

static void kinds_by_content(void)
{
    static const struct {
        const char *name, *as;
    } files[] = {
        {"lossless.webp", "a"}, {"one.gif", "b.gif"},      {"rgb.bmp", "c.BMP"},
        {"raw.tiff", "d.tif"},  {"raw.ppm", "e.ppm"},      {"animated.gif", "f.jfif"},
        {"animated.png", "g"},  {"palette.bmp", "h.jpeg"}, {"pages.tiff", "i.png"},
    };
    enum { FILES = sizeof files / sizeof files[0] };
    const char *const path = place("kinds.tar");
    archive.count = 0;
    for (size_t i = 0; i < FILES; i++) {
        char name[64];
        snprintf(name, sizeof name, "train/a/%s", files[i].as);
        add_golden(files[i].name, name);
    }
    add_golden("rgb.bmp", "test/a/1");
    tar_add("train/a/list.txt", '0', "", "a text", 6, 6);
    tar_add("train/a/more.TXT", '0', "", "a text", 6, 6);
    tar_add("train/a/label.xml", '0', "", "<a/>", 4, 4);
    tar_add("train/a/.hidden", '0', "", "x", 1, 1);
    tar_add("train/a/phone.heic", '0', "",
            "\0\0\0\x18"
            "ftypheic\0\0\0\0",
            16, 16);
    tar_add("train/a/cut.png", '0', "", "\x89PNG\r\n\x1a\n\0\0", 10, 10);
    tar_add("train/a/not.jpg", '0', "", "a text", 6, 6);
    tar_finish(path, 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
    CU_ASSERT_EQUAL(skips, 3); /* told by name: HEIC, the cut one, the text that is called .jpg */
    oc_dataset *const dataset = open_result();
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    CU_ASSERT_FATAL(info->samples[OC_SPLIT_TRAIN] == FILES && info->samples[OC_SPLIT_TEST] == 1);
    const uint8_t *const images = oc_dataset_images(dataset, OC_SPLIT_TRAIN);
    for (size_t i = 0; i < FILES; i++) /* all show the same */
        for (int y = 0; y < HIGH; y++)
            for (int x = 0; x < WIDE; x++) {
                const uint8_t *const at = images + i * 3 * HIGH * WIDE + y * WIDE + x;
                CU_ASSERT(at[0] == 40 * x + 20 * y && at[HIGH * WIDE] == 255 - 50 * x &&
                          at[2 * HIGH * WIDE] == 10 + 90 * y);
            }
    CU_ASSERT(is_noted(dataset, "read: 10 images (BMP 3, GIF 2, TIFF 2, PNG 1, PNM 1, WebP 1)"));
    CU_ASSERT(is_noted(dataset, "4 of unknown content (.txt 2, .jpg 1, .xml 1)"));
    CU_ASSERT(is_noted(dataset, "1 hidden"));
    CU_ASSERT(is_noted(dataset, "1 of unsupported formats (HEIC 1)"));
    CU_ASSERT(is_noted(dataset, "1 damaged or too large (PNG 1)"));
    CU_ASSERT(is_noted(dataset, "first frame or page of several: 3 images (GIF 1, PNG 1, TIFF 1)"));
    oc_dataset_close(dataset);
}

/* Turned upright, and predict's way gives the same bytes. */
static void orientation_is_applied(void)
{
    static const char *const files[] = {"turned.png", "turned.tiff", "turned.webp"};
    const char *const path = place("turned.tar"), *const single = place("single");
    archive.count = 0;
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "train/a/%d", i);
        add_golden(files[i], name);
    }
    add_golden(files[0], "test/a/0");
    tar_finish(path, 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
    oc_dataset *const dataset = open_result();
    const oc_schema *const schema = &oc_dataset_describe(dataset)->schema;
    CU_ASSERT_FATAL(schema->height == WIDE && schema->width == HIGH);
    CU_ASSERT(schema->picture.is_known && schema->picture.upright && !schema->picture.fit[0]);
    CU_ASSERT(is_noted(dataset, "turned upright by their EXIF orientation: 4"));
    const uint8_t *const images = oc_dataset_images(dataset, OC_SPLIT_TRAIN);
    for (int i = 0; i < 3; i++) {
        float values[3 * HIGH * WIDE];
        size_t count;
        char *const bytes = golden(files[i], &count);
        const oc_picture_how how = oc_picture_how_of(schema);
        CU_ASSERT_EQUAL_FATAL(oc_file_write(single, bytes, count), OC_OK);
        free(bytes);
        CU_ASSERT_EQUAL_FATAL(oc_picture_read(single, &how, values), OC_OK);
        for (int k = 0; k < 3 * HIGH * WIDE; k++)
            CU_ASSERT_EQUAL((float)images[i * 3 * HIGH * WIDE + k], values[k]);
        for (int y = 0; y < WIDE; y++) /* the row at the top was the column at the left */
            for (int x = 0; x < HIGH; x++)
                CU_ASSERT_EQUAL(images[i * 3 * HIGH * WIDE + y * HIGH + x],
                                40 * y + 20 * (HIGH - 1 - x));
    }
    oc_dataset_close(dataset);
}

/* What the schema says is enough to make the very numbers that were stored, by every fit. */
static void predict_prepares_alike(void)
{
    static const char *const files[] = {"rgb.bmp", "turned.webp", "deep.png", "grey-alpha.png"};
    const char *const path = place("alike.tar"), *const single = place("single");
    archive.count = 0;
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "train/a/%d", i);
        add_golden(files[i], name);
    }
    add_golden(files[0], "test/a/0");
    tar_finish(path, 0);
    for (int k = 0; k < 12; k++) { /* three fits, one and three channels, 8 and 16 bits */
        oc_import_images options = options_for(path);
        options.fit = (oc_fit)(k % OC_FIT_COUNT);
        options.channels = k / 3 % 2 ? 1 : 3;
        options.bits = k / 6 ? 0 : 8;
        options.height = options.width = 4;
        CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
        oc_dataset *const dataset = open_result();
        const oc_schema *const schema = &oc_dataset_describe(dataset)->schema;
        const oc_picture_how how = oc_picture_how_of(schema);
        const size_t values = oc_schema_values(schema);
        CU_ASSERT_EQUAL(how.fit, options.fit);
        CU_ASSERT_EQUAL(how.bits, k / 6 ? 16 : 8);
        for (size_t i = 0; i < 4; i++) {
            float made[3 * 4 * 4];
            size_t count;
            char *const bytes = golden(files[i], &count);
            const void *const images = oc_dataset_images(dataset, OC_SPLIT_TRAIN);
            CU_ASSERT_EQUAL_FATAL(oc_file_write(single, bytes, count), OC_OK);
            free(bytes);
            CU_ASSERT_EQUAL_FATAL(oc_picture_read(single, &how, made), OC_OK);
            for (size_t v = 0; v < values; v++)
                CU_ASSERT_EQUAL(made[v], how.bits == 16
                                             ? ((const uint16_t *)images)[i * values + v]
                                             : ((const uint8_t *)images)[i * values + v]);
        }
        oc_dataset_close(dataset);
    }
}

/* ---- 16 bits ---- */

static void add_deep(const char *name, int value)
{
    unsigned char file[16] = "P5 1 1 65535\n";
    file[13] = (unsigned char)(value >> 8);
    file[14] = (unsigned char)value;
    tar_add(name, '0', "", file, 15, 15);
}

/* Numbers that are one byte apart stay apart; bytes among them become the same in 16 bits, whether
 * they come before or after. */
static void sixteen_bits_stay(void)
{
    const char *const path = place("deep.tar");
    archive.count = 0;
    tar_add("train/a/0", '0', "", "P5 1 1 255\n\x07", 12, 12);
    for (int i = 0; i < 15; i++) {
        char name[32];
        snprintf(name, sizeof name, "train/a/1%02d", i);
        add_deep(name, 1000 + i);
    }
    tar_add("train/a/2", '0', "", "P5 1 1 255\n\xff", 12, 12);
    add_deep("test/a/1", 65535);
    tar_finish(path, 0);
    oc_import_images options = options_for(path);
    options.channels = 1;
    CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
    oc_dataset *dataset = open_result();
    const oc_schema *schema = &oc_dataset_describe(dataset)->schema;
    CU_ASSERT_EQUAL_FATAL(schema->values, OC_VALUES_WORDS);
    const uint16_t *const words = oc_dataset_images(dataset, OC_SPLIT_TRAIN);
    CU_ASSERT(words[0] == 7 * 257 && words[16] == 65535);
    for (int i = 0; i < 15; i++)
        CU_ASSERT_EQUAL(words[1 + i], 1000 + i);
    CU_ASSERT(is_noted(dataset, "8 bits widened to 16 (times 257): 2 of 18"));
    oc_dataset_close(dataset);

    options.bits = 8; /* asked for: rounded, and said */
    CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
    dataset = open_result();
    schema = &oc_dataset_describe(dataset)->schema;
    CU_ASSERT_EQUAL_FATAL(schema->values, OC_VALUES_BYTES);
    const uint8_t *const bytes = oc_dataset_images(dataset, OC_SPLIT_TRAIN);
    for (int i = 0; i < 15; i++)
        CU_ASSERT_EQUAL(bytes[1 + i], 4); /* 3.89 to 3.95 */
    CU_ASSERT(is_noted(dataset, "16 bits rounded to 8, which loses detail: 16 of 18"));
    oc_dataset_close(dataset);
}

/* ---- links ---- */

static const char *below(const char *folder, const char *name)
{
    static char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, name), OC_OK);
    return path;
}

static void write_golden(const char *folder, const char *name)
{
    size_t count;
    char *const bytes = golden("rgb.bmp", &count);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(below(folder, name), bytes, count), OC_OK);
    free(bytes);
}

static uint64_t train_samples(oc_import_images *options)
{
    CU_ASSERT_EQUAL_FATAL(import(options), OC_OK);
    oc_dataset *const dataset = open_result();
    const uint64_t samples = oc_dataset_describe(dataset)->samples[OC_SPLIT_TRAIN];
    oc_dataset_close(dataset);
    return samples;
}

static void links_are_followed_within_bounds(void)
{
    const char *const root = place("linked"), *const outside = place("outside");
    static const char *const folders[] = {"train/a", "test/a", "test/a/deep"};
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(oc_folder_create(below(root, folders[i])), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(below(outside, "more")), OC_OK);
    write_golden(root, "train/a/1.bmp");
    write_golden(root, "test/a/2.bmp");
    write_golden(root, "test/a/deep/3.bmp");
    write_golden(outside, "4.bmp");
    write_golden(outside, "more/5.bmp");
    CU_ASSERT_EQUAL(symlink("1.bmp", below(root, "train/a/link.bmp")), 0);
    CU_ASSERT_EQUAL(symlink("../../test/a/deep", below(root, "train/a/inside")), 0);
    CU_ASSERT_EQUAL(symlink("../../test/a/deep", below(root, "train/a/inside2")), 0);
    CU_ASSERT_EQUAL(symlink("..", below(root, "train/a/loop")), 0);
    CU_ASSERT_EQUAL(symlink("nothing", below(root, "train/a/broken")), 0);
    CU_ASSERT_EQUAL(symlink("/dev/zero", below(root, "train/a/device.bmp")), 0);
    char target[OC_PATH_BYTES];
    snprintf(target, sizeof target, "%s", below(outside, "4.bmp"));
    CU_ASSERT_EQUAL(symlink(target, below(root, "train/a/out.bmp")), 0);
    CU_ASSERT_EQUAL(symlink(outside, below(root, "train/a/outer")), 0);

    oc_import_images options = options_for(root);
    CU_ASSERT_EQUAL(train_samples(&options), 1);
    CU_ASSERT_EQUAL(skips, 8);
    options.follow = OC_FOLLOW_INSIDE;
    CU_ASSERT_EQUAL(train_samples(&options), 3); /* and link.bmp, inside/3.bmp */
    CU_ASSERT_EQUAL(skips, 6);
    options.follow = OC_FOLLOW_ANYWHERE;
    CU_ASSERT_EQUAL(train_samples(&options), 6); /* and 4.bmp twice, 5.bmp */
    CU_ASSERT_EQUAL(skips, 4);                   /* inside2, the loop, the broken one, the device */
    oc_dataset *const dataset = open_result();
    CU_ASSERT(is_noted(dataset, "links followed: 4"));
    oc_dataset_close(dataset);

    add_sound_images("");
    tar_finish(place("links.tar"), 0);
    options = options_for(place("links.tar"));
    options.follow = OC_FOLLOW_INSIDE;
    CU_ASSERT_EQUAL(import(&options), OC_ERR_USAGE);
}

/* Eight folders, each with links to all of them: 8^64 paths, if all were walked. */
static void links_do_not_multiply(void)
{
    const char *const root = place("many");
    char name[64], target[64];
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(below(root, "test/c")), OC_OK);
    write_golden(root, "test/c/1.bmp");
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "train/c/%d", i);
        CU_ASSERT_EQUAL_FATAL(oc_folder_create(below(root, name)), OC_OK);
        snprintf(name, sizeof name, "train/c/%d/1.bmp", i);
        write_golden(root, name);
        for (int k = 0; k < 8; k++) {
            snprintf(name, sizeof name, "train/c/%d/to%d", i, k);
            snprintf(target, sizeof target, "../%d", k);
            CU_ASSERT_EQUAL(symlink(target, below(root, name)), 0);
        }
    }
    oc_import_images options = options_for(root);
    options.follow = OC_FOLLOW_INSIDE;
    const uint64_t samples = train_samples(&options);
    CU_ASSERT(samples >= 8 && samples <= 16);
}

int main(void)
{
    const oc_case cases[] = {
        {"kinds by content", kinds_by_content},
        {"orientation is applied", orientation_is_applied},
        {"predict prepares alike", predict_prepares_alike},
        {"16 bits stay", sixteen_bits_stay},
        {"links are followed within bounds", links_are_followed_within_bounds},
        {"links do not multiply", links_do_not_multiply},
    };
    return OC_RUN_CASES("import_pictures", cases);
}
