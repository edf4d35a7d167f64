/* activations_test.c - the Gaussian error and sigmoid linear units of every vector unit that runs
 * here against the plain ones, which are in double. */
#include "elementwise_check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct activation {
    void (*forward)(size_t count, const float *x, float *y);
    void (*backward)(size_t count, const float *x, const float *dy, float *dx);
} activation;

/* Against the plain one in double, over all that floats make of it and at odd lengths. */
static void check_points(activation found, activation sure)
{
    enum { POINTS = 4001 };
    float *x = floats(POINTS), *dy = normal(POINTS, 2, 0, 1), *y = floats(POINTS);
    float *expected = floats(POINTS);
    double worst = 0, worst_slope = 0;
    for (int i = 0; i < POINTS; i++)
        x[i] = (float)(i - POINTS / 2) * 0.01f;
    found.forward(POINTS, x, y);
    sure.forward(POINTS, x, expected);
    for (int i = 0; i < POINTS; i++)
        worst = fmax(worst, fabs((double)y[i] - (double)expected[i]) / fmax(1, fabs((double)x[i])));
    CU_ASSERT(worst < 3e-7);
    found.backward(POINTS, x, dy, y);
    sure.backward(POINTS, x, dy, expected);
    for (int i = 0; i < POINTS; i++)
        worst_slope = fmax(worst_slope, fabs((double)y[i] - (double)expected[i]) /
                                            fmax(0.01, fabs((double)dy[i])));
    CU_ASSERT(worst_slope < 1e-6);
    for (size_t count = 0; count <= LONGEST; count++) { /* whole vectors or not: the same bits */
        found.forward(LONGEST, x + 1900, y);
        memset(expected, 0xff, POINTS * sizeof *expected);
        found.forward(count, x + 1900, expected);
        CU_ASSERT(same_bits(y, expected, count));
        CU_ASSERT(isnan(expected[count]));
    }
    free(x);
    free(dy);
    free(y);
    free(expected);
}

/* What has no bounds, and what is so far out that nothing is left of it; a NaN stays. */
static void check_ends(activation found)
{
    const float x[] = {0.0f, FLT_MAX, -FLT_MAX, INFINITY, NAN, -100.0f, 100.0f, 1e-45f};
    enum { COUNT = sizeof x / sizeof x[0] };
    const float dy[COUNT] = {1, 1, 1, 1, 1, 1, 1, 1};
    const float expected[COUNT] = {0.0f, FLT_MAX, 0.0f, INFINITY, NAN, 0.0f, 100.0f, 0.0f};
    const float slope[COUNT] = {0.5f, 1, 0, 1, NAN, 0, 1, 0.5f};
    float y[COUNT], dx[COUNT];
    found.forward(COUNT, x, y);
    found.backward(COUNT, x, dy, dx);
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT(isnan(expected[i]) ? isnan(y[i]) : y[i] == expected[i] || fabsf(y[i]) < 1e-40f);
        CU_ASSERT(isnan(slope[i]) ? isnan(dx[i]) : fabsf(dx[i] - slope[i]) < 1e-6f);
    }
}

static void check_gelu(const oc_elementwise_ops *ops)
{
    const activation found = {ops->gelu, ops->gelu_backward};
    check_points(found, (activation){plain->gelu, plain->gelu_backward});
    check_ends(found);
}

static void check_silu(const oc_elementwise_ops *ops)
{
    const activation found = {ops->silu, ops->silu_backward};
    check_points(found, (activation){plain->silu, plain->silu_backward});
    check_ends(found);
}

static void gelus(void)
{
    each(check_gelu);
}

static void silus(void)
{
    each(check_silu);
}

static const oc_case cases[] = {
    {"gelu and its gradient", gelus},
    {"silu and its gradient", silus},
};

int main(void)
{
    return OC_RUN_CASES("activations", cases);
}
