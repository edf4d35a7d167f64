/* tensor.h - a shape, and a view of floats with a shape. A view owns nothing: it points
 * into an arena or into a caller's memory and is passed by value. Row-major, last index
 * fastest; images are (N, C, H, W). */
#ifndef OC_TENSOR_TENSOR_H
#define OC_TENSOR_TENSOR_H

#include "base/status.h"

#include <stddef.h>

enum { OC_MAX_DIMS = 4, OC_SHAPE_TEXT = 64 };

typedef struct oc_shape {
    int rank; /* number of dimensions, 0 to OC_MAX_DIMS */
    int dim[OC_MAX_DIMS];
} oc_shape;

typedef struct oc_tensor {
    float *data;
    oc_shape shape;
} oc_tensor;

/* Local. Shapes by their dimensions. */
oc_shape oc_shape1(int a);
oc_shape oc_shape2(int a, int b);
oc_shape oc_shape3(int a, int b, int c);
oc_shape oc_shape4(int a, int b, int c, int d);

/* Local. Number of elements. Shapes are checked against overflow when networks are built. */
size_t oc_shape_count(oc_shape shape);

int oc_shape_equal(oc_shape a, oc_shape b);

/* Local. "20x5x5" into text[OC_SHAPE_TEXT]; returns text. */
const char *oc_shape_text(oc_shape shape, char *text);

#endif
