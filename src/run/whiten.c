/* whiten.c - see whiten.h. All sums are in double and in one order, of one thread: the bits depend
 * on the data alone. */
#include "run/whiten.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IMAGES = 5000 };
#define MOST_PRODUCTS 2e9 /* seconds; of 2x2 patches of 5,000 images of 3x32x32: 0.4e9 */

/* What a layer looks at: patches of every place inside the images. */
typedef struct patches {
    int channels, height, width, kernel_h, kernel_w;
    int rows, columns; /* places of patches */
    int values;        /* of a patch */
    double *moment;    /* (values, values): sums of products, above the diagonal and on it */
    double *value;     /* (values) */
    double *vector;    /* (values, values) */
} patches;

/* Where value v of the patch at (0, 0) lies in an image. */
static size_t place_of(const patches *p, int v)
{
    const int area = p->kernel_h * p->kernel_w, c = v / area, y = v % area / p->kernel_w;
    return ((size_t)c * (size_t)p->height + (size_t)y) * (size_t)p->width +
           (size_t)(v % p->kernel_w);
}

/* Sums of a[i] * b[i] over all places of patches. */
static double sum_of_products(const patches *p, const float *a, const float *b)
{
    double sum[4] = {0};
    for (int y = 0; y < p->rows; y++)
        for (int x = 0; x < p->columns; x++) {
            const size_t at = (size_t)y * (size_t)p->width + (size_t)x;
            sum[x % 4] += (double)a[at] * (double)b[at];
        }
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void add_image(const patches *p, const float *image)
{
    for (int i = 0; i < p->values; i++)
        for (int j = i; j < p->values; j++)
            p->moment[(size_t)i * (size_t)p->values + (size_t)j] +=
                sum_of_products(p, image + place_of(p, i), image + place_of(p, j));
}

/* How many images: so many that it takes seconds at most. */
static uint32_t images_for(const patches *p, uint32_t samples)
{
    const double each = (double)p->rows * p->columns * p->values * (p->values + 1) / 2;
    const double most = fmin(fmax(floor(MOST_PRODUCTS / each), 1), MOST_IMAGES);
    return samples < most ? samples : (uint32_t)most;
}

static oc_status read_image(const oc_run *run, uint32_t sample, void *stored, float *image)
{
    const oc_dataset *dataset = run->dataset;
    if (oc_dataset_images(dataset, OC_SPLIT_TRAIN)) {
        oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &sample, 1, image, NULL);
        return OC_OK;
    }
    oc_status status = oc_rows_read(oc_dataset_rows(dataset, OC_SPLIT_TRAIN), sample, 1, stored);
    if (status == OC_OK)
        status = oc_dataset_check(dataset, OC_SPLIT_TRAIN, sample, stored);
    if (status == OC_OK)
        oc_dataset_decode(dataset, stored, image);
    return status;
}

static oc_status measure(const oc_run *run, const patches *p, uint32_t images)
{
    const oc_selection *selection = &run->plan.train_selection;
    const size_t values = (size_t)p->channels * (size_t)p->height * (size_t)p->width;
    const double places = (double)p->rows * p->columns;
    void *const stored = malloc(oc_dataset_sample_bytes(run->dataset));
    float *const image = malloc(values * sizeof *image);
    oc_status status =
        stored && image ? OC_OK : oc_fail(OC_ERR_MEMORY, "initial: whiten: no memory");
    for (uint32_t i = 0; i < images && status == OC_OK; i++) {
        const uint64_t index = (uint64_t)i * selection->count / images;
        status = read_image(run, oc_selection_at(selection, 0, (uint32_t)index), stored, image);
        if (status == OC_OK)
            add_image(p, image);
    }
    const size_t n = (size_t)p->values;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            p->moment[i * n + j] = p->moment[j * n + i] =
                p->moment[i * n + j] / (places * (double)images);
    free(stored);
    free(image);
    return status;
}

/* Weights (outputs, values): scaled eigenvectors, then their negatives. */
static void set_weights(const patches *p, const oc_layer *layer, float *weight)
{
    const size_t n = (size_t)p->values, half = (size_t)layer->config.channels / 2;
    for (size_t i = 0; i < half; i++) {
        const double scale = 1 / sqrt(fmax(p->value[i], 0) + layer->config.epsilon);
        for (size_t k = 0; k < n; k++) {
            weight[i * n + k] = (float)(scale * p->vector[i * n + k]);
            weight[(half + i) * n + k] = -weight[i * n + k];
        }
    }
}

static void note(oc_run *run, const oc_layer *layer, const patches *p, uint32_t images)
{
    const size_t used = strlen(run->init_notes), size = sizeof run->init_notes;
    const int last = layer->config.channels / 2 - 1;
    snprintf(run->init_notes + used, size - used,
             "%s%s whitens patches of %dx%d pixels: eigenvalues %.4g to %.4g, of %u images",
             used ? "\n" : "", layer->name, p->kernel_h, p->kernel_w, p->value[0], p->value[last],
             images);
}

static oc_status whiten_layer(oc_run *run, int index)
{
    const oc_layer *layer = &run->network->layer[index];
    const oc_window *w = &layer->window;
    patches p = {.channels = w->channels,
                 .height = w->height,
                 .width = w->width,
                 .kernel_h = w->kernel_h,
                 .kernel_w = w->kernel_w,
                 .rows = w->height - w->kernel_h + 1,
                 .columns = w->width - w->kernel_w + 1,
                 .values = w->channels * w->kernel_h * w->kernel_w};
    const size_t n = (size_t)p.values;
    double *const memory = calloc(2 * n * n + n, sizeof *memory);
    if (!memory)
        return oc_fail(OC_ERR_MEMORY, "model: %s: no memory to whiten", layer->name);
    p.moment = memory;
    p.vector = memory + n * n;
    p.value = memory + 2 * n * n;
    const uint32_t images = images_for(&p, run->plan.train_selection.count);
    const oc_status status = measure(run, &p, images);
    if (status == OC_OK) {
        oc_symmetric_eigenvectors(p.values, p.moment, p.value, p.vector);
        set_weights(&p, layer, run->parameters + run->network->parameter_offset[index]);
        note(run, layer, &p, images);
    }
    free(memory);
    return status;
}

oc_status oc_run_whiten(oc_run *run)
{
    oc_status status = OC_OK;
    for (int i = oc_network_whitens(run->network, 0); i >= 0 && status == OC_OK;
         i = oc_network_whitens(run->network, i + 1))
        status = whiten_layer(run, i);
    return status;
}
