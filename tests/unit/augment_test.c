/* augment_test.c - augmentation: each operation against what it must be, worked out here by hand or
 * by brute force, and that it is a function of seed, epoch and sample alone. */
#include "harness.h"

#include "data/augment/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { C = 3, H = 5, W = 6, PLANE = H * W, VALUES = C * PLANE };

static double mean[C] = {0.5f, 0.25f, 0.4f}, deviation[C] = {0.25f, 0.5f, 0.2f};
static const oc_augment_config nothing = {.resized_crop = {1, 1}};

/* Bytes and their statistics, in the unit of bytes. */
static oc_dataset_info data_of(int height, int width)
{
    static double byte_mean[C], byte_deviation[C];
    for (int c = 0; c < C; c++) {
        byte_mean[c] = 255 * mean[c];
        byte_deviation[c] = 255 * deviation[c];
    }
    return (oc_dataset_info){.schema = {.channels = C,
                                        .height = height,
                                        .width = width,
                                        .values = OC_VALUES_BYTES,
                                        .mean = byte_mean,
                                        .deviation = byte_deviation}};
}

static oc_augment make(oc_augment_config config)
{
    static oc_dataset_info data; /* the augmentation keeps a pointer */
    data = data_of(H, W);
    oc_augment augment;
    CU_ASSERT_EQUAL_FATAL(oc_augment_create(&augment, &config, 7, &data), OC_OK);
    return augment;
}

/* Every value another one, none of them 0. */
static void fill(float *image)
{
    for (int i = 0; i < VALUES; i++)
        image[i] = (float)(i + 1) / 64.0f;
}

static void apply(const oc_augment *augment, uint32_t epoch, uint32_t sample, float *image)
{
    float spare[VALUES];
    fill(image);
    memset(spare, 0x7f, sizeof spare); /* what is there before must not show */
    oc_augment_apply(augment, epoch, sample, image, spare);
}

static int same(const float *a, const float *b)
{
    return memcmp(a, b, VALUES * sizeof *a) == 0;
}

static int reflect(int at, int count)
{
    return at < 0 ? -at : at >= count ? 2 * count - 2 - at : at;
}

/* The original moved by (down, right). */
static void moved(int down, int right, int padding, float *to)
{
    float from[VALUES];
    fill(from);
    for (int c = 0; c < C; c++)
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                const int v = y + down, u = x + right;
                const int inside = v >= 0 && v < H && u >= 0 && u < W;
                *to++ = inside ? from[c * PLANE + v * W + u]
                        : padding == OC_PADDING_ZERO
                            ? 0
                            : from[c * PLANE + reflect(v, H) * W + reflect(u, W)];
            }
}

static void nothing_changes_nothing(void)
{
    float image[VALUES], original[VALUES];
    const oc_augment augment = make(nothing);
    fill(original);
    apply(&augment, 3, 9, image);
    CU_ASSERT(same(image, original));
}

/* Each of the places is reached, all about equally often, and nothing else. */
static void check_moves(oc_augment_config config, int padding, int rows, int columns)
{
    enum { DRAWS = 4000 };
    int seen[9][9] = {{0}};
    const oc_augment augment = make(config);
    for (uint32_t sample = 0; sample < DRAWS; sample++) {
        float image[VALUES], expected[VALUES];
        int found = 0;
        apply(&augment, 0, sample, image);
        for (int down = -rows; down <= rows && !found; down++)
            for (int right = -columns; right <= columns && !found; right++) {
                moved(down, right, padding, expected);
                found = same(image, expected);
                seen[down + rows][right + columns] += found;
            }
        CU_ASSERT(found);
    }
    const double each = (double)DRAWS / ((2 * rows + 1) * (2 * columns + 1));
    for (int i = 0; i <= 2 * rows; i++)
        for (int k = 0; k <= 2 * columns; k++)
            CU_ASSERT(fabs(seen[i][k] - each) < 6 * sqrt(each));
}

static void crop_is_a_window_of_the_padded_image(void)
{
    oc_augment_config config = nothing;
    config.crop = 2;
    for (int padding = 0; padding < OC_PADDING_COUNT; padding++) {
        config.padding = padding;
        check_moves(config, padding, 2, 2);
    }
}

static void translate_moves_by_a_part(void)
{
    oc_augment_config config = nothing;
    config.translate = 0.34; /* one of 5 rows, two of 6 columns */
    check_moves(config, OC_PADDING_ZERO, 1, 2);
}

static int is_mirrored(const float *image)
{
    float original[VALUES];
    fill(original);
    if (same(image, original))
        return 0;
    for (int i = 0; i < VALUES; i++)
        CU_ASSERT_EQUAL(image[i], original[i / W * W + W - 1 - i % W]);
    return 1;
}

static void random_flips_are_half(void)
{
    enum { DRAWS = 2000 };
    oc_augment_config config = nothing;
    float image[VALUES];
    int flips = 0, changes = 0, before = 0;
    config.flip = OC_FLIP_RANDOM;
    const oc_augment augment = make(config);
    for (uint32_t i = 0; i < DRAWS; i++) {
        apply(&augment, i, 5, image);
        const int now = is_mirrored(image);
        flips += now;
        changes += now != before;
        before = now;
    }
    CU_ASSERT(abs(flips - DRAWS / 2) < 150 && abs(changes - DRAWS / 2) < 150);
}

static void alternating_flips_alternate(void)
{
    oc_augment_config config = nothing;
    float image[VALUES];
    int first = 0;
    config.flip = OC_FLIP_ALTERNATING;
    const oc_augment augment = make(config);
    for (uint32_t sample = 0; sample < 400; sample++)
        for (uint32_t epoch = 0; epoch < 4; epoch++) {
            static int before;
            apply(&augment, epoch, sample, image);
            const int now = is_mirrored(image);
            CU_ASSERT(epoch == 0 || now != before);
            first += epoch == 0 && now;
            before = now;
        }
    CU_ASSERT(first > 140 && first < 260); /* half of 400 begin mirrored */
}

/* The zeros are a square, perhaps cut at the edge, the same in all channels; the rest is as it
 * was. */
static void cutout_is_a_square_of_zeros(void)
{
    oc_augment_config config = nothing;
    int whole = 0, cut = 0;
    config.cutout = 3;
    const oc_augment augment = make(config);
    for (uint32_t sample = 0; sample < 300; sample++) {
        float image[VALUES], original[VALUES];
        int top = H, bottom = -1, left = W, right = -1, zeros = 0;
        fill(original);
        apply(&augment, 1, sample, image);
        for (int i = 0; i < PLANE; i++) {
            for (int c = 0; c < C; c++)
                CU_ASSERT(image[c * PLANE + i] == (image[i] == 0 ? 0 : original[c * PLANE + i]));
            if (image[i] != 0)
                continue;
            zeros++;
            top = i / W < top ? i / W : top;
            bottom = i / W > bottom ? i / W : bottom;
            left = i % W < left ? i % W : left;
            right = i % W > right ? i % W : right;
        }
        const int rows = bottom - top + 1, columns = right - left + 1;
        CU_ASSERT_EQUAL(zeros, rows * columns);
        CU_ASSERT(rows >= 2 && rows <= 3 && columns >= 2 && columns <= 3);
        CU_ASSERT(rows == 3 || top == 0 || bottom == H - 1);
        CU_ASSERT(columns == 3 || left == 0 || right == W - 1);
        whole += zeros == 9;
        cut += zeros < 9;
    }
    CU_ASSERT(whole > 50 && cut > 50);
}

/* On an image that is linear in x and y, any window of it is linear too, inside the old range. */
static void resized_crop_is_a_window(void)
{
    enum { SIDE = 24 };
    static float image[C * SIDE * SIDE], spare[C * SIDE * SIDE];
    const oc_dataset_info data = data_of(SIDE, SIDE);
    oc_augment_config config = nothing;
    oc_augment augment;
    double least = 1, most = 0;
    config.resized_crop[0] = 0.25;
    CU_ASSERT_EQUAL_FATAL(oc_augment_create(&augment, &config, 1, &data), OC_OK);
    for (uint32_t sample = 0; sample < 300; sample++) {
        for (int i = 0; i < C * SIDE * SIDE; i++)
            image[i] = (float)(i % SIDE + 100 * (i / SIDE % SIDE) + 10000 * (i / SIDE / SIDE));
        oc_augment_apply(&augment, 0, sample, image, spare);
        const int middle = SIDE / 2 * SIDE + SIDE / 2;
        const float across = image[middle + 1] - image[middle];
        const float down = (image[middle + SIDE] - image[middle]) / 100;
        const double area = (double)across * (double)down, ratio = (double)across / (double)down;
        CU_ASSERT_DOUBLE_EQUAL(image[middle] - image[middle - 1], across, 1e-2);
        CU_ASSERT(across > 0 && across < 1.01f && down > 0 && down < 1.01f);
        CU_ASSERT(image[0] >= 0 && image[SIDE * SIDE - 1] <= 100 * (SIDE - 1) + SIDE - 1);
        CU_ASSERT_DOUBLE_EQUAL(image[SIDE * SIDE + middle] - image[middle], 10000, 0.1);
        CU_ASSERT(ratio > 0.68 && ratio < 1.47); /* 3:4 to 4:3 in whole pixels */
        least = area < least ? area : least;
        most = area > most ? area : most;
    }
    CU_ASSERT(least > 0.2 && least < 0.35 && most > 0.85 && most < 1.02);
}

static double raw(const float *image, int c, int i)
{
    return (double)image[c * PLANE + i] * (double)deviation[c] + (double)mean[c];
}

static double grey(const float *image, int i)
{
    return 0.299 * raw(image, 0, i) + 0.587 * raw(image, 1, i) + 0.114 * raw(image, 2, i);
}

/* What stays: with contrast the mean grey, with saturation each pixel's grey, with brightness the
 * ratio of values. Values far from the bounds, so that none is cut. */
static void colour_keeps_what_it_must(void)
{
    for (int kind = 0; kind < 3; kind++) {
        oc_augment_config config = nothing;
        double least = 10, most = 0;
        (kind == 0   ? &config.brightness
         : kind == 1 ? &config.contrast
                     : &config.saturation)[0] = 0.3;
        const oc_augment augment = make(config);
        for (uint32_t sample = 0; sample < 200; sample++) {
            float image[VALUES], before[VALUES], spare[VALUES];
            double middle = 0, centre = 0;
            for (int i = 0; i < VALUES; i++)
                before[i] =
                    (float)(((40 + i * 7 % 20) / 100.0 - mean[i / PLANE]) / deviation[i / PLANE]);
            memcpy(image, before, sizeof image);
            oc_augment_apply(&augment, 0, sample, image, spare);
            for (int i = 0; i < PLANE; i++) {
                middle += grey(image, i) / PLANE;
                centre += grey(before, i) / PLANE;
            }
            double factor = 0;
            for (int i = 0; i < PLANE; i++) {
                const double still = kind == 0 ? 0 : kind == 1 ? centre : grey(before, i);
                const double here = (raw(image, 0, i) - still) / (raw(before, 0, i) - still);
                if (fabs(raw(before, 0, i) - still) < 0.02)
                    continue;
                CU_ASSERT(factor == 0 || fabs(here - factor) < 1e-3);
                factor = here;
            }
            CU_ASSERT(kind != 1 || fabs(middle - centre) < 1e-5);
            least = factor < least ? factor : least;
            most = factor > most ? factor : most;
        }
        CU_ASSERT(least > 0.699 && least < 0.75 && most > 1.25 && most < 1.301);
    }
}

static void bytes_stay_in_range_and_floats_need_not(void)
{
    oc_augment_config config = nothing;
    oc_dataset_info data = data_of(H, W);
    int beyond[2] = {0};
    config.brightness = 2;
    for (int is_number = 0; is_number < 2; is_number++) {
        if (is_number) {
            data.schema.values = OC_VALUES_NUMBERS;
            data.schema.mean = mean;
            data.schema.deviation = deviation;
        }
        oc_augment augment;
        CU_ASSERT_EQUAL_FATAL(oc_augment_create(&augment, &config, 7, &data), OC_OK);
        for (uint32_t sample = 0; sample < 50; sample++) {
            float image[VALUES];
            apply(&augment, 0, sample, image);
            for (int i = 0; i < VALUES; i++)
                beyond[is_number] += raw(image, i / PLANE, i % PLANE) > 1.0001;
        }
    }
    CU_ASSERT(beyond[0] == 0 && beyond[1] > 0);
}

static oc_augment_config everything(void)
{
    oc_augment_config config = {{0.5, 1}, 2, OC_PADDING_REFLECT, 0.2, OC_FLIP_RANDOM, 0.2, 0.2, 0.2,
                                2,        0};
    return config;
}

/* The same sample in the same epoch is the same image, whatever came before; another epoch, sample
 * or seed gives another. */
static void a_function_of_seed_epoch_and_sample(void)
{
    const oc_dataset_info data = data_of(H, W);
    const oc_augment_config config = everything();
    const oc_augment augment = make(config);
    oc_augment other;
    float first[VALUES], again[VALUES];
    int epochs = 0, samples = 0, seeds = 0;
    CU_ASSERT_EQUAL_FATAL(oc_augment_create(&other, &config, 8, &data), OC_OK);
    for (uint32_t sample = 0; sample < 50; sample++) {
        apply(&augment, 4, sample, first);
        for (uint32_t k = 0; k < 3; k++)
            apply(&augment, k, sample + 9, again);
        apply(&augment, 4, sample, again);
        CU_ASSERT(same(first, again));
        apply(&augment, 5, sample, again);
        epochs += !same(first, again);
        apply(&augment, 4, sample + 1, again);
        samples += !same(first, again);
        apply(&other, 4, sample, again);
        seeds += !same(first, again);
    }
    CU_ASSERT(epochs >= 49 && samples >= 49 && seeds >= 49);
}

/* What one operation draws does not depend on which others are on. */
static void operations_do_not_disturb_each_other(void)
{
    oc_augment_config config = nothing;
    float alone[VALUES], beside[VALUES];
    config.cutout = 3;
    const oc_augment one = make(config);
    config.flip = OC_FLIP_RANDOM;
    const oc_augment two = make(config);
    for (uint32_t sample = 0; sample < 50; sample++) {
        apply(&one, 0, sample, alone);
        apply(&two, 0, sample, beside);
        for (int i = 0; i < VALUES; i++)
            CU_ASSERT_EQUAL(alone[i] == 0, beside[i] == 0);
    }
}

static void mixup_pairs_a_batch(void)
{
    enum { BATCH = 37 };
    oc_augment_config config = nothing;
    double sum = 0;
    int steps = 0;
    config.mixup = 0.4;
    const oc_augment augment = make(config);
    for (uint32_t step = 0; step < 40; step++) {
        int taken[BATCH] = {0};
        for (uint32_t place = 0; place < BATCH; place++) {
            const oc_mixup mixup = oc_augment_mixup(&augment, 2, step, BATCH, place);
            const oc_mixup again = oc_augment_mixup(&augment, 2, step, BATCH, place);
            CU_ASSERT_FATAL(mixup.partner < BATCH && mixup.partner != place);
            CU_ASSERT(mixup.share >= 0.5f && mixup.share <= 1.0f);
            CU_ASSERT(again.partner == mixup.partner && again.share == mixup.share);
            taken[mixup.partner]++;
            sum += (double)mixup.share;
        }
        for (int i = 0; i < BATCH; i++)
            CU_ASSERT_EQUAL(taken[i], 1); /* each is somebody's partner */
        steps += oc_augment_mixup(&augment, 2, step, BATCH, 0).partner !=
                 oc_augment_mixup(&augment, 3, step, BATCH, 0).partner;
    }
    CU_ASSERT(steps > 30);
    /* E max(X, 1 - X) of Beta(0.4, 0.4), by a million draws of another program: 0.840 */
    CU_ASSERT_DOUBLE_EQUAL(sum / (40 * BATCH), 0.840, 0.02);
    CU_ASSERT_EQUAL(oc_augment_mixup(&augment, 0, 0, 1, 0).share, 1.0f);
}

static void what_does_not_fit_is_refused(void)
{
    oc_dataset_info data = data_of(H, W);
    oc_augment augment;
    oc_augment_config config = nothing;
    config.crop = H;
    CU_ASSERT_EQUAL(oc_augment_create(&augment, &config, 1, &data), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "augment.crop"));
    config = nothing;
    config.cutout = H + 1;
    CU_ASSERT_EQUAL(oc_augment_create(&augment, &config, 1, &data), OC_ERR_USAGE);
    config = nothing;
    config.resized_crop[0] = 0.9;
    config.resized_crop[1] = 0.5;
    CU_ASSERT_EQUAL(oc_augment_create(&augment, &config, 1, &data), OC_ERR_USAGE);
    config = nothing;
    config.saturation = 0.1;
    data.schema.channels = 1;
    CU_ASSERT_EQUAL(oc_augment_create(&augment, &config, 1, &data), OC_ERR_USAGE);
}

int main(void)
{
    const oc_case cases[] = {
        {"nothing changes nothing", nothing_changes_nothing},
        {"crop", crop_is_a_window_of_the_padded_image},
        {"translate", translate_moves_by_a_part},
        {"random flips", random_flips_are_half},
        {"alternating flips", alternating_flips_alternate},
        {"cutout", cutout_is_a_square_of_zeros},
        {"resized crop", resized_crop_is_a_window},
        {"colour", colour_keeps_what_it_must},
        {"range", bytes_stay_in_range_and_floats_need_not},
        {"a function of seed, epoch and sample", a_function_of_seed_epoch_and_sample},
        {"operations do not disturb each other", operations_do_not_disturb_each_other},
        {"mixup", mixup_pairs_a_batch},
        {"what does not fit", what_does_not_fit_is_refused},
    };
    return OC_RUN_CASES("augment", cases);
}
