/* loader_check.h - what the tests of the loader share: a data set, a loader for it, and checks of
 * what it gives. */
#ifndef OC_TESTS_LOADER_CHECK_H
#define OC_TESTS_LOADER_CHECK_H

#include "base/file.h"
#include "base/team.h"
#include "data/dataset/dataset_write.h"
#include "data/loader/loader.h"
#include "storage/h5.h"
#include "tests/datasets.h"
#include "tests/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHANNELS = 2,
    SIDE = 20,
    VALUES = CHANNELS * SIDE * SIDE,
    TRAIN = 3001,
    TEST = 203,
    CLASSES = 3,
    BATCH = 50,
    SHARDS = 7,
    STEPS = TRAIN / BATCH,
    EPOCHS = 2,
    CHUNK = 8,
    CHUNKS = (TEST + CHUNK - 1) / CHUNK,
    MOST_WORKERS = 4
};
enum { WINDOW = 1 << 19, MEMORY = 1 << 19 }; /* less than the set's 2.4 MB: it must stream */

/* ---- data sets ---- */

/* The first bytes of a sample say which it is. */
static inline void fill_sample(unsigned char *image, int split, int sample)
{
    for (int i = 0; i < VALUES; i++)
        image[i] = (unsigned char)((sample * 131 + i * 7 + split) % 251);
    image[0] = (unsigned char)(sample % 256);
    image[1] = (unsigned char)(sample / 256);
}

static inline int32_t label_of(int sample)
{
    return sample % 5 % CLASSES;
}

static const char *data_path(void)
{
    static const char *path;
    if (path)
        return path;
    oc_schema schema = {
        .channels = CHANNELS, .height = SIDE, .width = SIDE, .values = OC_VALUES_BYTES};
    const oc_dataset_plan plan = {
        .schema = &schema, .samples = {TRAIN, TEST}, .source = "loader_test"};
    unsigned char image[VALUES];
    oc_dataset_writer *writer;
    path = strdup(oc_scratch_path("loader.h5"));
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, CLASSES), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    for (int split = 0; split <= OC_SPLIT_TEST; split++)
        for (int i = 0; i < (split ? TEST : TRAIN); i++) {
            const int32_t label = label_of(i);
            fill_sample(image, split, i);
            CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_add(writer, (oc_split)split, image, &label, 1),
                                  OC_OK);
        }
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    oc_schema_free(&schema);
    return path;
}

static inline void open_data(oc_opened *o, const char *path, int with_images)
{
    const oc_dataset_source source = {.path = path};
    CU_ASSERT_EQUAL_FATAL(oc_open_in_steps(o, &source, with_images), OC_OK);
}

/* Rank `rank` of `ranks`, each with so many workers. */
static inline oc_status create(oc_loader **loader, const oc_opened *o, int rank, int ranks,
                               int workers, uint64_t memory)
{
    oc_worker_range train[MOST_WORKERS], evaluate[MOST_WORKERS];
    const int parts = ranks * workers;
    for (int i = 0; i < workers; i++) {
        const int part = rank * workers + i;
        train[i] = (oc_worker_range){part * SHARDS / parts, (part + 1) * SHARDS / parts};
        evaluate[i] = (oc_worker_range){part * CHUNKS / parts, (part + 1) * CHUNKS / parts};
    }
    const oc_loader_config config = {
        .dataset = o->dataset,
        .selection = &o->train,
        .order = oc_order_make(9, o->train.count, oc_dataset_sample_bytes(o->dataset), WINDOW),
        .batch = BATCH,
        .shards = SHARDS,
        .steps_per_epoch = STEPS,
        .total_steps = EPOCHS * STEPS,
        .evaluate_split = OC_SPLIT_TEST,
        .evaluate_selection = &o->evaluate,
        .chunk = CHUNK,
        .workers = workers,
        .train = train,
        .evaluate = evaluate,
        .memory = memory,
    };
    return oc_loader_create(loader, &config);
}

#endif
