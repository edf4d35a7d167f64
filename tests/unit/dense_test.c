/* dense_test.c - the products of fully connected layers of every vector unit that has them and
 * this processor runs, against sums in double, over odd shapes; nothing is written beside them. */
#include "harness.h"

#include "base/random.h"
#include "kernels/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 64 }; /* floats behind each result that belong to somebody else */

typedef struct shape {
    int n, inputs, outputs;
} shape;

/* Sides around the tiles and panels of every unit, sums of more than one part, and one thin side.
 */
static const shape shapes[] = {
    {1, 1, 1},     {1, 7, 3},     {2, 3, 17},    {3, 100, 1},   {5, 33, 31},   {6, 16, 16},
    {7, 1, 100},   {13, 65, 33},  {14, 32, 32},  {15, 31, 33},  {16, 64, 48},  {17, 47, 15},
    {28, 96, 97},  {29, 5, 63},   {31, 784, 10}, {32, 257, 64}, {33, 513, 29}, {64, 50, 50},
    {99, 100, 98}, {128, 40, 41}, {129, 39, 42}, {300, 9, 77},  {4, 1100, 14}, {2, 14, 1100},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

typedef struct matrices {
    shape s;
    float *x, *weight, *bias, *dy;
    float *y, *dx, *gradient; /* results, each with a guard */
    float *forward, *backward, *scratch;
} matrices;

static float *floats(size_t count)
{
    const size_t lines = (count + GUARD + 15) / 16;
    float *made = aligned_alloc(64, lines * 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    memset(made, 0xff, lines * 64); /* NaN: shows what is read before it is written */
    return made;
}

static float *normal(size_t count, uint32_t stream)
{
    float *made = floats(count);
    oc_fill_normal(made, count, 1, stream);
    return made;
}

static matrices open_matrices(shape s)
{
    const size_t n = (size_t)s.n, inputs = (size_t)s.inputs, outputs = (size_t)s.outputs;
    return (matrices){.s = s,
                      .x = normal(n * inputs, 1),
                      .weight = normal(inputs * outputs, 2),
                      .bias = normal(outputs, 3),
                      .dy = normal(n * outputs, 4),
                      .y = floats(n * outputs),
                      .dx = floats(n * inputs),
                      .gradient = floats(inputs * outputs),
                      .forward = floats(oc_dense_packed(s.inputs, s.outputs)),
                      .backward = floats(oc_dense_packed(s.outputs, s.inputs)),
                      .scratch = floats(oc_dense_scratch())};
}

static void close_matrices(matrices *m)
{
    float *const all[] = {m->x,  m->weight,   m->bias,    m->dy,       m->y,
                          m->dx, m->gradient, m->forward, m->backward, m->scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

static void run(const oc_dense_ops *dense, matrices *m, const float *bias)
{
    const shape s = m->s;
    dense->pack(s.inputs, s.outputs, 1, m->weight, m->forward);
    dense->pack(s.outputs, s.inputs, 0, m->weight, m->backward);
    const oc_dense_rows rows = {.shards = 1, .n = s.n};
    dense->apply(&rows, s.inputs, s.outputs, m->x, m->forward, bias, m->y);
    dense->apply(&rows, s.outputs, s.inputs, m->dy, m->backward, NULL, m->dx);
    dense->weight_gradient(&rows, s.outputs, s.inputs, m->x, m->dy, 0, m->gradient, m->scratch);
}

/* One element of a product: a[i * a_row + q * a_step] * b[j * b_column + q * b_step] over q < k. */
typedef struct factor {
    const float *at;
    int outer, inner; /* strides: of the result's row or column, and of the sum */
} factor;

/* Float sums of k products are off by at most k rounding errors of the sum of magnitudes, and here
 * by far less: 4e-7 of it, seven roundings. */
static int wrong_elements(int rows, int columns, int k, factor a, factor b, const float *bias,
                          const float *found)
{
    int wrong = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            double sum = bias ? (double)bias[j] : 0, size = fabs(sum);
            for (int q = 0; q < k; q++) {
                const double term = (double)a.at[i * a.outer + q * a.inner] *
                                    (double)b.at[j * b.outer + q * b.inner];
                sum += term;
                size += fabs(term);
            }
            wrong += !(fabs((double)found[i * columns + j] - sum) <= 4e-7 * size + 1e-30);
        }
    for (int i = 0; i < GUARD; i++)
        wrong += !isnan(found[rows * columns + i]);
    return wrong;
}

static int wrong_in_all(const matrices *m, const float *bias)
{
    const int n = m->s.n, inputs = m->s.inputs, outputs = m->s.outputs;
    return wrong_elements(n, outputs, inputs, (factor){m->x, inputs, 1},
                          (factor){m->weight, inputs, 1}, bias, m->y) +
           wrong_elements(n, inputs, outputs, (factor){m->dy, outputs, 1},
                          (factor){m->weight, 1, inputs}, NULL, m->dx) +
           wrong_elements(outputs, inputs, n, (factor){m->dy, 1, outputs},
                          (factor){m->x, 1, inputs}, NULL, m->gradient);
}

static const oc_dense_ops *dense_of(const char *unit)
{
    const oc_dense_ops *dense =
        oc_kernels_select(unit) == OC_OK ? oc_unit_get()->dense : NULL; /* not on this processor */
    oc_kernels_select(NULL);
    return dense;
}

static void products(void)
{
    static const char *const units[] = {"avx2", "avx512"};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        const oc_dense_ops *dense = dense_of(units[u]);
        for (int i = 0; dense && i < 2 * SHAPES; i++) {
            matrices m = open_matrices(shapes[i / 2]);
            const float *bias = i % 2 ? m.bias : NULL;
            run(dense, &m, bias);
            CU_ASSERT_EQUAL(wrong_in_all(&m, bias), 0);
            close_matrices(&m);
        }
        CU_ASSERT(!dense || strcmp(dense->name, units[u]) == 0);
    }
}

/* A sample's outputs, and gradient, are the same bits alone and among others. */
static void rows_stand_alone(void)
{
    const oc_dense_ops *dense = oc_unit_get()->dense;
    if (!dense)
        return;
    matrices all = open_matrices((shape){33, 600, 45});
    run(dense, &all, all.bias);
    int different = 0;
    for (int i = 0; i < all.s.n; i++) {
        float y[45 + GUARD], dx[600 + GUARD];
        const oc_dense_rows row = {.shards = 1, .n = 1};
        dense->apply(&row, 600, 45, all.x + i * 600, all.forward, all.bias, y);
        dense->apply(&row, 45, 600, all.dy + i * 45, all.backward, NULL, dx);
        different += memcmp(y, all.y + i * 45, 45 * sizeof *y) != 0;
        different += memcmp(dx, all.dx + i * 600, 600 * sizeof *dx) != 0;
    }
    CU_ASSERT_EQUAL(different, 0);
    close_matrices(&all);
}

/* A gradient added to another one is the bits of their sum. */
static void gradients_add(void)
{
    const oc_dense_ops *dense = oc_unit_get()->dense;
    if (!dense)
        return;
    matrices m = open_matrices((shape){OC_DENSE_SAMPLES, 300, 47});
    const size_t count = 300 * 47;
    run(dense, &m, NULL);
    float *sum = normal(count, 5), *expected = normal(count, 5);
    for (size_t i = 0; i < count; i++)
        expected[i] += m.gradient[i];
    const oc_dense_rows rows = {.shards = 1, .n = m.s.n};
    dense->weight_gradient(&rows, m.s.outputs, m.s.inputs, m.x, m.dy, 1, sum, m.scratch);
    CU_ASSERT_EQUAL(memcmp(sum, expected, count * sizeof *sum), 0);
    free(sum);
    free(expected);
    close_matrices(&m);
}

/* Shards side by side, with room between them -> the bits of one after the other, their gradients
 * added as a binary tree. */
static int differences_side_by_side(const oc_dense_ops *dense, shape s, int shards, int add)
{
    const size_t k = (size_t)s.inputs, o = (size_t)s.outputs, n = (size_t)s.n, count = k * o;
    const oc_dense_rows one = {.shards = 1, .n = s.n};
    const oc_dense_rows all = {shards, s.n, n * k + 16, n * o + 32},
                        back = {shards, s.n, all.y_next, all.x_next};
    const size_t xs = (size_t)shards * all.x_next, ys = (size_t)shards * all.y_next;
    float *x = normal(xs, 1), *dy = normal(ys, 2), *weight = normal(count, 3), *bias = normal(o, 4);
    float *panels = floats(oc_dense_packed(s.inputs, s.outputs)),
          *scratch = floats(oc_dense_scratch());
    float *turned = floats(oc_dense_packed(s.outputs, s.inputs));
    float *y = floats(ys), *dx = floats(xs), *y1 = floats(n * o), *dx1 = floats(n * k);
    float *sum = normal(count, 5), *tree = floats((size_t)shards * count);
    int different = 0;
    dense->pack(s.inputs, s.outputs, 1, weight, panels);
    dense->pack(s.outputs, s.inputs, 0, weight, turned);
    dense->apply(&all, s.inputs, s.outputs, x, panels, bias, y);
    dense->apply(&back, s.outputs, s.inputs, dy, turned, NULL, dx);
    for (size_t i = 0; i < (size_t)shards; i++) {
        const float *from = x + i * all.x_next, *gradient = dy + i * all.y_next;
        dense->apply(&one, s.inputs, s.outputs, from, panels, bias, y1);
        dense->apply(&one, s.outputs, s.inputs, gradient, turned, NULL, dx1);
        different += memcmp(y1, y + i * all.y_next, n * o * sizeof *y) != 0;
        different += memcmp(dx1, dx + i * all.x_next, n * k * sizeof *dx) != 0;
        dense->weight_gradient(&one, s.outputs, s.inputs, from, gradient, 0, tree + i * count,
                               scratch);
    }
    for (size_t step = 1; step < (size_t)shards; step *= 2)
        for (size_t i = 0; i < (size_t)shards; i += 2 * step)
            for (size_t j = 0; j < count; j++)
                tree[i * count + j] += tree[(i + step) * count + j];
    for (size_t j = 0; j < count && add; j++)
        tree[j] = sum[j] + tree[j];
    dense->weight_gradient(&all, s.outputs, s.inputs, x, dy, add, sum, scratch);
    different += memcmp(sum, tree, count * sizeof *sum) != 0;
    for (size_t i = 0; i < GUARD; i++)
        different +=
            !isnan(sum[count + i]) || !isnan(y[ys - 32 + i % 32]) || !isnan(dx[xs - 16 + i % 16]);
    float *const made[] = {x, dy, weight, bias, panels, scratch, turned, y, dx, y1, dx1, sum, tree};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        free(made[i]);
    return different;
}

static void side_by_side(void)
{
    static const shape some[] = {
        {32, 70, 45}, {1, 33, 17}, {31, 100, 300}, {128, 16, 10}, {9, 5, 7}};
    const oc_dense_ops *dense = oc_unit_get()->dense;
    for (size_t i = 0; dense && i < sizeof some / sizeof some[0]; i++)
        for (int shards = 1; shards <= OC_DENSE_SHARDS && shards * some[i].n <= OC_DENSE_ROWS;
             shards *= 2) {
            CU_ASSERT_EQUAL(differences_side_by_side(dense, some[i], shards, 0), 0);
            CU_ASSERT_EQUAL(differences_side_by_side(dense, some[i], shards, 1), 0);
        }
}

static const oc_case cases[] = {
    {"products over odd shapes, nothing beside them", products},
    {"a row does not depend on the others", rows_stand_alone},
    {"gradients added to others", gradients_add},
    {"shards side by side", side_by_side},
};

int main(void)
{
    return OC_RUN_CASES("dense", cases);
}
