/* layers_test.c - every layer of layers.def: its gradients against finite differences, and its
 * promises to the network (in place, dx not wanted, adds to gradients or writes them). Shape
 * errors: layer_errors_test.c; what a layer keeps or draws: layer_state_test.c; another framework:
 * golden_test.c.
 *
 * The gradient check: F = sum of r * y with fixed random r, summed in double, so that dy = r;
 * each parameter and input moves by +-step and the central difference is compared. Layers
 * linear in what moves take a long step: only rounding is left. Only numbers that exist move and
 * are compared; between them y and dx must hold zeros. */
#include "harness.h"
#include "layer_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many floats that are no numbers of the samples are not zero. */
static size_t dirty(const float *block, int n, oc_shape shape)
{
    const size_t size = (size_t)n * oc_shape_floats(shape),
                 count = (size_t)n * oc_shape_count(shape);
    char *known = calloc(size, 1);
    size_t found = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(known);
    for (size_t i = 0; i < count; i++)
        known[place(shape, i)] = 1;
    for (size_t i = 0; i < size; i++)
        found += !known[i] && block[i] != 0.0f;
    free(known);
    return found;
}

/* The largest difference of `analytic` from central differences in `moved`, relative to the
 * largest gradient; both are n of a shape. */
static double worst_error(const bench *b, float *moved, const float *analytic, int n,
                          oc_shape shape, double step)
{
    const size_t count = (size_t)n * oc_shape_count(shape);
    double largest = 1e-3, worst = 0;
    for (size_t k = 0; k < count; k++)
        largest = fmax(largest, fabs((double)analytic[place(shape, k)]));
    for (size_t k = 0; k < count; k++) {
        const size_t i = place(shape, k);
        const float kept = moved[i];
        const float up = (float)((double)kept + step), down = (float)((double)kept - step);
        moved[i] = up;
        double difference = functional(b);
        moved[i] = down;
        difference -= functional(b);
        moved[i] = kept;
        const double error = fabs(difference / ((double)up - (double)down) - (double)analytic[i]);
        worst = isnan(error) ? INFINITY : fmax(worst, error);
    }
    return worst / largest;
}

static void check_padding(const bench *b, int row)
{
    size_t found = dirty(b->y, b->n, b->layer.out);
    for (int i = 0; i < b->inputs; i++)
        found += b->dx[i] ? dirty(b->dx[i], b->n, b->layer.ins[i]) : 0;
    if (found) {
        printf("row %d, %s: %zu values beyond the channels are not 0\n", row, b->layer.ops->name,
               found);
        CU_FAIL("padding");
    }
}

static void check_row(const check *row, way how)
{
    bench b = bench_open(row, how);
    const char *name = b.layer.ops->name;
    backward(&b);
    check_padding(&b, (int)(row - rows));
    double error = 0;
    for (int i = 0; i < b.inputs && b.dx[i]; i++) {
        error = worst_error(&b, b.x[i], b.dx[i], b.n, b.layer.ins[i], row->step);
        if (!(error <= row->tolerance)) {
            printf("row %d, %s: dx of input %d: error %.3g\n", (int)(row - rows), name, i, error);
            CU_FAIL("input gradient");
        }
    }
    for (int t = 0; t < b.layer.parameters; t++) {
        const oc_layer_tensor *tensor = &b.layer.parameter[t];
        error = worst_error(&b, b.parameter + tensor->offset, b.gradient + tensor->offset, 1,
                            tensor->shape, row->step);
        if (!(error <= row->tolerance)) {
            printf("row %d, %s.%s: error %.3g\n", (int)(row - rows), name, tensor->name, error);
            CU_FAIL("parameter gradient");
        }
    }
    CU_ASSERT(b.out > 0);
    bench_close(&b);
}

static void gradients(void)
{
    int checked[OC_LAYER_COUNT] = {0};
    for (int i = 0; i < ROWS; i++) {
        for (way how = BLOCKED; how <= PLAIN; how++)
            if (can_be(&rows[i], how))
                check_row(&rows[i], how);
        checked[rows[i].kind]++;
    }
    for (int kind = 0; kind < OC_LAYER_COUNT; kind++)
        if (!checked[kind]) {
            printf("layer %d of layers.def has no row\n", kind);
            CU_FAIL("a layer without a gradient check");
        }
}

/* Layers that say so may write over their first input: the numbers must be those of two blocks.
 * What backward reads again is kept, as a network does. */
static void in_place(void)
{
    int seen = 0;
    for (int i = 0; i < 2 * ROWS; i++) {
        if (!can_be(&rows[i / 2], (way)(i % 2)))
            continue;
        bench b = bench_open(&rows[i / 2], (way)(i % 2));
        if (b.layer.in_place) {
            backward(&b);
            oc_pass pass = pass_of(&b);
            float *block = floats(b.out), *flow = floats(b.out);
            memcpy(block, b.x[0], b.out * sizeof *block);
            memcpy(flow, b.dy, b.out * sizeof *flow);
            pass.x = pass.y = block;
            b.layer.ops->forward(&b.layer, &pass);
            CU_ASSERT(same_bits(block, b.y, b.out));
            CU_ASSERT(!b.layer.is_view || same_bits(block, b.x[0], b.out));
            if (b.inputs == 1) {
                pass.x = b.x[0];
                pass.y = b.y;
                pass.dy = pass.dx = flow;
                b.layer.ops->backward(&b.layer, &pass);
                CU_ASSERT(same_bits(flow, b.dx[0], b.out));
            }
            free(block);
            free(flow);
            seen++;
        }
        bench_close(&b);
    }
    CU_ASSERT(seen > 0);
}

/* Where a layer says that gradients pass, the network may leave out its backward. */
static void passing_gradients(void)
{
    int seen = 0;
    for (int i = 0; i < 2 * ROWS; i++) {
        if (!can_be(&rows[i / 2], (way)(i % 2)))
            continue;
        bench b = bench_open(&rows[i / 2], (way)(i % 2));
        backward(&b);
        for (int k = 0; k < b.inputs && b.layer.passes_gradient; k++, seen++)
            CU_ASSERT(b.in[k] == b.out && same_bits(b.dx[k], b.dy, b.out));
        bench_close(&b);
    }
    CU_ASSERT(seen > 0);
}

/* dx may be NULL; gradients are added to, or written whatever was there, as the layer says, and do
 * not depend on whether dx is wanted. */
static void gradients_add_up(void)
{
    for (int i = 0; i < 2 * ROWS; i++) {
        if (!can_be(&rows[i / 2], (way)(i % 2)))
            continue;
        bench b = bench_open(&rows[i / 2], (way)(i % 2));
        const size_t count = b.layer.parameter_count;
        backward(&b);
        float *once = floats(count);
        memcpy(once, b.gradient, count * sizeof *once);
        oc_pass pass = pass_of(&b);
        for (int k = 0; k < b.inputs; k++)
            pass.dxs[k] = NULL;
        const int writes = b.layer.ops->writes_gradient;
        memset(b.gradient, 0, count * sizeof *once);
        b.layer.ops->backward(&b.layer, &pass);
        CU_ASSERT(same_bits(once, b.gradient, count));
        for (int k = 0; writes && k < b.layer.parameters; k++)
            spoil(b.gradient + b.layer.parameter[k].offset,
                  oc_shape_count(b.layer.parameter[k].shape));
        b.layer.ops->backward(&b.layer, &pass);
        int wrong = 0;
        for (size_t k = 0; k < count; k++) {
            const double twice = (writes ? 1 : 2) * (double)once[k];
            wrong += !(fabs((double)b.gradient[k] - twice) <= 1e-4 * (1 + fabs(twice)));
        }
        CU_ASSERT_EQUAL(wrong, 0);
        free(once);
        bench_close(&b);
    }
}

static const oc_case cases[] = {
    {"gradients of every layer", gradients},
    {"in place", in_place},
    {"gradients that pass", passing_gradients},
    {"gradients add up, dx or not", gradients_add_up},
};

int main(void)
{
    return OC_RUN_CASES("layers", cases);
}
