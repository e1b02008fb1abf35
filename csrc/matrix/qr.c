/* QR factorization of a matrix that the caller brings: A = Q R with diag(R) >= 0.
 *
 * A is copied to strips, factored there (V and R take its place, as in LAPACK's geqrf), R is
 * handed out, and Q made in the place of V from the last panel to the first (orgqr).
 */
#include "fill/layout.h"
#include "matrix/matrices.h"
#include "matrix/parts.h"

typedef struct {
    const ni_matrices *a, *q, *r;
    ni_team *team;
    const ni_kernels *kernels;
} factors;

#define NI_OF(name) name##_f32
#define NI_REAL float
#include "matrix/qr_typed.h"
#undef NI_OF
#undef NI_REAL
#define NI_OF(name) name##_f64
#define NI_REAL double
#include "matrix/qr_typed.h"

ni_status ni_qr(const ni_matrices *a, const ni_matrices *q, const ni_matrices *r,
                const ni_run *run)
{
    const int64_t k = a->rows < a->cols ? a->rows : a->cols;
    ni_team team = {.watch = {.run = run}};
    factors all = {a, q, r, &team, NULL};
    ni_status status;
    int64_t numbers;
    if ((a->dtype != NI_FLOAT32 && a->dtype != NI_FLOAT64) || q->dtype != a->dtype
        || r->dtype != a->dtype)
        return NI_BAD_DTYPE;
    if (k < 0 || __builtin_mul_overflow(a->rows, a->cols, &numbers) || q->rows != a->rows
        || q->cols != k || r->rows != k || r->cols != a->cols)
        return NI_BAD_SHAPE;
    status = ni_check_written(q, 1, q->rows, q->cols);
    if (status == NI_OK)
        status = ni_check_written(r, 1, r->rows, r->cols);
    if (status == NI_OK)
        status = ni_thread_count(run ? run->threads : 0, &team.threads);
    if (status != NI_OK)
        return status;
    all.kernels = ni_active_kernels(&status);
    if (status != NI_OK || k == 0)
        return status;
    const uint64_t found = ni_enter_fpenv();
    status = a->dtype == NI_FLOAT32 ? qr_f32(&all) : qr_f64(&all);
    ni_leave_fpenv(found);
    return status;
}
