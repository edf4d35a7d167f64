/* tensor.h - a shape, and a view of floats with a shape. A view owns nothing: it points
 * into an arena or into a caller's memory and is passed by value. Row-major, last index
 * fastest; images are (N, C, H, W), and inside a network blocked: (N, ceil(C / 16), H, W, 16), 16
 * channels of a pixel side by side, zeros where there is no channel. */
#ifndef OC_TENSOR_TENSOR_H
#define OC_TENSOR_TENSOR_H

#include "base/status.h"

#include <stddef.h>

enum { OC_MAX_DIMS = 4, OC_SHAPE_TEXT = 64, OC_BLOCK = 16 };

typedef struct oc_shape {
    int rank; /* number of dimensions, 0 to OC_MAX_DIMS */
    int dim[OC_MAX_DIMS];
    int blocked; /* of (C, H, W): the numbers lie in blocks of 16 channels */
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

/* Local. (C, H, W) in blocks of channels; how many blocks C channels take. */
oc_shape oc_shape_blocked(int channels, int height, int width);
int oc_block_count(int channels);

/* Local. Number of elements. Shapes are checked against overflow when networks are built. */
size_t oc_shape_count(oc_shape shape);

/* Local. Floats that it takes: more than its elements if it is blocked. */
size_t oc_shape_floats(oc_shape shape);

/* Local. The same dimensions; how they lie is not compared. */
int oc_shape_equal(oc_shape a, oc_shape b);

/* Local. "20x5x5" into text[OC_SHAPE_TEXT]; returns text. */
const char *oc_shape_text(oc_shape shape, char *text);

#endif
