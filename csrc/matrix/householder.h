/* Householder reflectors in blocks, for float32 (_f32) and float64 (_f64): the typed halves of
 * ni_orthogonal and ni_qr. householder.c defines them, from the same text.
 *
 * The matrix is tall, n x k with n >= k, and Q = H_1 H_2 .. H_k [I; 0] D with
 * H_j = I - 2 v_j v_j^T / (v_j^T v_j) acting on rows j and below. NI_PANEL reflectors together
 * are I - V T V^T, with T^-1 = strictly upper part of V^T V + half of its diagonal (Puglisi,
 * SIAM J. Sci. Stat. Comput. 13, 1992; Joffrain et al., ACM TOMS 32, 2006).
 */
#ifndef NI_HOUSEHOLDER_H
#define NI_HOUSEHOLDER_H

#include "kernels.h"
#include "team/tasks.h"

/* Where the vectors come from, one panel at a time. */
typedef enum {
    NI_FROM_STREAM,  /* x_j drawn: normals at the elements (i, j), i >= j, of the matrix */
    NI_FROM_MATRIX,  /* x_j given: the lower triangle of a matrix */
    NI_FROM_STRIPS,  /* v_j as the factorization left them in the lower triangle of q */
    NI_TO_FACTOR     /* yet to come, from A in q */
} ni_source;

/* So many panels at most are brought to a strip one after another, while it is in the caches. */
#define NI_PANELS 4

/* One tall matrix at work. Strip s of q holds columns s NI_STRIP and after; it begins at
 * q + (s - first) NI_STRIP padded. Row i of a panel is row p + i of the matrix. */
#define NI_HOUSEHOLDER(real, suffix)                                                         \
    typedef struct {                                                                         \
        int64_t p, width;                    /* its first column, and how many it has */     \
        real *v, *g, *t;                     /* g: V^T V */                                  \
        double *partial;                     /* sums of squares of chunks */                 \
        real factor[NI_PANEL], side[NI_PANEL];                                               \
        double half_square[NI_PANEL];                                                        \
    } ni_panel##suffix;                                                                      \
                                                                                             \
    /* Panels that are brought to strips together. */                                        \
    typedef struct {                                                                         \
        struct ni_householder##suffix *work;                                                 \
        ni_panel##suffix panel[NI_PANELS];   /* in the order in which strips get them */     \
        int panels, formed;                  /* how many there are, and how many have T */   \
        int in_task, polls;                  /* whether one thread does all, as a task */    \
    } ni_group##suffix;                                                                      \
                                                                                             \
    typedef struct ni_householder##suffix {                                                  \
        ni_team *team;                                                                       \
        const ni_blocks##suffix *kernels;                                                    \
        ni_source source;                                                                    \
        ni_stream stream;                                                                    \
        const char *matrix;                                                                  \
        int64_t row_stride, column_stride;   /* of `matrix`, in bytes */                     \
        int64_t n, k, columns;               /* columns >= k only when factoring */          \
        int64_t first, strips, padded;                                                       \
        real *q, *sign;                      /* sign: D, and with a factorization diag R */  \
        real *v, *triangles;                 /* memory of the panels: V; V^T V and T */      \
        double *partial;                                                                     \
        ni_group##suffix group[2];           /* a factorization has the next one, too */     \
        int64_t most;                        /* panels that a group may have */              \
        int64_t together;                    /* strips that share what is read of a panel */ \
    } ni_householder##suffix;                                                                \
                                                                                             \
    /* Get the workspace for columns [from, to) of q: them, panels, and little more. */      \
    ni_status ni_open##suffix(ni_householder##suffix *work, int64_t from, int64_t to);       \
    void ni_close##suffix(ni_householder##suffix *work);                                     \
                                                                                             \
    /* q = H_1 .. H_k [I; 0], the columns that the workspace has; and D. */                  \
    ni_status ni_accumulate##suffix(ni_householder##suffix *work);                           \
                                                                                             \
    /* q = V and the strict upper part of R, given A in q; diag R in `sign`. */              \
    ni_status ni_factor##suffix(ni_householder##suffix *work)

NI_HOUSEHOLDER(float, _f32);
NI_HOUSEHOLDER(double, _f64);

/* x rounded up to a multiple. */
static inline int64_t ni_round_up(int64_t x, int64_t multiple)
{
    return (x + multiple - 1) / multiple * multiple;
}

#endif
