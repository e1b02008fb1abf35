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

/* Bounds at most 2 sigma away and symmetric: x = q P(t)/D(t) with t = 1/4 - q q. Near a bound
 * P/D changes 20 times as fast as q q does, which is therefore not the square of a rounded q. */
NI_INLINE void central_f32(f32v x[], const u32v w[], const ni_sampler *s, int n,
                           philox_ahead *ahead)
{
    f32v q[NI_LOCKSTEP], t[NI_LOCKSTEP], p[NI_LOCKSTEP], d[NI_LOCKSTEP];
    EACH q[i] = from_i32((i32v)(w[i] ^ 0x80000000u)) + 0.5f;
    EACH t[i] = fma_f32(q[i] * q[i], all_f32(-s->f32.mass_square), all_f32(0.25f));
    EACH q[i] = q[i] * s->f32.mass;
    NI_POLYNOMIAL_F32(p, NI_CENTRAL_F32_P, t, n, ahead);
    NI_POLYNOMIAL_F32(d, NI_CENTRAL_F32_D, t, n, ahead);
    EACH x[i] = place_f32(q[i] * p[i] / d[i], s);
}

/* Any bounds with a < 4: |x| = sqrt(v) P(v)/D(v), v = -2 ln(4 p (1-p)).
 * p is the probability beyond x on x's own side, with relative precision; where
 * 4 p (1-p) = 1 - (2q)^2 is above 1/2, q = |1/2 - p| counts instead, measured in words from
 * the crossing. The set-up's probabilities are doubled, so these are 2p and 2q at once. */
NI_INLINE void general_f32(f32v x[], const u32v words[], const ni_sampler *s, int n,
                           philox_ahead *ahead)
{
    const u32v crossing = (u32v){0} + (uint32_t)s->crossing;
    u32v w[NI_LOCKSTEP];
    mask32 down[NI_LOCKSTEP], far[NI_LOCKSTEP];
    f32v y[NI_LOCKSTEP], minus[NI_LOCKSTEP], v[NI_LOCKSTEP], p[NI_LOCKSTEP], d[NI_LOCKSTEP];
    EACH w[i] = words[i] ^ s->flip;
    EACH down[i] = less_u32(w[i], crossing);
    EACH {
        f32v steps = from_u32(select_u32(down[i], crossing - w[i], w[i] - crossing));
        f32v start = select_f32(down[i], all_f32(s->f32.centre_down), all_f32(s->f32.centre_up));
        f32v twice_q = fma_f32(steps, all_f32(s->f32.mass), start);
        minus[i] = -(twice_q * twice_q);
    }
    EACH {
        f32v share = from_u32(select_u32(down[i], w[i], ~w[i])) + 0.5f;
        f32v beyond = select_f32(down[i], all_f32(s->f32.below), all_f32(s->f32.above));
        f32v twice_p = fma_f32(share, all_f32(s->f32.mass), beyond);
        y[i] = fma_f32(-twice_p, twice_p, twice_p + twice_p);
    }
    EACH far[i] = reaches_f32(all_f32(0.5f), y[i]);
    minus_two_log_f32(v, y, far, minus, n, ahead);
    NI_POLYNOMIAL_F32(p, NI_QUANTILE_F32_P, v, n, ahead);
    NI_POLYNOMIAL_F32(d, NI_QUANTILE_F32_D, v, n, ahead);
    EACH x[i] = root_f32(v[i]) * p[i] / d[i];
    EACH x[i] = place_f32(select_f32(down[i], -x[i], x[i]), s);
}

/* a >= 4: with g = Q(x)/Q(a) = rho + (1 - rho)(1 - u) and L = -2 ln Q(a) - 2 ln g,
 * x^2 = L - H(sqrt L); beyond the fit's interval x^2 is a quadratic in -2 ln g. */
NI_INLINE void tail_f32(f32v x[], const u32v words[], const ni_sampler *s, int n,
                        philox_ahead *ahead)
{
    const f32v span = all_f32(s->f32.tail_span), rest = all_f32(s->f32.tail_rest);
    f32v minus[NI_LOCKSTEP], g[NI_LOCKSTEP], e[NI_LOCKSTEP];
    mask32 far[NI_LOCKSTEP];
    EACH {
        u32v w = words[i] ^ s->flip;
        minus[i] = -((from_u32(w) + 0.5f) * 0x1p-32f) * span;
        g[i] = fma_f32((from_u32(~w) + 0.5f) * 0x1p-32f, span, rest);
        far[i] = reaches_f32(all_f32(0.5f), g[i]);
    }
    minus_two_log_f32(e, g, far, minus, n, ahead);
    if (s->far_tail) {
        EACH x[i] = fma_f32(e[i], all_f32(s->f32.tail_c2), all_f32(s->f32.tail_c1));
        EACH x[i] = fma_f32(e[i], x[i], all_f32(s->f32.tail_c0));
    } else {
        f32v l[NI_LOCKSTEP], r[NI_LOCKSTEP], p[NI_LOCKSTEP], d[NI_LOCKSTEP];
        EACH l[i] = e[i] + s->f32.tail_log;
        EACH r[i] = root_f32(l[i]);
        NI_POLYNOMIAL_F32(p, NI_TAIL_F32_P, r, n, ahead);
        NI_POLYNOMIAL_F32(d, NI_TAIL_F32_D, r, n, ahead);
        EACH x[i] = l[i] - p[i] / d[i];
    }
    EACH x[i] = place_f32(root_f32(x[i]), s);
}

/* The same regimes in binary64, on k = 2^53 u, an odd number. */
NI_INLINE u64v mirrored_odd(u64v w, const ni_sampler *s)
{
    return odd_53(s->flip ? ~w : w);
}

NI_INLINE void general_f64(f64v x[], const u64v words[], const ni_sampler *s, int n,
                           philox_ahead *ahead)
{
    const u64v crossing = (u64v){0} + s->crossing, whole = (u64v){0} + ((uint64_t)1 << 53);
    mask64 down[NI_LOCKSTEP], far[NI_LOCKSTEP];
    f64v y[NI_LOCKSTEP], minus[NI_LOCKSTEP], v[NI_LOCKSTEP], p[NI_LOCKSTEP], d[NI_LOCKSTEP];
    EACH {
        u64v k = mirrored_odd(words[i], s);
        down[i] = less_u64(k, crossing);
        f64v steps = from_i64((i64v)select_u64(down[i], crossing - k, k - crossing));
        f64v start = select_f64(down[i], all_f64(s->f64.centre_down), all_f64(s->f64.centre_up));
        f64v twice_q = fma_f64(steps, all_f64(s->f64.mass), start);
        f64v share = from_i64((i64v)select_u64(down[i], k, whole - k));
        f64v beyond = select_f64(down[i], all_f64(s->f64.below), all_f64(s->f64.above));
        f64v twice_p = fma_f64(share, all_f64(s->f64.mass), beyond);
        minus[i] = -(twice_q * twice_q);
        y[i] = fma_f64(-twice_p, twice_p, twice_p + twice_p);
        far[i] = reaches_f64(all_f64(0.75), y[i]);
    }
    minus_two_log_f64(v, y, far, minus, n, ahead);
    polynomial_halves_f64(p, NI_QUANTILE_F64_P, NI_COUNT(NI_QUANTILE_F64_P), v, n, ahead);
    polynomial_halves_f64(d, NI_QUANTILE_F64_D, NI_COUNT(NI_QUANTILE_F64_D), v, n, ahead);
    EACH x[i] = root_f64(v[i]) * p[i] / d[i];
    EACH x[i] = place_f64(select_f64(down[i], -x[i], x[i]), s);
}

NI_INLINE void tail_f64(f64v x[], const u64v words[], const ni_sampler *s, int n,
                        philox_ahead *ahead)
{
    const u64v whole = (u64v){0} + ((uint64_t)1 << 53);
    const f64v span = all_f64(s->f64.tail_span), rest = all_f64(s->f64.tail_rest);
    f64v minus[NI_LOCKSTEP], g[NI_LOCKSTEP], e[NI_LOCKSTEP];
    mask64 far[NI_LOCKSTEP];
    EACH {
        u64v k = mirrored_odd(words[i], s);
        minus[i] = -(from_i64((i64v)k) * 0x1p-53) * span;
        g[i] = fma_f64(from_i64((i64v)(whole - k)) * 0x1p-53, span, rest);
        far[i] = reaches_f64(all_f64(0.75), g[i]);
    }
    minus_two_log_f64(e, g, far, minus, n, ahead);
    if (s->far_tail) {
        EACH x[i] = fma_f64(e[i], all_f64(s->f64.tail_c3), all_f64(s->f64.tail_c2));
        EACH x[i] = fma_f64(e[i], x[i], all_f64(s->f64.tail_c1));
        EACH x[i] = fma_f64(e[i], x[i], all_f64(s->f64.tail_c0));
    } else {
        f64v l[NI_LOCKSTEP], r[NI_LOCKSTEP], p[NI_LOCKSTEP], d[NI_LOCKSTEP];
        EACH l[i] = e[i] + s->f64.tail_log;
        EACH r[i] = root_f64(l[i]);
        NI_POLYNOMIAL_F64(p, NI_TAIL_F64_P, r, n, ahead);
        NI_POLYNOMIAL_F64(d, NI_TAIL_F64_D, r, n, ahead);
        EACH x[i] = l[i] - p[i] / d[i];
    }
    EACH x[i] = place_f64(root_f64(x[i]), s);
}

#endif
