/* How many values each output of a linear map is made from, and each input goes to. */
#include "netinit/netinit.h"

static int multiply(int64_t *product, int64_t by)
{
    return !__builtin_mul_overflow(*product, by, product);
}

static int axis_by_place(int ndim, int k)
{
    if (ndim == 1 || k > 1)
        return NI_AXIS_KERNEL;
    return k == 0 ? NI_AXIS_OUT : NI_AXIS_IN;
}

ni_status ni_fans(int ndim, const int64_t *shape, const int *axes, int64_t *fan_in,
                  int64_t *fan_out)
{
    int64_t in = 1, out = 1;
    if (ndim < 0 || ndim > NI_MAX_DIMS)
        return NI_BAD_SHAPE;
    for (int k = 0; k < ndim; k++) {
        const int axis = axes ? axes[k] : axis_by_place(ndim, k);
        if (axis < 0 || axis >= NI_AXIS_COUNT)
            return NI_BAD_AXIS;
        const int in_kernel = axis == NI_AXIS_KERNEL;
        if (shape[k] < 0 || ((in_kernel || axis == NI_AXIS_IN) && !multiply(&in, shape[k]))
            || ((in_kernel || axis == NI_AXIS_OUT) && !multiply(&out, shape[k])))
            return NI_BAD_SHAPE;
    }
    *fan_in = in, *fan_out = out;
    return NI_OK;
}
