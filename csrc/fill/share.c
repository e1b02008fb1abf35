/* One thread's share of a fill: from elements to whole blocks, run by run. */
#include "fill/share.h"

#include <string.h>

#include "fill/gather.h"
#include "setup/prepare.h"
#include "team/fpenv.h"

/* Elements between two looks at the stop flag: 10 ms on the slowest kernels. */
enum { look = 1 << 13 };

/* Runs shorter than this go many to a kernel call; those of whole blocks, of which nothing is made
 * aside, are worth a call of their own sooner. */
enum { short_run = 1024, short_whole_run = 256 };

/* Elements made aside before they are scattered to strided memory; within the L1 cache. */
enum { scatter = 1024 };

/* A block has 2^shift elements. */
static int block_shift(int dtype) { return dtype == NI_FLOAT64 || dtype == NI_UINT64 ? 1 : 2; }

static void run_kernel(const ni_fill_job *job, uint64_t block, uint64_t count, void *out)
{
    job->kernel->run(job->sampler, block, count, out, job->stream);
}

/* Part of one block: elements [from, to) of it. */
static void put_block_part(const ni_fill_job *job, uint64_t block, int from, int to, char *out)
{
    char elements[16];
    run_kernel(job, block, 1, elements);
    memcpy(out, elements + from * job->element_bytes, (size_t)(to - from) * job->element_bytes);
}

/* Elements [first, first + count) of the stream to contiguous memory. */
static void put_run(const ni_fill_job *job, int64_t first, int64_t count, char *out)
{
    const int shift = block_shift(job->dtype), per_block = 1 << shift;
    uint64_t block = (uint64_t)first >> shift;
    int skip = (int)first & (per_block - 1);
    if (skip) {
        int end = count < per_block - skip ? skip + (int)count : per_block;
        put_block_part(job, block++, skip, end, out);
        out += (end - skip) * job->element_bytes, count -= end - skip;
    }
    uint64_t whole = (uint64_t)count >> shift;
    if (whole)
        run_kernel(job, block, whole, out);
    int rest = (int)count & (per_block - 1);
    if (rest)
        put_block_part(job, block + whole, 0, rest,
                       out + whole * per_block * job->element_bytes);
}

/* The same to elements `stride` bytes apart. */
static void put_run_strided(const ni_fill_job *job, int64_t first, int64_t count, char *out,
                            int64_t stride)
{
    char aside[8 * scatter];
    const int bytes = job->element_bytes;
    while (count) {
        int64_t part = count < scatter ? count : scatter;
        put_run(job, first, part, aside);
        for (int64_t i = 0; i < part; i++, out += stride)
            switch (bytes) {
            case 1: *out = aside[i]; break;
            case 2: memcpy(out, aside + 2 * i, 2); break;
            case 4: memcpy(out, aside + 4 * i, 4); break;
            default: memcpy(out, aside + 8 * i, 8); break;
            }
        first = ni_step(first, part, 1), count -= part;
    }
}

/* Whether every run begins and ends with a block. */
static int has_whole_blocks(const ni_layout *layout, int shift)
{
    const int inner = layout->ndim - 1;
    int64_t ends = layout->first | layout->axis[inner].count;
    for (int k = 0; k < inner; k++)
        ends |= layout->axis[k].index_stride;
    return !(ends & ((1 << shift) - 1)) && layout->axis[inner].index_stride == 1;
}

/* How many whole runs, from the start of one, can be taken together: within `left` elements, the
 * rest of their axis, and what may pass between two looks. 0 where none. */
static int64_t whole_runs(const ni_layout *layout, const int64_t at[], int64_t left)
{
    const int inner = layout->ndim - 1;
    const int64_t length = layout->axis[inner].count;
    int64_t rows = layout->axis[inner - 1].count - at[inner - 1];
    if (at[inner])
        return 0;
    if (rows > left / length)
        rows = left / length;
    return rows < look / length ? rows : look / length;
}

/* What was done since the last look, in elements: a short run has blocks that it does not fill,
 * and a strided one may touch many new pages. */
static int64_t look_cost(const ni_fill_job *job, const ni_axis *run, int64_t count, int64_t rows)
{
    int64_t elements = rows ? rows * (run->count + 8) : count + 8;
    return run->byte_stride == job->element_bytes ? elements : 8 * elements;
}

/* Move on by `count` along axis k, carrying into the axes before it. */
static void step(const ni_layout *layout, int64_t at[], int64_t *index, int64_t *offset, int k,
                 int64_t count)
{
    *index = ni_step(*index, count, layout->axis[k].index_stride);
    *offset = ni_step(*offset, count, layout->axis[k].byte_stride);
    at[k] += count;
    for (; k > 0 && at[k] == layout->axis[k].count; k--) {
        *index = ni_step(*index, -at[k], layout->axis[k].index_stride);
        *index = ni_step(*index, 1, layout->axis[k - 1].index_stride);
        *offset = ni_step(*offset, -at[k], layout->axis[k].byte_stride);
        *offset = ni_step(*offset, 1, layout->axis[k - 1].byte_stride);
        at[k] = 0, at[k - 1]++;
    }
}

ni_status ni_open_fill(ni_fill_job *job, ni_sampler *sampler, const ni_stream *stream,
                       const ni_distribution *distribution, int dtype)
{
    ni_status status;
    const ni_kernels *kernels = ni_active_kernels(&status);
    if (status != NI_OK)
        return status;
    uint64_t found = ni_enter_fpenv(); /* set-up rounds too */
    status = ni_prepare(sampler, stream, distribution, dtype);
    ni_leave_fpenv(found);
    if (status != NI_OK)
        return status;
    job->sampler = sampler, job->kernel = &kernels->of[sampler->rule][dtype];
    job->dtype = dtype, job->element_bytes = ni_element_bytes(dtype);
    job->stream = 0;
    job->watch.run = NULL, job->watch.last_poll = 0.0;
    atomic_init(&job->watch.stop, 0);
    return NI_OK;
}

void ni_fill_share(ni_fill_job *job, int64_t begin, int64_t end, int polls)
{
    const ni_layout *layout = job->layout;
    const int inner = layout->ndim - 1;
    const ni_axis run = layout->axis[inner];
    int64_t at[NI_MAX_DIMS + 1], index = layout->first, offset = 0, rest = begin;
    for (int k = inner; k >= 0; k--) { /* the multi-index of element `begin` */
        at[k] = rest % layout->axis[k].count, rest /= layout->axis[k].count;
        index += at[k] * layout->axis[k].index_stride;
        offset += at[k] * layout->axis[k].byte_stride;
    }
    ni_gather gather; /* two of its fields are tables that need no zeros */
    gather.sampler = job->sampler, gather.kernel = job->kernel->gather;
    gather.block_shift = block_shift(job->dtype), gather.element_bytes = job->element_bytes;
    gather.blocks = gather.parts = 0;
    const int whole = run.byte_stride == job->element_bytes
                      && has_whole_blocks(layout, gather.block_shift);
    const int64_t shortest = whole ? short_whole_run : short_run;
    int64_t unseen = 0; /* elements since the last look */
    while (begin < end) {
        int64_t count = run.count - at[inner], rows = 0;
        if (count > end - begin)
            count = end - begin;
        if (run.count < shortest && inner > 0) {
            rows = whole_runs(layout, at, end - begin);
            const ni_axis row = layout->axis[inner - 1];
            ni_gather_add(&gather, index, count, layout->data + offset, run.byte_stride,
                          rows ? rows : 1, row.index_stride, row.byte_stride);
        } else if (run.byte_stride == job->element_bytes) {
            count = count < look ? count : look;
            put_run(job, index, count, layout->data + offset);
        } else {
            count = count < scatter ? count : scatter;
            put_run_strided(job, index, count, layout->data + offset, run.byte_stride);
        }
        begin += rows ? rows * run.count : count;
        unseen += look_cost(job, &run, count, rows);
        if (unseen >= look) {
            unseen = 0;
            if (ni_should_stop(&job->watch, polls))
                return;
        }
        if (rows)
            step(layout, at, &index, &offset, inner - 1, rows);
        else
            step(layout, at, &index, &offset, inner, count);
    }
    ni_gather_flush(&gather);
}

void ni_fill_alone(const ni_stream *stream, const ni_distribution *distribution,
                   const ni_output *out)
{
    ni_sampler sampler;
    ni_layout layout;
    ni_fill_job job;
    ni_open_fill(&job, &sampler, stream, distribution, out->dtype);
    ni_layout_of(out, job.element_bytes, &layout);
    job.layout = &layout;
    ni_fill_share(&job, 0, layout.total, 0);
}
