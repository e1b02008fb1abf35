/* Short runs, many to a kernel call: the elements of a column shard or of a strided array. */
#ifndef NI_GATHER_H
#define NI_GATHER_H

#include "kernels.h"

/* At most so many blocks a kernel call. */
#define NI_GATHER (8 * NI_GATHER_GROUP)

/* Blocks wanted so far, and where their elements go. */
typedef struct {
    const ni_sampler *sampler;
    ni_gather_kernel *kernel;
    int block_shift, element_bytes;  /* a block has 2^block_shift elements */
    int blocks, parts;               /* in use */
    uint32_t upper;                  /* the second word of the counters of all of them */
    uint32_t counter0[NI_GATHER];    /* the first ones */
    struct {                         /* a piece of a run: elements on end in the blocks */
        char *out;
        int64_t stride;              /* bytes between elements at `out` */
        int from, count;             /* the first, counted from those of the first block */
    } part[NI_GATHER];
} ni_gather;

/* `rows` runs: elements first .. first + count - 1, `stride` bytes apart from `out` on, and each
 * further run row_step elements and row_bytes bytes on. They are written at the latest by
 * ni_gather_flush. */
void ni_gather_add(ni_gather *gather, int64_t first, int64_t count, char *out, int64_t stride,
                   int64_t rows, int64_t row_step, int64_t row_bytes);

void ni_gather_flush(ni_gather *gather);

#endif
