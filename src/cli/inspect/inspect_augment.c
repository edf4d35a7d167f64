/* inspect_augment.c - see inspect_augment.h. */
#include "cli/inspect/inspect_augment.h"

#include "base/plain_text.h"

#include "data/augment/augment.h"
#include "data/images/image_write.h"
#include "data/loader/sampler.h"
#include "recipe/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 8, COLUMNS = 9, GAP = 2, LEAST_SIDE = 64, GAP_GREY = 255 };

typedef struct grid {
    const oc_dataset_info *data;
    int channels; /* of the picture: 1 or 3 */
    int magnify;  /* each pixel so many times each way */
    uint32_t width, height;
    uint8_t *pixels; /* (height, width, channels) */
    float low, high; /* what is shown as black and white */
    float *image, *spare;
} grid;

/* A normalised value as what it counts as. */
static float value_of(const grid *g, int channel, float normalised)
{
    const oc_schema *schema = &g->data->schema;
    const double value = (double)normalised * schema->deviation[channel] + schema->mean[channel];
    return (float)(value / oc_values_unit(schema->values));
}

/* A normalised value as a grey level. */
static uint8_t level_of(const grid *g, int channel, float normalised)
{
    const float value = value_of(g, channel, normalised);
    const float part = 255.0f * (value - g->low) / (g->high - g->low);
    return part <= 0 ? 0 : part >= 255 ? 255 : (uint8_t)(part + 0.5f);
}

/* Floats have no bounds: the range is that of the image. */
static void find_range(grid *g)
{
    const size_t plane = (size_t)g->data->schema.height * (size_t)g->data->schema.width;
    g->low = 0;
    g->high = 1;
    if (g->data->schema.values != OC_VALUES_NUMBERS)
        return;
    for (int c = 0; c < g->channels; c++)
        for (size_t i = 0; i < plane; i++) {
            const float value = value_of(g, c, g->image[(size_t)c * plane + i]);
            const int first = c == 0 && i == 0;
            g->low = first || value < g->low ? value : g->low;
            g->high = first || value > g->high ? value : g->high;
        }
    if (g->high <= g->low)
        g->high = g->low + 1;
}

static void draw(grid *g, int row, int column)
{
    const int height = g->data->schema.height, width = g->data->schema.width;
    const size_t top = (size_t)row * (size_t)(height * g->magnify + GAP);
    const size_t left = (size_t)column * (size_t)(width * g->magnify + GAP);
    for (int y = 0; y < height * g->magnify; y++)
        for (int x = 0; x < width * g->magnify; x++)
            for (int c = 0; c < g->channels; c++) {
                const size_t from =
                    ((size_t)c * (size_t)height + (size_t)(y / g->magnify)) * (size_t)width +
                    (size_t)(x / g->magnify);
                const size_t to = (top + (size_t)y) * g->width + left + (size_t)x;
                g->pixels[to * (size_t)g->channels + (size_t)c] = level_of(g, c, g->image[from]);
            }
}

static oc_status plan(grid *g)
{
    const oc_dataset_info *data = g->data;
    const int side =
        data->schema.width < data->schema.height ? data->schema.width : data->schema.height;
    const size_t values =
        (size_t)data->schema.channels * (size_t)data->schema.height * (size_t)data->schema.width;
    g->channels = data->schema.channels == 3 ? 3 : 1;
    g->magnify = side < LEAST_SIDE ? (LEAST_SIDE + side - 1) / side : 1;
    if (data->schema.width > 4096 || data->schema.height > 4096)
        return oc_fail(OC_ERR_USAGE,
                       "%s: found images of %dx%d, expected at most 4096x4096 for a grid",
                       data->path, data->schema.height, data->schema.width);
    g->width = (uint32_t)(COLUMNS * (data->schema.width * g->magnify + GAP) - GAP);
    g->height = (uint32_t)(ROWS * (data->schema.height * g->magnify + GAP) - GAP);
    const size_t bytes = (size_t)g->width * g->height * (size_t)g->channels;
    g->pixels = malloc(bytes);
    g->image = malloc(values * sizeof *g->image);
    g->spare = malloc(values * sizeof *g->spare);
    if (!g->pixels || !g->image || !g->spare)
        return oc_fail(OC_ERR_MEMORY, "out of memory for a grid of images");
    memset(g->pixels, GAP_GREY, bytes);
    return OC_OK;
}

static void draw_all(grid *g, const oc_dataset *dataset, const oc_augment *augment, uint64_t seed)
{
    const uint32_t samples = (uint32_t)g->data->samples[OC_SPLIT_TRAIN];
    for (int row = 0; row < ROWS && (uint32_t)row < samples; row++) {
        const uint32_t sample = oc_sampler_at(seed, 0, samples, (uint32_t)row);
        for (int column = 0; column < COLUMNS; column++) {
            oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &sample, 1, g->image, NULL);
            if (column == 0)
                find_range(g);
            else
                oc_augment_apply(augment, (uint32_t)column - 1, sample, g->image, g->spare);
            draw(g, row, column);
        }
    }
}

oc_status oc_cli_inspect_augment(const char *recipe, const char *const *sets, size_t set_count,
                                 const char *png)
{
    oc_recipe r;
    oc_dataset *dataset = NULL;
    oc_augment augment;
    grid g = {0};
    char plain[OC_PLAIN_TEXT];
    oc_status status = oc_recipe_load(&r, recipe, sets, set_count);
    if (status == OC_OK)
        status = oc_dataset_open(&dataset, r.data.file);
    if (status != OC_OK)
        return status;
    g.data = oc_dataset_describe(dataset);
    status = oc_augment_create(&augment, &r.augment, r.train.seed, g.data);
    if (status == OC_OK)
        status = plan(&g);
    if (status == OC_OK) {
        draw_all(&g, dataset, &augment, r.train.seed);
        status = oc_image_write_png(png, g.width, g.height, g.channels, g.pixels);
    }
    if (status == OC_OK)
        printf("%s: %d samples, one per row: the original, then epochs 1 to %d%s\n",
               oc_plain_text(png, plain), ROWS, COLUMNS - 1,
               r.augment.mixup > 0 ? " (mixup left out)" : "");
    free(g.spare);
    free(g.image);
    free(g.pixels);
    oc_dataset_close(dataset);
    return status;
}
