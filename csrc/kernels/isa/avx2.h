/* The vocabulary in AVX2 with FMA and F16C. See lanes.h for what each word means. */
#include <immintrin.h>

#define NI_TILE_ROWS 6 /* 15 of 16 registers: 12 sums, two numbers of b, one of a */
#define NI_TILE_VECTORS 2
#define NI_TILE_REST 4

#define NI_HAS_mul32
NI_INLINE u64v mul32(u64v a, u64v b) { return (u64v)_mm256_mul_epu32((__m256i)a, (__m256i)b); }

#define NI_HAS_halves
NI_INLINE u64v even_u32(u32v a) { return (u64v)a; }
NI_INLINE u64v odd_u32(u32v a) { return (u64v)a >> 32; }

#define NI_HAS_pack
#define NI_PACK_APART 1 /* one shuffle a half */
NI_INLINE u32v pack_low(u64v even, u64v odd)
{
    return (u32v)_mm256_shuffle_ps((__m256)even, (__m256)odd, _MM_SHUFFLE(2, 0, 2, 0));
}
NI_INLINE u32v pack_high(u64v even, u64v odd)
{
    return (u32v)_mm256_shuffle_ps((__m256)even, (__m256)odd, _MM_SHUFFLE(3, 1, 3, 1));
}

#define NI_HAS_pick
NI_INLINE u32v pick_u32(u32v a, u32v order)
{
    return (u32v)_mm256_permutevar8x32_epi32((__m256i)a, (__m256i)order);
}

/* Conditions are vectors whose sign bits count: that is all blendv looks at. */
#define NI_HAS_mask
typedef i32v mask32;
typedef i64v mask64;
NI_INLINE mask32 less_f32(f32v a, f32v b) { return a < b; }
NI_INLINE mask32 less_u32(u32v a, u32v b)
{
    return (i32v)(a ^ 0x80000000u) < (i32v)(b ^ 0x80000000u);
}
NI_INLINE mask32 reaches_f32(f32v a, f32v b) { return a >= b; }
NI_INLINE mask32 positive_i32(i32v a) { return ~a; }
NI_INLINE mask32 bit_u32(u32v a, int bit) { return (i32v)(a << (31 - bit)); }
NI_INLINE f32v select_f32(mask32 m, f32v a, f32v b)
{
    return (f32v)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
}
NI_INLINE u32v select_u32(mask32 m, u32v a, u32v b)
{
    return (u32v)select_f32(m, (f32v)a, (f32v)b);
}
NI_INLINE mask64 less_f64(f64v a, f64v b) { return a < b; }
NI_INLINE mask64 less_u64(u64v a, u64v b)
{
    return (i64v)(a ^ 0x8000000000000000u) < (i64v)(b ^ 0x8000000000000000u);
}
NI_INLINE mask64 reaches_f64(f64v a, f64v b) { return a >= b; }
NI_INLINE mask64 negative_i64(i64v a) { return a; }
NI_INLINE f64v select_f64(mask64 m, f64v a, f64v b)
{
    return (f64v)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
}
NI_INLINE u64v select_u64(mask64 m, u64v a, u64v b)
{
    return (u64v)select_f64(m, (f64v)a, (f64v)b);
}

#define NI_HAS_wide
NI_INLINE f64v wide_f32(const void *p) { return (f64v)_mm256_cvtps_pd(_mm_loadu_ps(p)); }
NI_INLINE f64v widen_f32(f32v x, int half)
{
    const __m256 both = (__m256)x;
    return (f64v)_mm256_cvtps_pd(half ? _mm256_extractf128_ps(both, 1)
                                      : _mm256_castps256_ps128(both));
}
NI_INLINE f32v from_f16(const void *p) { return (f32v)_mm256_cvtph_ps(_mm_loadu_si128(p)); }

#define NI_HAS_least
NI_INLINE u32v least_u32(u32v a, u32v b)
{
    return (u32v)_mm256_min_epu32((__m256i)a, (__m256i)b);
}
NI_INLINE u64v least_u16(u64v a, u64v b)
{
    return (u64v)_mm256_min_epu16((__m256i)a, (__m256i)b);
}
NI_INLINE u64v most_u16(u64v a, u64v b)
{
    return (u64v)_mm256_max_epu16((__m256i)a, (__m256i)b);
}
NI_INLINE u64v most_i16(u64v a, u64v b)
{
    return (u64v)_mm256_max_epi16((__m256i)a, (__m256i)b);
}

/* vmaxps and vminps are compare and select: where neither is greater, the second operand. */
#define NI_HAS_bounds
NI_INLINE f32v at_least_f32(f32v x, f32v low)
{
    return (f32v)_mm256_max_ps((__m256)low, (__m256)x);
}
NI_INLINE f32v at_most_f32(f32v x, f32v high)
{
    return (f32v)_mm256_min_ps((__m256)high, (__m256)x);
}
NI_INLINE f64v at_least_f64(f64v x, f64v low)
{
    return (f64v)_mm256_max_pd((__m256d)low, (__m256d)x);
}
NI_INLINE f64v at_most_f64(f64v x, f64v high)
{
    return (f64v)_mm256_min_pd((__m256d)high, (__m256d)x);
}

#define NI_HAS_fma
NI_INLINE f32v fma_f32(f32v a, f32v b, f32v c)
{
    return (f32v)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
NI_INLINE f64v fma_f64(f64v a, f64v b, f64v c)
{
    return (f64v)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}

#define NI_HAS_root
NI_INLINE f32v root_f32(f32v a) { return (f32v)_mm256_sqrt_ps((__m256)a); }
NI_INLINE f64v root_f64(f64v a) { return (f64v)_mm256_sqrt_pd((__m256d)a); }

#define NI_HAS_narrow_f16
NI_INLINE u16v narrow_f16(f32v a)
{
    return (u16v)_mm256_cvtps_ph((__m256)a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* A byte is below t where the larger of the two is not it. */
#define NI_HAS_below_u8
NI_INLINE uint32_t below_half(const uint32_t word[8], uint32_t t)
{
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)word);
    const __m256i larger = _mm256_max_epu8(bytes, _mm256_set1_epi8((char)t));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(larger, bytes));
}
NI_INLINE uint64_t below_u8(const uint32_t word[16], uint32_t t)
{
    return below_half(word, t) | (uint64_t)below_half(word + 8, t) << 32;
}

#define NI_HAS_transpose_f32
NI_INLINE void transpose_f32(f32v v[4])
{
    __m256d a = (__m256d)_mm256_unpacklo_ps((__m256)v[0], (__m256)v[1]);
    __m256d b = (__m256d)_mm256_unpackhi_ps((__m256)v[0], (__m256)v[1]);
    __m256d c = (__m256d)_mm256_unpacklo_ps((__m256)v[2], (__m256)v[3]);
    __m256d d = (__m256d)_mm256_unpackhi_ps((__m256)v[2], (__m256)v[3]);
    v[0] = (f32v)_mm256_unpacklo_pd(a, c);
    v[1] = (f32v)_mm256_unpackhi_pd(a, c);
    v[2] = (f32v)_mm256_unpacklo_pd(b, d);
    v[3] = (f32v)_mm256_unpackhi_pd(b, d);
}

#define NI_HAS_zip_u32
NI_INLINE void zip_u32(u32v *a, u32v *b)
{
    const __m256i low = _mm256_unpacklo_epi32((__m256i)*a, (__m256i)*b);
    *b = (u32v)_mm256_unpackhi_epi32((__m256i)*a, (__m256i)*b);
    *a = (u32v)low;
}

#define NI_HAS_zip_f64
NI_INLINE void zip_f64(f64v *a, f64v *b)
{
    __m256d low = _mm256_unpacklo_pd((__m256d)*a, (__m256d)*b);
    *b = (f64v)_mm256_unpackhi_pd((__m256d)*a, (__m256d)*b);
    *a = (f64v)low;
}

#define NI_HAS_put
NI_INLINE void put_u32(void *out, u32v a, int stream)
{
    if (stream)
        _mm256_stream_si256((__m256i *)out, (__m256i)a);
    else
        _mm256_storeu_si256((__m256i *)out, (__m256i)a);
}
NI_INLINE void put_u16(void *out, u16v a, int stream)
{
    if (stream)
        _mm_stream_si128((__m128i *)out, (__m128i)a);
    else
        _mm_storeu_si128((__m128i *)out, (__m128i)a);
}
NI_INLINE void put_fence(int stream)
{
    if (stream)
        _mm_sfence();
}
