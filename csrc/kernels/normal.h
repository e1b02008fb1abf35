/* Normal by Box and Muller (1958): docs/stream.md, section 5.
 *
 *     r = sqrt(-2 ln u0),  elements r cos(2 pi u1) and r sin(2 pi u1)
 */
#ifndef NI_NORMAL_H
#define NI_NORMAL_H

#include "kernels/uniform.h"

/* u0 = (w0 + 1/2) 2^-32. For u0 >= 1/2 the signed word is w0 - 2^32, so that t 2^-32 is
 * u0 - 1 with relative precision: |x| near 0 is as precise as elsewhere. */
NI_INLINE void normal_f32(u32v w0, u32v w1, const ni_sampler *s, f32v *a, f32v *b)
{
    f32v t = from_i32((i32v)w0) + 0.5f;
    f32v square = minus_two_log_f32(t, 32, negative_i32((i32v)w0), t * 0x1p-32f);
    f32v r = root_f32(square) * s->f32.scale, cosine, sine;
    cos_sin_f32(w1, &cosine, &sine);
    *a = fma_f32(r, cosine, all_f32(s->f32.shift));
    *b = fma_f32(r, sine, all_f32(s->f32.shift));
}

/* The odd number n of u = n 2^-53: the top 53 bits of the pair, the last of them set. */
NI_INLINE u64v odd_53(u64v w) { return (w >> 11) | 1u; }

NI_INLINE void normal_f64(u64v w0, u64v w1, const ni_sampler *s, f64v *a, f64v *b)
{
    f64v u0 = from_i64((i64v)odd_53(w0)) * 0x1p-53;
    f64v square = minus_two_log_f64(u0, negative_i64((i64v){0}), u0);
    f64v r = root_f64(square) * s->f64.scale, cosine, sine;
    cos_sin_f64(odd_53(w1), &cosine, &sine);
    *a = fma_f64(r, cosine, all_f64(s->f64.shift));
    *b = fma_f64(r, sine, all_f64(s->f64.shift));
}

#endif
