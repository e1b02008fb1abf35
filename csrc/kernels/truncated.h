/* The truncated normal by inversion of one word: docs/stream.md, section 6.
 *
 * Set-up (prepare.c) mirrors the interval where that brings its nearer bound above, so that
 * a >= -b always, and gives probabilities Z (between the bounds), below = Phi(a) and
 * above = Q(b). An element is u = (w + 1/2) 2^-32 of the way through the interval; the
 * crossing word is the first whose quantile is not negative.
 */
#ifndef NI_TRUNCATED_H
#define NI_TRUNCATED_H

#include "kernels/normal.h"

/* Bounds at most 2 sigma away and symmetric: x = q P(s)/D(s) with s = 1/4 - q q. */
NI_INLINE f32v central_f32(u32v w, const ni_sampler *s)
{
    f32v q = (from_i32((i32v)(w ^ 0x80000000u)) + 0.5f) * s->f32.mass;
    f32v t = fma_f32(-q, q, all_f32(0.25f));
    f32v x = q * NI_POLYNOMIAL_F32(NI_CENTRAL_F32_P, t) / NI_POLYNOMIAL_F32(NI_CENTRAL_F32_D, t);
    return place_f32(x, s);
}

/* Any bounds with a < 4: |x| = sqrt(v) P(v)/D(v), v = -2 ln(4 p (1-p)).
 * p is the probability beyond x on x's own side, with relative precision; where
 * 4 p (1-p) = 1 - (2q)^2 is above 1/2, q = |1/2 - p| counts instead, measured in words from
 * the crossing. */
NI_INLINE f32v general_f32(u32v w, const ni_sampler *s)
{
    w ^= s->flip;
    u32v crossing = (u32v){0} + (uint32_t)s->crossing;
    mask32 down = less_u32(w, crossing);
    f32v steps = from_u32(select_u32(down, crossing - w, w - crossing));
    f32v start = select_f32(down, all_f32(s->f32.centre_down), all_f32(s->f32.centre_up));
    f32v q = fma_f32(steps, all_f32(s->f32.mass), start) * 2.0f;
    f32v share = from_u32(select_u32(down, w, ~w)) + 0.5f;
    f32v beyond = select_f32(down, all_f32(s->f32.below), all_f32(s->f32.above));
    f32v p = fma_f32(share, all_f32(s->f32.mass), beyond) * 2.0f;
    f32v y = fma_f32(-p, p, p + p);
    f32v v = minus_two_log_f32(y, 0, less_f32(all_f32(0.5f), y), -(q * q));
    f32v x = root_f32(v) * NI_POLYNOMIAL_F32(NI_QUANTILE_F32_P, v)
             / NI_POLYNOMIAL_F32(NI_QUANTILE_F32_D, v);
    return place_f32(select_f32(down, -x, x), s);
}

/* a >= 4: with g = Q(x)/Q(a) = rho + (1 - rho)(1 - u) and L = -2 ln Q(a) - 2 ln g,
 * x^2 = L - H(sqrt L); beyond the fit's interval x^2 is a cubic in -2 ln g. */
NI_INLINE f32v tail_f32(u32v w, const ni_sampler *s)
{
    w ^= s->flip;
    f32v span = all_f32(s->f32.tail_span);
    f32v minus = -((from_u32(w) + 0.5f) * 0x1p-32f) * span;
    f32v g = fma_f32((from_u32(~w) + 0.5f) * 0x1p-32f, span, all_f32(s->f32.tail_rest));
    f32v e = minus_two_log_f32(g, 0, less_f32(all_f32(0.5f), g), minus);
    f32v square;
    if (s->far_tail) {
        square = fma_f32(e, all_f32(s->f32.tail_c2), all_f32(s->f32.tail_c1));
        square = fma_f32(e, square, all_f32(s->f32.tail_c0));
    } else {
        f32v l = e + s->f32.tail_log, r = root_f32(l);
        square = l - NI_POLYNOMIAL_F32(NI_TAIL_F32_P, r) / NI_POLYNOMIAL_F32(NI_TAIL_F32_D, r);
    }
    return place_f32(root_f32(square), s);
}

/* The same regimes in binary64, on n = 2^53 u, an odd number. */
NI_INLINE f64v general_f64(u64v w, const ni_sampler *s)
{
    const uint64_t flip = s->flip ? ~(uint64_t)0 : 0;
    u64v n = odd_53(w ^ flip), crossing = (u64v){0} + s->crossing;
    u64v whole = (u64v){0} + ((uint64_t)1 << 53);
    mask64 down = less_u64(n, crossing);
    f64v steps = from_i64((i64v)select_u64(down, crossing - n, n - crossing));
    f64v start = select_f64(down, all_f64(s->f64.centre_down), all_f64(s->f64.centre_up));
    f64v q = fma_f64(steps, all_f64(s->f64.mass), start) * 2.0;
    f64v share = from_i64((i64v)select_u64(down, n, whole - n));
    f64v beyond = select_f64(down, all_f64(s->f64.below), all_f64(s->f64.above));
    f64v p = fma_f64(share, all_f64(s->f64.mass), beyond) * 2.0;
    f64v y = fma_f64(-p, p, p + p);
    f64v v = minus_two_log_f64(y, less_f64(all_f64(0.75), y), -(q * q));
    f64v x = root_f64(v) * NI_POLYNOMIAL_F64(NI_QUANTILE_F64_P, v)
             / NI_POLYNOMIAL_F64(NI_QUANTILE_F64_D, v);
    return place_f64(select_f64(down, -x, x), s);
}

NI_INLINE f64v tail_f64(u64v w, const ni_sampler *s)
{
    const uint64_t flip = s->flip ? ~(uint64_t)0 : 0;
    u64v n = odd_53(w ^ flip), whole = (u64v){0} + ((uint64_t)1 << 53);
    f64v span = all_f64(s->f64.tail_span);
    f64v minus = -(from_i64((i64v)n) * 0x1p-53) * span;
    f64v g = fma_f64(from_i64((i64v)(whole - n)) * 0x1p-53, span, all_f64(s->f64.tail_rest));
    f64v e = minus_two_log_f64(g, less_f64(all_f64(0.75), g), minus);
    f64v square;
    if (s->far_tail) {
        square = fma_f64(e, all_f64(s->f64.tail_c3), all_f64(s->f64.tail_c2));
        square = fma_f64(e, square, all_f64(s->f64.tail_c1));
        square = fma_f64(e, square, all_f64(s->f64.tail_c0));
    } else {
        f64v l = e + s->f64.tail_log, r = root_f64(l);
        square = l - NI_POLYNOMIAL_F64(NI_TAIL_F64_P, r) / NI_POLYNOMIAL_F64(NI_TAIL_F64_D, r);
    }
    return place_f64(root_f64(square), s);
}

#endif
