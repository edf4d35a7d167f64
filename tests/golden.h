/* golden.h - the golden files in tests/golden and the formula their inputs follow, for the
 * tests that compare onecycle with another implementation. The formula is the C twin of
 * golden/golden_formula.py and golden/lenet_golden.py; the network is not known here. */
#ifndef OC_TESTS_GOLDEN_H
#define OC_TESTS_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

enum {
    OC_GOLDEN_BATCH = 64, /* lenet_golden.csv: samples of 28 x 28 */
    OC_GOLDEN_PIXELS = 28 * 28,
    OC_GOLDEN_STEPS = 20,
    OC_GOLDEN_LENET_COLUMNS = 6, /* step, loss_float64, loss_float32, accuracy, lr, momentum */
    OC_GOLDEN_TENSOR_COLUMNS = 4 /* tensor, count, gradient_norm_step0, value_norm_end */
};

uint32_t oc_golden_hash(uint32_t index);
double oc_golden_uniform(uint32_t index); /* hash / 2^32 */

/* out[i] = (float)(shift + scale * uniform(offset + i)): inputs of layers_golden.csv. */
void oc_golden_fill(float *out, size_t count, uint32_t offset, double shift, double scale);

/* The initial weights of LeNet: t = 0..3 are conv1, conv2, linear1, linear2 in row-major order
 * of (out, in, kh, kw). Biases are 0. */
void oc_golden_weights(float *out, size_t count, uint32_t t, size_t fan_in);

/* Step 0..19: images (64, 1, 28, 28), labels (64). */
void oc_golden_batch(uint32_t step, float *images, int32_t *labels);

/* Read tests/golden/NAME, found below $ONECYCLE_SOURCE or else the working folder; any error
 * aborts the test program with a message. Comment lines (#) and the header are passed over. */

/* A file of numbers: values (rows, columns) [out], at most `most_rows`. Returns the rows. */
size_t oc_golden_numbers(const char *name, size_t columns, double *values, size_t most_rows);

/* A tensor of a file of rows name,tensor,index,value (layers_golden.csv): values [out], at
 * most `most`; an index out of order aborts. Returns how many, 0 if there is no such tensor. */
size_t oc_golden_tensor(const char *name, const char *layer, const char *tensor, double *values,
                        size_t most);

#endif
