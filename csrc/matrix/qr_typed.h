/* One factorization, for the type NI_REAL; qr.c includes this once for each type. */

/* Element (i, j) of a matrix of any alignment. */
static NI_REAL NI_OF(get)(const ni_matrices *m, int64_t i, int64_t j)
{
    NI_REAL value;
    memcpy(&value, (const char *)m->data + i * m->row_stride + j * m->col_stride, sizeof value);
    return value;
}

static void NI_OF(set)(const ni_matrices *m, int64_t i, int64_t j, NI_REAL value)
{
    memcpy((char *)m->data + i * m->row_stride + j * m->col_stride, &value, sizeof value);
}

/* Where element (i, j) lies in the strips. */
static NI_REAL *NI_OF(in_strip)(const NI_OF(ni_householder) *work, int64_t i, int64_t j)
{
    return work->q + (j / NI_STRIP * work->padded + i) * NI_STRIP + j % NI_STRIP;
}

typedef struct {
    const factors *all;
    NI_OF(ni_householder) *work;
} NI_OF(move);

/* Row i of A to the strips; the last strip's rest is zero. */
static void NI_OF(take_row)(void *job, int64_t i, int polls)
{
    const NI_OF(move) *m = job;
    const int64_t cols = m->all->a->cols;
    (void)polls;
    for (int64_t j = 0; j < ni_round_up(cols, NI_STRIP); j++)
        *NI_OF(in_strip)(m->work, i, j) = j < cols ? NI_OF(get)(m->all->a, i, j) : 0;
}

/* Row i of R, of the sign that makes its diagonal positive. */
static void NI_OF(give_r_row)(void *job, int64_t i, int polls)
{
    const NI_OF(move) *m = job;
    const NI_REAL diagonal = m->work->sign[i], sign = diagonal < 0 ? -1 : 1;
    (void)polls;
    for (int64_t j = 0; j < m->all->a->cols; j++) {
        const NI_REAL value = j == i ? diagonal : *NI_OF(in_strip)(m->work, i, j);
        NI_OF(set)(m->all->r, i, j, j < i ? 0 : sign * value);
    }
}

static void NI_OF(give_q_row)(void *job, int64_t i, int polls)
{
    const NI_OF(move) *m = job;
    (void)polls;
    for (int64_t j = 0; j < m->all->q->cols; j++) {
        const NI_REAL sign = m->work->sign[j] < 0 ? -1 : 1;
        NI_OF(set)(m->all->q, i, j, sign * *NI_OF(in_strip)(m->work, i, j));
    }
}

static ni_status NI_OF(qr)(const factors *all)
{
    const int64_t rows = all->a->rows, cols = all->a->cols, k = all->q->cols;
    const double row_cost = 64.0 * (double)cols;
    NI_OF(ni_householder) work = {.team = all->team, .kernels = &all->kernels->NI_OF(blocks),
                                  .n = rows, .k = k, .columns = cols};
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
