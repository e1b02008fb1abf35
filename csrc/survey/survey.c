/* A survey of an array: its statistics and a hash, in one pass at the speed of memory.
 *
 * The work is cut into pieces of whole blocks, which threads take in any order; the pieces'
 * statistics are joined in the order of the array, so that no bit depends on the threads.
 */
#include <stdlib.h>

#include "kernels.h"
#include "survey/plain.h"
#include "team/tasks.h"

/* Blocks of a piece: 1 MiB, a tenth of a millisecond. */
enum { piece_blocks = 64 };

typedef struct {
    const char *data;
    int dtype;
    int64_t bytes, first_block;
    ni_survey_kernel *kernel; /* NULL: there is none for the type, or there are no numbers */
    ni_statistics *pieces;
} survey_job;

/* A block's hash as it counts in that of the array, wherever the array is cut. */
static uint64_t in_place(uint64_t hash, int64_t block)
{
    hash = (hash + (uint64_t)block * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
    return hash ^ hash >> 32;
}

/* A block that the kernel looked at. Its numbers are counted again one by one where one is not
 * finite, or they are so far from 0 for their spread that the difference of sums is too rough. */
static ni_statistics of_look(const ni_look *look, const char *block, int64_t count, int dtype)
{
    const double n = (double)count, mean = look->sum / n;
    const double squares = look->squares - n * (mean * mean);
    ni_statistics s = {.count = count, .low = look->low + 0.0, .high = look->high + 0.0};
    if (!(look->squares <= 0x1.fffffffffffffp1023))
        return ni_count_numbers(block, count, dtype);
    if (s.low == s.high)
        s.pivot = s.low;
    else if (squares * 64.0 <= n * (mean * mean) || look->squares < 0x1p-900)
        return ni_count_numbers(block, count, dtype);
    else
        s.pivot = mean, s.squares = squares;
    s.subnormals = look->subnormals;
    if (look->tiny)
        ni_count_tiny(block, count, dtype, &s.zeros, &s.subnormals);
    return s;
}

static ni_statistics of_block(const survey_job *job, const char *block, int64_t bytes)
{
    const int element = ni_element_bytes(job->dtype);
    ni_statistics s = {.count = bytes / element};
    if (job->kernel && bytes == NI_SURVEY_BLOCK) {
        ni_look look;
        job->kernel(block, &look);
        s = of_look(&look, block, bytes / element, job->dtype);
        s.repeats = look.repeats, s.hash = look.hash;
        return s;
    }
    if (job->dtype != NI_UINT32 && job->dtype != NI_UINT64)
        s = ni_count_numbers(block, bytes / element, job->dtype);
    s.repeats = ni_count_repeats(block, bytes);
    s.hash = ni_hash_bytes(block, bytes);
    return s;
}

static void survey_piece(void *context, int64_t task, int polls)
{
    survey_job *job = context;
    ni_statistics *all = &job->pieces[task];
    (void)polls;
    *all = (ni_statistics){0};
    for (int64_t i = task * piece_blocks; i < (task + 1) * piece_blocks; i++) {
        const int64_t begin = i * NI_SURVEY_BLOCK, left = job->bytes - begin;
        if (left <= 0)
            break;
        const ni_statistics block =
            of_block(job, job->data + begin, left < NI_SURVEY_BLOCK ? left : NI_SURVEY_BLOCK);
        ni_join_statistics(all, &block);
        all->hash += in_place(block.hash, job->first_block + i);
    }
}

ni_status ni_survey(const void *data, int dtype, int64_t count, ni_statistics *all,
                    const ni_run *run)
{
    static const ni_run alone;
    const int element = ni_element_bytes(dtype);
    ni_team team = {.watch = {.run = run ? run : &alone}};
    ni_status status;
    const ni_kernels *kernels = ni_active_kernels(&status);
    if (status != NI_OK)
        return status;
    if (element == 0)
        return NI_BAD_DTYPE;
    if (count < 0 || count > INT64_MAX / element)
        return NI_BAD_SHAPE;
    if (all->count < 0 || all->count % (NI_SURVEY_BLOCK / element))
        return NI_BAD_INDEX;
    status = ni_thread_count(team.watch.run->threads, &team.threads);
    if (status != NI_OK || count == 0)
        return status;
    survey_job job = {.data = data, .dtype = dtype, .bytes = count * element,
                      .first_block = all->count / (NI_SURVEY_BLOCK / element),
                      .kernel = kernels->survey[dtype]};
    const int64_t piece = (int64_t)piece_blocks * NI_SURVEY_BLOCK;
    const int64_t pieces = (job.bytes - 1) / piece + 1;
    job.pieces = malloc((size_t)pieces * sizeof *job.pieces);
    if (!job.pieces)
        return NI_NO_MEMORY;
    ni_run_tasks(&team, survey_piece, &job, pieces, 1e7);
    if (atomic_load(&team.watch.stop))
        status = NI_INTERRUPTED;
    else
        for (int64_t i = 0; i < pieces; i++) {
            ni_join_statistics(all, &job.pieces[i]);
            all->hash += job.pieces[i].hash;
        }
    free(job.pieces);
    return status;
}
