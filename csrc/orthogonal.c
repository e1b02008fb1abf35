/* Random orthogonal matrices of the Haar measure, from Householder reflectors drawn directly.
 *
 * The reflectors of the QR factorization of a Gaussian matrix are independent Gaussian vectors
 * x_1, .., x_k with x_j of length n - j + 1 (Stewart, SIAM J. Numer. Anal. 17, 1980), so
 *
 *     Q = H_1 H_2 .. H_k [I_k; 0] D,    H_j = I - v_j v_j^T / beta_j,
 *     v_j = x_j + sign(x_j1) |x_j| e_1, beta_j = v_j^T v_j / 2,  D_j = -sign(x_j1),
 *
 * has the law of the factor Q with diag(R) > 0 (Mezzadri, Notices AMS 54, 2007). For n = k the
 * last reflector is the identity and D_n = sign(x_n1).
 *
 * Sums run over rows in ascending order and vectorize over columns, so bits do not depend on
 * the instruction set; the work is done in binary64 and each element rounded once.
 */
#include <stdlib.h>
#include <string.h>

#include "fpenv.h"
#include "kernels.h"
#include "prepare.h"

/* x_j: elements (i, j), i = j .. n - 1, of the normal stream over an n x k matrix. */
static ni_status draw_reflector(const ni_stream *stream, int64_t n, int64_t k, int64_t j, double *x)
{
    const ni_distribution normal = {.kind = NI_NORMAL, .mean = 0.0, .std = 1.0};
    const int64_t count = n - j, index_stride = k, byte_stride = sizeof(double);
    const ni_output out = {x, NI_FLOAT64, 1, &count, &byte_stride, &index_stride, j * k + j};
    const ni_run one = {.threads = 1};
    return ni_fill(stream, &normal, &out, &one);
}

/* v = x + sign(x_1) |x| e_1 in place; beta = v^T v / 2 = |x| (|x| + |x_1|). Returns D_j. */
static double make_reflector(double *v, int64_t count, double *beta)
{
    double square = 0.0, sign = v[0] < 0.0 ? -1.0 : 1.0;
    for (int64_t i = 0; i < count; i++)
        square += v[i] * v[i];
    double norm = __builtin_sqrt(square);
    *beta = norm * (norm + sign * v[0]);
    v[0] += sign * norm;
    return -sign;
}

/* Columns first .. last - 1 of Q[j:, :] -= v (v^T Q[j:, :]) / beta, with w a row of numbers. */
static void apply_reflector(double *q, int64_t n, int64_t k, int64_t j, int64_t first,
                            int64_t last, const double *v, double beta, double *w)
{
    memset(w, 0, (size_t)k * sizeof *w);
    for (int64_t i = j; i < n; i++)
        for (int64_t c = first; c < last; c++)
            w[c] += v[i - j] * q[i * k + c];
    for (int64_t c = first; c < last; c++)
        w[c] /= beta;
    for (int64_t i = j; i < n; i++)
        for (int64_t c = first; c < last; c++)
            q[i * k + c] -= v[i - j] * w[c];
}

/* Q, n x k with n >= k, from the last reflector to the first. Columns go in strips of about
 * 2^23 elements: a few hundredths of a second between two looks for an interrupt. */
static ni_status accumulate(const ni_stream *stream, double *q, int64_t n, int64_t k, double *v,
                            double *w, const ni_run *run)
{
    const int64_t strip = n < ((int64_t)1 << 20) ? ((int64_t)1 << 23) / n : 8;
    memset(q, 0, (size_t)(n * k) * sizeof *q);
    for (int64_t j = k - 1; j >= 0; j--) {
        ni_status status = draw_reflector(stream, n, k, j, v);
        if (status != NI_OK)
            return status;
        if (j == n - 1) {
            q[j * k + j] = v[0] < 0.0 ? -1.0 : 1.0;
            continue;
        }
        double beta;
        q[j * k + j] = make_reflector(v, n - j, &beta); /* column j of [I; 0] D */
        for (int64_t c = j; c < k; c += strip) {
            if (run && run->poll && run->poll(run->poll_context))
                return NI_INTERRUPTED;
            apply_reflector(q, n, k, j, c, c + strip < k ? c + strip : k, v, beta, w);
        }
    }
    return NI_OK;
}

static void store(void *data, int dtype, int64_t at, double value)
{
    if (dtype == NI_FLOAT64)
        ((double *)data)[at] = value;
    else
        ((float *)data)[at] = (float)value;
}

ni_status ni_orthogonal(const ni_stream *stream, int dtype, void *data, int64_t rows,
                        int64_t cols, double gain, const ni_run *run)
{
    const int wide = rows < cols;
    const int64_t n = wide ? cols : rows, k = wide ? rows : cols;
    int64_t bytes;
    if (dtype != NI_FLOAT32 && dtype != NI_FLOAT64)
        return NI_BAD_DTYPE;
    if (rows < 0 || cols < 0)
        return NI_BAD_SHAPE;
    if (gain - gain != 0.0)
        return NI_BAD_NUMBER;
    if (n == 0 || k == 0)
        return NI_OK;
    if (__builtin_mul_overflow(n, k, &bytes) || __builtin_mul_overflow(bytes, 8, &bytes))
        return NI_BAD_SHAPE;
    double *q = malloc((size_t)bytes), *v = malloc((size_t)n * 8), *w = malloc((size_t)k * 8);
    ni_status status = NI_NO_MEMORY;
    uint64_t found = ni_enter_fpenv();
    if (q && v && w)
        status = accumulate(stream, q, n, k, v, w, run);
    for (int64_t i = 0; status == NI_OK && i < n; i++)
        for (int64_t c = 0; c < k; c++)
            store(data, dtype, wide ? c * n + i : i * k + c, gain * q[i * k + c]);
    ni_leave_fpenv(found);
    free(q), free(v), free(w);
    return status;
}
