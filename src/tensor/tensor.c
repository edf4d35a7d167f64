/* tensor.c - see tensor.h. */
#include "tensor/tensor.h"

#include <stdio.h>

oc_shape oc_shape1(int a)
{
    return (oc_shape){1, {a}};
}
oc_shape oc_shape2(int a, int b)
{
    return (oc_shape){2, {a, b}};
}
oc_shape oc_shape3(int a, int b, int c)
{
    return (oc_shape){3, {a, b, c}};
}
oc_shape oc_shape4(int a, int b, int c, int d)
{
    return (oc_shape){4, {a, b, c, d}};
}

size_t oc_shape_count(oc_shape shape)
{
    size_t count = 1;
    for (int i = 0; i < shape.rank; i++)
        count *= (size_t)shape.dim[i];
    return count;
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
