/* The vocabulary of lane operations that the kernels are written in.
 * A vector holds NI_WIDTH 32-bit lanes or half as many 64-bit lanes. Arithmetic on lanes is the
 * compiler's own (+ - * / & | ^ << >> on vector types: one IEEE or integer operation a lane,
 * given -ffp-contract=off). What C has no operator for is a function below, in portable form;
 * an instruction set's header in isa/ may define NI_HAS_<name> and its own version of it.
 *
 *   mul32          product of the low halves of 64-bit lanes
 *   even_u32, odd_u32  every other 32-bit lane as the low half of a 64-bit lane
 *   pack_low/high  low or high halves of even and odd blocks, as 32-bit lanes
 *   pick_u32       lane order[i] of a vector as lane i
 *   fma, root      correctly rounded a*b+c and square root
 *   from_i32, from_u32, from_i64   integers to floating point, rounded once
 *   mask, less_*, reaches_*, positive_i32, negative_i64, bit_u32   lane conditions
 *   select_*, select_minus_*      a where the condition holds, or -a; else b
 *   at_least_*, at_most_*         the other number where x is beyond it, else x
 *   split_f32      significand in [1/2, 1), and a multiple of the exponent
 *   wide_f32, widen_f32, from_f16   to the wider type, exactly
 *   least_u32, least_u16, most_u16, most_i16   the smaller, or the larger, of two integers
 *   count_below_u16               one more where an integer is below a threshold
 *   below_u8       which of 64 bytes are below a threshold, as bits
 *   transpose_f32, zip_u32, zip_f64   words of blocks to elements in order
 *   round_bf16, narrow_f16, narrow_f8    round once to nearest, ties to even
 *   put_*          store, ordinary or past the caches
 */
#ifndef NI_LANES_H
#define NI_LANES_H

#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "netinit's values are defined by IEEE arithmetic: compile without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ == 2
#error "each operation must be rounded to its type: on 32-bit x86 give -msse2 -mfpmath=sse"
#endif

#define NI_INLINE static inline __attribute__((always_inline))

/* The build names the instruction set, its 32-bit lanes a vector, and how many tiles have
 * their Philox rounds interleaved; without them this is the portable build. */
#ifndef NI_ISA
#define NI_ISA scalar
#endif
#ifndef NI_WIDTH
#define NI_WIDTH 4
#define NI_TILES 1
#endif
#define NI_HALF (NI_WIDTH / 2)

typedef float f32v __attribute__((vector_size(4 * NI_WIDTH)));
typedef int32_t i32v __attribute__((vector_size(4 * NI_WIDTH)));
typedef uint32_t u32v __attribute__((vector_size(4 * NI_WIDTH)));
typedef double f64v __attribute__((vector_size(4 * NI_WIDTH)));
typedef int64_t i64v __attribute__((vector_size(4 * NI_WIDTH)));
typedef uint64_t u64v __attribute__((vector_size(4 * NI_WIDTH)));
typedef uint16_t u16v __attribute__((vector_size(2 * NI_WIDTH)));

#ifdef NI_ISA_HEADER
#include NI_ISA_HEADER
#endif

/* Rows of a product that have sums in registers at once, vectors of sums each of them has, and
 * rows of the tiles that a group, or what is left of many, is cut into. */
#ifndef NI_TILE_ROWS
#define NI_TILE_ROWS 8
#define NI_TILE_VECTORS 2
#define NI_TILE_REST 8
#endif

/* -- integers -------------------------------------------------------------------------- */

#ifndef NI_HAS_mul32
NI_INLINE u64v mul32(u64v a, u64v b) { return (a & 0xffffffffu) * (b & 0xffffffffu); }
#endif

/* High halves of the result are not defined: mul32 does not look at them. */
#ifndef NI_HAS_halves
NI_INLINE u64v even_u32(u32v a)
{
    u64v even = {0};
    for (int i = 0; i < NI_HALF; i++)
        even[i] = a[2 * i];
    return even;
}
NI_INLINE u64v odd_u32(u32v a)
{
    u64v odd = {0};
    for (int i = 0; i < NI_HALF; i++)
        odd[i] = a[2 * i + 1];
    return odd;
}
#endif

/* even holds blocks of the even 32-bit lanes, odd those of the odd ones. */
#ifndef NI_HAS_pack
NI_INLINE u32v pack_low(u64v even, u64v odd)
{
    u32v packed;
    for (int i = 0; i < NI_HALF; i++)
        packed[2 * i] = (uint32_t)even[i], packed[2 * i + 1] = (uint32_t)odd[i];
    return packed;
}
NI_INLINE u32v pack_high(u64v even, u64v odd) { return pack_low(even >> 32, odd >> 32); }
#endif

#ifndef NI_HAS_pick
NI_INLINE u32v pick_u32(u32v a, u32v order)
{
    u32v picked;
    for (int i = 0; i < NI_WIDTH; i++)
        picked[i] = a[order[i]];
    return picked;
}
#endif

/* -- conditions ------------------------------------------------------------------------ */

#ifndef NI_HAS_mask
typedef i32v mask32;
typedef i64v mask64;

NI_INLINE mask32 less_f32(f32v a, f32v b) { return a < b; }
NI_INLINE mask32 less_u32(u32v a, u32v b) { return (mask32)(a < b); }
NI_INLINE mask32 reaches_f32(f32v a, f32v b) { return a >= b; }
NI_INLINE mask32 positive_i32(i32v a) { return a >= 0; }
NI_INLINE mask32 bit_u32(u32v a, int bit) { return (i32v)(a << (31 - bit)) >> 31; }
NI_INLINE f32v select_f32(mask32 m, f32v a, f32v b)
{
    return (f32v)(((i32v)a & m) | ((i32v)b & ~m));
}
NI_INLINE u32v select_u32(mask32 m, u32v a, u32v b) { return (a & (u32v)m) | (b & ~(u32v)m); }

NI_INLINE mask64 less_f64(f64v a, f64v b) { return a < b; }
NI_INLINE mask64 less_u64(u64v a, u64v b) { return (mask64)(a < b); }
NI_INLINE mask64 reaches_f64(f64v a, f64v b) { return a >= b; }
NI_INLINE mask64 negative_i64(i64v a) { return a < 0; }
NI_INLINE f64v select_f64(mask64 m, f64v a, f64v b)
{
    return (f64v)(((i64v)a & m) | ((i64v)b & ~m));
}
NI_INLINE u64v select_u64(mask64 m, u64v a, u64v b) { return (a & (u64v)m) | (b & ~(u64v)m); }
#endif

#ifndef NI_HAS_select_minus
NI_INLINE f32v select_minus_f32(mask32 m, f32v a, f32v b) { return select_f32(m, -a, b); }
NI_INLINE f64v select_minus_f64(mask64 m, f64v a, f64v b) { return select_f64(m, -a, b); }
#endif

/* Compare and select: unlike a bare minimum or maximum they say which zero comes out. */
#ifndef NI_HAS_bounds
NI_INLINE f32v at_least_f32(f32v x, f32v low) { return select_f32(less_f32(x, low), low, x); }
NI_INLINE f32v at_most_f32(f32v x, f32v high) { return select_f32(less_f32(high, x), high, x); }
NI_INLINE f64v at_least_f64(f64v x, f64v low) { return select_f64(less_f64(x, low), low, x); }
NI_INLINE f64v at_most_f64(f64v x, f64v high) { return select_f64(less_f64(high, x), high, x); }
#endif

/* -- arithmetic ------------------------------------------------------------------------ */

#ifndef NI_HAS_fma
#include "kernels/soft_fma.h"
NI_INLINE f32v fma_f32(f32v a, f32v b, f32v c)
{
    f32v sum;
    for (int i = 0; i < NI_WIDTH; i++)
        sum[i] = ni_fmaf(a[i], b[i], c[i]);
    return sum;
}
NI_INLINE f64v fma_f64(f64v a, f64v b, f64v c)
{
    f64v sum;
    for (int i = 0; i < NI_HALF; i++)
        sum[i] = ni_fma(a[i], b[i], c[i]);
    return sum;
}
#endif

#ifndef NI_HAS_root
NI_INLINE f32v root_f32(f32v a)
{
    for (int i = 0; i < NI_WIDTH; i++)
        a[i] = __builtin_sqrtf(a[i]);
    return a;
}
NI_INLINE f64v root_f64(f64v a)
{
    for (int i = 0; i < NI_HALF; i++)
        a[i] = __builtin_sqrt(a[i]);
    return a;
}
#endif

/* -- conversions ----------------------------------------------------------------------- */

NI_INLINE f32v from_i32(i32v a) { return __builtin_convertvector(a, f32v); }

#ifndef NI_HAS_from_u32
/* One rounding: both halves are exact in binary32, and so is the product. */
NI_INLINE f32v from_u32(u32v a)
{
    f32v high = from_i32((i32v)(a >> 16)), low = from_i32((i32v)(a & 0xffffu));
    return fma_f32(high, (f32v){0} + 65536.0f, low);
}
#endif

#ifndef NI_HAS_from_i64
/* Exact for |a| <= 2^53: the halves are planted into doubles whose last bit is worth 1 and
 * 2^32, and the constants 2^84 + 2^63 and 2^84 + 2^63 + 2^52 taken off again. */
NI_INLINE f64v from_i64(i64v a)
{
    u64v biased = (u64v)a + ((uint64_t)1 << 63);
    f64v high = (f64v)((biased >> 32) | 0x4530000000000000u);
    f64v low = (f64v)((biased & 0xffffffffu) | 0x4330000000000000u);
    return (high - 0x1.00000801p84) + low;
}
#endif

/* x = m 2^e with 1/2 <= m < 1, for a positive normal x; e unit is rounded once. */
#ifndef NI_HAS_split_f32
NI_INLINE f32v split_f32(f32v x, float unit, f32v *e_unit)
{
    const u32v m = ((u32v)x & 0x7fffffu) | 0x3f000000u;
    *e_unit = from_i32((i32v)((u32v)x - m)) * (unit * 0x1p-23f); /* e 2^23 is exact */
    return (f32v)m;
}
#endif

/* binary32 to the bits of bfloat16 in the upper half of each lane, rounded to nearest even,
 * subnormals kept; the lower half is not defined. Inputs are finite and within the type's range. */
#ifndef NI_HAS_round_bf16
NI_INLINE u32v round_bf16(f32v a)
{
    u32v bits = (u32v)a;
    return bits + 0x7fffu + ((bits >> 16) & 1u);
}
#endif

/* Two bfloat16 numbers in a lane, a the first in memory. */
NI_INLINE u32v pair_bf16(f32v a, f32v b)
{
    const u32v first = round_bf16(a), second = round_bf16(b);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (first >> 16) | (second & 0xffff0000u)
                                                     : (second >> 16) | (first & 0xffff0000u);
}

/* The same for |a|, in the low bits of each lane, and a format with `fraction` bits after the
 * point of a significand, and the smallest normal number 2^min_exponent. */
NI_INLINE u32v round_size(f32v a, int fraction, int min_exponent)
{
    const int dropped = 23 - fraction, smallest = 127 + min_exponent;
    const uint32_t half = (1u << (dropped - 1)) - 1, rebias = (uint32_t)(smallest - 1) << 23;
    /* Below the normal numbers adding 2^23 quanta leaves the quantum as the last bit. */
    const uint32_t quanta = (uint32_t)(smallest + dropped) << 23;
    u32v size = (u32v)a & 0x7fffffffu;
    u32v small = (u32v)((f32v)size + (f32v)((u32v){0} + quanta)) - quanta;
    u32v normal = (size - rebias + half + ((size >> dropped) & 1u)) >> dropped;
    return select_u32(less_u32(size, (u32v){0} + ((uint32_t)smallest << 23)), small, normal);
}

#ifndef NI_HAS_narrow_f16
NI_INLINE u32v round_f16(f32v a)
{
    return round_size(a, 10, -14) | (((u32v)a >> 16) & 0x8000u);
}
NI_INLINE u16v narrow_f16(f32v a) { return __builtin_convertvector(round_f16(a), u16v); }
#endif

NI_INLINE u16v narrow_bf16(f32v a) { return __builtin_convertvector(round_bf16(a) >> 16, u16v); }

/* The smaller or larger of each two integers: of 32 bits, and of 16 in lanes of 64. */
typedef uint16_t each_u16 __attribute__((vector_size(4 * NI_WIDTH)));
typedef int16_t each_i16 __attribute__((vector_size(4 * NI_WIDTH)));
#ifndef NI_HAS_least
NI_INLINE u32v least_u32(u32v a, u32v b) { return select_u32(less_u32(a, b), a, b); }
NI_INLINE u64v chosen(u64v mask, u64v a, u64v b) { return (a & mask) | (b & ~mask); }
NI_INLINE u64v least_u16(u64v a, u64v b) { return chosen((u64v)((each_u16)a < (each_u16)b), a, b); }
NI_INLINE u64v most_u16(u64v a, u64v b) { return chosen((u64v)((each_u16)a > (each_u16)b), a, b); }
NI_INLINE u64v most_i16(u64v a, u64v b) { return chosen((u64v)((each_i16)a > (each_i16)b), a, b); }
#endif

/* One more in each 16 bits of `count` where those of `a` are below t. */
#ifndef NI_HAS_count_below
NI_INLINE u64v count_below_u16(u64v count, u64v a, uint16_t t)
{
    return (u64v)((each_u16)count - (each_u16)((each_u16)a < t));
}
#endif

/* Exactly: NI_HALF binary32 numbers at `p` to binary64, one half of a vector of them, and NI_WIDTH
 * binary16 numbers at `p` to binary32; of these what is infinite or NaN becomes NaN. */
#ifndef NI_HAS_wide
typedef float half_f32 __attribute__((vector_size(2 * NI_WIDTH)));

NI_INLINE f64v wide_f32(const void *p)
{
    half_f32 x;
    memcpy(&x, p, sizeof x);
    return __builtin_convertvector(x, f64v);
}
NI_INLINE f64v widen_f32(f32v x, int half)
{
    return wide_f32((const char *)&x + half * sizeof(half_f32));
}
NI_INLINE f32v from_f16(const void *p)
{
    u16v x;
    memcpy(&x, p, sizeof x);
    const u32v bits = __builtin_convertvector(x, u32v), size = bits & 0x7fffu;
    const f32v finite = (f32v)(size << 13 | (bits & 0x8000u) << 16) * 0x1p112f;
    const u32v beyond = select_u32(less_u32(size, (u32v){0} + 0x7c00u), (u32v){0},
                                   (u32v){0} + 0x7fc00000u);
    return (f32v)((u32v)finite | beyond);
}
#endif

/* Four numbers to four bytes in a lane, x[0] the first in memory. */
NI_INLINE u32v narrow_f8(const f32v x[4], int fraction, int min_exponent)
{
    u32v bytes = {0};
    for (int k = 0; k < 4; k++) {
        const int place = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 8 * k : 24 - 8 * k;
        u32v sign = ((u32v)x[k] >> 24) & 0x80u;
        bytes |= (round_size(x[k], fraction, min_exponent) | sign) << place;
    }
    return bytes;
}

/* -- bytes ----------------------------------------------------------------------------- */

/* Bit 4k + j: whether byte j of word k, the lowest being byte 0, is below t <= 128. Of eight bytes
 * at a time: adding 128 - t sets a byte's eighth bit where the other seven reach t, and a byte
 * whose eighth bit was set is not below. The product moves bits 7, 15, 23 .. to the top byte. */
#ifndef NI_HAS_below_u8
NI_INLINE uint64_t below_u8(const uint32_t word[16], uint32_t t)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t below = 0;
    for (int k = 0; k < 8; k++) {
        const uint64_t bytes = word[2 * k] | (uint64_t)word[2 * k + 1] << 32;
        const uint64_t reaches = (bytes & 0x7f * each) + (128 - t) * each;
        const uint64_t is_below = ~(reaches | bytes) >> 7 & each;
        below |= (is_below * 0x0102040810204080u >> 56) << 8 * k;
    }
    return below;
}
#endif

/* -- order ----------------------------------------------------------------------------- */

/* Lane 4L + j of the four vectors belongs to block (NI_WIDTH/4) j + L: transposing each group
 * of four lanes gives NI_WIDTH elements in order in each vector. */
#ifndef NI_HAS_transpose_f32
NI_INLINE void transpose_f32(f32v v[4])
{
    const f32v word[4] = {v[0], v[1], v[2], v[3]};
    for (int j = 0; j < 4; j++)
        for (int group = 0; group < NI_WIDTH; group += 4)
            for (int k = 0; k < 4; k++)
                v[j][group + k] = word[k][group + j];
}
#endif

/* Of each group of four lanes (a0 b0 a1 b1) and (a2 b2 a3 b3). */
#ifndef NI_HAS_zip_u32
NI_INLINE void zip_u32(u32v *a, u32v *b)
{
    u32v first, second;
    for (int group = 0; group < NI_WIDTH; group += 4)
        for (int k = 0; k < 2; k++) {
            first[group + 2 * k] = (*a)[group + k], first[group + 2 * k + 1] = (*b)[group + k];
            second[group + 2 * k] = (*a)[group + 2 + k];
            second[group + 2 * k + 1] = (*b)[group + 2 + k];
        }
    *a = first, *b = second;
}
#endif

/* Pair the lanes of a and b in each group of two: (a0 b0 a2 b2 ..) and (a1 b1 a3 b3 ..). */
#ifndef NI_HAS_zip_f64
NI_INLINE void zip_f64(f64v *a, f64v *b)
{
    f64v first, second;
    for (int i = 0; i < NI_HALF; i += 2) {
        first[i] = (*a)[i], first[i + 1] = (*b)[i];
        second[i] = (*a)[i + 1], second[i + 1] = (*b)[i + 1];
    }
    *a = first, *b = second;
}
#endif

/* -- memory ---------------------------------------------------------------------------- */

/* `stream` stores need `out` aligned to the vector's size. */
#ifndef NI_HAS_put
NI_INLINE void put_u32(void *out, u32v a, int stream) { (void)stream; memcpy(out, &a, sizeof a); }
NI_INLINE void put_u16(void *out, u16v a, int stream) { (void)stream; memcpy(out, &a, sizeof a); }
NI_INLINE void put_fence(int stream) { (void)stream; }
#endif

#endif
