/* loader_test.c - the loader gives the same samples from memory and from the file, with any
 * budget, any cut over ranks and threads, and from any step on; each sample once an epoch. */
#include "loader_check.h"

/* ---- what came, against what should come ---- */

typedef struct seen {
    int train[EPOCHS][TRAIN], test[TEST];
    int wrong; /* samples with another content than theirs, or in another place */
} seen;

static void check_batch(const oc_opened *o, const oc_batch *batch, int split, seen *all)
{
    const oc_dataset_info *info = oc_dataset_describe(o->dataset);
    unsigned char image[VALUES];
    for (int i = 0; i < batch->n; i++) {
        const int sample = (int)batch->sample[i];
        fill_sample(image, split, sample);
        int differ = batch->labels[i] != label_of(sample);
        for (int k = 0; k < VALUES; k++) {
            const int c = k / (SIDE * SIDE);
            differ += batch->images[i * VALUES + k] !=
                      (float)((image[k] - info->schema.mean[c]) / info->schema.deviation[c]);
        }
        all->wrong += differ != 0;
        if (split)
            all->test[sample]++;
        else
            all->train[batch->epoch][sample]++;
    }
}

/* What the workers of a rank do at once, each in a thread of its own, as in training. */
typedef struct task {
    oc_loader *loader;
    const oc_opened *o;
    int rank, ranks;
    oc_team *team;
    uint64_t step;
    seen *all;
    pthread_mutex_t mutex; /* guards *all */
} task;

static task make_task(oc_loader *loader, const oc_opened *o, int rank, int ranks, int workers,
                      seen *all)
{
    task t = {.loader = loader, .o = o, .rank = rank, .ranks = ranks, .all = all};
    pthread_mutex_init(&t.mutex, NULL);
    CU_ASSERT_EQUAL_FATAL(oc_team_create(&t.team, workers), OC_OK);
    return t;
}

static void end_task(task *t)
{
    oc_team_destroy(t->team);
    pthread_mutex_destroy(&t->mutex);
}

static void take_shards(void *data, int worker)
{
    task *t = data;
    const oc_opened *o = t->o;
    const oc_order order =
        oc_order_make(9, o->train.count, oc_dataset_sample_bytes(o->dataset), WINDOW);
    const int workers = oc_team_size(t->team), parts = t->ranks * workers;
    const int part = t->rank * workers + worker;
    for (int shard = part * SHARDS / parts; shard < (part + 1) * SHARDS / parts; shard++) {
        oc_batch batch;
        const oc_status status = oc_loader_take(t->loader, worker, &batch);
        const int begin = shard * BATCH / SHARDS, end = (shard + 1) * BATCH / SHARDS;
        pthread_mutex_lock(&t->mutex);
        t->all->wrong += status != OC_OK;
        if (!status) {
            t->all->wrong += batch.n != end - begin || batch.epoch != t->step / STEPS;
            const uint32_t first = (uint32_t)(t->step % STEPS) * BATCH + (uint32_t)begin;
            for (int i = 0; i < batch.n; i++)
                t->all->wrong +=
                    batch.sample[i] != oc_order_at(&order, batch.epoch, first + (uint32_t)i);
            check_batch(o, &batch, 0, t->all);
        }
        pthread_mutex_unlock(&t->mutex);
        if (!status)
            oc_loader_give_back(t->loader, worker);
    }
}

static void take_chunks(void *data, int worker)
{
    task *t = data;
    const int workers = oc_team_size(t->team), parts = t->ranks * workers;
    const int part = t->rank * workers + worker;
    for (int c = part * CHUNKS / parts; c < (part + 1) * CHUNKS / parts; c++) {
        oc_batch batch;
        const oc_status status = oc_loader_take(t->loader, worker, &batch);
        pthread_mutex_lock(&t->mutex);
        t->all->wrong += status != OC_OK;
        if (!status)
            check_batch(t->o, &batch, 1, t->all);
        pthread_mutex_unlock(&t->mutex);
        if (!status)
            oc_loader_give_back(t->loader, worker);
    }
}

static void take_step(task *t, uint64_t step)
{
    t->step = step;
    oc_loader_train(t->loader, step);
    oc_team_run(t->team, take_shards, t);
}

static void take_evaluation(task *t)
{
    oc_loader_evaluate(t->loader);
    oc_team_run(t->team, take_chunks, t);
}

/* Two epochs with evaluations behind them on so many ranks. */
static void run_epochs(const char *path, int ranks, int workers, uint64_t memory)
{
    seen *all = calloc(1, sizeof *all);
    oc_opened o;
    open_data(&o, path, memory == 0);
    CU_ASSERT_EQUAL(oc_dataset_images(o.dataset, OC_SPLIT_TRAIN) != NULL, memory == 0);
    for (int rank = 0; rank < ranks; rank++) {
        oc_loader *loader;
        CU_ASSERT_EQUAL_FATAL(create(&loader, &o, rank, ranks, workers, memory), OC_OK);
        if (memory)
            CU_ASSERT(oc_loader_bytes(loader) <= memory);
        task t = make_task(loader, &o, rank, ranks, workers, all);
        for (uint64_t step = 0; step < EPOCHS * STEPS; step++) {
            take_step(&t, step);
            if ((step + 1) % STEPS == 0)
                take_evaluation(&t);
        }
        end_task(&t);
        oc_loader_destroy(loader);
    }
    int odd = 0;
    for (int i = 0; i < TEST; i++)
        odd += all->test[i] != EPOCHS;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int left_out = 0;
        for (int i = 0; i < TRAIN; i++) {
            odd += all->train[epoch][i] > 1;
            left_out += all->train[epoch][i] == 0;
        }
        CU_ASSERT_EQUAL(left_out, TRAIN % BATCH); /* the last partial batch */
    }
    CU_ASSERT_EQUAL(odd, 0);
    CU_ASSERT_EQUAL(all->wrong, 0);
    free(all);
    oc_opened_close(&o);
}

static void each_sample_once_from_memory(void)
{
    run_epochs(data_path(), 1, 1, 0);
    run_epochs(data_path(), 2, 2, 0);
}

static void each_sample_once_from_the_file(void)
{
    run_epochs(data_path(), 1, 1, MEMORY);
    run_epochs(data_path(), 1, 1, 3 * MEMORY);
    run_epochs(data_path(), 3, 1, MEMORY);
    run_epochs(data_path(), 2, 2, MEMORY);
    run_epochs(data_path(), 1, 4, MEMORY);
}

/* From any step on, forward or back, also in the middle of what was read ahead. */
static void training_begins_anywhere(void)
{
    static const uint64_t steps[] = {77, 78, 3, 3, STEPS - 1, STEPS, 0, 2 * STEPS - 1, 1};
    for (int streaming = 0; streaming <= 1; streaming++) {
        seen *all = calloc(1, sizeof *all);
        oc_opened o;
        oc_loader *loader;
        open_data(&o, data_path(), !streaming);
        CU_ASSERT_EQUAL_FATAL(create(&loader, &o, 0, 1, 2, streaming ? MEMORY : 0), OC_OK);
        task t = make_task(loader, &o, 0, 1, 2, all);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            take_step(&t, steps[i]);
        oc_loader_evaluate(loader); /* and away from it at once */
        take_step(&t, 40);
        end_task(&t);
        CU_ASSERT_EQUAL(all->wrong, 0);
        oc_loader_destroy(loader);
        free(all);
        oc_opened_close(&o);
    }
}

/* Files of version 0.1 had chunks. */
static void chunked_files_stream_too(void)
{
    const char *path = oc_scratch_path("chunked.h5");
    const uint64_t version = 1;
    const char *const names[CLASSES] = {"a", "b", "c"};
    const float mean[CHANNELS] = {0.25f, 0.5f}, deviation[CHANNELS] = {0.5f, 2.0f};
    const oc_h5_array vector = {OC_H5_FLOAT32, 1, {CHANNELS}};
    unsigned char *images = malloc((size_t)TRAIN * VALUES);
    int32_t *labels = malloc(TRAIN * sizeof *labels);
    oc_h5 *file;
    CU_ASSERT_EQUAL_FATAL(oc_h5_create(&file, path), OC_OK);
    for (int split = 0; split <= OC_SPLIT_TEST; split++) {
        const uint64_t count = split ? TEST : TRAIN;
        const oc_h5_array four = {OC_H5_UINT8, 4, {count, CHANNELS, SIDE, SIDE}};
        const oc_h5_array one = {OC_H5_INT32, 1, {count}};
        for (int i = 0; i < (int)count; i++) {
            fill_sample(images + (size_t)i * VALUES, split, i);
            labels[i] = label_of(i);
        }
        const char *const image_name = split ? "/test/images" : "/train/images";
        const char *const label_name = split ? "/test/labels" : "/train/labels";
        CU_ASSERT_EQUAL(oc_h5_array_create(file, image_name, &four, 37), OC_OK);
        CU_ASSERT_EQUAL(oc_h5_array_write(file, image_name, 0, count, images), OC_OK);
        CU_ASSERT_EQUAL(oc_h5_array_create(file, label_name, &one, 0), OC_OK);
        CU_ASSERT_EQUAL(oc_h5_array_write(file, label_name, 0, count, labels), OC_OK);
    }
    CU_ASSERT_EQUAL(oc_h5_array_create(file, "/mean", &vector, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_write(file, "/mean", 0, CHANNELS, mean), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_create(file, "/deviation", &vector, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_write(file, "/deviation", 0, CHANNELS, deviation), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_texts_write(file, "/class_names", names, CLASSES), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_attribute_text_write(file, "/", "source", "chunked"), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_attribute_write(file, "/", "format_version", OC_H5_UINT64, &version),
                    OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_h5_commit(file, OC_FILE_DATASET), OC_OK);
    free(images);
    free(labels);
    run_epochs(path, 1, 1, MEMORY);
    run_epochs(path, 1, 1, 0);
}

int main(void)
{
    const oc_case cases[] = {
        {"each sample once from memory", each_sample_once_from_memory},
        {"each sample once from the file", each_sample_once_from_the_file},
        {"training begins anywhere", training_begins_anywhere},
        {"chunked files stream too", chunked_files_stream_too},
    };
    return OC_RUN_CASES("loader", cases);
}
