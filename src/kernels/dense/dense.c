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

size_t oc_dense_scratch(int inputs)
{
    return OC_DENSE_SAMPLES * whole_panels(inputs < OC_DENSE_STRIP ? inputs : OC_DENSE_STRIP);
}
