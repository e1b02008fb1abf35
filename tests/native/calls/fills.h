/* Fills of outputs of any layout, checked element by element. */
#ifndef CALLS_FILLS_H
#define CALLS_FILLS_H

#include "calls/memory.h"

/* An output of few elements: axes in any order in memory, apart or on end, any of them reversed. */
static void some_layout(caller *me, ni_output *out, int64_t *shape, int64_t *bytes, int64_t *steps)
{
    const int size = ni_element_bytes(out->dtype) ? ni_element_bytes(out->dtype) : 1;
    int64_t most = one_in(me, 40) ? 160000 : 3000, stride = size, step = 1;
    int order[most_axes];
    out->ndim = one_in(me, 60) ? (int)below(me, most_axes) : (int)below(me, 5);
    for (int k = 0; k < out->ndim; k++) {
        const int64_t some = one_in(me, 3) ? most : one_in(me, 2) ? 9 : 3;
        shape[k] = one_in(me, 40) ? 0 : 1 + below(me, some < most ? some : most);
        most = shape[k] > 0 ? most / shape[k] : 1;
        order[k] = k;
    }
    for (int k = out->ndim - 1; k > 0 && one_in(me, 2); k--) {
        const int other = (int)below(me, k + 1), swapped = order[k];
        order[k] = order[other], order[other] = swapped;
    }
    for (int k = out->ndim - 1; k >= 0; k--) { /* the last axis of the order is the innermost */
        bytes[order[k]] = one_in(me, 4) ? -stride : stride;
        stride *= shape[order[k]] ? shape[order[k]] : 1;
        stride += one_in(me, 3) ? below(me, 40) : 0;
    }
    for (int k = out->ndim - 1; k >= 0; k--) {
        steps[k] = one_in(me, 10) ? -step : step;
        const int64_t times = (shape[k] ? shape[k] : 1) + (one_in(me, 4) ? below(me, 9) : 0);
        step *= step > ((int64_t)1 << 60) / times ? 1 : times; /* that twice as many are a number */
    }
    out->shape = shape, out->byte_strides = bytes, out->index_strides = steps;
    out->first = one_in(me, 2) ? below(me, 1 << 20) : some_number(me);
    if (one_in(me, 3)) /* the last element is one of the last that there are */
        out->first = INT64_MAX - below(me, 2 * step + 1);
    if (one_in(me, 20) && out->ndim) { /* anything */
        const int k = (int)below(me, out->ndim);
        int64_t *const which[] = {shape, bytes, steps};
        which[below(me, 3)][k] = some_number(me);
    }
}

typedef struct {
    const ni_stream *stream;
    const ni_distribution *distribution;
    int64_t every;
} witness;

/* What the element alone would be. */
static void check_element(caller *me, const ni_output *out, char *at, wide index, void *state)
{
    const witness *w = state;
    char alone[8];
    const ni_output one = {alone, out->dtype, 0, NULL, NULL, NULL, (int64_t)index};
    if (index < 0 || index > INT64_MAX)
        fail(me, "an index out of range was drawn");
    if (!one_in(me, w->every))
        return;
    if (ni_fill(w->stream, w->distribution, &one, NULL) != NI_OK)
        fail(me, "an element of a fill cannot be made alone");
    if (memcmp(alone, at, (size_t)ni_element_bytes(out->dtype)) != 0)
        fail(me, "an element is another one when it is made alone");
}

static void call_fill(caller *me)
{
    int64_t shape[most_axes], bytes[most_axes], steps[most_axes];
    const ni_stream stream = some_stream(me);
    const ni_distribution distribution = some_distribution(me);
    ni_output out = {NULL, some_dtype(me), 0, NULL, NULL, NULL, 0};
    int left;
    const ni_run run = some_run(me, &left);
    wide low, high;
    some_layout(me, &out, shape, bytes, steps);
    const ni_status sound = ni_check_output(&out);
    me->statuses[sound]++;
    if (sound != NI_OK) { /* it must be refused before memory is looked at */
        const ni_status status = ni_fill(&stream, &distribution, &out, &run);
        if (status == NI_OK || status == NI_INTERRUPTED)
            fail(me, "an output that cannot be filled was filled");
        return;
    }
    const int64_t total = elements_in(&out);
    span(&out, ni_element_bytes(out.dtype), &low, &high);
    if (total && !settle(me, &me->out, low, high, &out.data))
        return;
    const ni_status status = ni_fill(&stream, &distribution, &out, one_in(me, 3) ? NULL : &run);
    me->statuses[status]++;
    if (status == NI_OK) {
        witness w = {&stream, &distribution, total / 6 + 1};
        each_element(me, &out, check_element, &w);
    }
    if (status == NI_OK || status == NI_INTERRUPTED)
        each_element(me, &out, reset, NULL);
    check_untouched(me, &me->out, "a fill wrote where it may not");
}

#endif
