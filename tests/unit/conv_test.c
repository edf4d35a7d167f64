/* conv_test.c - every algorithm of convolution that runs here, on every vector unit there is,
 * against sums in double precision written out plainly: all three passes over a sweep of odd
 * shapes, within the errors that conv_check.h states. With ONECYCLE_KERNELS, of the vector unit
 * that it names alone: the others have been through the same run without. Gradient checks of the
 * layer: layers_test.c.
 */
#include "conv_check.h"

static const shape shapes[] = {
    /* n  C   H   W   O  kernel  stride  padding */
    {1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1},
    {2, 1, 4, 4, 1, 3, 3, 1, 1, 1, 1},
    {1, 16, 4, 4, 16, 3, 3, 1, 1, 1, 1},
    {3, 5, 6, 7, 17, 3, 3, 1, 1, 1, 1},
    {33, 3, 2, 1, 4, 3, 3, 1, 1, 1, 1},
    {2, 20, 9, 11, 33, 3, 3, 1, 1, 1, 1},
    {1, 33, 13, 5, 48, 3, 3, 1, 1, 1, 1},
    {2, 64, 8, 8, 64, 3, 3, 1, 1, 1, 1},
    {1, 17, 65, 33, 7, 3, 3, 1, 1, 1, 1},
    {1, 2, 33, 65, 3, 3, 3, 1, 1, 1, 1},
    {1, 3, 5, 130, 18, 3, 3, 1, 1, 1, 1},
    {5, 100, 7, 5, 99, 3, 3, 1, 1, 1, 1},
    {17, 96, 4, 4, 100, 3, 3, 1, 1, 1, 1},
    {2, 18, 10, 12, 16, 3, 3, 1, 1, 0, 0},
    {2, 16, 10, 12, 18, 3, 3, 1, 1, 2, 2},
    {1, 7, 6, 9, 32, 3, 3, 1, 1, 0, 2},
    {1, 16, 1, 40, 16, 3, 3, 1, 1, 1, 0},
    {4, 16, 32, 32, 16, 3, 3, 1, 1, 1, 1},
    {7, 32, 16, 16, 48, 3, 3, 1, 1, 1, 1},
    {2, 130, 3, 6, 65, 3, 3, 1, 1, 1, 1},
    {2, 3, 3, 3, 5, 3, 3, 1, 1, 0, 0},
    {2, 12, 9, 8, 20, 3, 3, 2, 2, 1, 1},
    {3, 3, 12, 12, 6, 5, 5, 1, 1, 2, 2},
    {2, 33, 6, 5, 17, 1, 1, 1, 1, 0, 0},
    {2, 16, 8, 7, 32, 1, 1, 2, 2, 0, 0},
    {1, 2, 9, 8, 5, 3, 2, 2, 3, 0, 1},
    {3, 20, 14, 14, 24, 5, 5, 1, 1, 2, 2},
    {2, 3, 23, 19, 20, 7, 7, 2, 2, 3, 3},
    /* strides beyond the kernel, padding beyond it, rows of several images, groups of channels */
    {3, 18, 11, 10, 20, 1, 1, 3, 3, 0, 0},
    {2, 7, 9, 10, 33, 2, 2, 3, 3, 1, 0},
    {2, 5, 4, 3, 17, 1, 2, 1, 3, 3, 2},
    {9, 40, 7, 7, 35, 3, 3, 2, 2, 1, 1},
    {5, 100, 5, 4, 50, 3, 3, 1, 2, 0, 1},
    {2, 33, 9, 9, 20, 7, 7, 1, 1, 3, 3},
    {33, 16, 2, 2, 16, 2, 2, 2, 2, 0, 0},
    {1, 600, 10, 10, 40, 1, 1, 1, 1, 0, 0},
    {2, 3, 65, 33, 16, 5, 5, 1, 1, 2, 2},
    {2, 1, 28, 28, 20, 5, 5, 1, 1, 0, 0},
    {1, 2, 40, 130, 3, 7, 3, 2, 1, 3, 1},
    {7, 96, 14, 14, 64, 1, 1, 2, 2, 0, 0},
    /* 5x5 with every padding */
    {2, 20, 12, 12, 50, 5, 5, 1, 1, 0, 0},
    {5, 18, 7, 9, 17, 5, 5, 1, 1, 1, 3},
    {2, 33, 1, 3, 16, 5, 5, 1, 1, 4, 4},
    {3, 32, 8, 8, 64, 5, 5, 1, 1, 2, 2},
    /* weights that Winograd transforms anew for each strip */
    {45, 345, 1, 2, 340, 3, 3, 1, 1, 1, 1},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static const char *const units[] = {"generic", "avx2", "avx512", "reference"};
enum { UNITS = sizeof units / sizeof units[0] };

/* Is it this one's turn? If so it is in use from now on. The reference has the products of
 * matrices to itself, and only the run that is about them takes it. */
static int select_unit(const char *name)
{
    const char *wanted = getenv("ONECYCLE_KERNELS");
    const int its_turn = wanted ? strcmp(name, wanted) == 0 : strcmp(name, "reference") != 0;
    return its_turn && oc_unit_select(name) == OC_OK;
}

/* Every algorithm, every unit, both kinds of input. */
static void check_shape(const shape *s, int checked[OC_CONV_ALGORITHMS])
{
    bench b = bench_open(s);
    for (int unit = 0; unit < UNITS; unit++) {
        if (!select_unit(units[unit]))
            continue;
        for (int a = 0; a < OC_CONV_ALGORITHMS; a++)
            for (int plain_input = 0; plain_input < 2; plain_input++) {
                b.conv = conv_of(s, (oc_conv_algorithm)a);
                b.conv.plain_input = plain_input;
                if (oc_conv_plan(&b.conv, "it") != OC_OK)
                    continue;
                check_passes(&b);
                checked[a]++;
            }
    }
    oc_unit_select(NULL);
    bench_close(&b);
}

static void sweep(void)
{
    int checked[OC_CONV_ALGORITHMS] = {0};
    for (int i = 0; i < SHAPES; i++)
        check_shape(&shapes[i], checked);
    for (int a = 0; a < OC_CONV_ALGORITHMS; a++)
        CU_ASSERT(checked[a] >= 10);
}

/* A number from low to high, small ones more often. */
static int draw(uint32_t shape_number, uint32_t what, int low, int high)
{
    const oc_random_key key = oc_random_make_key(5, OC_PURPOSE_TEST, 0);
    const oc_random4 word = oc_random_at(key, shape_number, what, 0, 0);
    const double u = (double)word.word[0] / 4294967296.0;
    return low + (int)(u * u * (double)(high - low + 1));
}

/* Any shape at all: drawn, as long as the kernel fits and the exact sums do not take long. */
static void drawn_shapes(void)
{
    enum { WANTED = 80 };
    static const int kernels[] = {1, 2, 3, 5, 7};
    int checked[OC_CONV_ALGORITHMS] = {0}, found = 0;
    for (uint32_t i = 0; found < WANTED && i < 100 * WANTED; i++) {
        const shape s = {.n = draw(i, 0, 1, 33),
                         .channels = draw(i, 1, 1, 100),
                         .height = draw(i, 2, 1, 65),
                         .width = draw(i, 3, 1, 33),
                         .outputs = draw(i, 4, 1, 100),
                         .kernel_h = kernels[draw(i, 5, 0, 4)],
                         .kernel_w = kernels[draw(i, 6, 0, 4)],
                         .stride_h = draw(i, 7, 1, 3),
                         .stride_w = draw(i, 8, 1, 3),
                         .pad_h = draw(i, 9, 0, 3),
                         .pad_w = draw(i, 10, 0, 3)};
        const double work = (double)s.n * s.height * s.width * s.channels * s.outputs * s.kernel_h *
                            s.kernel_w / (s.stride_h * s.stride_w);
        if (s.kernel_h > s.height + 2 * s.pad_h || s.kernel_w > s.width + 2 * s.pad_w || work > 4e6)
            continue;
        check_shape(&s, checked);
        found++;
    }
    CU_ASSERT_EQUAL(found, WANTED);
    CU_ASSERT(checked[OC_CONV_DIRECT] >= 2 * WANTED);
}

/* Repeated calls give the same bits; gradients are added to; no bias is a bias of zero; the
 * images of a shard do not mix in the outputs. */
static void promises(void)
{
    const shape s = {5, 20, 11, 9, 33, 3, 3, 1, 1, 1, 1};
    for (int a = OC_CONV_AUTO; a < OC_CONV_ALGORITHMS; a++) {
        bench b = bench_open(&s), again = bench_open(&s);
        b.conv = again.conv = conv_of(&s, (oc_conv_algorithm)a);
        CU_ASSERT_EQUAL_FATAL(oc_conv_plan(&b.conv, "it"), OC_OK);
        again.conv = b.conv;
        run(&b);
        run(&again);
        CU_ASSERT_EQUAL(memcmp(b.y, again.y, b.out * sizeof *b.y), 0);
        CU_ASSERT_EQUAL(memcmp(b.dx, again.dx, b.in * sizeof *b.dx), 0);
        CU_ASSERT_EQUAL(memcmp(b.dw, again.dw, b.taps * sizeof *b.dw), 0);
        prepare(&b, 1);
        backward(&b, NULL);
        int wrong = 0;
        for (size_t i = 0; i < b.taps; i++)
            wrong += !(fabs((double)b.dw[i] - 2 * (double)again.dw[i]) <= 1e-3);
        memset(b.bias, 0, (size_t)s.outputs * sizeof *b.bias);
        forward(&b, b.n, b.bias, b.y);
        forward(&b, 2, NULL, again.y);
        for (size_t i = 0; i < 2 * b.out / 5; i++)
            wrong += !(fabs((double)b.y[i] - (double)again.y[i]) <= 1e-4);
        CU_ASSERT_EQUAL(wrong, 0);
        forget(&b);
        bench_close(&b);
        bench_close(&again);
    }
}

/* Images of a shard do not mix, and how many there are does not change how any is computed: the
 * bits of an image's outputs, and of its gradient, are the same in a shorter shard. */
static void separate_images(void)
{
    const shape both[] = {{7, 20, 11, 9, 33, 3, 3, 1, 1, 1, 1},
                          {7, 40, 6, 7, 20, 5, 5, 1, 1, 2, 2},
                          {7, 345, 3, 3, 340, 3, 3, 1, 1, 1, 1}};
    for (int i = 0; i < 3; i++)
        for (int unit = 0; unit < UNITS; unit++) {
            if (!select_unit(units[unit]))
                continue;
            bench b = bench_open(&both[i]), again = bench_open(&both[i]);
            b.conv = conv_of(&both[i], OC_CONV_WINOGRAD);
            CU_ASSERT_EQUAL_FATAL(oc_conv_plan(&b.conv, "it"), OC_OK);
            again.conv = b.conv;
            again.n = 3;
            run(&b);
            run(&again);
            CU_ASSERT_EQUAL(memcmp(b.y, again.y, b.out * 3 / 7 * sizeof *b.y), 0);
            CU_ASSERT_EQUAL(memcmp(b.dx, again.dx, b.in * 3 / 7 * sizeof *b.dx), 0);
            bench_close(&b);
            bench_close(&again);
        }
    oc_unit_select(NULL);
}

/* Gradients of weights are sums over a strip of tiles, added up: over 73728 pixels the
 * error is within the bound of small images. */
static void long_sums(void)
{
    const shape both[] = {{8, 16, 96, 96, 16, 3, 3, 1, 1, 1, 1},
                          {8, 16, 96, 96, 16, 5, 5, 1, 1, 2, 2}};
    for (int i = 0; i < 2; i++) {
        bench b = bench_open(&both[i]);
        for (int unit = 0; unit < UNITS; unit++) {
            if (!select_unit(units[unit]))
                continue;
            b.conv = conv_of(&both[i], OC_CONV_WINOGRAD);
            CU_ASSERT_EQUAL_FATAL(oc_conv_plan(&b.conv, "it"), OC_OK);
            run(&b);
            check(&b, "long sums", b.dw, b.exact_dw, b.taps, 0, winograd);
        }
        bench_close(&b);
    }
    oc_unit_select(NULL);
}

static void choice(void)
{
    const shape usual = {1, 64, 32, 32, 128, 3, 3, 1, 1, 1, 1};
    const shape strided = {1, 64, 32, 32, 128, 3, 3, 2, 2, 1, 1};
    const shape many = {1, 512, 4, 4, 512, 3, 3, 1, 1, 1, 1};
    char text[OC_CONV_TEXT];
    oc_kernels_select(NULL); /* whatever this run of the tests is about */
    oc_conv conv = conv_of(&usual, OC_CONV_AUTO);
    CU_ASSERT_EQUAL(oc_conv_plan(&conv, "it"), OC_OK);
    CU_ASSERT_EQUAL(conv.algorithm, OC_CONV_WINOGRAD);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_conv_describe(&conv, text), "winograd "));
    CU_ASSERT(conv.prepared > 0);
    conv = conv_of(&many, OC_CONV_AUTO); /* too many weights to keep them transformed */
    CU_ASSERT_EQUAL(oc_conv_plan(&conv, "it"), OC_OK);
    CU_ASSERT_EQUAL(conv.algorithm, OC_CONV_WINOGRAD);
    CU_ASSERT_EQUAL(conv.prepared, 0);
    conv = conv_of(&usual, OC_CONV_IM2COL);
    CU_ASSERT_EQUAL(oc_conv_plan(&conv, "it"), OC_OK);
    CU_ASSERT_EQUAL(conv.algorithm, OC_CONV_IM2COL);
    conv = conv_of(&strided, OC_CONV_AUTO);
    CU_ASSERT_EQUAL(oc_conv_plan(&conv, "it"), OC_OK);
    CU_ASSERT_NOT_EQUAL(conv.algorithm, OC_CONV_WINOGRAD);
    conv = conv_of(&strided, OC_CONV_WINOGRAD);
    CU_ASSERT_EQUAL(oc_conv_plan(&conv, "conv7"), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "conv7: kernel 3x3, stride 2x2"));
    CU_ASSERT_EQUAL(oc_kernels_select("abacus"), OC_ERR_USAGE);
    oc_kernels_select("reference"); /* the plain table stays plain */
    conv = conv_of(&usual, OC_CONV_AUTO);
    CU_ASSERT_EQUAL(oc_conv_plan(&conv, "it"), OC_OK);
    CU_ASSERT_EQUAL(conv.algorithm, OC_CONV_IM2COL);
    oc_kernels_select(NULL);
}

static const oc_case cases[] = {
    {"every algorithm and vector unit against exact sums", sweep},
    {"the same for shapes drawn at random", drawn_shapes},
    {"same bits, adding, no bias, separate images", promises},
    {"an image alone and among others", separate_images},
    {"sums over many pixels", long_sums},
    {"the choice, and refusals", choice},
};

int main(void)
{
    return OC_RUN_CASES("conv", cases);
}
