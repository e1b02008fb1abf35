/* Random orthogonal matrices of the Haar measure, from Householder reflectors drawn directly.
 *
 * The reflectors of the QR factorization of a Gaussian matrix are independent Gaussian vectors
 * x_1, .., x_k with x_j of length n - j + 1 (Stewart, SIAM J. Numer. Anal. 17, 1980), so
 *
 *     Q = H_1 H_2 .. H_k [I_k; 0] D,    H_j = I - 2 v_j v_j^T / v_j^T v_j,
 *     v_j = x_j / |x_j| + sign(x_j1) e_1,    D_j = -sign(x_j1),
 *
 * has the law of the factor Q with diag(R) > 0 (Mezzadri, Notices AMS 54, 2007). For n = k the
 * last reflector is the identity and D_n = sign(x_n1). R is never needed: that half of the work
 * of a factorization is left out.
 */
#include "matrix/matrices.h"
#include "matrix/parts.h"
#include "setup/prepare.h"

/* -- what is asked for, seen as a tall matrix ---------------------------------------------- */

static ni_matrices transposed(const ni_matrices *m)
{
    ni_matrices t = *m;
    t.rows = m->cols, t.cols = m->rows;
    t.first_row = m->first_col, t.first_col = m->first_row;
    t.part_rows = m->part_cols, t.part_cols = m->part_rows;
    t.row_stride = m->col_stride, t.col_stride = m->row_stride;
    return t;
}

static ni_status check(const ni_matrices *m, double gain)
{
    if (m->dtype < 0 || m->dtype > NI_BFLOAT16)
        return NI_BAD_DTYPE;
    ni_status status = ni_check_part(m);
    if (status == NI_OK)
        status = ni_check_written(m, m->count, m->part_rows, m->part_cols);
    if (status != NI_OK)
        return status;
    if (gain - gain != 0.0)
        return NI_BAD_NUMBER;
    const double largest = ni_largest(m->dtype); /* elements are at most 1 */
    return gain > largest || gain < -largest ? NI_OUT_OF_RANGE : NI_OK;
}

/* -- one matrix, of either type ------------------------------------------------------------ */

/* Columns that are worked on at once: all that are wanted where their whole height fits into
 * the part's own size and a panel, else as many as do. */
static int64_t columns_at_once(const ni_matrices *m)
{
    const double room = (double)m->part_rows * (double)m->part_cols / (double)m->rows + NI_PANEL;
    const int64_t columns = (int64_t)room / NI_STRIP * NI_STRIP;
    return ni_smaller(columns, m->part_cols + NI_STRIP);
}

#define NI_OF(name) name##_f32
#define NI_REAL float
#include "matrix/haar.h"
#undef NI_OF
#undef NI_REAL
#define NI_OF(name) name##_f64
#define NI_REAL double
#include "matrix/haar.h"

/* -- batches ------------------------------------------------------------------------------ */

typedef struct {
    const ni_kernels *kernels;
    const ni_stream *stream;
    const ni_matrices *given; /* or NULL */
    const ni_matrices *out;
    double gain;
    ni_team *team;         /* of the matrix, or of the batch */
    atomic_int status;     /* the first failure among the matrices */
    int alone;             /* each matrix is one thread's */
} batch;

static void fill_one(void *job, int64_t g, int polls)
{
    batch *all = job;
    ni_team single = {.threads = 1, .watch = {.run = polls ? all->team->watch.run : NULL}};
    ni_team *team = all->alone ? &single : all->team;
    ni_stream stream = {0};
    ni_matrices one = *all->out;
    if (all->stream)
        stream = *all->stream, stream.draw += (uint32_t)g;
    one.data = (char *)one.data + g * one.matrix_stride;
    ni_status status = one.dtype == NI_FLOAT64
                           ? fill_matrix_f64(all->kernels, &stream, all->given, &one, all->gain,
                                             team)
                           : fill_matrix_f32(all->kernels, &stream, all->given, &one, all->gain,
                                             team);
    if (status != NI_OK) {
        atomic_store(&all->status, status);
        atomic_store(&all->team->watch.stop, 1);
    }
}

/* Matrices smaller than this are each one thread's, where there are enough of them. */
enum { small_matrix = 1 << 20 };

static ni_status fill_batch(const ni_stream *stream, const ni_matrices *given,
                            const ni_matrices *out, double gain, const ni_run *run)
{
    const ni_matrices tall = out->rows < out->cols ? transposed(out) : *out;
    ni_team team = {.watch = {.run = run}};
    batch all = {.stream = stream, .given = given, .out = &tall, .gain = gain, .team = &team};
    ni_status status = check(&tall, gain);
    if (status != NI_OK)
        return status;
    status = ni_thread_count(run ? run->threads : 0, &team.threads);
    if (status != NI_OK)
        return status;
    all.kernels = ni_active_kernels(&status);
    if (status != NI_OK || !tall.part_rows || !tall.part_cols || !tall.count)
        return status;
    const double operations = 2.0 * (double)tall.rows * (double)tall.cols * (double)tall.cols;
    const int few = tall.count < team.threads || tall.rows * tall.cols >= small_matrix;
    all.alone = !few || team.threads == 1;
    const uint64_t found = ni_enter_fpenv();
    if (all.alone)
        ni_run_tasks(&team, fill_one, &all, tall.count, operations);
    else
        for (int64_t g = 0; g < tall.count && !atomic_load(&team.watch.stop); g++)
            fill_one(&all, g, 1);
    ni_leave_fpenv(found);
    status = (ni_status)atomic_load(&all.status);
    return status == NI_OK && atomic_load(&team.watch.stop) ? NI_INTERRUPTED : status;
}

ni_status ni_orthogonal(const ni_stream *stream, const ni_matrices *out, double gain,
                        const ni_run *run)
{
    return fill_batch(stream, NULL, out, gain, run);
}

ni_status ni_orthogonal_of(const ni_matrices *x, const ni_matrices *out, double gain,
                           const ni_run *run)
{
    const int64_t tall = ni_larger(out->rows, out->cols), wide = ni_smaller(out->rows, out->cols);
    if (x->dtype != (out->dtype == NI_FLOAT64 ? NI_FLOAT64 : NI_FLOAT32))
        return NI_BAD_DTYPE;
    if (x->rows != tall || x->cols != wide)
        return NI_BAD_SHAPE;
    return fill_batch(NULL, x, out, gain, run);
}
