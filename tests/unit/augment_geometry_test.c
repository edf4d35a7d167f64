/* augment_geometry_test.c - what moves, cuts out, mirrors or scales an image, each against what it
 * must be, worked out here by hand or by brute force. */
#include "augment_check.h"

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
    };
    return OC_RUN_CASES("augment_geometry", cases);
}
