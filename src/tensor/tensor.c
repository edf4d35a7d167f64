/* tensor.c - see tensor.h. */
#include "tensor/tensor.h"

#include <stdio.h>

oc_shape oc_shape1(int a)
{
    return (oc_shape){1, {a}, 0};
}
oc_shape oc_shape2(int a, int b)
{
    return (oc_shape){2, {a, b}, 0};
}
oc_shape oc_shape3(int a, int b, int c)
{
    return (oc_shape){3, {a, b, c}, 0};
}
oc_shape oc_shape4(int a, int b, int c, int d)
{
    return (oc_shape){4, {a, b, c, d}, 0};
}

oc_shape oc_shape_blocked(int channels, int height, int width)
{
    return (oc_shape){3, {channels, height, width}, 1};
}

int oc_block_count(int channels)
{
    return (channels + OC_BLOCK - 1) / OC_BLOCK;
}

size_t oc_shape_count(oc_shape shape)
{
    size_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= (size_t)shape.dim[i];
    return count;
}

size_t oc_shape_floats(oc_shape shape)
{
    if (shape.blocked)
        shape.dim[0] = oc_block_count(shape.dim[0]) * OC_BLOCK;
    return oc_shape_count(shape);
}

int oc_shape_equal(oc_shape a, oc_shape b)
{
    if (a.rank != b.rank)
        return 0;
    for (int i = 0; i < a.rank; i++)
        if (a.dim[i] != b.dim[i])
            return 0;
    return 1;
}

const char *oc_shape_text(oc_shape shape, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < shape.rank; i++)
        used += (size_t)snprintf(text + used, OC_SHAPE_TEXT - used, i ? "x%d" : "%d", shape.dim[i]);
    return text;
}
