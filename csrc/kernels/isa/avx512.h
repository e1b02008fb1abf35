/* The vocabulary in AVX-512 F, BW, DQ and VL. See lanes.h for what each word means. */
#include <immintrin.h>

/* Of 32 registers 24 hold sums, and ten loads serve as many additions. */
#define NI_TILE_ROWS 6
#define NI_TILE_VECTORS 4
#define NI_TILE_REST 4

#define NI_HAS_mul32
NI_INLINE u64v mul32(u64v a, u64v b) { return (u64v)_mm512_mul_epu32((__m512i)a, (__m512i)b); }

#define NI_HAS_halves
NI_INLINE u64v even_u32(u32v a) { return (u64v)a; }
NI_INLINE u64v odd_u32(u32v a) { return (u64v)a >> 32; }

#define NI_HAS_pack
NI_INLINE u32v pack_low(u64v even, u64v odd)
{
    return (u32v)_mm512_mask_shuffle_epi32((__m512i)even, 0xAAAA, (__m512i)odd, _MM_PERM_CCAA);
}
NI_INLINE u32v pack_high(u64v even, u64v odd)
{
    return (u32v)_mm512_mask_shuffle_epi32((__m512i)odd, 0x5555, (__m512i)even, _MM_PERM_DDBB);
}

#define NI_HAS_pick
NI_INLINE u32v pick_u32(u32v a, u32v order)
{
    return (u32v)_mm512_permutexvar_epi32((__m512i)order, (__m512i)a);
}

#define NI_HAS_mask
typedef __mmask16 mask32;
typedef __mmask8 mask64;
NI_INLINE mask32 less_f32(f32v a, f32v b)
{
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ);
}
NI_INLINE mask32 less_u32(u32v a, u32v b)
{
    return _mm512_cmplt_epu32_mask((__m512i)a, (__m512i)b);
}
NI_INLINE mask32 reaches_f32(f32v a, f32v b)
{
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GE_OQ);
}
NI_INLINE mask32 positive_i32(i32v a)
{
    return _mm512_testn_epi32_mask((__m512i)a, _mm512_set1_epi32((int)0x80000000u));
}
NI_INLINE mask32 bit_u32(u32v a, int bit)
{
    return _mm512_test_epi32_mask((__m512i)a, _mm512_set1_epi32(1 << bit));
}
NI_INLINE f32v select_f32(mask32 m, f32v a, f32v b)
{
    return (f32v)_mm512_mask_mov_ps((__m512)b, m, (__m512)a);
}
NI_INLINE u32v select_u32(mask32 m, u32v a, u32v b)
{
    return (u32v)_mm512_mask_mov_epi32((__m512i)b, m, (__m512i)a);
}
NI_INLINE mask64 less_f64(f64v a, f64v b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ);
}
NI_INLINE mask64 less_u64(u64v a, u64v b)
{
    return _mm512_cmplt_epu64_mask((__m512i)a, (__m512i)b);
}
NI_INLINE mask64 reaches_f64(f64v a, f64v b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_GE_OQ);
}
NI_INLINE mask64 negative_i64(i64v a) { return _mm512_movepi64_mask((__m512i)a); }
NI_INLINE f64v select_f64(mask64 m, f64v a, f64v b)
{
    return (f64v)_mm512_mask_mov_pd((__m512d)b, m, (__m512d)a);
}
NI_INLINE u64v select_u64(mask64 m, u64v a, u64v b)
{
    return (u64v)_mm512_mask_mov_epi64((__m512i)b, m, (__m512i)a);
}

#define NI_HAS_select_minus
NI_INLINE f32v select_minus_f32(mask32 m, f32v a, f32v b)
{
    return (f32v)_mm512_mask_xor_ps((__m512)b, m, (__m512)a, _mm512_set1_ps(-0.0f));
}
NI_INLINE f64v select_minus_f64(mask64 m, f64v a, f64v b)
{
    return (f64v)_mm512_mask_xor_pd((__m512d)b, m, (__m512d)a, _mm512_set1_pd(-0.0));
}

#define NI_HAS_wide
NI_INLINE f64v wide_f32(const void *p) { return (f64v)_mm512_cvtps_pd(_mm256_loadu_ps(p)); }
NI_INLINE f64v widen_f32(f32v x, int half)
{
    const __m512d both = (__m512d)x;
    const __m256d part = half ? _mm512_extractf64x4_pd(both, 1) : _mm512_castpd512_pd256(both);
    return (f64v)_mm512_cvtps_pd(_mm256_castpd_ps(part));
}
NI_INLINE f32v from_f16(const void *p) { return (f32v)_mm512_cvtph_ps(_mm256_loadu_si256(p)); }

#define NI_HAS_count_below
NI_INLINE u64v count_below_u16(u64v count, u64v a, uint16_t t)
{
    const __mmask32 below = _mm512_cmplt_epu16_mask((__m512i)a, _mm512_set1_epi16((short)t));
    return (u64v)_mm512_mask_add_epi16((__m512i)count, below, (__m512i)count,
                                       _mm512_set1_epi16(1));
}

#define NI_HAS_least
NI_INLINE u32v least_u32(u32v a, u32v b)
{
    return (u32v)_mm512_min_epu32((__m512i)a, (__m512i)b);
}
NI_INLINE u64v least_u16(u64v a, u64v b)
{
    return (u64v)_mm512_min_epu16((__m512i)a, (__m512i)b);
}
NI_INLINE u64v most_u16(u64v a, u64v b)
{
    return (u64v)_mm512_max_epu16((__m512i)a, (__m512i)b);
}
NI_INLINE u64v most_i16(u64v a, u64v b)
{
    return (u64v)_mm512_max_epi16((__m512i)a, (__m512i)b);
}

/* vmaxps and vminps are compare and select: where neither is greater, the second operand. */
#define NI_HAS_bounds
NI_INLINE f32v at_least_f32(f32v x, f32v low)
{
    return (f32v)_mm512_max_ps((__m512)low, (__m512)x);
}
NI_INLINE f32v at_most_f32(f32v x, f32v high)
{
    return (f32v)_mm512_min_ps((__m512)high, (__m512)x);
}
NI_INLINE f64v at_least_f64(f64v x, f64v low)
{
    return (f64v)_mm512_max_pd((__m512d)low, (__m512d)x);
}
NI_INLINE f64v at_most_f64(f64v x, f64v high)
{
    return (f64v)_mm512_min_pd((__m512d)high, (__m512d)x);
}

#define NI_HAS_fma
NI_INLINE f32v fma_f32(f32v a, f32v b, f32v c)
{
    return (f32v)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
NI_INLINE f64v fma_f64(f64v a, f64v b, f64v c)
{
    return (f64v)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}

#define NI_HAS_root
NI_INLINE f32v root_f32(f32v a) { return (f32v)_mm512_sqrt_ps((__m512)a); }
NI_INLINE f64v root_f64(f64v a) { return (f64v)_mm512_sqrt_pd((__m512d)a); }

#define NI_HAS_from_u32
NI_INLINE f32v from_u32(u32v a) { return (f32v)_mm512_cvtepu32_ps((__m512i)a); }
#define NI_HAS_from_i64
NI_INLINE f64v from_i64(i64v a) { return (f64v)_mm512_cvtepi64_pd((__m512i)a); }

#define NI_HAS_split_f32
NI_INLINE f32v split_f32(f32v x, float unit, f32v *e_unit)
{
    const f32v below_e = (f32v)_mm512_getexp_ps((__m512)x), units = (f32v){0} + unit;
    *e_unit = (f32v)_mm512_fmadd_ps((__m512)below_e, (__m512)units, (__m512)units);
    return (f32v)_mm512_getmant_ps((__m512)x, _MM_MANT_NORM_p5_1, _MM_MANT_SIGN_zero);
}

/* Ties go up where the last bit that stays is set. */
#define NI_HAS_round_bf16
NI_INLINE u32v round_bf16(f32v a)
{
    const __m512i bits = (__m512i)a, up = _mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff));
    const __mmask16 odd = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x10000));
    return (u32v)_mm512_mask_add_epi32(up, odd, up, _mm512_set1_epi32(1));
}

#define NI_HAS_narrow_f16
NI_INLINE u16v narrow_f16(f32v a)
{
    return (u16v)_mm512_cvtps_ph((__m512)a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

#define NI_HAS_below_u8
NI_INLINE uint64_t below_u8(const uint32_t word[16], uint32_t t)
{
    return _mm512_cmplt_epu8_mask(_mm512_loadu_si512(word), _mm512_set1_epi8((char)t));
}

#define NI_HAS_transpose_f32
NI_INLINE void transpose_f32(f32v v[4])
{
    __m512d a = (__m512d)_mm512_unpacklo_ps((__m512)v[0], (__m512)v[1]);
    __m512d b = (__m512d)_mm512_unpackhi_ps((__m512)v[0], (__m512)v[1]);
    __m512d c = (__m512d)_mm512_unpacklo_ps((__m512)v[2], (__m512)v[3]);
    __m512d d = (__m512d)_mm512_unpackhi_ps((__m512)v[2], (__m512)v[3]);
    v[0] = (f32v)_mm512_unpacklo_pd(a, c);
    v[1] = (f32v)_mm512_unpackhi_pd(a, c);
    v[2] = (f32v)_mm512_unpacklo_pd(b, d);
    v[3] = (f32v)_mm512_unpackhi_pd(b, d);
}

#define NI_HAS_zip_u32
NI_INLINE void zip_u32(u32v *a, u32v *b)
{
    const __m512i low = _mm512_unpacklo_epi32((__m512i)*a, (__m512i)*b);
    *b = (u32v)_mm512_unpackhi_epi32((__m512i)*a, (__m512i)*b);
    *a = (u32v)low;
}

#define NI_HAS_zip_f64
NI_INLINE void zip_f64(f64v *a, f64v *b)
{
    __m512d low = _mm512_unpacklo_pd((__m512d)*a, (__m512d)*b);
    *b = (f64v)_mm512_unpackhi_pd((__m512d)*a, (__m512d)*b);
    *a = (f64v)low;
}

#define NI_HAS_put
NI_INLINE void put_u32(void *out, u32v a, int stream)
{
    if (stream)
        _mm512_stream_si512((__m512i *)out, (__m512i)a);
    else
        _mm512_storeu_si512(out, (__m512i)a);
}
NI_INLINE void put_u16(void *out, u16v a, int stream)
{
    if (stream)
        _mm256_stream_si256((__m256i *)out, (__m256i)a);
    else
        _mm256_storeu_si256((__m256i *)out, (__m256i)a);
}
NI_INLINE void put_fence(int stream)
{
    if (stream)
        _mm_sfence();
}
