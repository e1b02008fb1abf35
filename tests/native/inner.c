/* What the core's public header does not give out, for tests: allocations that fail, files of
 * control groups, the rule of a distribution, stores past the caches, subsets of chosen words.
 *
 * The core is compiled with aligned_alloc and malloc as inner_aligned_alloc and inner_malloc.
 */
#define _GNU_SOURCE
#undef aligned_alloc
#undef malloc
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fill/share.h"
#include "kernels.h"
#include "kernels/soft_fma.h"
#include "matrix/householder.h"
#include "setup/prepare.h"

/* -- memory -------------------------------------------------------------------------------- */

static long granted = -1, asked;

/* Grant `count` allocations from now on, and no more; all of them where it is negative. */
void inner_grant(long count) { granted = count, asked = 0; }

/* How many were asked for since then. */
long inner_asked(void) { return asked; }

static int may(void) { return asked++, granted < 0 || asked <= granted; }

void *inner_aligned_alloc(size_t alignment, size_t bytes)
{
    return may() ? aligned_alloc(alignment, bytes) : NULL;
}

void *inner_malloc(size_t bytes) { return may() ? malloc(bytes) : NULL; }

/* -- control groups ------------------------------------------------------------------------ */

static const char *root_folder = "";

static FILE *open_below(const char *path, const char *mode)
{
    char below[4096];
    snprintf(below, sizeof below, "%s%s", root_folder, path);
    return fopen(below, mode);
}

#define fopen open_below
#define ni_thread_count inner_thread_count
#define ni_default_threads inner_default_threads
#include "team/processors.c"
#undef fopen

/* The quota in processors that the files below a folder say, at most `limit`. */
int inner_quota(const char *folder, int limit)
{
    root_folder = folder;
    return quota(limit);
}

/* -- rules --------------------------------------------------------------------------------- */

/* The rule of a distribution, or minus the status that refuses it; for a tail, 100 more where it
 * is far. */
int inner_rule(int kind, int dtype, double mean, double std, double low, double high)
{
    const ni_stream stream = {1, 2, 3};
    const ni_distribution distribution = {kind, mean, std, low, high};
    ni_sampler sampler;
    const ni_status status = ni_prepare(&sampler, &stream, &distribution, dtype);
    return status == NI_OK ? (int)sampler.rule + 100 * sampler.far_tail : -(int)status;
}

double inner_fma(double a, double b, double c) { return ni_fma(a, b, c); }
float inner_fmaf(float a, float b, float c) { return ni_fmaf(a, b, c); }

/* -- stores past the caches ---------------------------------------------------------------- */

/* Write blocks of a distribution from an address on with ordinary stores and past the caches, as
 * memory larger than the caches is written; whether the bytes are equal, and those around them are
 * as they were. */
int inner_past_caches(int kind, int dtype, double low, double high, size_t ahead, uint64_t blocks)
{
    enum { room = 1 << 16 };
    static char plain[room] __attribute__((aligned(4096))),
        past[room] __attribute__((aligned(4096)));
    const ni_stream stream = {1, 0xfffffff0u, 3};
    const ni_distribution distribution = {kind, low, 1.0, low, high};
    ni_sampler sampler;
    ni_status status;
    const ni_kernels *kernels = ni_active_kernels(&status);
    if (!kernels || ni_prepare(&sampler, &stream, &distribution, dtype) != NI_OK)
        return -1;
    memset(plain, 0x5a, sizeof plain), memset(past, 0x5a, sizeof past);
    const ni_kernel_pair pair = kernels->of[sampler.rule][dtype];
    pair.run(&sampler, 5, blocks, plain + ahead, 0);
    pair.run(&sampler, 5, blocks, past + ahead, 1);
    return memcmp(plain, past, sizeof plain) == 0;
}

/* -- shares of a fill ---------------------------------------------------------------------- */

/* Fill elements [begin, end) of rows of `count` numbers, a number apart from each other, until
 * the first look where it is to `stop`. */
void inner_share(float *data, int64_t rows, int64_t count, int64_t begin, int64_t end, int stop)
{
    const ni_stream stream = {1, 2, 3};
    const ni_distribution normal = {NI_NORMAL, 0.0, 1.0, 0.0, 0.0};
    const int64_t shape[] = {rows, count}, steps[] = {count, 1};
    const int64_t bytes[] = {(count + 1) * (int64_t)sizeof *data, sizeof *data};
    const ni_output out = {data, NI_FLOAT32, 2, shape, bytes, steps, 0};
    ni_sampler sampler;
    ni_layout layout;
    ni_fill_job job;
    if (ni_open_fill(&job, &sampler, &stream, &normal, NI_FLOAT32) != NI_OK
        || ni_layout_of(&out, sizeof *data, &layout) != NI_OK)
        return;
    job.layout = &layout;
    atomic_store(&job.watch.stop, stop);
    ni_fill_share(&job, begin, end, 0);
}

/* -- interrupts ---------------------------------------------------------------------------- */

static int inverted;

static void count_inversion(const float *g, const double diagonal[NI_PANEL], float *t)
{
    (void)g, (void)diagonal, (void)t;
    inverted++;
}

/* How many triangles are inverted when a team is asked to stop before it begins. */
int inner_inverted_after_stop(void)
{
    ni_status status;
    ni_blocks_f32 blocks = ni_active_kernels(&status)->blocks_f32;
    ni_team team = {.threads = 1};
    ni_householder_f32 work = {
        .team = &team, .kernels = &blocks, .n = 200, .k = 100, .columns = 100};
    blocks.invert = count_inversion, inverted = 0;
    atomic_store(&team.watch.stop, 1);
    if (ni_open_f32(&work, 0, 100) != NI_OK || ni_accumulate_f32(&work) != NI_INTERRUPTED)
        return -1;
    ni_close_f32(&work);
    return inverted;
}

/* -- subsets ------------------------------------------------------------------------------- */

static uint32_t word_mask;

/* Words of which only some bits differ. */
static void fill_tied(const ni_stream *stream, const ni_distribution *distribution,
                      const ni_output *out);

#define ni_fill_alone fill_tied
#define ni_draw_subsets draw_tied
#include "matrix/subsets.c"
#undef ni_fill_alone
#undef ni_draw_subsets

void ni_fill_alone(const ni_stream *stream, const ni_distribution *distribution,
                   const ni_output *out);

static void fill_tied(const ni_stream *stream, const ni_distribution *distribution,
                      const ni_output *out)
{
    uint32_t *word = out->data;
    ni_fill_alone(stream, distribution, out);
    for (int64_t i = 0; i < out->shape[0] * out->shape[1]; i++)
        word[i] &= word_mask;
}

/* Of the rows that `member` has in column 0 keep the `size` of the smallest words & mask; and give
 * these words. */
void inner_keep_smallest(int64_t rows, int64_t size, uint32_t mask, uint64_t *member,
                         uint32_t *words)
{
    const ni_subsets s = {NULL, {7, 8, 9}, rows, 1, size};
    word_mask = mask;
    for (int64_t i = 0; i < rows; i += chunk)
        draw_words(&s, cut_draw, i, 1, rows, ni_smaller(chunk, rows - i), words + i);
    keep_smallest(&s, 0, member);
}

/* -- instruction sets ---------------------------------------------------------------------- */

#if defined(__x86_64__)

#include <cpuid.h>

/* What a processor says in leaf 1 (ecx) and leaf 7 (ebx), and what its system saves. */
static unsigned first_said, second_said, saved_said;

#define __get_cpuid(leaf, a, b, c, d) (*(a) = *(b) = *(d) = 0, *(c) = first_said, 1)
#define __get_cpuid_count(leaf, sub, a, b, c, d) (*(b) = second_said, 1)
#define __asm__           /* of xgetbv, */
#define volatile(...) a = saved_said
#define ni_active_kernels kernels_said
#define ni_active_isa isa_said
#define ni_use_isa use_said
#define ni_isa inner_isa
#include "dispatch.c"
#undef __get_cpuid
#undef __get_cpuid_count
#undef __asm__
#undef volatile
#undef ni_active_kernels
#undef ni_active_isa
#undef ni_use_isa
#undef ni_isa

/* How many of the instruction sets such a processor and system have. */
int inner_supported(unsigned first, unsigned second, unsigned saved)
{
    int count = 0, supported;
    first_said = first, second_said = second, saved_said = saved;
    for (int i = 0; i < row_count; i++)
        count += inner_isa(i, &supported) != NULL && supported;
    return count;
}

#endif
