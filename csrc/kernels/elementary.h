/* Logarithm, sine and cosine on lanes, in the forms that the samplers want. Coefficients,
 * intervals and error bounds are in coefficients.h.
 *
 * Functions here and in the samplers take `n` vectors and go through them in lockstep, each
 * step (EACH) for all before the next for any: one chain of dependent operations alone would
 * leave the processor waiting, and its scheduler does not see far enough ahead to find the next.
 * For the same reason polynomials make the words of the next tile, a round of Philox a step,
 * where `ahead` is not NULL.
 */
#ifndef NI_ELEMENTARY_H
#define NI_ELEMENTARY_H

#include "kernels/coefficients.h"
#include "kernels/philox.h"

/* The most vectors that go in lockstep: those of one tile. */
#define NI_LOCKSTEP 4

#define EACH for (int i = 0; i < n; i++)

NI_INLINE f32v all_f32(float a) { return (f32v){0} + a; }
NI_INLINE f64v all_f64(double a) { return (f64v){0} + a; }

#define NI_COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define NI_POLYNOMIAL_F32(sum, table, x, n, ahead) \
    polynomial_f32(sum, table, NI_COUNT(table), x, n, ahead)
#define NI_POLYNOMIAL_F64(sum, table, x, n, ahead) \
    polynomial_f64(sum, table, NI_COUNT(table), x, n, ahead)

/* sum table[k] x^k by Horner's rule, one fma a step. */
NI_INLINE void polynomial_f32(f32v sum[], const float *table, int count, const f32v x[], int n,
                              philox_ahead *ahead)
{
    EACH sum[i] = all_f32(table[count - 1]);
#pragma GCC unroll 16
    for (int k = count - 2; k >= 0; k--) {
        EACH sum[i] = fma_f32(sum[i], x[i], all_f32(table[k]));
        ahead_round(ahead);
    }
}

NI_INLINE void polynomial_f64(f64v sum[], const double *table, int count, const f64v x[], int n,
                              philox_ahead *ahead)
{
    EACH sum[i] = all_f64(table[count - 1]);
#pragma GCC unroll 16
    for (int k = count - 2; k >= 0; k--) {
        EACH sum[i] = fma_f64(sum[i], x[i], all_f64(table[k]));
        ahead_round(ahead);
    }
}

/* The same with the even and the odd powers apart: half as many roundings in a row. */
NI_INLINE void polynomial_halves_f64(f64v sum[], const double *table, int count, const f64v x[],
                                     int n, philox_ahead *ahead)
{
    f64v square[NI_LOCKSTEP], odd[NI_LOCKSTEP];
    const int last_odd = count % 2 ? count - 2 : count - 1;
    const int last_even = count % 2 ? count - 1 : count - 2;
    EACH square[i] = x[i] * x[i];
    EACH sum[i] = all_f64(table[last_even]);
    EACH odd[i] = all_f64(table[last_odd]);
#pragma GCC unroll 16
    for (int k = last_even - 2; k >= 0; k -= 2) {
        EACH sum[i] = fma_f64(sum[i], square[i], all_f64(table[k]));
        ahead_round(ahead);
    }
#pragma GCC unroll 16
    for (int k = last_odd - 2; k >= 1; k -= 2) {
        EACH odd[i] = fma_f64(odd[i], square[i], all_f64(table[k]));
        ahead_round(ahead);
    }
    EACH sum[i] = fma_f64(odd[i], x[i], sum[i]);
}

/* -2 ln x for 0 < x <= 1. Where `near` holds, x >= 1/2 and `minus` is x - 1 with relative
 * precision, which x itself may have lost (then x is not looked at); the logarithm has relative
 * precision as well. Else x = m 2^e with m in [1/2, 1), and both terms of
 * -2 ln(1 + (m - 1)) - 2 ln 2 e are positive. -2 ln(1 + f) = -2 f + f^2 r(f). */
NI_INLINE void minus_two_log_f32(f32v result[], const f32v x[], const mask32 far[],
                                 const f32v minus[], int n, philox_ahead *ahead)
{
    f32v f[NI_LOCKSTEP], whole[NI_LOCKSTEP], r[NI_LOCKSTEP];
    EACH f[i] = split_f32(x[i], -0x1.62e43p+0f, &whole[i]); /* -2 ln 2 */
    EACH f[i] = select_f32(far[i], f[i] - 1.0f, minus[i]);
    EACH whole[i] = select_f32(far[i], whole[i], all_f32(0.0f));
    NI_POLYNOMIAL_F32(r, NI_LOG_F32, f, n, ahead);
    /* -2 f is exact, and more than what it is added to: errors of r count for little. */
    EACH whole[i] = fma_f32(f[i], all_f32(-2.0f), whole[i]);
    EACH result[i] = fma_f32(f[i] * r[i], f[i], whole[i]);
}

/* The same in binary64, where x = m 2^e with m in [sqrt(1/2), sqrt(2)); there `near` must hold
 * only where e = 0. With s = f/(2+f) and h = f f/2, ln(1+f) = f - (h - s (h + z R(z))). */
NI_INLINE void minus_two_log_f64(f64v result[], const f64v x[], const mask64 far[],
                                 const f64v minus[], int n, philox_ahead *ahead)
{
    const uint64_t root_half = 0x3fe6a09e667f3bcdu; /* bits of sqrt(1/2) */
    f64v e[NI_LOCKSTEP], f[NI_LOCKSTEP], s[NI_LOCKSTEP], z[NI_LOCKSTEP], r[NI_LOCKSTEP];
    EACH {
        u64v bits = (u64v)x[i] - root_half;
        f64v m = (f64v)((bits & 0xfffffffffffffu) + root_half);
        e[i] = select_f64(far[i], from_i64((i64v)bits >> 52), all_f64(0.0));
        f[i] = select_f64(far[i], m - 1.0, minus[i]);
    }
    EACH s[i] = f[i] / (f[i] + 2.0);
    EACH z[i] = s[i] * s[i];
    NI_POLYNOMIAL_F64(r, NI_LOG_F64, z, n, ahead);
    EACH {
        f64v h = f[i] * f[i] * 0.5;
        /* -2 ln 2 in two parts; the first has 32 bits, so e times it is exact */
        f64v low = fma_f64(e[i], all_f64(-0x1.a39ef35793c76p-32),
                           (h - s[i] * (h + z[i] * r[i])) * 2.0);
        result[i] = fma_f64(e[i], all_f64(-0x1.62e42feep+0), low - f[i] * 2.0);
    }
}

/* cos(2 pi u) and sin(2 pi u) for u = (w + 1/2) 2^-32, each with relative precision.
 * The nearest quarter turn is q = (w + 2^29) >> 30 modulo 4; what is left is pi/4 y with
 * y = (4 w + 2 as a signed number) 2^-31 in (-1, 1). */
NI_INLINE void cos_sin_f32(f32v cosine[], f32v sine[], u32v sign[], const u32v w[], int n,
                           philox_ahead *ahead)
{
    f32v y[NI_LOCKSTEP], z[NI_LOCKSTEP], s[NI_LOCKSTEP], c[NI_LOCKSTEP];
    /* y is never 0, so 2^-31 can be taken off its exponent: any unit adds, two multiply. */
    EACH y[i] = (f32v)((u32v)from_i32((i32v)((w[i] << 2) | 2u)) - (31u << 23));
    EACH z[i] = y[i] * y[i];
    polynomial_f32(s, NI_SIN_F32 + 1, NI_COUNT(NI_SIN_F32) - 1, z, n, ahead);
    NI_POLYNOMIAL_F32(c, NI_COS_F32, z, n, ahead);
    EACH s[i] = y[i] * fma_f32(z[i], s[i], all_f32(NI_SIN_F32_LOW));
    EACH s[i] = fma_f32(y[i], all_f32(NI_SIN_F32[0]), s[i]);
    EACH c[i] = fma_f32(z[i], c[i], all_f32(1.0f));
    EACH {
        u32v turned = w[i] + 0x20000000u; /* q in the top two bits */
        mask32 odd = bit_u32(turned, 30);
        cosine[i] = select_minus_f32(odd, s[i], c[i]);
        sine[i] = select_f32(odd, c[i], s[i]);
        sign[i] = turned & 0x80000000u; /* q = 2, 3 */
    }
}

/* The same for u = k 2^-53, k odd: k = q 2^51 + rest with |rest| < 2^50 exactly, and
 * y = rest 2^-50. */
NI_INLINE void cos_sin_f64(f64v cosine[], f64v sine[], u64v sign[], const u64v k[], int n,
                           philox_ahead *ahead)
{
    const uint64_t eighth = (uint64_t)1 << 50;
    f64v y[NI_LOCKSTEP], z[NI_LOCKSTEP], s[NI_LOCKSTEP], c[NI_LOCKSTEP];
    EACH {
        i64v rest = (i64v)((k[i] + eighth) & (2 * eighth - 1)) - (int64_t)eighth;
        y[i] = from_i64(rest) * 0x1p-50;
    }
    EACH z[i] = y[i] * y[i];
    polynomial_f64(s, NI_SIN_F64 + 1, NI_COUNT(NI_SIN_F64) - 1, z, n, ahead);
    NI_POLYNOMIAL_F64(c, NI_COS_F64, z, n, ahead);
    EACH s[i] = y[i] * (z[i] * s[i] + NI_SIN_F64_LOW);
    EACH s[i] = fma_f64(y[i], all_f64(NI_SIN_F64[0]), s[i]);
    EACH c[i] = fma_f64(z[i], c[i], all_f64(1.0));
    EACH {
        u64v turned = k[i] + eighth;
        mask64 odd = negative_i64((i64v)(turned << 12));
        cosine[i] = select_minus_f64(odd, s[i], c[i]);
        sine[i] = select_f64(odd, c[i], s[i]);
        sign[i] = (turned << 11) & 0x8000000000000000u;
    }
}

#endif
