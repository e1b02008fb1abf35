/* The geometry of an output: checks, canonical form, and whether elements share memory. */
#include "fill/layout.h"

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

/* Add count * stride to *sum; 0 where the result leaves 64 bits. */
static int accumulate(int64_t *sum, int64_t count, int64_t stride)
{
    int64_t step;
    return !__builtin_mul_overflow(count, stride, &step)
           && !__builtin_add_overflow(*sum, step, sum);
}

/* Whether sum d_k byte_stride_k comes nearer to `rest` than an element's size for some
 * d_k in -(count_k - 1) .. count_k - 1, not all 0. Axes come in descending order of stride, so
 * few values of d_k leave a rest that the axes after k can make up for. `budget` bounds the
 * search; what it cannot decide counts as an overlap. */
static int meets(const ni_axis *axis, int ndim, int64_t rest, int zero, int64_t bytes,
                 int64_t *budget)
{
    if (--*budget < 0)
        return 1;
    if (ndim == 0)
        return !zero && magnitude(rest) < bytes;
    int64_t reach = bytes - 1, stride = magnitude(axis->byte_stride);
    for (int k = 1; k < ndim; k++)
        reach += (axis[k].count - 1) * magnitude(axis[k].byte_stride);
    if (stride == 0)
        return 1; /* two elements at one address */
    int64_t low = (rest - reach) / stride - 1, high = (rest + reach) / stride + 1;
    if (low < -(axis->count - 1))
        low = -(axis->count - 1);
    if (high > axis->count - 1)
        high = axis->count - 1;
    for (int64_t d = low; d <= high; d++) {
        int64_t left = rest - d * stride;
        if (magnitude(left) <= reach
            && meets(axis + 1, ndim - 1, left, zero && d == 0, bytes, budget))
            return 1;
    }
    return 0;
}

static void sort_axes(ni_axis *axis, int ndim, int by_bytes)
{
    for (int i = 1; i < ndim; i++)
        for (int k = i; k > 0; k--) {
            ni_axis a = axis[k - 1], b = axis[k];
            if (magnitude(by_bytes ? a.byte_stride : a.index_stride)
                >= magnitude(by_bytes ? b.byte_stride : b.index_stride))
                break;
            axis[k - 1] = b, axis[k] = a;
        }
}

/* Most outputs are settled at once: each stride passes over all that the smaller ones span. */
static int overlaps(const ni_layout *layout, int64_t bytes)
{
    ni_axis axis[NI_MAX_DIMS + 1];
    int64_t span = bytes;
    int apart = 1;
    for (int k = 0; k < layout->ndim; k++)
        axis[k] = layout->axis[k];
    sort_axes(axis, layout->ndim, 1);
    for (int k = layout->ndim - 1; k >= 0; k--) {
        apart = apart && magnitude(axis[k].byte_stride) >= span;
        span += (axis[k].count - 1) * magnitude(axis[k].byte_stride);
    }
    int64_t budget = 1000000;
    return !apart && meets(axis, layout->ndim, 0, 1, bytes, &budget);
}

/* Whether an axis of a stride begins anew where `count` steps of another one end. */
static int runs_on(int64_t outer, int64_t count, int64_t stride)
{
    int64_t end;
    return !__builtin_mul_overflow(count, stride, &end) && outer == end;
}

/* Merge each axis into the one before it where index and address both run on. */
static void merge_axes(ni_layout *layout)
{
    int kept = 0;
    for (int k = 1; k < layout->ndim; k++) {
        ni_axis *outer = &layout->axis[kept], *inner = &layout->axis[k];
        if (runs_on(outer->index_stride, inner->count, inner->index_stride)
            && runs_on(outer->byte_stride, inner->count, inner->byte_stride)) {
            inner->count *= outer->count;
            *outer = *inner;
        } else {
            layout->axis[++kept] = *inner;
        }
    }
    layout->ndim = layout->ndim ? kept + 1 : 0;
}

ni_status ni_layout_of(const ni_output *out, int element_bytes, ni_layout *layout)
{
    if (out->ndim < 0 || out->ndim > NI_MAX_DIMS)
        return NI_BAD_SHAPE;
    layout->data = out->data, layout->first = out->first, layout->ndim = 0;
    int empty = 0;
    for (int k = 0; k < out->ndim; k++) {
        if (out->shape[k] < 0)
            return NI_BAD_SHAPE;
        empty |= out->shape[k] == 0;
    }
    layout->total = empty ? 0 : 1;
    if (empty)
        return NI_OK;
    int64_t last = out->first, bytes = element_bytes;
    if (out->first < 0)
        return NI_BAD_INDEX;
    for (int k = 0; k < out->ndim; k++) {
        ni_axis axis = {out->shape[k], out->index_strides[k], out->byte_strides[k]};
        if (axis.count == 1)
            continue;
        if (axis.byte_stride == INT64_MIN || axis.index_stride == INT64_MIN
            || !accumulate(&bytes, axis.count - 1, magnitude(axis.byte_stride))
            || __builtin_mul_overflow(layout->total, axis.count, &layout->total))
            return NI_BAD_SHAPE;
        if (axis.index_stride < 0) { /* walk the axis from its other end */
            if (!accumulate(&layout->first, axis.count - 1, axis.index_stride)
                || layout->first < 0)
                return NI_BAD_INDEX;
            if (layout->data) /* which a check has none of */
                layout->data += (axis.count - 1) * axis.byte_stride;
            axis.index_stride = -axis.index_stride, axis.byte_stride = -axis.byte_stride;
        } else if (!accumulate(&last, axis.count - 1, axis.index_stride)) {
            return NI_BAD_INDEX;
        }
        layout->axis[layout->ndim++] = axis;
    }
    if (overlaps(layout, element_bytes))
        return NI_OVERLAP;
    sort_axes(layout->axis, layout->ndim, 0);
    merge_axes(layout);
    if (layout->ndim == 0 || layout->axis[layout->ndim - 1].index_stride != 1)
        layout->axis[layout->ndim++] = (ni_axis){1, 1, element_bytes};
    return NI_OK;
}

ni_status ni_check_output(const ni_output *out)
{
    ni_layout layout;
    const int element_bytes = ni_element_bytes(out->dtype);
    return element_bytes ? ni_layout_of(out, element_bytes, &layout) : NI_BAD_DTYPE;
}

int ni_is_dense(const ni_layout *layout, int element_bytes)
{
    int64_t span = element_bytes;
    for (int k = 0; k < layout->ndim; k++) {
        if (layout->axis[k].byte_stride < 0)
            return 0;
        span += (layout->axis[k].count - 1) * layout->axis[k].byte_stride;
    }
    return span == layout->total * element_bytes;
}
