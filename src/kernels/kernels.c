/* kernels.c - which kernels are in use, and the geometry shared by all. */
#include "kernels/kernels.h"
#include "kernels/kernels_private.h"
#include "kernels/unit.h"

#include <string.h>

static const oc_kernels *selected = &oc_kernels_blas;

oc_status oc_kernels_select(const char *name)
{
    const oc_status status = oc_unit_select(name);
    if (status == OC_OK)
        selected =
            name && strcmp(name, "reference") == 0 ? &oc_kernels_reference : &oc_kernels_blas;
    return status;
}

oc_status oc_kernels_reserve(int threads)
{
    return selected == &oc_kernels_blas ? oc_blas_reserve(threads) : OC_OK;
}

const char *oc_kernels_name(void)
{
    return oc_unit_get()->name;
}

const oc_kernels *oc_kernels_get(void)
{
    return selected;
}

static oc_status fit_side(const char *what, const char *side, int in, int kernel, int stride,
                          int pad, int *out)
{
    enum { LARGEST = 1 << 20 };
    if (in < 1 || kernel < 1 || stride < 1 || pad < 0 || in > LARGEST || kernel > LARGEST ||
        stride > LARGEST || pad > LARGEST)
        return oc_fail(OC_ERR_USAGE,
                       "%s: %s: input %d, kernel %d, stride %d, padding %d: expected sizes from 1 "
                       "and padding from 0, up to %d",
                       what, side, in, kernel, stride, pad, LARGEST);
    if (kernel > in + 2 * pad)
        return oc_fail(OC_ERR_USAGE,
                       "%s: %s: the kernel of %d is larger than the input of %d padded by %d", what,
                       side, kernel, in, pad);
    *out = (in + 2 * pad - kernel) / stride + 1;
    return OC_OK;
}

oc_status oc_window_fit(oc_window *w, const char *what)
{
    oc_status status =
        fit_side(what, "height", w->height, w->kernel_h, w->stride_h, w->pad_h, &w->out_h);
    if (status == OC_OK)
        status = fit_side(what, "width", w->width, w->kernel_w, w->stride_w, w->pad_w, &w->out_w);
    return status;
}
