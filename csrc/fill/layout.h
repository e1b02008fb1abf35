/* The geometry of an output: which element goes to which address, in a canonical form. */
#ifndef NI_LAYOUT_H
#define NI_LAYOUT_H

#include "netinit/netinit.h"

typedef struct {
    int64_t count, index_stride, byte_stride;
} ni_axis;

/* Axes sorted so that the last has the smallest index stride, merged where one runs on into
 * the next, none of length 1, index strides not negative. The last axis is the run: its index
 * stride is 1, or its length is 1. */
typedef struct {
    char *data;
    int64_t first;        /* element index at `data` */
    int64_t total;        /* number of elements; 0: nothing to do, the rest is not set */
    int ndim;             /* at least 1 */
    ni_axis axis[NI_MAX_DIMS + 1];
} ni_layout;

/* index + count * stride modulo 2^64. A step past the last element may reach 2^63, which no index
 * and no address is; it is stepped back from, or not used. */
static inline int64_t ni_step(int64_t index, int64_t count, int64_t stride)
{
    return (int64_t)((uint64_t)index + (uint64_t)count * (uint64_t)stride);
}

/* Check an output and bring it into canonical form. */
ni_status ni_layout_of(const ni_output *out, int element_bytes, ni_layout *layout);

/* Whether the output is all of a range of memory, which begins at its first element. */
int ni_is_dense(const ni_layout *layout, int element_bytes);

#endif
