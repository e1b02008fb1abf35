/* One random matrix, for the type NI_REAL; orthogonal.c includes this once for each type. */

/* A block of rows of the part, from strips to the output. */
typedef struct {
    NI_OF(ni_householder) *work;
    const ni_matrices *out;
    ni_narrow_kernel *narrow;
    double gain;
    int64_t from, to;      /* columns of the matrix */
} NI_OF(store);

/* One row of a strip, scaled by `factor`, to columns [from, to) of the strip. */
static void NI_OF(store_row)(const NI_OF(store) *s, const NI_REAL *q, const NI_REAL *factor,
                             int64_t from, int64_t to, char *out)
{
    NI_REAL row[NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    uint16_t half[NI_STRIP];
    const int64_t stride = s->out->col_stride;
    const char *at = (const char *)row;
    size_t bytes = sizeof *row;
    for (int c = 0; c < NI_STRIP; c++)
        row[c] = q[c] * factor[c];
    if (s->out->dtype == NI_FLOAT16 || s->out->dtype == NI_BFLOAT16) {
        s->narrow((const float *)row, s->out->dtype, half);
        at = (const char *)half, bytes = sizeof *half;
    }
    if (stride == (int64_t)bytes) {
        memcpy(out, at + (size_t)from * bytes, (size_t)(to - from) * bytes);
        return;
    }
    for (int64_t c = from; c < to; c++, out += stride)
        memcpy(out, at + (size_t)c * bytes, bytes);
}

/* Rows of the output that a task stores: of a transposed one, a cache line's worth a column. */
enum { NI_OF(store_rows) = 16 };

static void NI_OF(store_task)(void *job, int64_t task, int polls)
{
    const NI_OF(store) *s = job;
    const NI_OF(ni_householder) *work = s->work;
    const int64_t first = task * NI_OF(store_rows);
    const int64_t last = ni_smaller(first + NI_OF(store_rows), s->out->part_rows);
    (void)polls;
    for (int64_t begin = s->from; begin < s->to;) {
        const int64_t strip = begin / NI_STRIP, end = ni_smaller((strip + 1) * NI_STRIP, s->to);
        const NI_REAL *q = work->q + (strip - work->first) * NI_STRIP * work->padded;
        NI_REAL factor[NI_STRIP] = {0};
        for (int64_t c = begin; c < end; c++)
            factor[c % NI_STRIP] = (NI_REAL)s->gain * work->sign[c];
        for (int64_t i = first; i < last; i++)
            NI_OF(store_row)(s, q + (s->out->first_row + i) * NI_STRIP, factor,
                             begin % NI_STRIP, end - strip * NI_STRIP,
                             (char *)s->out->data + i * s->out->row_stride
                                 + (begin - s->out->first_col) * s->out->col_stride);
        begin = end;
    }
}

/* Columns [from, to) of the part. */
static ni_status NI_OF(fill_columns)(NI_OF(store) *s, ni_team *team)
{
    NI_OF(ni_householder) *work = s->work;
    ni_status status = NI_OF(ni_open)(work, s->from, s->to);
    if (status != NI_OK)
        return status;
    status = NI_OF(ni_accumulate)(work);
    if (status == NI_OK)
        ni_run_tasks(team, NI_OF(store_task), s,
                     (s->out->part_rows + NI_OF(store_rows) - 1) / NI_OF(store_rows),
                     16.0 * NI_OF(store_rows) * (double)s->out->part_cols);
    NI_OF(ni_close)(work);
    return status == NI_OK && atomic_load(&team->watch.stop) ? NI_INTERRUPTED : status;
}

static ni_status NI_OF(fill_matrix)(const ni_kernels *kernels, const ni_stream *stream,
                                    const ni_matrices *given, const ni_matrices *out, double gain,
                                    ni_team *team)
{
    NI_OF(ni_householder) work = {.team = team, .kernels = &kernels->NI_OF(blocks),
                                  .stream = *stream, .n = out->rows, .k = out->cols,
                                  .columns = out->cols};
    if (given) {
        work.source = NI_FROM_MATRIX;
        work.matrix = given->data;
        work.row_stride = given->row_stride, work.column_stride = given->col_stride;
    }
    const int64_t end = out->first_col + out->part_cols, step = columns_at_once(out);
    for (int64_t from = out->first_col, to; from < end; from = to) {
        to = ni_smaller((from / NI_STRIP) * NI_STRIP + step, end);
        NI_OF(store) store = {&work, out, kernels->narrow, gain, from, to};
        ni_status status = NI_OF(fill_columns)(&store, team);
        if (status != NI_OK)
            return status;
    }
    return NI_OK;
}
