/* report_classify.c - oc_report_classify: the test split through the newest checkpoint. */
#include "base/file.h"
#include "cli/report/report_run.h"
#include "data/dataset/dataset.h"
#include "recipe/recipe.h"
#include "run/predictor.h"
#include "run/run.h"
#include "storage/find_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLASSES = 1000 };

/* The test split as the network knows it, in memory. */
typedef struct test_data {
    oc_dataset *dataset;
    void *memory;
} test_data;

static oc_status read_data(test_data *data, const oc_recipe *recipe, const oc_schema *trained)
{
    const oc_dataset_source source = oc_run_data_source(recipe, trained);
    oc_status status = oc_dataset_attach(&data->dataset, &source);
    if (status != OC_OK)
        return status;
    data->memory = malloc((size_t)oc_dataset_bytes(data->dataset, 1));
    if (!data->memory)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its samples", recipe->data.file);
    oc_dataset_place(data->dataset, data->memory, 1);
    status = oc_dataset_fill(data->dataset, 0, 1);
    return status == OC_OK ? oc_dataset_ready(data->dataset, NULL) : status;
}

static oc_status open_data(test_data *data, const char *checkpoint, const oc_schema *trained)
{
    oc_checkpoint_info info;
    oc_recipe recipe;
    char *text = NULL;
    oc_status status = oc_checkpoint_read_info(checkpoint, &info, &text);
    if (status == OC_OK)
        status = oc_recipe_parse(&recipe, text, strlen(text), checkpoint, "/", NULL, 0);
    free(text);
    if (status == OC_OK && trained->kind != OC_TARGETS_CLASSES)
        status = oc_fail(OC_ERR_DATA, "a confusion matrix is of classes; the targets here are %s",
                         oc_targets_name(trained->kind));
    if (status == OC_OK)
        status = read_data(data, &recipe, trained);
    if (status != OC_OK)
        return status;
    const oc_dataset_info *const found = oc_dataset_describe(data->dataset);
    if (!recipe.data.inputs[0] && !oc_digest_equal(found->digest, info.data_digest))
        return oc_fail(OC_ERR_DATA,
                       "%s: not the data set the run was trained on (its digest differs)",
                       recipe.data.file);
    return found->samples[OC_SPLIT_TEST] > 0
               ? OC_OK
               : oc_fail(OC_ERR_DATA, "the data set has no test split");
}

static oc_status allocate(oc_report_run *run, const oc_schema *input)
{
    const size_t classes = (size_t)input->classes;
    if (input->classes > MOST_CLASSES)
        return oc_fail(OC_ERR_DATA, "%d classes are too many for a matrix (at most %d)",
                       input->classes, MOST_CLASSES);
    run->class_name = calloc(classes, sizeof *run->class_name);
    run->confusion = calloc(classes * classes, sizeof *run->confusion);
    run->classes = input->classes;
    run->channels = input->channels;
    run->height = input->height;
    run->width = input->width;
    int good = run->class_name && run->confusion;
    for (size_t c = 0; good && c < classes; c++)
        good = (run->class_name[c] = strdup(input->class_names[c])) != NULL;
    return good ? OC_OK : oc_fail(OC_ERR_MEMORY, "no memory for %zu classes", classes);
}

/* Normalised (C, H, W) back to bytes (H, W, C). */
static void to_pixels(const oc_report_run *run, const oc_dataset_info *data, const float *image,
                      uint8_t *pixels)
{
    const int area = run->height * run->width;
    const float scale = (float)(255 / oc_values_unit(data->schema.values));
    for (int c = 0; c < run->channels; c++)
        for (int i = 0; i < area; i++) {
            const float v = scale * (image[c * area + i] * (float)data->schema.deviation[c] +
                                     (float)data->schema.mean[c]);
            pixels[i * run->channels + c] = (uint8_t)(v > 0 ? (v < 255 ? v + 0.5f : 255) : 0);
        }
}

/* Among the worst so far? They stand from the least probable on; ties keep the earlier sample. */
static void keep_worst(oc_report_run *run, const oc_dataset_info *data, const float *image,
                       oc_report_sample sample)
{
    size_t at = run->worst_count;
    while (at > 0 && sample.probability < run->worst[at - 1].probability)
        at--;
    if (at == OC_REPORT_WORST || (run->channels != 1 && run->channels != 3))
        return;
    const int full = run->worst_count == OC_REPORT_WORST;
    const size_t bytes = (size_t)run->channels * (size_t)run->height * (size_t)run->width;
    sample.pixels = full ? run->worst[OC_REPORT_WORST - 1].pixels : malloc(bytes);
    if (!sample.pixels)
        return;
    run->worst_count += !full;
    memmove(&run->worst[at + 1], &run->worst[at],
            (run->worst_count - 1 - at) * sizeof run->worst[0]);
    to_pixels(run, data, image, sample.pixels);
    run->worst[at] = sample;
}

static void take(oc_report_run *run, const oc_dataset_info *data, const oc_predictor *p, int at,
                 uint64_t sample, int32_t label)
{
    const float *const outputs = p->outputs + (size_t)at * (size_t)run->classes;
    int guess = 0;
    for (int c = 1; c < run->classes; c++)
        if (outputs[c] > outputs[guess])
            guess = c;
    run->confusion[label * run->classes + guess]++;
    run->correct += guess == label;
    run->samples++;
    if (guess != label)
        keep_worst(run, data, p->images + (size_t)at * oc_schema_values(&p->schema),
                   (oc_report_sample){sample, label, guess, outputs[label], NULL});
}

static void classify(oc_report_run *run, oc_predictor *p, const oc_dataset *dataset)
{
    const oc_dataset_info *const data = oc_dataset_describe(dataset);
    const uint64_t samples = data->samples[OC_SPLIT_TEST];
    for (uint64_t first = 0; first < samples; first += (uint64_t)p->most) {
        const uint64_t left = samples - first;
        const int n = left < (uint64_t)p->most ? (int)left : p->most;
        for (int i = 0; i < n; i++) {
            const uint32_t index = (uint32_t)first + (uint32_t)i;
            oc_dataset_gather(dataset, OC_SPLIT_TEST, &index, 1,
                              p->images + (size_t)i * oc_schema_values(&p->schema), NULL);
        }
        oc_predictor_run(p, n);
        for (int i = 0; i < n; i++)
            take(run, data, p, i, first + (uint64_t)i,
                 oc_dataset_labels(dataset, OC_SPLIT_TEST)[first + (uint64_t)i]);
    }
}

void oc_report_classify(oc_report_run *run)
{
    char path[OC_PATH_BYTES];
    test_data data = {0};
    oc_predictor predictor = {0};
    oc_status status = oc_find_checkpoint(path, run->folder);
    if (status == OC_OK)
        status = oc_predictor_open(&predictor, path);
    if (status == OC_OK)
        status = open_data(&data, path, &predictor.schema);
    if (status == OC_OK)
        status = allocate(run, &predictor.schema);
    if (status == OC_OK)
        classify(run, &predictor, data.dataset);
    else {
        snprintf(run->why_not, sizeof run->why_not, "%s", oc_message());
        free(run->confusion);
        run->confusion = NULL;
    }
    oc_predictor_close(&predictor);
    oc_dataset_close(data.dataset);
    free(data.memory);
}
