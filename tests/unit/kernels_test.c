/* kernels_test.c - choosing kernels by name; matrix products and im2col, the plain ones and those
 * in use, against definitions written out plainly here. What is neither: elementwise_test.c. */
#include "harness.h"

#include "base/random.h"
#include "kernels/kernels.h"
#include "kernels/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const tables[] = {"reference", "generic"};
enum { TABLES = sizeof tables / sizeof tables[0] };

static const oc_kernels *table(int i)
{
    CU_ASSERT_EQUAL_FATAL(oc_kernels_select(tables[i]), OC_OK);
    const oc_kernels *chosen = oc_kernels_get();
    CU_ASSERT_STRING_EQUAL(oc_kernels_name(), tables[i]);
    oc_kernels_select(NULL);
    return chosen;
}

static float *floats(size_t count)
{
    float *made = malloc((count ? count : 1) * sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

/* Standard normal numbers, the same for the same stream. */
static float *normal(size_t count, uint32_t stream)
{
    const oc_random_key key = oc_random_make_key(1, OC_PURPOSE_TEST, stream);
    float *made = floats(count + 1);
    for (size_t i = 0; i < count; i += 2) {
        const oc_random4 draw = oc_random_at(key, (uint32_t)i, 0, 0, 0);
        float pair[2];
        oc_random_normal(draw.word[0], draw.word[1], pair);
        made[i] = pair[0];
        if (i + 1 < count)
            made[i + 1] = pair[1];
    }
    return made;
}

/* Whole numbers from -4 to 4: float sums of them are exact. */
static float *whole(size_t count, uint32_t stream)
{
    float *made = normal(count, stream);
    for (size_t i = 0; i < count; i++)
        made[i] = fmaxf(-4, fminf(4, roundf(2 * made[i])));
    return made;
}

typedef struct product {
    int m, n, k, gap; /* gap: columns of each operand that belong to somebody else */
} product;

static const product products[] = {
    {1, 1, 1, 0},    {1, 7, 3, 0},   {5, 1, 2, 1},     {3, 5, 1, 2},     {7, 13, 9, 0},
    {16, 16, 16, 3}, {17, 31, 5, 0}, {20, 576, 25, 0}, {50, 64, 500, 0}, {33, 2, 129, 5},
};

static void check_product(const oc_kernels *kernels, product p, int ta, int tb, float beta)
{
    const int lda = (ta ? p.m : p.k) + p.gap, ldb = (tb ? p.k : p.n) + p.gap, ldc = p.n + p.gap;
    const size_t a_count = (size_t)(ta ? p.k : p.m) * (size_t)lda;
    const size_t b_count = (size_t)(tb ? p.n : p.k) * (size_t)ldb;
    const size_t c_count = (size_t)p.m * (size_t)ldc;
    float *a = normal(a_count, 1), *b = normal(b_count, 2), *c = normal(c_count, 3);
    float *before = floats(c_count);
    for (size_t i = 0; i < c_count && beta == 0.0f; i++)
        if (i % (size_t)ldc < (size_t)p.n)
            c[i] = NAN; /* must not be read */
    memcpy(before, c, c_count * sizeof *c);
    kernels->gemm(ta, tb, p.m, p.n, p.k, a, lda, b, ldb, beta, c, ldc);
    int wrong = 0;
    for (int i = 0; i < p.m; i++)
        for (int j = 0; j < ldc; j++) {
            const float old = before[i * ldc + j], found = c[i * ldc + j];
            if (j >= p.n) {
                wrong += found != old;
                continue;
            }
            double sum = beta == 0.0f ? 0 : (double)old, size = 1;
            for (int q = 0; q < p.k; q++) {
                const double term = (double)(ta ? a[q * lda + i] : a[i * lda + q]) *
                                    (double)(tb ? b[j * ldb + q] : b[q * ldb + j]);
                sum += term;
                size += fabs(term);
            }
            wrong += !(fabs((double)found - sum) <= 1e-6 * size);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    free(a);
    free(b);
    free(c);
    free(before);
}

static void gemm(void)
{
    for (int t = 0; t < TABLES; t++)
        for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
            for (int flags = 0; flags < 8; flags++)
                check_product(table(t), products[i], flags & 1, flags >> 1 & 1,
                              flags & 4 ? 1.0f : 0.0f);
}

static const oc_window windows[] = {
    /* C  H  W    kernel  stride  padding */
    {1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},   {1, 28, 28, 5, 5, 1, 1, 0, 0, 0, 0},
    {3, 7, 5, 3, 3, 1, 1, 1, 1, 0, 0},   {2, 9, 6, 2, 3, 2, 3, 1, 0, 0, 0},
    {2, 5, 8, 5, 1, 1, 2, 2, 0, 0, 0},   {1, 3, 3, 5, 5, 1, 1, 2, 2, 0, 0},
    {2, 4, 4, 1, 1, 2, 2, 0, 0, 0, 0},   {1, 2, 2, 6, 6, 1, 1, 2, 3, 0, 0},
    {2, 6, 11, 3, 4, 3, 1, 0, 3, 0, 0},  {1, 1, 9, 1, 7, 1, 2, 0, 5, 0, 0},
    {2, 8, 8, 2, 2, 2, 2, 0, 0, 0, 0},   {3, 7, 9, 2, 2, 2, 2, 0, 0, 0, 0},
    {1, 5, 70, 2, 2, 2, 2, 0, 0, 0, 0},  {2, 6, 6, 2, 2, 2, 2, 1, 1, 0, 0},
    {2, 9, 6, 3, 3, 2, 1, 0, 0, 0, 0},   {2, 6, 9, 3, 3, 1, 2, 0, 0, 0, 0},
    {2, 6, 20, 3, 3, 1, 1, 1, 0, 0, 0},  {2, 6, 20, 3, 3, 1, 1, 0, 1, 0, 0},
    {2, 10, 37, 2, 2, 1, 2, 0, 0, 0, 0}, {1, 24, 24, 3, 3, 2, 2, 1, 1, 0, 0},
};
enum { WINDOWS = sizeof windows / sizeof windows[0] };

static oc_window fitted(int i)
{
    oc_window w = windows[i];
    CU_ASSERT_EQUAL_FATAL(oc_window_fit(&w, "window"), OC_OK);
    return w;
}

/* The input value that kernel place (kh, kw) of output (oh, ow) sees; 0 in the padding. */
static float seen(const oc_window *w, const float *image, int c, int kh, int kw, int oh, int ow)
{
    const int h = oh * w->stride_h + kh - w->pad_h, v = ow * w->stride_w + kw - w->pad_w;
    return h < 0 || v < 0 || h >= w->height || v >= w->width
               ? 0.0f
               : image[(c * w->height + h) * w->width + v];
}

static void im2col(void)
{
    for (int t = 0; t < TABLES; t++)
        for (int i = 0; i < WINDOWS; i++) {
            const oc_window w = fitted(i);
            const size_t pixels = (size_t)(w.channels * w.height * w.width);
            const size_t count = (size_t)(w.channels * w.kernel_h * w.kernel_w * w.out_h * w.out_w);
            float *image = normal(pixels, 4), *columns = floats(count);
            memset(columns, 0xff, count * sizeof *columns); /* NaN */
            table(t)->im2col(&w, image, columns);
            const float *at = columns;
            int wrong = 0;
            for (int c = 0; c < w.channels; c++)
                for (int kernel = 0; kernel < w.kernel_h * w.kernel_w; kernel++)
                    for (int out = 0; out < w.out_h * w.out_w; out++)
                        wrong += *at++ != seen(&w, image, c, kernel / w.kernel_w,
                                               kernel % w.kernel_w, out / w.out_w, out % w.out_w);
            CU_ASSERT_EQUAL(wrong, 0);
            free(image);
            free(columns);
        }
}

/* <im2col(x), c> = <x, col2im(c)>, exactly: whole numbers. */
static void col2im_is_the_adjoint(void)
{
    for (int t = 0; t < TABLES; t++)
        for (int i = 0; i < WINDOWS; i++) {
            const oc_window w = fitted(i);
            const size_t pixels = (size_t)(w.channels * w.height * w.width);
            const size_t count = (size_t)(w.channels * w.kernel_h * w.kernel_w * w.out_h * w.out_w);
            float *x = whole(pixels, 5), *c = whole(count, 6);
            float *columns = floats(count), *image = whole(pixels, 7), *start = whole(pixels, 7);
            table(t)->im2col(&w, x, columns);
            table(t)->col2im(&w, c, image); /* adds to what is there */
            double left = 0, right = 0;
            for (size_t k = 0; k < count; k++)
                left += (double)columns[k] * (double)c[k];
            for (size_t k = 0; k < pixels; k++)
                right += (double)x[k] * ((double)image[k] - (double)start[k]);
            CU_ASSERT_EQUAL(left, right);
            free(x);
            free(c);
            free(columns);
            free(image);
            free(start);
        }
}

static void window_sizes(void)
{
    oc_window w = {1, 28, 27, 5, 2, 1, 2, 0, 1, 0, 0};
    CU_ASSERT_EQUAL(oc_window_fit(&w, "conv"), OC_OK);
    CU_ASSERT_EQUAL(w.out_h, 24);
    CU_ASSERT_EQUAL(w.out_w, 14); /* (27 + 2 - 2) / 2 + 1, the half step dropped */
    w.kernel_h = 29;
    CU_ASSERT_EQUAL(oc_window_fit(&w, "conv"), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "conv"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "29"));
}

/* One name chooses everything; a wrong one says which there are and changes nothing. */
static void names(void)
{
    static const char *const all[] = {"reference", "generic", "avx2", "avx512"};
    CU_ASSERT_EQUAL(oc_kernels_select("reference"), OC_OK);
    CU_ASSERT_PTR_EQUAL(oc_kernels_get(), &oc_kernels_reference);
    CU_ASSERT_PTR_EQUAL(oc_unit_get()->elementwise, &oc_elementwise_reference);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_kernels_describe(), "reference"));
    CU_ASSERT_EQUAL(oc_kernels_select("nonsense"), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "nonsense"));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), all[i]));
    CU_ASSERT_STRING_EQUAL(oc_kernels_name(), "reference");
    CU_ASSERT_EQUAL(oc_kernels_select("generic"), OC_OK);
    CU_ASSERT_STRING_EQUAL(oc_kernels_name(), "generic");
    CU_ASSERT_PTR_NOT_EQUAL(oc_kernels_get(), &oc_kernels_reference);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_kernels_describe(), "generic, "));
    CU_ASSERT_EQUAL(oc_kernels_select(NULL), OC_OK); /* the best is never the plain one */
    CU_ASSERT_STRING_NOT_EQUAL(oc_kernels_name(), "reference");
}

static const oc_case cases[] = {
    {"gemm: transposes, odd sizes, leading dimensions", gemm},
    {"im2col by its definition", im2col},
    {"col2im is the adjoint of im2col", col2im_is_the_adjoint},
    {"window sizes", window_sizes},
    {"names", names},
};

int main(void)
{
    return OC_RUN_CASES("kernels", cases);
}
