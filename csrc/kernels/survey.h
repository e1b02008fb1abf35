/* What one block of an array looks like: its numbers' sums and extremes, and a hash of its bytes.
 *
 * Sums have a fixed order, whatever the vectors: number i of a block goes to sum i mod
 * NI_SUMS, and these are added up from the first to the last.
 */
#ifndef NI_SURVEY_KERNEL_H
#define NI_SURVEY_KERNEL_H

#include "kernels/lanes.h"

#define NI_SUMS 16
/* Bytes that are looked at in one step: eight words. */
#define NI_STEP 64
/* Memory is asked for so many bytes ahead: processors that do that by themselves do not look far
 * enough for a loop that has this much to do with each line. */
#define NI_AHEAD 4096

/* How many of a 16-bit type are looked at together: two vectors of binary32. */
#define NI_PAIR_BYTES (4 * NI_WIDTH)

/* Numbers of a 16-bit type at `p`, exactly: of bfloat16 the even ones and the odd ones, of binary16
 * the first half of them and the second. */
NI_INLINE void numbers_of_16(f32v x[2], const char *p, int dtype)
{
    if (dtype == NI_FLOAT16) {
        x[0] = from_f16(p), x[1] = from_f16(p + NI_PAIR_BYTES / 2);
        return;
    }
    u32v pairs;
    memcpy(&pairs, p, sizeof pairs);
    const int even = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 1;
    x[even] = (f32v)(pairs << 16), x[!even] = (f32v)(pairs & 0xffff0000u);
}

/* NI_HALF numbers of a wider type at `p`, exactly. */
NI_INLINE f64v numbers_at(const char *p, int dtype)
{
    f64v wide;
    if (dtype == NI_FLOAT32)
        return wide_f32(p);
    memcpy(&wide, p, sizeof wide);
    return wide;
}

/* Several numbers are kept of each kind, so that no step waits for the one before. */
typedef struct {
    f64v sum[NI_SUMS / NI_HALF], squares[NI_SUMS / NI_HALF];
    f64v low[NI_SUMS / NI_HALF], high[NI_SUMS / NI_HALF];
    f32v low32[NI_SUMS / NI_WIDTH], high32[NI_SUMS / NI_WIDTH];
    u64v hash[8 / NI_HALF], key[8 / NI_HALF];
    u64v small[8 / NI_HALF]; /* the elements that are nearest to 0, without their signs */
    u64v top[8 / NI_HALF];    /* of 16-bit types the largest element as a signed integer, */
    u64v bottom[8 / NI_HALF]; /* and as an unsigned one */
    u64v tiny[8 / NI_HALF];  /* of binary16, where few blocks have no subnormal number */
    i64v repeats;
} survey_lanes;

/* The smaller elements of two vectors, without their signs. */
NI_INLINE u64v smaller(u64v small, u64v word, int dtype)
{
    if (dtype == NI_FLOAT32)
        return (u64v)least_u32((u32v)small, (u32v)(word & 0x7fffffff7fffffffu));
    if (dtype != NI_FLOAT64)
        return least_u16(small, word & 0x7fff7fff7fff7fffu);
    word &= 0x7fffffffffffffffu;
    return select_u64(less_u64(word, small), word, small);
}

NI_INLINE void add_numbers(survey_lanes *s, int j, f64v x, int dtype)
{
    s->sum[j] += x;
    (void)dtype;
#ifdef NI_HAS_fma
    if (dtype != NI_FLOAT64) { /* a square of a narrower type is exact */
        s->squares[j] = fma_f64(x, x, s->squares[j]);
        return;
    }
#endif
    s->squares[j] += x * x;
}

/* The numbers of NI_STEP bytes, of a 16-bit type and of a wider one. Lane by lane sum j has the
 * numbers i that the comment names, modulo NI_SUMS. */
NI_INLINE void add_step_16(survey_lanes *s, const char *p, int dtype)
{
    for (int k = 0; k < NI_STEP / NI_PAIR_BYTES; k++) {
        f32v x[2];
        numbers_of_16(x, p + k * NI_PAIR_BYTES, dtype);
        for (int v = 0; v < 2; v++) {
            for (int half = 0; half < 2; half++) {
                /* i = NI_HALF j + lane; of bfloat16 NI_WIDTH (j / 2) + 2 lane + j % 2 */
                const int j = 4 * k + (dtype == NI_FLOAT16 ? 2 * v + half : 2 * half + v);
                add_numbers(s, j % (NI_SUMS / NI_HALF), widen_f32(x[v], half), dtype);
            }
        }
    }
}

NI_INLINE void add_step(survey_lanes *s, const char *p, int dtype)
{
    const int bytes = dtype == NI_FLOAT64 ? 8 : 4;
    for (int k = 0; k < NI_STEP / bytes / NI_HALF; k++) {
        const f64v x = numbers_at(p + k * NI_HALF * bytes, dtype);
        const int j = k % (NI_SUMS / NI_HALF); /* i = NI_HALF j + lane */
        add_numbers(s, j, x, dtype);
        if (dtype == NI_FLOAT64) {
            s->low[j] = at_most_f64(s->low[j], x);
            s->high[j] = at_least_f64(s->high[j], x);
        }
    }
    for (int k = 0; k < NI_SUMS / NI_WIDTH && dtype == NI_FLOAT32; k++) {
        f32v x;
        memcpy(&x, p + 4 * NI_WIDTH * k, sizeof x);
        s->low32[k] = at_most_f32(s->low32[k], x);
        s->high32[k] = at_least_f32(s->high32[k], x);
    }
}

/* Look at NI_STEP bytes; `next` says whether there are eight more, so that each word can be
 * compared with the one after it. */
NI_INLINE void survey_step(survey_lanes *s, const char *p, int dtype, int next)
{
    __builtin_prefetch(p + NI_AHEAD);
    if (dtype == NI_FLOAT16 || dtype == NI_BFLOAT16)
        add_step_16(s, p, dtype);
    else
        add_step(s, p, dtype);
    for (int k = 0; k < 8 / NI_HALF; k++) {
        u64v word, after;
        memcpy(&word, p + 8 * NI_HALF * k, sizeof word);
        const u64v mixed = word ^ s->key[k];
        s->hash[k] += mul32(mixed, mixed >> 32);
        s->key[k] += 0x9e3779b97f4a7c15u;
        s->small[k] = smaller(s->small[k], word, dtype);
        if (dtype == NI_FLOAT16 || dtype == NI_BFLOAT16) {
            s->top[k] = most_i16(s->top[k], word);
            s->bottom[k] = most_u16(s->bottom[k], word);
        }
        if (dtype == NI_FLOAT16)
            s->tiny[k] = count_below_u16(s->tiny[k], word & 0x7fff7fff7fff7fffu, 0x400);
        if (next) {
            memcpy(&after, p + 8 * NI_HALF * k + 8, sizeof after);
            s->repeats -= (i64v)(word == after);
        }
    }
}

/* Add the numbers of some vectors, in the order of what add_step added to them. */
NI_INLINE double add_lanes(const f64v *x, int dtype)
{
    double each[NI_SUMS], total = 0.0;
    for (int j = 0; j < NI_SUMS / NI_HALF; j++)
        for (int lane = 0; lane < NI_HALF; lane++) {
            const int i = dtype == NI_BFLOAT16 ? NI_WIDTH * (j / 2) + 2 * lane + j % 2
                                               : NI_HALF * j + lane;
            each[i] = x[j][lane];
        }
    for (int i = 0; i < NI_SUMS; i++)
        total += each[i];
    return total;
}

/* The sum of counts of 16 bits. */
NI_INLINE int64_t add_counts(const u64v *counts)
{
    int64_t sum = 0;
    for (int k = 0; k < 8; k++)
        for (int i = 0; i < 64; i += 16)
            sum += counts[k / NI_HALF][k % NI_HALF] >> i & 0xffffu;
    return sum;
}

/* Whether an element is 0, or subnormal in a type whose subnormal numbers are not counted. */
NI_INLINE int is_any_tiny(const survey_lanes *s, int dtype)
{
    const int bits = dtype == NI_FLOAT64 ? 64 : dtype == NI_FLOAT32 ? 32 : 16;
    const int fraction = dtype == NI_FLOAT64 ? 52 : dtype == NI_FLOAT32 ? 23
                         : dtype == NI_FLOAT16 ? 0 : 7;
    for (int k = 0; k < 8; k++) {
        uint64_t word = s->small[k / NI_HALF][k % NI_HALF];
        for (int i = 0; i < 64; i += bits)
            if ((word >> i << (64 - bits) >> (64 - bits)) >> fraction == 0)
                return 1;
    }
    return 0;
}

/* One number of a 16-bit type. */
NI_INLINE double number_of_16(uint64_t bits, int dtype)
{
    char same[NI_PAIR_BYTES];
    for (int i = 0; i < NI_PAIR_BYTES; i += 2) {
        const uint16_t half = (uint16_t)bits;
        memcpy(same + i, &half, sizeof half);
    }
    f32v x[2];
    numbers_of_16(x, same, dtype);
    return x[0][0];
}

/* Sign and size: as signed integers positive numbers are in order, above all negative ones, and as
 * unsigned ones negative numbers in reverse, above all positive ones. Where there is none of a sign
 * the extreme is the number that is nearest to 0. */
NI_INLINE void put_extremes_16(const survey_lanes *s, ni_look *look, int dtype)
{
    const uint64_t sign = 0x8000u;
    uint64_t top = 0, bottom = 0, small = sign; /* the top with its sign turned */
    for (int k = 0; k < 8; k++)
        for (int i = 0; i < 64; i += 16) {
            const uint64_t high = (s->top[k / NI_HALF][k % NI_HALF] >> i & 0xffffu) ^ sign;
            const uint64_t low = s->bottom[k / NI_HALF][k % NI_HALF] >> i & 0xffffu;
            const uint64_t size = s->small[k / NI_HALF][k % NI_HALF] >> i & 0xffffu;
            top = high > top ? high : top, bottom = low > bottom ? low : bottom;
            small = size < small ? size : small;
        }
    look->high = number_of_16(top & sign ? top ^ sign : small | sign, dtype);
    look->low = number_of_16(bottom & sign ? bottom : small, dtype);
}

NI_INLINE void put_extremes(const survey_lanes *s, ni_look *look, int dtype)
{
    if (dtype == NI_FLOAT16 || dtype == NI_BFLOAT16) {
        put_extremes_16(s, look, dtype);
        return;
    }
    for (int i = 0; i < NI_SUMS; i++) {
        double low = s->low32[i / NI_WIDTH][i % NI_WIDTH];
        double high = s->high32[i / NI_WIDTH][i % NI_WIDTH];
        if (dtype == NI_FLOAT64)
            low = s->low[i / NI_HALF][i % NI_HALF], high = s->high[i / NI_HALF][i % NI_HALF];
        look->low = i && look->low < low ? look->low : low;
        look->high = i && look->high > high ? look->high : high;
    }
}

/* From a copy, so that what a loop keeps in registers is not kept in memory too. */
NI_INLINE void put_look(ni_look *look, const survey_lanes s, int dtype)
{
    look->sum = add_lanes(s.sum, dtype), look->squares = add_lanes(s.squares, dtype);
    put_extremes(&s, look, dtype);
    look->tiny = is_any_tiny(&s, dtype), look->subnormals = add_counts(s.tiny);
    look->repeats = 0;
    for (int i = 0; i < NI_HALF; i++)
        look->repeats += s.repeats[i];
    look->hash = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t mixed = look->hash ^ s.hash[i / NI_HALF][i % NI_HALF];
        mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
        look->hash = mixed ^ mixed >> 29;
    }
}

NI_INLINE void survey_block(const void *data, ni_look *look, int dtype)
{
    static const uint64_t keys[8] = {
        0xbe4ba423396cfeb8u, 0x1cad21f72c81017cu, 0xdb979083e96dd4deu, 0x1f67b3b7a4a44072u,
        0x78e5c0cc4ee679cbu, 0x2172ffcc7dd05a82u, 0x8e2443f7744608b8u, 0x4c263a81e69035e0u};
    const char *p = data;
    const double any = numbers_at(p, dtype)[0];
    survey_lanes s = {0};
    for (int k = 0; k < 8 / NI_HALF; k++) {
        memcpy(&s.key[k], keys + k * NI_HALF, sizeof s.key[k]);
        s.small[k] = (u64v){0} + 0x7f7f7f7f7f7f7f7fu;
        s.top[k] = (u64v){0} + 0x8000800080008000u;
    }
    for (int j = 0; j < NI_SUMS / NI_HALF; j++)
        s.low[j] = s.high[j] = (f64v){0} + any;
    for (int j = 0; j < NI_SUMS / NI_WIDTH; j++)
        s.low32[j] = s.high32[j] = (f32v){0} + (float)any;
    for (int i = 0; i < NI_SURVEY_BLOCK / NI_STEP - 1; i++)
        survey_step(&s, p + i * NI_STEP, dtype, 1);
    survey_step(&s, p + NI_SURVEY_BLOCK - NI_STEP, dtype, 0);
    put_look(look, s, dtype);
}

#define NI_SURVEY(dtype)                                                                     \
    static void survey_##dtype(const void *data, ni_look *look)                              \
    {                                                                                        \
        survey_block(data, look, NI_##dtype);                                                \
    }

NI_SURVEY(FLOAT32)
NI_SURVEY(FLOAT64)
NI_SURVEY(FLOAT16)
NI_SURVEY(BFLOAT16)

#endif
