/* loader.c - how many samples a second the loader alone feeds: bench_loader [FILE.h5 [SECONDS]].
 * Without a file: 20000 samples of 3x32x32, made for it. From memory, and reading with several
 * budgets; one worker takes and gives back at once. All are normalised; "crop, flip" with padding 4
 * and at random. "whole" and "tenth" say whether this is the only rank or one of ten, who read a
 * tenth of each block. Not a test: it prints. */
#include "data/loader/loader.h"
#include "base/clock.h"
#include "import/import_synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 640, SHARDS = 20 };

typedef struct way {
    const char *name;
    int in_memory, augments, shards; /* shards: that this rank has */
    uint64_t memory, window;
} way;

static oc_dataset *open_data(const char *path, int with_images, void **memory)
{
    const oc_dataset_source source = {.path = path, .verified = 1};
    oc_dataset *dataset;
    if (oc_dataset_attach(&dataset, &source))
        return NULL;
    *memory = malloc((size_t)oc_dataset_bytes(dataset, with_images));
    if (*memory)
        oc_dataset_place(dataset, *memory, with_images);
    if (!*memory || oc_dataset_fill(dataset, 0, 1) || oc_dataset_ready(dataset, NULL)) {
        oc_dataset_close(dataset);
        return NULL;
    }
    return dataset;
}

/* Take for so many seconds. Samples a second; 0 after a failure. */
static double measure(const oc_dataset *dataset, const way *how, double seconds)
{
    const uint64_t samples = oc_dataset_describe(dataset)->samples[OC_SPLIT_TRAIN];
    const oc_selection all = {.count = (uint32_t)samples};
    const oc_worker_range train = {0, how->shards}, none = {0, 0};
    const oc_augment_config wanted = {
        .resized_crop = {1, 1}, .crop = 4, .padding = OC_PADDING_ZERO, .flip = OC_FLIP_RANDOM};
    oc_augment augment;
    oc_loader *loader;
    uint64_t taken = 0;
    if (oc_augment_create(&augment, &wanted, 1, oc_dataset_describe(dataset)))
        return 0;
    const oc_loader_config config = {
        .dataset = dataset,
        .selection = &all,
        .order = oc_order_make(1, all.count, oc_dataset_sample_bytes(dataset), how->window),
        .augment = how->augments ? &augment : NULL,
        .batch = BATCH,
        .shards = SHARDS,
        .steps_per_epoch = samples / BATCH,
        .total_steps = UINT64_MAX,
        .evaluate_split = OC_SPLIT_TRAIN,
        .evaluate_selection = &all,
        .chunk = 1,
        .workers = 1,
        .train = &train,
        .evaluate = &none,
        .memory = how->memory,
    };
    if (oc_loader_create(&loader, &config))
        return 0;
    const double started = oc_seconds();
    double now = started;
    for (uint64_t step = 0; now - started < seconds; step++, now = oc_seconds()) {
        oc_loader_train(loader, step);
        for (int shard = 0; shard < how->shards; shard++) {
            oc_batch batch;
            if (oc_loader_take(loader, 0, &batch)) {
                oc_loader_destroy(loader);
                return 0;
            }
            taken += (uint64_t)batch.n;
            oc_loader_give_back(loader, 0);
        }
    }
    oc_loader_destroy(loader);
    return (double)taken / (now - started);
}

/* Too large to be held in memory just for this. */
static int is_large(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && about.st_size > (off_t)1 << 31;
}

int main(int count, char **arguments)
{
    static const way ways[] = {
        {"memory, whole", 1, 0, SHARDS, 0, (uint64_t)256 << 20},
        {"memory, whole, crop, flip", 1, 1, SHARDS, 0, (uint64_t)256 << 20},
        {"file, 512 MiB, window 256 MiB, whole", 0, 0, SHARDS, (uint64_t)512 << 20,
         (uint64_t)256 << 20},
        {"file, 512 MiB, window 256 MiB, whole, crop, flip", 0, 1, SHARDS, (uint64_t)512 << 20,
         (uint64_t)256 << 20},
        {"file, 64 MiB, window 256 MiB, whole, crop, flip", 0, 1, SHARDS, 64 << 20,
         (uint64_t)256 << 20},
        {"file, 64 MiB, window 16 MiB, whole, crop, flip", 0, 1, SHARDS, 64 << 20, 16 << 20},
        {"file, 64 MiB, window 16 MiB, tenth, crop, flip", 0, 1, SHARDS / 10, 64 << 20, 16 << 20},
    };
    const oc_import_synthetic synthetic = {.common.seed = 1,
                                           .channels = 3,
                                           .height = 32,
                                           .width = 32,
                                           .classes = 10,
                                           .train = 20000,
                                           .test = 10};
    char made[] = "/tmp/bench-loader-XXXXXX";
    const char *path = count > 1 ? arguments[1] : made;
    const double seconds = count > 2 ? atof(arguments[2]) : 1.0;
    if (count < 2 && (mkstemp(made) < 0 || oc_import_synthetic_run(&synthetic, made))) {
        fprintf(stderr, "%s\n", oc_message());
        return 1;
    }
    int code = 0;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && !code; i++) {
        void *memory = NULL;
        if (ways[i].in_memory && is_large(path))
            continue;
        oc_dataset *dataset = open_data(path, ways[i].in_memory, &memory);
        const double rate = dataset ? measure(dataset, &ways[i], seconds) : 0;
        code = !(rate > 0);
        if (code)
            fprintf(stderr, "%s\n", oc_message());
        else
            printf("%-50s %9.0f samples/s\n", ways[i].name, rate);
        oc_dataset_close(dataset);
        free(memory);
    }
    if (count < 2)
        unlink(made);
    return code;
}
