/* import_splits_test.c - folders of training, validation and test images: each becomes its split,
 * whatever the case of its letters; nothing is merged, and what is neither splits nor classes is an
 * error that lists the folders. */
#include "images_check.h"

/* A tar archive of so many images in each folder, named with their numbers. */
typedef struct tree {
    const char *folder;
    int images;
} tree;

static oc_status import_tree(const tree *trees, size_t count, double fraction)
{
    const char *const path = place("splits.tar");
    archive.count = 0;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < trees[i].images; k++) {
            char name[96];
            snprintf(name, sizeof name, "%s/%d.png", trees[i].folder, k);
            add_png(name, (int)i * 10 + k);
        }
    tar_finish(path, 0);
    oc_import_images options = options_for(path);
    options.common.test_fraction = fraction;
    return import(&options);
}
#define IMPORT(trees, fraction) import_tree(trees, sizeof trees / sizeof trees[0], fraction)

static void check_samples(uint64_t train, uint64_t validation, uint64_t test)
{
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const uint64_t *const samples = oc_dataset_describe(dataset)->samples;
    CU_ASSERT_EQUAL(samples[OC_SPLIT_TRAIN], train);
    CU_ASSERT_EQUAL(samples[OC_SPLIT_VALIDATION], validation);
    CU_ASSERT_EQUAL(samples[OC_SPLIT_TEST], test);
    oc_dataset_close(dataset);
}

static void three_splits(void)
{
    const tree plain[] = {{"train/a", 4}, {"train/b", 3}, {"val/a", 1},
                          {"val/b", 2},   {"test/a", 2},  {"test/b", 3}};
    const tree other[] = {{"x/Training/a", 4}, {"x/Training/b", 3}, {"x/VALID/a", 1},
                          {"x/VALID/b", 2},    {"x/Testing/a", 2},  {"x/Testing/b", 3}};
    CU_ASSERT_EQUAL_FATAL(IMPORT(plain, 0), OC_OK);
    check_samples(7, 3, 5);
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const uint8_t *const images = oc_dataset_images(dataset, OC_SPLIT_VALIDATION);
    const int32_t *const labels = oc_dataset_labels(dataset, OC_SPLIT_VALIDATION);
    const size_t bytes = 3 * SIDE * SIDE;
    CU_ASSERT(images[0] == 20 && images[bytes] == 30 && images[2 * bytes] == 31);
    CU_ASSERT(labels[0] == 0 && labels[1] == 1 && labels[2] == 1);
    oc_dataset_close(dataset);
    CU_ASSERT_EQUAL_FATAL(IMPORT(other, 0), OC_OK);
    check_samples(7, 3, 5);
}

/* train and val alone: val is the validation split, and the card says that there is no other. With
 * a fraction the test split comes out of the training images; without one of the classes an error.
 */
static void train_and_val(void)
{
    const tree trees[] = {{"train/a", 8}, {"train/b", 8}, {"val/a", 1}, {"val/b", 2}};
    const tree unknown[] = {{"train/a", 8}, {"val/b", 2}};
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(IMPORT(trees, 0), OC_OK);
    check_samples(16, 3, 0);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const oc_schema *const schema = &oc_dataset_describe(dataset)->schema;
    CU_ASSERT_FATAL(schema->notes > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(schema->note[schema->notes - 1], "no folder for a test split"));
    oc_dataset_close(dataset);
    CU_ASSERT_EQUAL_FATAL(IMPORT(trees, 0.25), OC_OK);
    check_samples(12, 3, 4);
    CU_ASSERT_EQUAL(IMPORT(unknown, 0), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "val/b/0.png"));
}

static void is_refused(const tree *trees, size_t count, const char *text)
{
    CU_ASSERT_EQUAL(import_tree(trees, count, 0.5), OC_ERR_DATA);
    if (!strstr(oc_message(), text))
        printf("expected %s, found %s\n", text, oc_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), text));
}
#define REFUSED(trees, text) is_refused(trees, sizeof trees / sizeof trees[0], text)

static void nothing_is_merged(void)
{
    const tree mixture[] = {{"train/a", 2}, {"test/a", 2}, {"foo/a", 2}};
    const tree one_more[] = {{"train/a", 2}, {"foo/a", 2}};
    const tree twice[] = {{"train/a", 2}, {"val/a", 2}, {"Validation/a", 2}};
    const tree cases[] = {{"train/a", 2}, {"Train/a", 2}, {"test/a", 2}};
    const tree no_train[] = {{"test/a", 2}, {"val/a", 2}};
    const tree alone[] = {{"test/a", 2}};
    const tree inside[] = {{"cat/train", 2}, {"cat/test", 2}, {"dog/train", 2}};
    REFUSED(mixture, "found folders foo, test, train");
    REFUSED(one_more, "found folders foo, train");
    REFUSED(twice, "two of them would be the same split");
    REFUSED(cases, "found folders Train, test, train");
    REFUSED(no_train, "none is the training split");
    REFUSED(alone, "none is the training split");
    REFUSED(inside, "inside a class folder");
}

/* Pictures in no folder do not hide the folders. */
static void stray_pictures(void)
{
    const char *const path = place("stray.tar");
    archive.count = 0;
    add_png("logo.png", 1);
    add_png("photos/train/a/1.png", 2);
    add_png("photos/test/a/1.png", 3);
    add_png("photos/cover.png", 4);
    tar_finish(path, 0);
    CU_ASSERT_EQUAL_FATAL(import_tar(path), OC_OK);
    CU_ASSERT_EQUAL(skips, 2);
    check_samples(1, 0, 1);
}

int main(void)
{
    const oc_case cases[] = {
        {"three splits", three_splits},
        {"train and val", train_and_val},
        {"nothing is merged", nothing_is_merged},
        {"stray pictures", stray_pictures},
    };
    return OC_RUN_CASES("import_splits", cases);
}
