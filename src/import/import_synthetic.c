/* import_synthetic.c - a data set out of nothing, for trying a network without real data.
 *
 * Each class is a smooth random picture: values on a coarse grid, interpolated bilinearly. A
 * sample shows its class shifted by up to two pixels, with its own contrast and brightness,
 * under a smooth distortion of its own and noise a pixel. Only whole numbers and +, -, * are
 * used, so the bytes are the same on every machine. */
#include "import/import_synthetic.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CELL = 5,  /* pixels between grid points */
    SHIFT = 2, /* pixels a sample may move, each way */
    BLOCK_SAMPLES = 64
};

/* How strong the parts are, in grey levels for a grid value of +-1. Chosen so that lenet (28x28,
 * 10 classes) is above 0.99 after two to three hundred steps, and far from it after ten. */
static const float class_strength = 70.0f, distortion_strength = 50.0f, noise_strength = 28.0f;

/* The streams of numbers, by the index of their key. */
enum { STREAM_CLASS, STREAM_DISTORTION, STREAM_NOISE, STREAM_SAMPLE, STREAMS };

typedef struct synthetic {
    const oc_import_synthetic *options;
    oc_random_key key[STREAMS];
    int rows, columns; /* of the grid */
    float *grid;       /* (rows, columns), of the class then of the distortion */
} synthetic;

/* Where a sample lies and how bright it is. */
typedef struct pose {
    int down, right;            /* 0 to 2 * SHIFT */
    float contrast, brightness; /* 0.7 to 1.3; -20 to 20 grey levels */
} pose;

/* Uniform in [-1, 1). */
static float centred(uint32_t bits)
{
    return 2.0f * oc_random_uniform(bits) - 1.0f;
}

/* The grid of one channel of picture number `id` of a stream. */
static void fill_grid(const synthetic *make, int stream, uint32_t id, int split, int channel)
{
    const int count = make->rows * make->columns;
    for (int i = 0; i < count; i += 4) {
        const oc_random4 four = oc_random_at(make->key[stream], id, (uint32_t)split,
                                             (uint32_t)channel, (uint32_t)i / 4);
        for (int k = 0; k < 4 && i + k < count; k++)
            make->grid[i + k] = centred(four.word[k]);
    }
}

/* Add the grid, interpolated and seen from (down, right), to a plane of sums. */
static void add_grid(const synthetic *make, float *plane, int down, int right, float strength)
{
    const int height = make->options->height, width = make->options->width;
    const float step = 1.0f / (float)CELL;
    for (int y = 0; y < height; y++) {
        const int row = (y + down) / CELL;
        const float below = (float)((y + down) % CELL) * step;
        const float *upper = make->grid + (size_t)row * (size_t)make->columns;
        const float *lower = upper + make->columns;
        for (int x = 0; x < width; x++) {
            const int column = (x + right) / CELL;
            const float beside = (float)((x + right) % CELL) * step;
            const float top = upper[column] + beside * (upper[column + 1] - upper[column]);
            const float bottom = lower[column] + beside * (lower[column + 1] - lower[column]);
            plane[(size_t)y * (size_t)width + (size_t)x] +=
                strength * (top + below * (bottom - top));
        }
    }
}

/* Near-normal with deviation about 1, from the four bytes of a word (their sum has mean 510 and
 * deviation 148). */
static float noise_of(uint32_t bits)
{
    const uint32_t sum = (bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24);
    return ((float)sum - 510.0f) * (1.0f / 148.0f);
}

static uint8_t to_byte(float value)
{
    if (value <= 0.0f)
        return 0;
    return value >= 255.0f ? 255 : (uint8_t)(value + 0.5f);
}

static pose pose_of(const synthetic *make, uint32_t sample, int split)
{
    const oc_random4 four = oc_random_at(make->key[STREAM_SAMPLE], sample, (uint32_t)split, 0, 0);
    return (pose){
        .down = (int)(four.word[0] % (2 * SHIFT + 1)),
        .right = (int)(four.word[1] % (2 * SHIFT + 1)),
        .contrast = 1.0f + 0.3f * centred(four.word[2]),
        .brightness = 20.0f * centred(four.word[3]),
    };
}

/* One image (C, H, W); `plane` is room for one channel's sums. */
static void make_image(const synthetic *make, uint32_t sample, int split, int class, float *plane,
                       uint8_t *image)
{
    const pose at = pose_of(make, sample, split);
    const size_t pixels = (size_t)make->options->height * (size_t)make->options->width;
    for (int channel = 0; channel < make->options->channels; channel++, image += pixels) {
        for (size_t i = 0; i < pixels; i++)
            plane[i] = 128.0f + at.brightness;
        fill_grid(make, STREAM_CLASS, (uint32_t) class, OC_SPLIT_COUNT, channel);
        add_grid(make, plane, at.down, at.right, at.contrast * class_strength);
        fill_grid(make, STREAM_DISTORTION, sample, split, channel);
        add_grid(make, plane, 0, 0, distortion_strength);
        for (size_t i = 0; i < pixels; i += 4) {
            const oc_random4 four = oc_random_at(make->key[STREAM_NOISE], sample, (uint32_t)split,
                                                 (uint32_t)channel, (uint32_t)(i / 4));
            for (size_t k = 0; k < 4 && i + k < pixels; k++)
                image[i + k] = to_byte(plane[i + k] + noise_strength * noise_of(four.word[k]));
        }
    }
}

/* All samples of a split, the classes in turn. */
static oc_status make_split(const synthetic *make, oc_dataset_writer *writer, oc_split split,
                            uint64_t samples)
{
    const size_t pixels = (size_t)make->options->height * (size_t)make->options->width;
    const size_t image_bytes = pixels * (size_t)make->options->channels;
    const size_t most = image_bytes > 1 << 20 ? 1 : BLOCK_SAMPLES;
    float *plane = malloc(pixels * sizeof *plane);
    uint8_t *images = malloc(most * image_bytes);
    int32_t labels[BLOCK_SAMPLES];
    oc_status status = OC_OK;
    if (!plane || !images)
        status = oc_fail(OC_ERR_MEMORY, "no memory for synthetic images");
    for (uint64_t done = 0; !status && done < samples;) {
        size_t n = 0;
        for (; n < most && done < samples; n++, done++) {
            labels[n] = (int32_t)(done % (uint64_t)make->options->classes);
            make_image(make, (uint32_t)done, (int)split, labels[n], plane,
                       images + n * image_bytes);
        }
        status = oc_dataset_writer_add(writer, split, images, labels, n);
    }
    free(images);
    free(plane);
    return status;
}

/* What the user asked for is wrong usage, not bad data. */
static oc_status check_options(const oc_import_synthetic *options, const char *out,
                               oc_schema *schema, oc_dataset_plan *plan)
{
    const uint64_t extents[] = {(uint64_t)options->channels, (uint64_t)options->height,
                                (uint64_t)options->width, (uint64_t)options->classes};
    schema->channels = options->channels;
    schema->height = options->height;
    schema->width = options->width;
    plan->samples[OC_SPLIT_TRAIN] = options->train;
    plan->samples[OC_SPLIT_TEST] = options->test;
    if (options->test < 1)
        return oc_fail(OC_ERR_USAGE, "cannot make a synthetic data set: 0 test samples, expected "
                                     "at least 1");
    if (oc_dataset_check_extents(out, extents[0], extents[1], extents[2], extents[3],
                                 plan->samples))
        return oc_fail_context(OC_ERR_USAGE, "cannot make a synthetic data set");
    return oc_schema_set_classes(schema, NULL, (size_t)options->classes);
}

oc_status oc_import_synthetic_run(const oc_import_synthetic *options, const char *out)
{
    char source[256];
    oc_dataset_writer *writer = NULL;
    oc_schema schema = {.values = OC_VALUES_BYTES};
    oc_dataset_plan plan = {
        .schema = &schema, .source = source, .listener = options->common.listener};
    synthetic make = {.options = options};
    oc_status status = check_options(options, out, &schema, &plan);
    if (status)
        return status;
    snprintf(source, sizeof source, "synthetic, seed %" PRIu64, options->common.seed);
    make.rows = (options->height + 2 * SHIFT) / CELL + 2;
    make.columns = (options->width + 2 * SHIFT) / CELL + 2;
    for (uint32_t stream = 0; stream < STREAMS; stream++)
        make.key[stream] = oc_random_make_key(options->common.seed, OC_PURPOSE_SYNTHETIC, stream);
    make.grid = malloc((size_t)make.rows * (size_t)make.columns * sizeof *make.grid);
    if (!make.grid)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for synthetic images", out);
    if (!status)
        status = oc_dataset_writer_create(&writer, &plan, out);
    for (int split = 0; !status && split <= OC_SPLIT_TEST; split++)
        status = make_split(&make, writer, (oc_split)split, plan.samples[split]);
    if (status)
        oc_dataset_writer_discard(writer);
    else
        status = oc_dataset_writer_finish(writer);
    oc_schema_free(&schema);
    free(make.grid);
    return status;
}

/* ---- the command line ---- */

enum { OPTION_CLASSES = OC_OPTION_OWN, OPTION_TRAIN, OPTION_TEST, OPTION_SHAPE };

static const struct argp_option options[] = {
    {"seed", OC_OPTION_SEED, "N", 0, "Seed of the random numbers (default 1)", 0},
    {"classes", OPTION_CLASSES, "N", 0, "Number of classes (default 10)", 0},
    {"train", OPTION_TRAIN, "N", 0, "Number of training samples (default 10000)", 0},
    {"test", OPTION_TEST, "N", 0, "Number of test samples (default 2000)", 0},
    {"shape", OPTION_SHAPE, "CxHxW", 0, "Channels, height and width (default 1x28x28)", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char doc[] =
    "Make a data set without any data: a random pattern per class, shifted and with noise added. A "
    "small network learns it to an accuracy of 0.99. The same options give the same bytes.\v"
    "Example:\n  onecycle import synthetic --train 60000 digits.h5";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_synthetic *const o = state->input;
    switch (key) {
    case OPTION_CLASSES:
        o->classes = (int)oc_argument_whole(state, "classes", argument, 1, 1000000);
        return 0;
    case OPTION_TRAIN:
        o->train = oc_argument_whole(state, "train", argument, 1, UINT32_MAX);
        return 0;
    case OPTION_TEST:
        o->test = oc_argument_whole(state, "test", argument, 1, UINT32_MAX);
        return 0;
    case OPTION_SHAPE:
        oc_import_parse_shape(state, argument, &o->channels, &o->height, &o->width);
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static oc_status run(const void *parsed, const char *out)
{
    return oc_import_synthetic_run(parsed, out);
}

static const oc_import_synthetic defaults = {
    .channels = 1, .height = 28, .width = 28, .classes = 10, .train = 10000, .test = 2000};

const oc_importer oc_importer_synthetic = {
    .argp = {options, parse, "OUT.h5", doc, NULL, NULL, NULL},
    .wants = OC_IMPORT_WANTS_NO_SOURCE,
    .bytes = sizeof(oc_import_synthetic),
    .defaults = &defaults,
    .run = run};
