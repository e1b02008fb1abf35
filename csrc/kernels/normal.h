/* Normal by Box and Muller (1958): docs/stream.md, section 5.
 *
 *     r = sqrt(-2 ln u0),  elements r cos(2 pi u1) and r sin(2 pi u1)
 */
#ifndef NI_NORMAL_H
#define NI_NORMAL_H

#include "kernels/uniform.h"

/* u0 = (w0 + 1/2) 2^-32. For u0 >= 1/2 the signed word is w0 - 2^32, so that t is u0 - 1 with
 * relative precision: |x| near 0 is as precise as elsewhere. */
NI_INLINE void normal_f32(f32v a[], f32v b[], const u32v w0[], const u32v w1[],
                          const ni_sampler *s, int n, philox_ahead *ahead)
{
    f32v t[NI_LOCKSTEP], r[NI_LOCKSTEP], cosine[NI_LOCKSTEP], sine[NI_LOCKSTEP];
    u32v sign[NI_LOCKSTEP];
    mask32 far[NI_LOCKSTEP];
    EACH t[i] = fma_f32(from_i32((i32v)w0[i]), all_f32(0x1p-32f), all_f32(0x1p-33f));
    EACH far[i] = positive_i32((i32v)w0[i]);
    minus_two_log_f32(r, t, far, t, n, ahead);
    EACH r[i] = root_f32(r[i]);
    cos_sin_f32(cosine, sine, sign, w1, n, ahead);
    EACH r[i] = (f32v)((u32v)(r[i] * s->f32.scale) ^ sign[i]);
    EACH a[i] = fma_f32(r[i], cosine[i], all_f32(s->f32.shift));
    EACH b[i] = fma_f32(r[i], sine[i], all_f32(s->f32.shift));
}

/* The odd number k of u = k 2^-53: the top 53 bits of the pair, the last of them set. */
NI_INLINE u64v odd_53(u64v w) { return (w >> 11) | 1u; }

NI_INLINE void normal_f64(f64v a[], f64v b[], const u64v w0[], const u64v w1[],
                          const ni_sampler *s, int n, philox_ahead *ahead)
{
    f64v u[NI_LOCKSTEP], r[NI_LOCKSTEP], cosine[NI_LOCKSTEP], sine[NI_LOCKSTEP];
    u64v turn[NI_LOCKSTEP];
    u64v sign[NI_LOCKSTEP];
    mask64 always[NI_LOCKSTEP]; /* u is exact, and so is u - 1 */
    EACH u[i] = from_i64((i64v)odd_53(w0[i])) * 0x1p-53;
    EACH turn[i] = odd_53(w1[i]);
    EACH always[i] = reaches_f64(all_f64(0.0), all_f64(0.0));
    minus_two_log_f64(r, u, always, u, n, ahead);
    EACH r[i] = root_f64(r[i]);
    cos_sin_f64(cosine, sine, sign, turn, n, ahead);
    EACH r[i] = (f64v)((u64v)(r[i] * s->f64.scale) ^ sign[i]);
    EACH a[i] = fma_f64(r[i], cosine[i], all_f64(s->f64.shift));
    EACH b[i] = fma_f64(r[i], sine[i], all_f64(s->f64.shift));
}

#endif
