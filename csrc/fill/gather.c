/* Short runs, many to a kernel call. */
#include "fill/gather.h"

#include <string.h>

#include "fill/layout.h"

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
        case 1: *out = *elements; break;
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

/* Runs of whole blocks that lie end to end at `out`, as those of a shard of its own do: the kernel
 * writes straight to them. `blocks` a run, the runs `step` blocks apart in the stream. */
static void put_blocks(const ni_gather *gather, uint64_t block, int64_t blocks, int64_t rows,
                       uint64_t step, char *out)
{
    const int bytes = gather->element_bytes << gather->block_shift;
    char aside[NI_GATHER * 16] __attribute__((aligned(64)));
    uint64_t wanted[NI_GATHER] = {0}, apart = 1;
    int count = 0;
    if (blocks == 1) /* one run, of blocks that are apart */
        blocks = rows, rows = 1, apart = step;
    for (; rows; rows--, block += step) {
        uint64_t next = block;
        for (int64_t at = 0; at < blocks;) {
            const int64_t left = blocks - at, room = NI_GATHER - count;
            const int some = (int)(left < room ? left : room);
            for (int i = 0; i < some; i++, next += apart)
                wanted[count + i] = next;
            at += some, count += some;
            if (count == NI_GATHER) {
                gather->kernel(gather->sampler, wanted, out);
                out += NI_GATHER * bytes, count = 0;
            }
        }
    }
    if (count) { /* the rest of the kernel's work is idle */
        gather->kernel(gather->sampler, wanted, aside);
        memcpy(out, aside, (size_t)count * (size_t)bytes);
    }
}

/* Runs of `count` elements, of few blocks each: as many whole runs as a kernel call holds, then
 * copied from where they begin in it. */
static void put_short_runs(const ni_gather *gather, int64_t first, int count, char *out,
                           int64_t rows, int64_t row_step, int64_t row_bytes)
{
    const int shift = gather->block_shift, rest = (1 << shift) - 1;
    const int nbytes = count * gather->element_bytes;
    char elements[NI_GATHER * 16] __attribute__((aligned(64)));
    uint64_t wanted[NI_GATHER] = {0};
    uint16_t from[NI_GATHER];
    while (rows) {
        int blocks = 0, runs = 0;
        for (; runs < rows; runs++, first = ni_step(first, 1, row_step)) {
            const int skip = (int)first & rest, end = blocks + ((skip + count + rest) >> shift);
            if (end > NI_GATHER)
                break;
            from[runs] = (uint16_t)(((blocks << shift) + skip) * gather->element_bytes);
            for (uint64_t block = (uint64_t)first >> shift; blocks < end; block++)
                wanted[blocks++] = block;
        }
        gather->kernel(gather->sampler, wanted, elements);
        for (int i = 0; i < runs; i++, out += row_bytes)
            copy_run(out, elements + from[i], nbytes);
        rows -= runs;
    }
}

void ni_gather_add(ni_gather *gather, int64_t first, int64_t count, char *out, int64_t stride,
                   int64_t rows, int64_t row_step, int64_t row_bytes)
{
    const int shift = gather->block_shift;
    const int64_t cut = (first | count | row_step) & ((1 << shift) - 1);
    if (!cut && stride == gather->element_bytes && row_bytes == count * stride
        && rows * (count >> shift) >= NI_GATHER) {
        put_blocks(gather, (uint64_t)first >> shift, count >> shift, rows,
                   (uint64_t)row_step >> shift, out);
        return;
    }
    if (stride == gather->element_bytes && count <= 4 << shift && rows >= NI_GATHER) {
        put_short_runs(gather, first, (int)count, out, rows, row_step, row_bytes);
        return;
    }
    for (; rows; rows--, first = ni_step(first, 1, row_step), out += row_bytes)
        add_run(gather, first, count, out, stride);
}
