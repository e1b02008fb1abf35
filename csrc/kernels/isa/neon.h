/* The vocabulary in AArch64's Advanced SIMD. See lanes.h for what each word means. */
#include <arm_neon.h>

#define NI_HAS_mul32
NI_INLINE u64v mul32(u64v a, u64v b)
{
    return (u64v)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
}

#define NI_HAS_halves
NI_INLINE u64v even_u32(u32v a) { return (u64v)a; }
NI_INLINE u64v odd_u32(u32v a) { return (u64v)a >> 32; }

#define NI_HAS_pack
NI_INLINE u32v pack_low(u64v even, u64v odd)
{
    return (u32v)vtrn1q_u32((uint32x4_t)even, (uint32x4_t)odd);
}
NI_INLINE u32v pack_high(u64v even, u64v odd)
{
    return (u32v)vtrn2q_u32((uint32x4_t)even, (uint32x4_t)odd);
}

#define NI_HAS_mask
typedef uint32x4_t mask32;
typedef uint64x2_t mask64;
NI_INLINE mask32 less_f32(f32v a, f32v b) { return vcltq_f32((float32x4_t)a, (float32x4_t)b); }
NI_INLINE mask32 less_u32(u32v a, u32v b) { return vcltq_u32((uint32x4_t)a, (uint32x4_t)b); }
NI_INLINE mask32 reaches_f32(f32v a, f32v b) { return vcgeq_f32((float32x4_t)a, (float32x4_t)b); }
NI_INLINE mask32 positive_i32(i32v a) { return vcgezq_s32((int32x4_t)a); }
NI_INLINE mask32 bit_u32(u32v a, int bit)
{
    return vtstq_u32((uint32x4_t)a, vdupq_n_u32(1u << bit));
}
NI_INLINE f32v select_f32(mask32 m, f32v a, f32v b)
{
    return (f32v)vbslq_f32(m, (float32x4_t)a, (float32x4_t)b);
}
NI_INLINE u32v select_u32(mask32 m, u32v a, u32v b)
{
    return (u32v)vbslq_u32(m, (uint32x4_t)a, (uint32x4_t)b);
}
NI_INLINE mask64 less_f64(f64v a, f64v b) { return vcltq_f64((float64x2_t)a, (float64x2_t)b); }
NI_INLINE mask64 less_u64(u64v a, u64v b) { return vcltq_u64((uint64x2_t)a, (uint64x2_t)b); }
NI_INLINE mask64 reaches_f64(f64v a, f64v b) { return vcgeq_f64((float64x2_t)a, (float64x2_t)b); }
NI_INLINE mask64 negative_i64(i64v a) { return vcltzq_s64((int64x2_t)a); }
NI_INLINE f64v select_f64(mask64 m, f64v a, f64v b)
{
    return (f64v)vbslq_f64(m, (float64x2_t)a, (float64x2_t)b);
}
NI_INLINE u64v select_u64(mask64 m, u64v a, u64v b)
{
    return (u64v)vbslq_u64(m, (uint64x2_t)a, (uint64x2_t)b);
}

#define NI_HAS_fma
NI_INLINE f32v fma_f32(f32v a, f32v b, f32v c)
{
    return (f32v)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
NI_INLINE f64v fma_f64(f64v a, f64v b, f64v c)
{
    return (f64v)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}

#define NI_HAS_root
NI_INLINE f32v root_f32(f32v a) { return (f32v)vsqrtq_f32((float32x4_t)a); }
NI_INLINE f64v root_f64(f64v a) { return (f64v)vsqrtq_f64((float64x2_t)a); }

#define NI_HAS_from_u32
NI_INLINE f32v from_u32(u32v a) { return (f32v)vcvtq_f32_u32((uint32x4_t)a); }
#define NI_HAS_from_i64
NI_INLINE f64v from_i64(i64v a) { return (f64v)vcvtq_f64_s64((int64x2_t)a); }

#define NI_HAS_narrow_f16
NI_INLINE u16v narrow_f16(f32v a)
{
    return (u16v)vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)a));
}

#define NI_HAS_transpose_f32
NI_INLINE void transpose_f32(f32v v[4])
{
    float64x2_t a = (float64x2_t)vzip1q_f32((float32x4_t)v[0], (float32x4_t)v[1]);
    float64x2_t b = (float64x2_t)vzip2q_f32((float32x4_t)v[0], (float32x4_t)v[1]);
    float64x2_t c = (float64x2_t)vzip1q_f32((float32x4_t)v[2], (float32x4_t)v[3]);
    float64x2_t d = (float64x2_t)vzip2q_f32((float32x4_t)v[2], (float32x4_t)v[3]);
    v[0] = (f32v)vzip1q_f64(a, c);
    v[1] = (f32v)vzip2q_f64(a, c);
    v[2] = (f32v)vzip1q_f64(b, d);
    v[3] = (f32v)vzip2q_f64(b, d);
}

#define NI_HAS_zip_u32
NI_INLINE void zip_u32(u32v *a, u32v *b)
{
    const uint32x4_t low = vzip1q_u32((uint32x4_t)*a, (uint32x4_t)*b);
    *b = (u32v)vzip2q_u32((uint32x4_t)*a, (uint32x4_t)*b);
    *a = (u32v)low;
}

#define NI_HAS_zip_f64
NI_INLINE void zip_f64(f64v *a, f64v *b)
{
    float64x2_t low = vzip1q_f64((float64x2_t)*a, (float64x2_t)*b);
    *b = (f64v)vzip2q_f64((float64x2_t)*a, (float64x2_t)*b);
    *a = (f64v)low;
}
