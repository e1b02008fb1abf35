/* Short runs, many to a kernel call. */
#include "gather.h"

#include <string.h>

/* Elements to contiguous memory; the lengths of one block without a call. */
static void copy_run(char *out, const char *elements, int nbytes)
{
    if (nbytes == 16)
        memcpy(out, elements, 16);
    else if (nbytes == 8)
        memcpy(out, elements, 8);
    else
        memcpy(out, elements, (size_t)nbytes);
}

static void copy_strided(char *out, const char *elements, int count, int64_t stride, int bytes)
{
    for (int e = 0; e < count; e++, out += stride, elements += bytes)
        switch (bytes) {
        case 2: memcpy(out, elements, 2); break;
        case 4: memcpy(out, elements, 4); break;
        default: memcpy(out, elements, 8); break;
        }
}

void ni_gather_flush(ni_gather *gather)
{
    char elements[NI_GATHER * 16] __attribute__((aligned(64)));
    const int bytes = gather->element_bytes;
    if (gather->blocks == 0)
        return;
    for (int i = gather->blocks; i < NI_GATHER; i++) /* the rest of the kernel's work is idle */
        gather->block[i] = gather->block[0];
    gather->kernel(gather->sampler, gather->block, elements);
    for (int i = 0; i < gather->parts; i++) {
        const char *from = elements + gather->part[i].from * bytes;
        const int count = gather->part[i].count;
        if (gather->part[i].stride == bytes)
            copy_run(gather->part[i].out, from, count * bytes);
        else
            copy_strided(gather->part[i].out, from, count, gather->part[i].stride, bytes);
    }
    gather->blocks = gather->parts = 0;
}

static inline void add_run(ni_gather *gather, int64_t first, int64_t count, char *out,
                           int64_t stride)
{
    const int shift = gather->block_shift, rest = (1 << shift) - 1;
    uint64_t block = (uint64_t)first >> shift;
    int skip = (int)first & rest;
    while (count) {
        const int room = ((NI_GATHER - gather->blocks) << shift) - skip;
        const int some = count < room ? (int)count : room;
        const int end = gather->blocks + ((skip + some + rest) >> shift), part = gather->parts++;
        gather->part[part].out = out;
        gather->part[part].stride = stride;
        gather->part[part].from = (gather->blocks << shift) + skip;
        gather->part[part].count = some;
        for (int i = gather->blocks; i < end; i++)
            gather->block[i] = block++;
        gather->blocks = end, skip = 0;
        count -= some, out += some * stride;
        if (end == NI_GATHER)
            ni_gather_flush(gather);
    }
}

void ni_gather_add(ni_gather *gather, int64_t first, int64_t count, char *out, int64_t stride,
                   int64_t rows, int64_t row_step, int64_t row_bytes)
{
    for (; rows; rows--, first += row_step, out += row_bytes)
        add_run(gather, first, count, out, stride);
}
