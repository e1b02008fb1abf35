/* Parts of matrices: whether they lie within and apart, and the lengths that are left of them. */
#ifndef NI_PARTS_H
#define NI_PARTS_H

#include "netinit/netinit.h"

static inline int64_t ni_smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t ni_larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* NI_BAD_SHAPE or NI_BAD_INDEX where a part does not lie within its matrix. */
static inline ni_status ni_check_part(const ni_matrices *m)
{
    int64_t numbers;
    if (m->rows < 0 || m->cols < 0 || m->part_rows < 0 || m->part_cols < 0
        || __builtin_mul_overflow(m->rows, m->cols, &numbers))
        return NI_BAD_SHAPE;
    if (m->first_row < 0 || m->first_row > m->rows - m->part_rows || m->first_col < 0
        || m->first_col > m->cols - m->part_cols)
        return NI_BAD_INDEX;
    return NI_OK;
}

/* NI_OVERLAP where elements that are written share memory: of `count` matrices, each of so many
 * rows and columns. */
static inline ni_status ni_check_written(const ni_matrices *m, int64_t count, int64_t rows,
                                         int64_t cols)
{
    const int64_t shape[3] = {count, rows, cols}, steps[3] = {0, 0, 0};
    const int64_t bytes[3] = {m->matrix_stride, m->row_stride, m->col_stride};
    const ni_output out = {m->data, m->dtype, 3, shape, bytes, steps, 0};
    return ni_check_output(&out);
}

#endif
