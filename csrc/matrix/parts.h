/* Parts of matrices: whether they lie within, and the lengths that are left of them. */
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

#endif
