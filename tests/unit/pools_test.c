/* pools_test.c - pooling of maps by the kernels of every vector unit that runs here, against
 * definitions written out plainly here. */
#include "harness.h"

#include "base/random.h"
#include "kernels/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"reference", "generic", "avx2", "avx512"};
enum { NAMES = sizeof names / sizeof names[0], MAPS = 2, LANES = 16 };

static const oc_window windows[] = {
    /* C  H  W   kernel  stride  padding  output: 0 as it fits */
    {1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},       {1, 8, 8, 2, 2, 2, 2, 0, 0, 0, 0},
    {1, 7, 9, 2, 2, 2, 2, 0, 0, 0, 0},       {1, 7, 9, 2, 2, 2, 2, 0, 0, 4, 5},
    {1, 6, 6, 2, 2, 2, 2, 1, 1, 0, 0},       {1, 9, 6, 3, 3, 2, 1, 0, 0, 0, 0},
    {1, 13, 12, 3, 3, 2, 2, 1, 1, 0, 0},     {1, 12, 13, 3, 3, 2, 2, 0, 0, 6, 6},
    {1, 9, 6, 2, 3, 2, 3, 1, 0, 0, 0},       {1, 5, 8, 5, 1, 1, 2, 2, 0, 0, 0},
    {1, 10, 11, 2, 2, 1, 2, 0, 0, 0, 0},     {1, 9, 9, 3, 3, 3, 3, 0, 0, 0, 0},
    {1, 11, 11, 2, 2, 3, 3, 0, 0, 0, 0},     {1, 40, 30, 20, 17, 7, 5, 3, 8, 0, 0},
    {1, 40, 40, 20, 20, 20, 20, 0, 0, 0, 0}, {1, 6, 5, 3, 2, 2, 3, 1, 1, 4, 2},
};
enum { WINDOWS = sizeof windows / sizeof windows[0] };

static oc_window fitted(int i)
{
    oc_window w = windows[i];
    const int out_h = w.out_h, out_w = w.out_w;
    CU_ASSERT_EQUAL_FATAL(oc_window_fit(&w, "window"), OC_OK);
    if (out_h) { /* a last window that reaches over the edge */
        w.out_h = out_h;
        w.out_w = out_w;
    }
    return w;
}

static void each(void (*check)(const oc_elementwise_ops *ops, const oc_window *w))
{
    int seen = 0;
    for (int i = 0; i < NAMES; i++)
        if (oc_kernels_select(names[i]) == OC_OK) {
            for (int k = 0; k < WINDOWS; k++) {
                const oc_window w = fitted(k);
                check(oc_unit_get()->elementwise, &w);
            }
            seen++;
        }
    CU_ASSERT(seen >= 2);
    oc_kernels_select(NULL);
}

static size_t pixels_in(const oc_window *w)
{
    return (size_t)(w->height * w->width);
}

static size_t pixels_out(const oc_window *w)
{
    return (size_t)(w->out_h * w->out_w);
}

static float *floats(size_t count)
{
    float *made = malloc(count * sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    memset(made, 0xff, count * sizeof *made);
    return made;
}

static float *normal(size_t count, uint32_t stream)
{
    float *made = floats(count);
    oc_fill_normal(made, count, 4, stream);
    return made;
}

/* Kernel place k of output o: its pixel in the map, or -1 in the padding. */
static int pixel_at(const oc_window *w, int o, int k)
{
    const int h = o / w->out_w * w->stride_h + k / w->kernel_w - w->pad_h;
    const int v = o % w->out_w * w->stride_w + k % w->kernel_w - w->pad_w;
    return h < 0 || v < 0 || h >= w->height || v >= w->width ? -1 : h * w->width + v;
}

/* The place of the first of the largest values, and any NaN above them all. */
static int winner(const oc_window *w, const float *map, int o, int lane)
{
    int best = -1;
    float most = 0;
    for (int k = 0; k < w->kernel_h * w->kernel_w; k++) {
        const int pixel = pixel_at(w, o, k);
        if (pixel < 0)
            continue;
        const float value = map[pixel * LANES + lane];
        if (best < 0 || (!isnan(most) && (isnan(value) || value > most))) {
            best = k;
            most = value;
        }
    }
    return best;
}

static void compare_max(const oc_elementwise_ops *ops, const oc_window *w, const float *x)
{
    const size_t in = pixels_in(w) * LANES, out = pixels_out(w) * LANES;
    float *y = floats(MAPS * out), *dy = normal(MAPS * out, 2), *dx = floats(MAPS * in);
    float *expected = calloc(MAPS * in, sizeof *expected);
    uint16_t *place = calloc(MAPS * out, sizeof *place);
    CU_ASSERT_FATAL(expected && place);
    ops->max_pool(w, MAPS, x, y, place);
    ops->max_pool_backward(w, MAPS, place, dy, dx);
    size_t wrong = 0;
    for (size_t m = 0; m < MAPS; m++)
        for (int o = 0; o < w->out_h * w->out_w; o++)
            for (int lane = 0; lane < LANES; lane++) {
                const size_t at = m * out + (size_t)(o * LANES + lane);
                const int best = winner(w, x + m * in, o, lane);
                const size_t from = m * in + (size_t)(pixel_at(w, o, best) * LANES + lane);
                wrong += place[at] != best;
                wrong += memcmp(&y[at], &x[from], sizeof *y) != 0;
                expected[from] += dy[at];
            }
    for (size_t i = 0; i < MAPS * in; i++)
        wrong += dx[i] != expected[i];
    CU_ASSERT_EQUAL(wrong, 0);
    free(y);
    free(dy);
    free(dx);
    free(expected);
    free(place);
}

static void check_max(const oc_elementwise_ops *ops, const oc_window *w)
{
    if (2 * w->pad_h > w->kernel_h || 2 * w->pad_w > w->kernel_w)
        return; /* the layer refuses these */
    const size_t count = MAPS * pixels_in(w) * LANES;
    float *x = normal(count, 1), *ties = normal(count, 3);
    for (size_t i = 0; i < count; i++)
        ties[i] = roundf(ties[i]);
    compare_max(ops, w, x);
    compare_max(ops, w, ties);
    for (size_t i = 0; i < count; i++) {
        ties[i] = i % 3 ? -INFINITY : -0.0f * ties[i]; /* zeros of both signs are equal */
        x[i] = i % 5 == 2 ? (i % 2 ? NAN : INFINITY) : x[i];
    }
    compare_max(ops, w, ties);
    compare_max(ops, w, x);
    free(x);
    free(ties);
}

static void max_pool(void)
{
    each(check_max);
}

/* How much of the window counts: what lies in the image or its padding. */
static int area_of(const oc_window *w, int o)
{
    const int top = o / w->out_w * w->stride_h, left = o % w->out_w * w->stride_w;
    int area = 0;
    for (int k = 0; k < w->kernel_h * w->kernel_w; k++)
        area += top + k / w->kernel_w < w->height + 2 * w->pad_h &&
                left + k % w->kernel_w < w->width + 2 * w->pad_w;
    return area;
}

static void check_avg(const oc_elementwise_ops *ops, const oc_window *w)
{
    const size_t in = pixels_in(w) * LANES, out = pixels_out(w) * LANES;
    float *x = normal(MAPS * in, 4), *y = floats(MAPS * out), *dx = floats(MAPS * in);
    float *dy = normal(MAPS * out, 5);
    double *expected = calloc(MAPS * in, sizeof *expected);
    CU_ASSERT_PTR_NOT_NULL_FATAL(expected);
    ops->avg_pool(w, MAPS, x, y);
    ops->avg_pool_backward(w, MAPS, dy, dx);
    size_t wrong = 0;
    for (size_t m = 0; m < MAPS; m++)
        for (int o = 0; o < w->out_h * w->out_w; o++)
            for (int lane = 0; lane < LANES; lane++) {
                const size_t at = m * out + (size_t)(o * LANES + lane);
                double sum = 0;
                for (int k = 0; k < w->kernel_h * w->kernel_w; k++) {
                    const int pixel = pixel_at(w, o, k);
                    if (pixel < 0)
                        continue;
                    const size_t from = m * in + (size_t)(pixel * LANES + lane);
                    sum += (double)x[from];
                    expected[from] += (double)dy[at] / area_of(w, o);
                }
                wrong += !(fabs((double)y[at] - sum / area_of(w, o)) <= 2e-6);
            }
    for (size_t i = 0; i < MAPS * in; i++)
        wrong += !(fabs((double)dx[i] - expected[i]) <= 2e-6);
    CU_ASSERT_EQUAL(wrong, 0);
    free(x);
    free(y);
    free(dx);
    free(dy);
    free(expected);
}

static void avg_pool(void)
{
    each(check_avg);
}

static void check_global(const oc_elementwise_ops *ops, const oc_window *w)
{
    /* Also maps that are longer than places are wide. */
    const size_t pixels = w->height == 1 ? 70001 : pixels_in(w);
    float *x = normal(pixels * LANES, 6), mean[LANES], largest[LANES];
    int32_t pixel[LANES];
    for (size_t i = 0; i < pixels; i++) {
        x[i * LANES + 3] = 5; /* all equal: the first one */
        x[i * LANES + 4] = i == pixels - 1 ? 9 : -INFINITY;
        x[i * LANES + 5] = i >= pixels / 2 ? NAN : 9;
        x[i * LANES + 6] = (float)i;
    }
    ops->map_mean(pixels, x, mean);
    ops->map_largest(pixels, x, largest, pixel);
    for (size_t lane = 0; lane < LANES; lane++) {
        double sum = 0, size = 0;
        size_t best = 0;
        for (size_t p = 0; p < pixels; p++) {
            const float value = x[p * LANES + lane], most = x[best * LANES + lane];
            sum += (double)value;
            size += fabs((double)value);
            if (!isnan(most) && (isnan(value) || value > most))
                best = p;
        }
        CU_ASSERT_EQUAL(pixel[lane], (int32_t)best);
        CU_ASSERT(memcmp(&largest[lane], &x[best * LANES + lane], sizeof *x) == 0);
        if (isfinite(sum))
            CU_ASSERT(fabs((double)mean[lane] - sum / (double)pixels) <=
                      1e-6 * size / (double)pixels);
    }
    free(x);
}

static void whole_maps(void)
{
    each(check_global);
}

static const oc_case cases[] = {
    {"max_pool and back: ties, infinities, NaN, edges", max_pool},
    {"avg_pool and back", avg_pool},
    {"means and largest of whole maps", whole_maps},
};

int main(void)
{
    return OC_RUN_CASES("pools", cases);
}
