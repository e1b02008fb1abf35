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

/* NI_HALF numbers of a type at `p`, exactly. */
NI_INLINE f64v numbers_at(const char *p, int dtype)
{
    f64v wide;
    if (dtype == NI_FLOAT32)
        return wide_f32(p);
    if (dtype == NI_FLOAT16)
        return wide_f16(p);
    if (dtype == NI_BFLOAT16)
        return wide_bf16(p);
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

/* The extremes of NI_STEP bytes of binary32, of which a vector holds twice as many. */
NI_INLINE void find_extremes(survey_lanes *s, const char *p)
{
    for (int k = 0; k < NI_SUMS / NI_WIDTH; k++) {
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
    const int bytes = dtype == NI_FLOAT64 ? 8 : dtype == NI_FLOAT32 ? 4 : 2;
    __builtin_prefetch(p + NI_AHEAD);
    if (dtype == NI_FLOAT32)
        find_extremes(s, p);
    for (int k = 0; k < NI_STEP / bytes / NI_HALF; k++) {
        const f64v x = numbers_at(p + k * NI_HALF * bytes, dtype);
        const int j = k % (NI_SUMS / NI_HALF);
        s->sum[j] += x;
        s->squares[j] += x * x;
        if (dtype != NI_FLOAT32) {
            s->low[j] = at_most_f64(s->low[j], x);
            s->high[j] = at_least_f64(s->high[j], x);
        }
    }
    for (int k = 0; k < 8 / NI_HALF; k++) {
        u64v word, after;
        memcpy(&word, p + 8 * NI_HALF * k, sizeof word);
        const u64v mixed = word ^ s->key[k];
        s->hash[k] += mul32(mixed, mixed >> 32);
        s->key[k] += 0x9e3779b97f4a7c15u;
        s->small[k] = smaller(s->small[k], word, dtype);
        if (next) {
            memcpy(&after, p + 8 * NI_HALF * k + 8, sizeof after);
            s->repeats -= (i64v)(word == after);
        }
    }
}

/* Add the numbers of some vectors, in the order of their lanes. */
NI_INLINE double add_lanes(const f64v *x)
{
    double each[NI_SUMS], total = 0.0;
    memcpy(each, x, sizeof each);
    for (int i = 0; i < NI_SUMS; i++)
        total += each[i];
    return total;
}

/* Whether an element is 0 or subnormal. */
NI_INLINE int is_any_tiny(const survey_lanes *s, int dtype)
{
    const int bytes = dtype == NI_FLOAT64 ? 8 : dtype == NI_FLOAT32 ? 4 : 2, bits = 8 * bytes;
    const int fraction =
        dtype == NI_FLOAT64 ? 52 : dtype == NI_FLOAT32 ? 23 : dtype == NI_FLOAT16 ? 10 : 7;
    for (int k = 0; k < 8; k++) {
        uint64_t word = s->small[k / NI_HALF][k % NI_HALF];
        for (int i = 0; i < 64; i += bits)
            if ((word >> i << (64 - bits) >> (64 - bits)) >> fraction == 0)
                return 1;
    }
    return 0;
}

NI_INLINE void put_extremes(const survey_lanes *s, ni_look *look, int dtype)
{
    for (int i = 0; i < NI_SUMS; i++) {
        double low = s->low[i / NI_HALF][i % NI_HALF], high = s->high[i / NI_HALF][i % NI_HALF];
        if (dtype == NI_FLOAT32)
            low = s->low32[i / NI_WIDTH][i % NI_WIDTH],
            high = s->high32[i / NI_WIDTH][i % NI_WIDTH];
        look->low = i && look->low < low ? look->low : low;
        look->high = i && look->high > high ? look->high : high;
    }
}

NI_INLINE void survey_block(const void *data, ni_look *look, int dtype)
{
    static const uint64_t keys[8] = {
        0xbe4ba423396cfeb8u, 0x1cad21f72c81017cu, 0xdb979083e96dd4deu, 0x1f67b3b7a4a44072u,
        0x78e5c0cc4ee679cbu, 0x2172ffcc7dd05a82u, 0x8e2443f7744608b8u, 0x4c263a81e69035e0u};
    const char *p = data;
    const f64v first = (f64v){0} + numbers_at(p, dtype)[0];
    survey_lanes s = {0};
    memcpy(s.key, keys, sizeof keys);
    memset(s.small, 0x7f, sizeof s.small);
    for (int j = 0; j < NI_SUMS / NI_HALF; j++)
        s.low[j] = s.high[j] = first;
    for (int j = 0; j < NI_SUMS / NI_WIDTH; j++)
        s.low32[j] = s.high32[j] = (f32v){0} + (float)first[0];
    for (int i = 0; i < NI_SURVEY_BLOCK / NI_STEP - 1; i++)
        survey_step(&s, p + i * NI_STEP, dtype, 1);
    survey_step(&s, p + NI_SURVEY_BLOCK - NI_STEP, dtype, 0);
    look->sum = add_lanes(s.sum), look->squares = add_lanes(s.squares);
    put_extremes(&s, look, dtype);
    look->tiny = is_any_tiny(&s, dtype), look->repeats = 0;
    for (int i = 0; i < NI_HALF; i++)
        look->repeats += s.repeats[i];
    look->hash = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t mixed = look->hash ^ s.hash[i / NI_HALF][i % NI_HALF];
        mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
        look->hash = mixed ^ mixed >> 29;
    }
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
