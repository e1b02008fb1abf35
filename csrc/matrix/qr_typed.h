/* One factorization, for the type NI_REAL; qr.c includes this once for each type. */

typedef struct {
    const factors *all;
    NI_OF(ni_householder) *work;
} NI_OF(move);

/* Row i of a strip. */
static NI_REAL *NI_OF(strip_row)(const NI_OF(ni_householder) *work, int64_t strip, int64_t i)
{
    return work->q + (strip * work->padded + i) * NI_STRIP;
}

/* How many columns of `cols` a strip has. */
static int64_t NI_OF(in_strip)(int64_t strip, int64_t cols)
{
    return ni_smaller(cols - strip * NI_STRIP, NI_STRIP);
}

/* Element (i, j) of a matrix of any alignment. */
static char *NI_OF(element)(const ni_matrices *m, int64_t i, int64_t j)
{
    return (char *)m->data + i * m->row_stride + j * m->col_stride;
}

/* `count` numbers of row i to a matrix, from column j on. */
static void NI_OF(give)(const ni_matrices *m, int64_t i, int64_t j, const NI_REAL *row,
                        int64_t count)
{
    if (m->col_stride == (int64_t)sizeof *row)
        memcpy(NI_OF(element)(m, i, j), row, (size_t)count * sizeof *row);
    else
        for (int64_t c = 0; c < count; c++)
            memcpy(NI_OF(element)(m, i, j + c), row + c, sizeof *row);
}

/* Row i of A to the strips; the last strip's rest is zero. */
static void NI_OF(take_row)(void *job, int64_t i, int polls)
{
    const NI_OF(move) *m = job;
    const ni_matrices *a = m->all->a;
    (void)polls;
    for (int64_t strip = 0; strip * NI_STRIP < a->cols; strip++) {
        NI_REAL *row = NI_OF(strip_row)(m->work, strip, i);
        const int64_t count = NI_OF(in_strip)(strip, a->cols);
        if (a->col_stride == (int64_t)sizeof *row)
            memcpy(row, NI_OF(element)(a, i, strip * NI_STRIP), (size_t)count * sizeof *row);
        else
            for (int64_t c = 0; c < count; c++)
                memcpy(row + c, NI_OF(element)(a, i, strip * NI_STRIP + c), sizeof *row);
        memset(row + count, 0, (size_t)(NI_STRIP - count) * sizeof *row);
    }
}

/* Row i of R, of the sign that makes its diagonal positive. */
static void NI_OF(give_r_row)(void *job, int64_t i, int polls)
{
    const NI_OF(move) *m = job;
    const NI_REAL diagonal = m->work->sign[i], sign = diagonal < 0 ? -1 : 1;
    const int64_t cols = m->all->a->cols;
    (void)polls;
    for (int64_t strip = 0; strip * NI_STRIP < cols; strip++) {
        const NI_REAL *from = NI_OF(strip_row)(m->work, strip, i);
        const int64_t count = NI_OF(in_strip)(strip, cols), at = i - strip * NI_STRIP;
        NI_REAL row[NI_STRIP] = {0};
        for (int64_t c = at < 0 ? 0 : at; c < count; c++)
            row[c] = sign * from[c];
        if (at >= 0 && at < count)
            row[at] = sign * diagonal;
        NI_OF(give)(m->all->r, i, strip * NI_STRIP, row, count);
    }
}

/* Row i of Q, of the signs that make R's diagonal positive. */
static void NI_OF(give_q_row)(void *job, int64_t i, int polls)
{
    const NI_OF(move) *m = job;
    const int64_t cols = m->all->q->cols;
    (void)polls;
    for (int64_t strip = 0; strip * NI_STRIP < cols; strip++) {
        const NI_REAL *from = NI_OF(strip_row)(m->work, strip, i);
        const NI_REAL *diagonal = m->work->sign + strip * NI_STRIP;
        const int64_t count = NI_OF(in_strip)(strip, cols);
        NI_REAL row[NI_STRIP];
        for (int64_t c = 0; c < count; c++)
            row[c] = diagonal[c] < 0 ? -1 * from[c] : from[c];
        NI_OF(give)(m->all->q, i, strip * NI_STRIP, row, count);
    }
}

static ni_status NI_OF(qr)(const factors *all)
{
    const int64_t rows = all->a->rows, cols = all->a->cols, k = all->q->cols;
    const double row_cost = 64.0 * (double)cols;
    NI_OF(ni_householder) work = {.team = all->team, .kernels = &all->kernels->NI_OF(blocks),
                                  .source = NI_TO_FACTOR, .n = rows, .k = k,
                                  .columns = cols};
    NI_OF(move) move = {all, &work};
    ni_status status = NI_OF(ni_open)(&work, 0, cols);
    if (status != NI_OK)
        return status;
    ni_run_tasks(all->team, NI_OF(take_row), &move, rows, row_cost);
    status = NI_OF(ni_factor)(&work);
    if (status == NI_OK) {
        ni_run_tasks(all->team, NI_OF(give_r_row), &move, k, row_cost);
        work.source = NI_FROM_STRIPS;
        work.strips = ni_round_up(k, NI_STRIP) / NI_STRIP;
        status = NI_OF(ni_accumulate)(&work);
    }
    if (status == NI_OK)
        ni_run_tasks(all->team, NI_OF(give_q_row), &move, rows, row_cost);
    NI_OF(ni_close)(&work);
    return status == NI_OK && atomic_load(&all->team->watch.stop) ? NI_INTERRUPTED : status;
}
