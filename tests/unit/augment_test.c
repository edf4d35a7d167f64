/* augment_test.c - augmentation: colour, mixup, and that all of it is a function of seed, epoch and
 * sample alone. */
#include "augment_check.h"

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

/* Rows of a table are no images; what mixes whole samples remains. */
static void tables_have_only_mixup(void)
{
    oc_dataset_info data = data_of(1, 1);
    data.path = "table.h5";
    oc_augment augment;
    oc_augment_config config[] = {nothing, nothing, nothing, nothing,
                                  nothing, nothing, nothing, nothing};
    config[0].resized_crop[0] = 0.5;
    config[1].crop = 1;
    config[2].translate = 0.1;
    config[3].flip = OC_FLIP_ALTERNATING;
    config[4].brightness = 0.1;
    config[5].contrast = 0.1;
    config[6].saturation = 0.1;
    config[7].cutout = 1;
    for (size_t i = 0; i < sizeof config / sizeof config[0]; i++) {
        CU_ASSERT_EQUAL(oc_augment_create(&augment, &config[i], 1, &data), OC_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "table.h5 has rows of"));
    }
    config[0] = nothing;
    config[0].mixup = 0.2;
    CU_ASSERT_EQUAL(oc_augment_create(&augment, &config[0], 1, &data), OC_OK);
    CU_ASSERT_EQUAL(augment.any, 0);
}

int main(void)
{
    const oc_case cases[] = {
        {"colour", colour_keeps_what_it_must},
        {"range", bytes_stay_in_range_and_floats_need_not},
        {"a function of seed, epoch and sample", a_function_of_seed_epoch_and_sample},
        {"operations do not disturb each other", operations_do_not_disturb_each_other},
        {"mixup", mixup_pairs_a_batch},
        {"what does not fit", what_does_not_fit_is_refused},
        {"tables", tables_have_only_mixup},
    };
    return OC_RUN_CASES("augment", cases);
}
