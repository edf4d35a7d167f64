/* import_cifar_test.c - CIFAR-10 and CIFAR-100 come out right, damaged they are refused. */
#include "images_check.h"
#include "import_words.h"

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
    if (!hundred) { /* as an editor leaves it: with a byte order mark */
        static const char names[] = "\xef\xbb\xbf"
                                    "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n";
        tar_add("cifar/batches.meta.txt", '0', "", names, sizeof names - 1, sizeof names - 1);
    }
    tar_finish(path, 1);
}

static oc_status import_cifar(const char *path, int coarse)
{
    return coarse ? import_words("cifar", "--force", "--coarse", path, out_path(), NULL)
                  : import_words("cifar", "--force", path, out_path(), NULL);
}

static void cifar_comes_out_right(void)
{
    const char *path = place("cifar.tar.gz");
    oc_dataset *dataset;
    write_cifar(path, 0, 9, 0);
    CU_ASSERT_EQUAL_FATAL(import_cifar(path, 0), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT_FATAL(info->samples[0] == 15 && info->samples[1] == 3 && info->schema.classes == 10);
    CU_ASSERT(info->schema.channels == 3 && info->schema.height == 32 && info->schema.width == 32);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[0], "a");
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[9], "j");
    /* batches by their number, wherever they lie in the archive */
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 1, 2, 1000), 2 * 20 + 1);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TRAIN, 8, 0, 0), 20 + 2);
    CU_ASSERT_EQUAL(level_of(dataset, OC_SPLIT_TEST, 2, 0, 0), 2);
    const uint32_t first = 0;
    int32_t label;
    oc_dataset_gather(dataset, OC_SPLIT_TEST, &first, 1, NULL, &label);
    CU_ASSERT_EQUAL(label, 9);
    oc_dataset_close(dataset);
    CU_ASSERT_EQUAL(import_cifar(path, 1), OC_ERR_USAGE);

    for (int coarse = 0; coarse < 2; coarse++) {
        write_cifar(path, 1, 19, 0);
        CU_ASSERT_EQUAL_FATAL(import_cifar(path, coarse), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
        CU_ASSERT_EQUAL(oc_dataset_describe(dataset)->schema.classes, coarse ? 20 : 100);
        oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &first, 1, NULL, &label);
        CU_ASSERT_EQUAL(label, coarse ? 19 : 90);
        oc_dataset_close(dataset);
    }
}

static void damaged_cifar(void)
{
    const char *path = place("cifar.tar.gz"), *cut = place("cut.tar.gz");
    unlink(out_path());
    write_cifar(path, 0, 10, 0);
    CU_ASSERT_EQUAL(import_cifar(path, 0), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "label 10 of record 0"));
    write_cifar(path, 0, 9, 1);
    CU_ASSERT_EQUAL(import_cifar(path, 0), OC_ERR_DATA);
    add_sound_images("");
    tar_finish(path, 1);
    CU_ASSERT_EQUAL(import_cifar(path, 0), OC_ERR_DATA);
    write_cifar(path, 0, 9, 0);
    for (long n = 0; n < oc_file_bytes(path); n += 37) {
        oc_copy(path, cut);
        oc_truncate(cut, n);
        CU_ASSERT_EQUAL(import_cifar(cut, 0), OC_ERR_DATA);
    }
    CU_ASSERT(!oc_file_exists(out_path()));
}

int main(void)
{
    const oc_case cases[] = {
        {"CIFAR comes out right", cifar_comes_out_right},
        {"damaged CIFAR", damaged_cifar},
    };
    return OC_RUN_CASES("import_cifar", cases);
}
