/* A fill: check arguments, cut the work, run the team. */
#include "fill/memory.h"
#include "fill/share.h"
#include "team/fpenv.h"
#include "team/processors.h"
#include "team/threads.h"

/* Elements per thread below which waking another one costs more than it saves. */
enum { thread_share = 1 << 16 };

/* The work is cut into pieces of at most this many elements (30 ms on the slowest kernels, 10 us
 * on the fastest), at multiples of `grain`, so that neighbours share no cache line and whole
 * blocks stay whole. */
enum { largest_piece = 1 << 15, grain = 4096 };

typedef struct {
    ni_fill_job fill;
    atomic_llong taken[NI_MAX_TEAM]; /* pieces of each thread's range that someone has begun */
} whole_fill;

/* Each thread has a contiguous range of pieces, for the sake of the memory it touches first. Who
 * is done with his takes from the others', so that nobody waits long for a thread that was held
 * up, and the caller, who alone looks for interrupts, is never idle for longer than a piece. */
static void fill_part(void *context, int part, int parts)
{
    whole_fill *whole = context;
    ni_fill_job *job = &whole->fill;
    const int64_t total = job->layout->total;
    int64_t piece = total / parts / 8 / grain * grain;
    piece = piece < grain ? grain : piece < largest_piece ? piece : largest_piece;
    const int64_t pieces = (total + piece - 1) / piece;
    uint64_t found = ni_enter_fpenv();
    for (int k = 0; k < parts && !atomic_load(&job->watch.stop); k++) {
        const int owner = (part + k) % parts;
        const int64_t first = pieces * owner / parts, last = pieces * (owner + 1) / parts;
        for (;;) {
            int64_t at = first + atomic_fetch_add(&whole->taken[owner], 1);
            if (at >= last || atomic_load(&job->watch.stop))
                break;
            int64_t end = (at + 1) * piece;
            ni_fill_share(job, at * piece, end < total ? end : total, part == 0);
        }
    }
    ni_leave_fpenv(found);
}

/* As many threads as are asked for and the work is worth. Where that is one, the environment and
 * the machine are not asked: a small fill takes less time than that. */
static ni_status count_threads(int requested, int64_t total, int *threads)
{
    const int64_t worth = total / thread_share;
    if (requested >= 0 && worth < 2) {
        *threads = 1;
        return NI_OK;
    }
    ni_status status = ni_thread_count(requested, threads);
    if (status == NI_OK && *threads > worth)
        *threads = worth < 1 ? 1 : (int)worth;
    return status;
}

ni_status ni_fill(const ni_stream *stream, const ni_distribution *distribution,
                  const ni_output *out, const ni_run *run)
{
    static const ni_run alone;
    int threads;
    ni_sampler sampler;
    ni_layout layout;
    whole_fill job; /* of its table only the team's part is used */
    if (!run)
        run = &alone;
    ni_status status = ni_open_fill(&job.fill, &sampler, stream, distribution, out->dtype);
    if (status != NI_OK)
        return status;
    status = ni_layout_of(out, job.fill.element_bytes, &layout);
    if (status != NI_OK)
        return status;
    status = count_threads(run->threads, layout.total, &threads);
    if (status != NI_OK || layout.total == 0)
        return status;
    job.fill.layout = &layout, job.fill.watch.run = run;
    for (int i = 0; i < threads; i++)
        atomic_init(&job.taken[i], 0);
    if (ni_is_dense(&layout, job.fill.element_bytes)) {
        const int beyond = ni_prepare_memory(layout.data,
                                             (size_t)(layout.total * job.fill.element_bytes));
        job.fill.stream = beyond && layout.ndim == 1;
    }
    ni_run_team(threads, fill_part, &job);
    return atomic_load(&job.fill.watch.stop) ? NI_INTERRUPTED : NI_OK;
}
