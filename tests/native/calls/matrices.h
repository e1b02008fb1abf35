/* Orthogonal and sparse matrices, parts of them, and factorizations. */
#ifndef CALLS_MATRICES_H
#define CALLS_MATRICES_H

#include "calls/memory.h"

/* The elements of a part of matrices as an output, numbered one after the other. */
typedef struct {
    int64_t shape[3], bytes[3], steps[3];
    ni_output out;
} elements;

static void elements_of(const ni_matrices *m, elements *e)
{
    const int64_t shape[3] = {m->count, m->part_rows, m->part_cols};
    const int64_t bytes[3] = {m->matrix_stride, m->row_stride, m->col_stride};
    const int64_t steps[3] = {m->part_rows * m->part_cols, m->part_cols, 1};
    memcpy(e->shape, shape, sizeof shape), memcpy(e->bytes, bytes, sizeof bytes);
    memcpy(e->steps, steps, sizeof steps);
    e->out = (ni_output){m->data, m->dtype, 3, e->shape, e->bytes, e->steps, 0};
}

/* Strides for a part that is in memory: rows or columns on end, apart, reversed, misaligned. */
static void some_strides(caller *me, ni_matrices *m)
{
    const int size = ni_element_bytes(m->dtype) ? ni_element_bytes(m->dtype) : 1;
    const int64_t gap = one_in(me, 3) ? below(me, 30) : 0, apart = size + (one_in(me, 4) ? gap : 0);
    int64_t *inner = &m->col_stride, *outer = &m->row_stride, length = m->part_cols;
    if (one_in(me, 3))
        inner = &m->row_stride, outer = &m->col_stride, length = m->part_rows;
    *inner = one_in(me, 5) ? -apart : apart;
    *outer = apart * length + gap;
    m->matrix_stride = *outer * (length == m->part_cols ? m->part_rows : m->part_cols) + gap;
    *outer = one_in(me, 5) ? -*outer : *outer;
}

/* A matrix and a part of it; one time in some anything. */
static ni_matrices some_matrices(caller *me, int64_t most)
{
    ni_matrices m = {.dtype = some_dtype(me), .count = 1};
    m.rows = below(me, one_in(me, 30) ? most : 40), m.cols = below(me, one_in(me, 30) ? most : 40);
    m.first_row = one_in(me, 2) ? 0 : below(me, m.rows + 1);
    m.first_col = one_in(me, 2) ? 0 : below(me, m.cols + 1);
    m.part_rows = one_in(me, 2) ? m.rows - m.first_row : below(me, m.rows - m.first_row + 1);
    m.part_cols = one_in(me, 2) ? m.cols - m.first_col : below(me, m.cols - m.first_col + 1);
    some_strides(me, &m);
    return m;
}

static void spoil(caller *me, ni_matrices *m)
{
    int64_t *const which[] = {&m->rows,      &m->cols,      &m->first_row, &m->first_col,
                              &m->part_rows, &m->part_cols, &m->count};
    *which[below(me, 7)] = some_number(me);
    if (one_in(me, 2))
        *which[below(me, 7)] = some_number(me);
}

/* Whether a part is small and within memory, so that a call for it may be made. */
static int placed(caller *me, const arena *in, ni_matrices *m, elements *e)
{
    wide low, high;
    if (m->part_rows < 0 || m->part_cols < 0 || m->count < 0 || m->part_rows > 4000
        || m->part_cols > 4000 || m->count > 4000)
        return 0;
    elements_of(m, e);
    span(&e->out, ni_element_bytes(m->dtype), &low, &high);
    if (!m->part_rows || !m->part_cols || !m->count)
        low = high = 0;
    if (!settle(me, in, low, high, &m->data))
        return 0;
    e->out.data = m->data;
    return 1;
}

/* What a call is made of. */
typedef struct {
    const ni_stream *stream;
    const ni_distribution *distribution;
    double gain;
    int64_t zeros;
    int orthogonal;
    const ni_matrices *m;
} matrix_call;

static ni_status make(const matrix_call *c, const ni_matrices *m, const ni_run *run)
{
    return c->orthogonal ? ni_orthogonal(c->stream, m, c->gain, run)
                         : ni_sparse(c->stream, c->distribution, c->zeros, m, run);
}

/* One element of a matrix, made alone. */
static void check_entry(caller *me, const matrix_call *c)
{
    const ni_matrices *m = c->m;
    char alone[8];
    const int64_t i = below(me, m->part_rows), j = below(me, m->part_cols);
    const int size = ni_element_bytes(m->dtype);
    ni_matrices one = *m;
    memset(alone, untouched, sizeof alone);
    one.data = alone, one.count = 1, one.part_rows = one.part_cols = 1;
    one.first_row += i, one.first_col += j;
    if (make(c, &one, NULL) != NI_OK)
        fail(me, "an element of a matrix cannot be made alone");
    if (memcmp(alone, (char *)m->data + i * m->row_stride + j * m->col_stride, (size_t)size) != 0)
        fail(me, "an element of a matrix is another one when it is made alone");
}

static void call_matrix(caller *me)
{
    const ni_stream stream = some_stream(me);
    const ni_distribution distribution = some_distribution(me);
    ni_matrices m = some_matrices(me, 300);
    const matrix_call call = {
        &stream,         one_in(me, 4) ? NULL : &distribution,
        some_double(me), one_in(me, 9) ? some_number(me) : below(me, m.rows + 1),
        one_in(me, 2),   &m};
    int left;
    const ni_run run = some_run(me, &left);
    elements e;
    if (call.orthogonal)
        m.count = one_in(me, 3) ? below(me, 5) : 1;
    const int spoilt = one_in(me, 15);
    if (spoilt)
        spoil(me, &m);
    ni_matrices read = m;
    if (!call.orthogonal)
        read.count = 1; /* of a sparse matrix it is not read */
    /* A spoilt matrix may be one that takes all memory and hours: only parts are. */
    if (!placed(me, &me->out, &read, &e)
        || (spoilt && m.rows > 0 && m.cols > 0 && (wide)m.rows * m.cols > 100000
            && (wide)m.rows * m.cols <= INT64_MAX))
        return;
    m.data = read.data;
    const ni_status status = make(&call, &m, one_in(me, 3) ? NULL : &run);
    me->statuses[status]++;
    const int some = m.part_rows > 0 && m.part_cols > 0 && read.count > 0;
    if (status == NI_OK && some && m.rows * m.cols < 3000)
        check_entry(me, &call);
    if ((status == NI_OK || status == NI_INTERRUPTED) && some)
        each_element(me, &e.out, reset, NULL);
    check_untouched(me, &me->out, "a matrix was written where it may not be");
}

static void call_qr(caller *me)
{
    ni_matrices a = some_matrices(me, 200), q, r;
    elements in, e, f;
    int left;
    const ni_run run = some_run(me, &left);
    a.first_row = a.first_col = 0, a.part_rows = a.rows, a.part_cols = a.cols;
    a.dtype = one_in(me, 20) ? a.dtype : (int)below(me, 2);
    some_strides(me, &a);
    q = r = a;
    q.cols = q.part_cols = r.rows = r.part_rows = a.rows < a.cols ? a.rows : a.cols;
    some_strides(me, &q), some_strides(me, &r);
    if (one_in(me, 30))
        r.rows = r.part_rows += 1;
    if (one_in(me, 30))
        q.dtype = some_dtype(me);
    if (!placed(me, &me->a, &a, &in) || !placed(me, &me->q, &q, &e) || !placed(me, &me->r, &r, &f))
        return;
    if (a.dtype == NI_FLOAT32 || a.dtype == NI_FLOAT64) {
        const ni_distribution drawn = {NI_NORMAL, 0.0, one_in(me, 9) ? 1e300 : 1.0, 0.0, 0.0};
        const ni_stream stream = some_stream(me);
        ni_fill(&stream, &drawn, &in.out, NULL); /* else it is what memory holds */
    }
    const ni_status status = ni_qr(&a, &q, &r, one_in(me, 3) ? NULL : &run);
    me->statuses[status]++;
    if (status == NI_OK || status == NI_INTERRUPTED) {
        each_element(me, &e.out, reset, NULL);
        each_element(me, &f.out, reset, NULL);
    }
    each_element(me, &in.out, reset, NULL);
    check_untouched(me, &me->a, "a factorization wrote beside its input");
    check_untouched(me, &me->q, "a factorization wrote beside q");
    check_untouched(me, &me->r, "a factorization wrote beside r");
}

#endif
