/* Logarithm, sine and cosine on lanes, in the forms that the samplers want. Coefficients,
 * intervals and error bounds are in coefficients.h. */
#ifndef NI_ELEMENTARY_H
#define NI_ELEMENTARY_H

#include "kernels/coefficients.h"
#include "kernels/lanes.h"

#define NI_COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define NI_POLYNOMIAL_F32(table, x) polynomial_f32(table, NI_COUNT(table), x)
#define NI_POLYNOMIAL_F64(table, x) polynomial_f64(table, NI_COUNT(table), x)

NI_INLINE f32v all_f32(float a) { return (f32v){0} + a; }
NI_INLINE f64v all_f64(double a) { return (f64v){0} + a; }

/* sum table[k] x^k by Horner's rule, one fma a step. */
NI_INLINE f32v polynomial_f32(const float *table, int count, f32v x)
{
    f32v sum = all_f32(table[count - 1]);
    for (int k = count - 2; k >= 0; k--)
        sum = fma_f32(sum, x, all_f32(table[k]));
    return sum;
}

NI_INLINE f64v polynomial_f64(const double *table, int count, f64v x)
{
    f64v sum = all_f64(table[count - 1]);
    for (int k = count - 2; k >= 0; k--)
        sum = fma_f64(sum, x, all_f64(table[k]));
    return sum;
}

/* -2 ln(x 2^-scale) for 0 < x 2^-scale <= 1. Where `near` holds, x 2^-scale >= 1/2 and
 * `minus` is x 2^-scale - 1 with relative precision, which x itself may have lost; the
 * logarithm then has relative precision as well. Else x 2^-scale = m 2^e with m in [1/2, 1),
 * and both terms of -2 ln(1 + (m - 1)) - 2 ln 2 e are positive. */
NI_INLINE f32v minus_two_log_f32(f32v x, int scale, mask32 near, f32v minus)
{
    u32v bits = (u32v)x;
    f32v m = (f32v)((bits & 0x7fffffu) | 0x3f000000u);
    f32v e = from_i32((i32v)(bits >> 23) - (126 + scale));
    f32v f = select_f32(near, minus, m - 1.0f);
    f32v whole = select_f32(near, all_f32(0.0f), e * -0x1.62e43p+0f); /* 2 ln 2 */
    return fma_f32(f, NI_POLYNOMIAL_F32(NI_LOG_F32, f), whole);
}

/* The same in binary64, where x = m 2^e with m in [sqrt(1/2), sqrt(2)); there `near` must hold
 * only where e = 0. With s = f/(2+f) and h = f f/2, ln(1+f) = f - (h - s (h + z R(z))). */
NI_INLINE f64v minus_two_log_f64(f64v x, mask64 near, f64v minus)
{
    const uint64_t root_half = 0x3fe6a09e667f3bcdu; /* bits of sqrt(1/2) */
    u64v bits = (u64v)x - root_half;
    f64v e = from_i64((i64v)bits >> 52);
    f64v m = (f64v)((bits & 0xfffffffffffffu) + root_half);
    f64v f = select_f64(near, minus, m - 1.0);
    e = select_f64(near, all_f64(0.0), e);
    f64v s = f / (f + 2.0), z = s * s, h = f * f * 0.5;
    f64v rest = z * NI_POLYNOMIAL_F64(NI_LOG_F64, z);
    /* -2 ln 2 in two parts; the first has 32 bits, so e times it is exact */
    f64v low = fma_f64(e, all_f64(-0x1.a39ef35793c76p-32), (h - s * (h + rest)) * 2.0);
    return fma_f64(e, all_f64(-0x1.62e42feep+0), low - f * 2.0);
}

/* cos(2 pi u) and sin(2 pi u) for u = (w + 1/2) 2^-32, each with relative precision.
 * The nearest quarter turn is n = (w + 2^29) >> 30 modulo 4; what is left is pi/4 y with
 * y = (4 w + 2 as a signed number) 2^-31 in (-1, 1). */
NI_INLINE void cos_sin_f32(u32v w, f32v *cosine, f32v *sine)
{
    f32v y = from_i32((i32v)((w << 2) | 2u)) * 0x1p-31f;
    f32v z = y * y;
    f32v s = y * NI_POLYNOMIAL_F32(NI_SIN_F32, z);
    f32v c = fma_f32(z, NI_POLYNOMIAL_F32(NI_COS_F32, z), all_f32(1.0f));
    u32v turned = w + 0x20000000u;            /* n in the top two bits */
    mask32 odd = negative_i32((i32v)(turned << 1));
    u32v cosine_sign = (turned + 0x40000000u) & 0x80000000u; /* negative for n = 1, 2 */
    u32v sine_sign = turned & 0x80000000u;                   /* negative for n = 2, 3 */
    *cosine = (f32v)((u32v)select_f32(odd, s, c) ^ cosine_sign);
    *sine = (f32v)((u32v)select_f32(odd, c, s) ^ sine_sign);
}

/* The same for u = n 2^-53, n odd: n = quarter 2^51 + rest with |rest| < 2^50 exactly, and
 * y = rest 2^-50. */
NI_INLINE void cos_sin_f64(u64v n, f64v *cosine, f64v *sine)
{
    u64v turned = n + ((uint64_t)1 << 50);
    i64v rest = (i64v)(turned & (((uint64_t)1 << 51) - 1)) - ((int64_t)1 << 50);
    f64v y = from_i64(rest) * 0x1p-50;
    f64v z = y * y;
    f64v tail = z * polynomial_f64(NI_SIN_F64 + 1, NI_COUNT(NI_SIN_F64) - 1, z) + NI_SIN_F64_LOW;
    f64v s = fma_f64(y, all_f64(NI_SIN_F64[0]), y * tail);
    f64v c = fma_f64(z, NI_POLYNOMIAL_F64(NI_COS_F64, z), all_f64(1.0));
    mask64 odd = negative_i64((i64v)(turned << 12));
    u64v cosine_sign = ((turned + ((uint64_t)1 << 51)) << 11) & 0x8000000000000000u;
    u64v sine_sign = (turned << 11) & 0x8000000000000000u;
    *cosine = (f64v)((u64v)select_f64(odd, s, c) ^ cosine_sign);
    *sine = (f64v)((u64v)select_f64(odd, c, s) ^ sine_sign);
}

#endif
