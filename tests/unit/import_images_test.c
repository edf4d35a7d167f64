/* import_images_test.c - images in folders and archives come out right: splits, classes, order,
 * names, sizes. Hostile and damaged ones are in import_hostile_test.c. */
#include "images_check.h"

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
            char folder[32], name[48], png[PNG_BYTES];
            const size_t count = make_png(SIDE, SIDE, 10 * c + i, 10 * c + i, 10 * c + i, png);
            snprintf(folder, sizeof folder, "%s/%s", i < 3 ? "train" : "test", c ? "zebra" : "ape");
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
    CU_ASSERT(info->schema.classes == 1 && info->samples[0] == 2 && info->samples[1] == 1);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[0], "caf\xc3\xa9");
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
    options.common.test_fraction = 0.25;
    for (int k = 0; k < 3; k++) {
        oc_dataset *dataset;
        int seen[40] = {0}, per_class[2] = {0};
        options.common.seed = k == 2 ? 2 : 1;
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
    options.common.test_fraction = 0.5;
    CU_ASSERT_EQUAL_FATAL(import(&options), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_describe(dataset)->schema.classes, 2);
    CU_ASSERT_STRING_EQUAL(oc_dataset_describe(dataset)->schema.class_names[1], "train");
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
    CU_ASSERT(oc_dataset_describe(dataset)->schema.channels == 1);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, 0, 0), 76); /* 0.299 * 255 */
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 0, 0, 7), 29); /* 0.114 * 255 */
    oc_dataset_close(dataset);
}

int main(void)
{
    const oc_case cases[] = {
        {"archives come out right", archives_come_out_right},
        {"folders come out right", folders_come_out_right},
        {"other names", other_names},
        {"a fraction becomes the test split", a_fraction_becomes_the_test_split},
        {"which folders are classes", which_folders_are_classes},
        {"fits", fits},
    };
    return OC_RUN_CASES("import_images", cases);
}
