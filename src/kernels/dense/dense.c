/* dense.c - memory of the products in dense_body.h. */
#include "kernels/dense/dense.h"

static size_t whole_panels(int columns)
{
    return ((size_t)columns + OC_DENSE_PANEL - 1) / OC_DENSE_PANEL * OC_DENSE_PANEL;
}

size_t oc_dense_packed(int k, int columns)
{
    return (size_t)k * whole_panels(columns);
}

/* A panel of inputs of all rows, and behind it gradients of outputs. */
size_t oc_dense_scratch(void)
{
    return (size_t)OC_DENSE_ROWS * OC_DENSE_PANEL + OC_DENSE_ROOM;
}
