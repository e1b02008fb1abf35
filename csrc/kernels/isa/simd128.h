/* The vocabulary in WebAssembly's 128-bit vectors. See lanes.h for what each word means.
 *
 * They have no fma (relaxed_madd may round once or twice), so it is soft_fma.h's method for
 * binary32 on lanes.
 */
#include <wasm_simd128.h>

#define NI_HAS_mul32
NI_INLINE u64v mul32(u64v a, u64v b)
{
    const u32v low_a = __builtin_shufflevector((u32v)a, (u32v)a, 0, 2, 0, 2);
    const u32v low_b = __builtin_shufflevector((u32v)b, (u32v)b, 0, 2, 0, 2);
    return (u64v)wasm_u64x2_extmul_low_u32x4((v128_t)low_a, (v128_t)low_b);
}

#define NI_HAS_halves
NI_INLINE u64v even_u32(u32v a) { return (u64v)a; }
NI_INLINE u64v odd_u32(u32v a) { return (u64v)a >> 32; }

#define NI_HAS_pack
NI_INLINE u32v pack_low(u64v even, u64v odd)
{
    return __builtin_shufflevector((u32v)even, (u32v)odd, 0, 4, 2, 6);
}
NI_INLINE u32v pack_high(u64v even, u64v odd)
{
    return __builtin_shufflevector((u32v)even, (u32v)odd, 1, 5, 3, 7);
}

#define NI_HAS_mask
typedef i32v mask32;
typedef i64v mask64;
NI_INLINE mask32 less_f32(f32v a, f32v b) { return a < b; }
NI_INLINE mask32 less_u32(u32v a, u32v b) { return (i32v)(a < b); }
NI_INLINE mask32 reaches_f32(f32v a, f32v b) { return a >= b; }
NI_INLINE mask32 positive_i32(i32v a) { return a >= 0; }
NI_INLINE mask32 bit_u32(u32v a, int bit) { return (i32v)(a << (31 - bit)) >> 31; }
NI_INLINE f32v select_f32(mask32 m, f32v a, f32v b)
{
    return (f32v)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)m);
}
NI_INLINE u32v select_u32(mask32 m, u32v a, u32v b)
{
    return (u32v)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)m);
}
NI_INLINE mask64 less_f64(f64v a, f64v b) { return a < b; }
NI_INLINE mask64 less_u64(u64v a, u64v b)
{
    return (i64v)(a ^ 0x8000000000000000u) < (i64v)(b ^ 0x8000000000000000u);
}
NI_INLINE mask64 reaches_f64(f64v a, f64v b) { return a >= b; }
NI_INLINE mask64 negative_i64(i64v a) { return a >> 63; }
NI_INLINE f64v select_f64(mask64 m, f64v a, f64v b)
{
    return (f64v)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)m);
}
NI_INLINE u64v select_u64(mask64 m, u64v a, u64v b)
{
    return (u64v)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)m);
}

/* pmin and pmax are compare and select: where neither is greater, the first operand. */
#define NI_HAS_bounds
NI_INLINE f32v at_least_f32(f32v x, f32v low)
{
    return (f32v)wasm_f32x4_pmax((v128_t)x, (v128_t)low);
}
NI_INLINE f32v at_most_f32(f32v x, f32v high)
{
    return (f32v)wasm_f32x4_pmin((v128_t)x, (v128_t)high);
}
NI_INLINE f64v at_least_f64(f64v x, f64v low)
{
    return (f64v)wasm_f64x2_pmax((v128_t)x, (v128_t)low);
}
NI_INLINE f64v at_most_f64(f64v x, f64v high)
{
    return (f64v)wasm_f64x2_pmin((v128_t)x, (v128_t)high);
}

/* a b + c of two lanes, rounded to odd: the product is exact. See soft_fma.h. */
NI_INLINE v128_t odd_sum(v128_t a, v128_t b, v128_t c)
{
    const f64v product = (f64v)wasm_f64x2_promote_low_f32x4(a)
                         * (f64v)wasm_f64x2_promote_low_f32x4(b);
    const f64v addend = (f64v)wasm_f64x2_promote_low_f32x4(c);
    const f64v sum = product + addend, part = sum - product;
    const f64v error = (product - (sum - part)) + (addend - part);
    const i64v above = error > 0.0, below = error < 0.0, inexact = above | below;
    const i64v too_far = inexact & (above ^ (sum > 0.0)); /* -1 where so */
    return wasm_f32x4_demote_f64x2_zero((v128_t)(((i64v)sum + too_far) | (inexact & 1)));
}

#include "kernels/soft_fma.h"

#define NI_HAS_fma
NI_INLINE f32v fma_f32(f32v a, f32v b, f32v c)
{
    const f32v low = (f32v)odd_sum((v128_t)a, (v128_t)b, (v128_t)c);
    const f32v high = (f32v)odd_sum((v128_t)__builtin_shufflevector(a, a, 2, 3, 2, 3),
                                    (v128_t)__builtin_shufflevector(b, b, 2, 3, 2, 3),
                                    (v128_t)__builtin_shufflevector(c, c, 2, 3, 2, 3));
    return __builtin_shufflevector(low, high, 0, 1, 4, 5);
}
NI_INLINE f64v fma_f64(f64v a, f64v b, f64v c)
{
    return (f64v){ni_fma(a[0], b[0], c[0]), ni_fma(a[1], b[1], c[1])};
}

#define NI_HAS_root
NI_INLINE f32v root_f32(f32v a) { return (f32v)wasm_f32x4_sqrt((v128_t)a); }
NI_INLINE f64v root_f64(f64v a) { return (f64v)wasm_f64x2_sqrt((v128_t)a); }

#define NI_HAS_from_u32
NI_INLINE f32v from_u32(u32v a) { return (f32v)wasm_f32x4_convert_u32x4((v128_t)a); }

#define NI_HAS_transpose_f32
NI_INLINE void transpose_f32(f32v v[4])
{
    const f32v a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
    const f32v b = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
    const f32v c = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
    const f32v d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
    v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    v[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    v[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

#define NI_HAS_zip_u32
NI_INLINE void zip_u32(u32v *a, u32v *b)
{
    const u32v low = __builtin_shufflevector(*a, *b, 0, 4, 1, 5);
    *b = __builtin_shufflevector(*a, *b, 2, 6, 3, 7);
    *a = low;
}

#define NI_HAS_zip_f64
NI_INLINE void zip_f64(f64v *a, f64v *b)
{
    const f64v low = __builtin_shufflevector(*a, *b, 0, 2);
    *b = __builtin_shufflevector(*a, *b, 1, 3);
    *a = low;
}
