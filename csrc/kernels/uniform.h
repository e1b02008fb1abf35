/* Uniform on [low, high): docs/stream.md, section 4. */
#ifndef NI_UNIFORM_H
#define NI_UNIFORM_H

#include "kernels.h"
#include "kernels/elementary.h"

/* Keep x within [low, high]: values of the dtype, so that rounding to it cannot leave the
 * interval either. */
NI_INLINE f32v clamp_f32(f32v x, const ni_sampler *s)
{
    return at_most_f32(at_least_f32(x, all_f32(s->f32.low)), all_f32(s->f32.high));
}

NI_INLINE f64v clamp_f64(f64v x, const ni_sampler *s)
{
    return at_most_f64(at_least_f64(x, all_f64(s->f64.low)), all_f64(s->f64.high));
}

NI_INLINE f32v place_f32(f32v x, const ni_sampler *s)
{
    return clamp_f32(fma_f32(x, all_f32(s->f32.scale), all_f32(s->f32.shift)), s);
}

NI_INLINE f64v place_f64(f64v x, const ni_sampler *s)
{
    return clamp_f64(fma_f64(x, all_f64(s->f64.scale), all_f64(s->f64.shift)), s);
}

/* u = (w mod 2^24) 2^-24: every value is exact. */
NI_INLINE void uniform_f32(f32v x[], const u32v w[], const ni_sampler *s, int n)
{
    EACH x[i] = place_f32(from_i32((i32v)(w[i] & 0xffffffu)) * 0x1p-24f, s);
}

/* u = (W mod 2^53) 2^-53. */
NI_INLINE void uniform_f64(f64v x[], const u64v w[], const ni_sampler *s, int n)
{
    EACH x[i] = place_f64(from_i64((i64v)(w[i] & 0x1fffffffffffffu)) * 0x1p-53, s);
}

#endif
