/* Short runs, many to a kernel call. */
#include "fill/gather.h"

#include <string.h>

#include "fill/layout.h"

/* Runs of `nbytes` that lie end to end, to `out` and every `step` bytes after it. */
static void copy_runs(char *out, const char *from, int64_t runs, int nbytes, int64_t step)
{
#define EACH_OF(size)                                                                        \
    for (; runs; runs--, out += step, from += (size))                                        \
        memcpy(out, from, (size_t)(size))
    switch (nbytes) { /* a length that is known needs no call */
    case 4: EACH_OF(4); break;
    case 8: EACH_OF(8); break;
    case 16: EACH_OF(16); break;
    case 32: EACH_OF(32); break;
    case 64: EACH_OF(64); break;
    default: EACH_OF(nbytes);
    }
#undef EACH_OF
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

/* Make the blocks of the first `count` counters, and those that fill the kernel's last group. */
static void make(const ni_gather *gather, uint32_t counter0[NI_GATHER], int count, uint32_t upper,
                 char *out)
{
    const int groups = (count + NI_GATHER_GROUP - 1) / NI_GATHER_GROUP;
    for (int i = count; i < groups * NI_GATHER_GROUP; i++)
        counter0[i] = 0;
    gather->kernel(gather->sampler, counter0, groups, upper, out);
}

void ni_gather_flush(ni_gather *gather)
{
    char elements[NI_GATHER * 16] __attribute__((aligned(64)));
    const int bytes = gather->element_bytes;
    if (gather->blocks == 0)
        return;
    make(gather, gather->counter0, gather->blocks, gather->upper, elements);
    for (int i = 0; i < gather->parts; i++) {
        const char *from = elements + gather->part[i].from * bytes;
        const int count = gather->part[i].count;
        if (gather->part[i].stride == bytes)
            copy_runs(gather->part[i].out, from, 1, count * bytes, 0);
        else
            copy_strided(gather->part[i].out, from, count, gather->part[i].stride, bytes);
    }
    gather->blocks = gather->parts = 0;
}

/* How many blocks can be made together with those that wait, from a counter on: as far as all
 * have the second word in common. */
static int room_for(ni_gather *gather, uint64_t counter)
{
    const uint32_t upper = (uint32_t)(counter >> 32);
    const uint64_t alike = ((uint64_t)1 << 32) - (uint32_t)counter;
    if (gather->blocks == NI_GATHER || (gather->blocks && gather->upper != upper))
        ni_gather_flush(gather);
    gather->upper = upper;
    const int room = NI_GATHER - gather->blocks;
    return alike < (uint64_t)room ? (int)alike : room;
}

static inline void add_run(ni_gather *gather, int64_t first, int64_t count, char *out,
                           int64_t stride)
{
    const int shift = gather->block_shift, rest = (1 << shift) - 1;
    uint64_t counter = gather->sampler->offset + ((uint64_t)first >> shift);
    int skip = (int)first & rest;
    while (count) {
        const int room = (room_for(gather, counter) << shift) - skip;
        const int some = count < room ? (int)count : room;
        const int end = gather->blocks + ((skip + some + rest) >> shift), part = gather->parts++;
        gather->part[part].out = out;
        gather->part[part].stride = stride;
        gather->part[part].from = (gather->blocks << shift) + skip;
        gather->part[part].count = some;
        for (int i = gather->blocks; i < end; i++)
            gather->counter0[i] = (uint32_t)counter++;
        gather->blocks = end, skip = 0;
        count -= some, out += some * stride;
    }
}

/* Write the first words of `blocks` counters from each of `runs`, `step` apart. */
static void list_counters(uint32_t *counter0, uint32_t first, int64_t runs, int blocks,
                          uint32_t step)
{
    if (blocks == 1) {
        for (int64_t i = 0; i < runs; i++)
            counter0[i] = first + (uint32_t)i * step;
        return;
    }
    for (; runs; runs--, first += step, counter0 += blocks)
        for (int i = 0; i < blocks; i++)
            counter0[i] = first + (uint32_t)i;
}

/* Runs of whole blocks, `blocks` each, the runs `step` blocks apart in the stream and row_bytes
 * at `out`. Where they lie end to end, as those of a shard of its own do, the kernel writes
 * straight to them. */
static void put_blocks(const ni_gather *gather, uint64_t counter, int blocks, int64_t rows,
                       uint64_t step, char *out, int64_t row_bytes)
{
    const int nbytes = blocks * (gather->element_bytes << gather->block_shift);
    const uint32_t upper = (uint32_t)(counter >> 32);
    char aside[NI_GATHER * 16] __attribute__((aligned(64)));
    uint32_t counter0[NI_GATHER];
    while (rows) {
        const int64_t most = NI_GATHER / blocks, runs = rows < most ? rows : most;
        const int made = (int)runs * blocks;
        const int dense = row_bytes == nbytes, straight = dense && made % NI_GATHER_GROUP == 0;
        list_counters(counter0, (uint32_t)counter, runs, blocks, (uint32_t)step);
        make(gather, counter0, made, upper, straight ? out : aside);
        if (!dense)
            copy_runs(out, aside, runs, nbytes, row_bytes);
        else if (!straight)
            memcpy(out, aside, (size_t)runs * (size_t)nbytes);
        out += runs * row_bytes, counter += (uint64_t)runs * step, rows -= runs;
    }
}

/* Runs of `count` elements, of few blocks each: as many whole runs as a kernel call holds, then
 * copied from where they begin in it. */
static void put_short_runs(const ni_gather *gather, int64_t first, int count, char *out,
                           int64_t rows, int64_t row_step, int64_t row_bytes)
{
    const int shift = gather->block_shift, rest = (1 << shift) - 1;
    const int nbytes = count * gather->element_bytes;
    const uint64_t offset = gather->sampler->offset;
    const uint32_t upper = (uint32_t)((offset + ((uint64_t)first >> shift)) >> 32);
    char elements[NI_GATHER * 16] __attribute__((aligned(64)));
    uint32_t counter0[NI_GATHER];
    uint16_t from[NI_GATHER];
    while (rows) {
        int blocks = 0, runs = 0;
        for (; runs < rows; runs++, first = ni_step(first, 1, row_step)) {
            const int skip = (int)first & rest, end = blocks + ((skip + count + rest) >> shift);
            if (end > NI_GATHER)
                break;
            from[runs] = (uint16_t)(((blocks << shift) + skip) * gather->element_bytes);
            for (uint64_t at = offset + ((uint64_t)first >> shift); blocks < end; at++)
                counter0[blocks++] = (uint32_t)at;
        }
        make(gather, counter0, blocks, upper, elements);
        for (int i = 0; i < runs; i++, out += row_bytes)
            copy_runs(out, elements + from[i], 1, nbytes, 0);
        rows -= runs;
    }
}

/* Whether the counters of all runs have the second word in common. */
static int are_alike(const ni_gather *gather, int64_t first, int64_t count, int64_t rows,
                     int64_t row_step)
{
    const int64_t last = ni_step(ni_step(first, rows - 1, row_step), count - 1, 1);
    const uint64_t offset = gather->sampler->offset;
    const uint64_t from = offset + ((uint64_t)first >> gather->block_shift);
    const uint64_t to = offset + ((uint64_t)last >> gather->block_shift);
    return from >> 32 == to >> 32 && from <= to && last >= first;
}

void ni_gather_add(ni_gather *gather, int64_t first, int64_t count, char *out, int64_t stride,
                   int64_t rows, int64_t row_step, int64_t row_bytes)
{
    const int shift = gather->block_shift;
    const int64_t cut = (first | count | row_step) & ((1 << shift) - 1), blocks = count >> shift;
    const int many = stride == gather->element_bytes && rows > 1
                     && are_alike(gather, first, count, rows, row_step);
    if (many && !cut && blocks <= NI_GATHER_GROUP && rows * blocks >= NI_GATHER_GROUP) {
        put_blocks(gather, gather->sampler->offset + ((uint64_t)first >> shift), (int)blocks,
                   rows, (uint64_t)row_step >> shift, out, row_bytes);
        return;
    }
    if (many && count <= 4 << shift && rows >= NI_GATHER_GROUP) {
        put_short_runs(gather, first, (int)count, out, rows, row_step, row_bytes);
        return;
    }
    for (; rows; rows--, first = ni_step(first, 1, row_step), out += row_bytes)
        add_run(gather, first, count, out, stride);
}
