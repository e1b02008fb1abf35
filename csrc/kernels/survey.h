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

typedef uint16_t each_u16 __attribute__((vector_size(4 * NI_WIDTH)));
typedef int16_t each_i16 __attribute__((vector_size(4 * NI_WIDTH)));

typedef struct {
    f64v sum[NI_SUMS / NI_HALF], squares[NI_SUMS / NI_HALF];
    f64v low[NI_SUMS / NI_HALF], high[NI_SUMS / NI_HALF];
    u64v hash[8 / NI_HALF], key[8 / NI_HALF];
    i64v repeats, tiny64;
    i32v tiny32;
    each_i16 tiny16;
} survey_lanes;

/* Count the zeros and subnormals in a vector, each lane by itself. */
NI_INLINE void count_tiny(survey_lanes *s, u64v word, int dtype)
{
    if (dtype == NI_FLOAT64)
        s->tiny64 -= (i64v)((word & 0x7ff0000000000000u) == 0);
    else if (dtype == NI_FLOAT32)
        s->tiny32 -= (i32v)(((u32v)word & 0x7f800000u) == 0);
    else if (dtype == NI_FLOAT16)
        s->tiny16 -= (each_i16)(((each_u16)word & (uint16_t)0x7c00u) == 0);
    else
        s->tiny16 -= (each_i16)(((each_u16)word & (uint16_t)0x7f80u) == 0);
}

/* Look at NI_STEP bytes; `next` says whether there are eight more, so that each word can be
 * compared with the one after it. */
NI_INLINE void survey_step(survey_lanes *s, const char *p, f64v pivot, int dtype, int next)
{
    const int bytes = dtype == NI_FLOAT64 ? 8 : dtype == NI_FLOAT32 ? 4 : 2;
    for (int k = 0; k < NI_STEP / bytes / NI_HALF; k++) {
        f64v x = numbers_at(p + k * NI_HALF * bytes, dtype), d = x - pivot;
        const int j = k % (NI_SUMS / NI_HALF);
        s->sum[j] += d;
        s->squares[j] += d * d;
        s->low[j] = at_most_f64(s->low[j], x);
        s->high[j] = at_least_f64(s->high[j], x);
    }
    for (int k = 0; k < 8 / NI_HALF; k++) {
        u64v word, after;
        memcpy(&word, p + 8 * NI_HALF * k, sizeof word);
        u64v mixed = word ^ s->key[k];
        s->hash[k] += mul32(mixed, mixed >> 32) + word;
        s->key[k] += 0x9e3779b97f4a7c15u;
        if (next) {
            memcpy(&after, p + 8 * NI_HALF * k + 8, sizeof after);
            s->repeats -= (i64v)(word == after);
        }
        count_tiny(s, word, dtype);
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

NI_INLINE int64_t tiny_in(const survey_lanes *s)
{
    int64_t count = 0;
    for (int i = 0; i < NI_HALF; i++)
        count += s->tiny64[i];
    for (int i = 0; i < NI_WIDTH; i++)
        count += s->tiny32[i];
    for (int i = 0; i < 2 * NI_WIDTH; i++)
        count += s->tiny16[i];
    return count;
}

NI_INLINE void survey_block(const void *data, ni_look *look, int dtype)
{
    static const uint64_t keys[8] = {
        0xbe4ba423396cfeb8u, 0x1cad21f72c81017cu, 0xdb979083e96dd4deu, 0x1f67b3b7a4a44072u,
        0x78e5c0cc4ee679cbu, 0x2172ffcc7dd05a82u, 0x8e2443f7744608b8u, 0x4c263a81e69035e0u};
    const char *p = data;
    const f64v first = numbers_at(p, dtype), pivot = (f64v){0} + first[0];
    survey_lanes s = {0};
    memcpy(s.key, keys, sizeof keys);
    for (int j = 0; j < NI_SUMS / NI_HALF; j++)
        s.low[j] = s.high[j] = first;
    for (int i = 0; i < NI_SURVEY_BLOCK / NI_STEP - 1; i++)
        survey_step(&s, p + i * NI_STEP, pivot, dtype, 1);
    survey_step(&s, p + NI_SURVEY_BLOCK - NI_STEP, pivot, dtype, 0);
    look->pivot = first[0];
    look->sum = add_lanes(s.sum), look->squares = add_lanes(s.squares);
    look->low = look->high = first[0];
    for (int i = 0; i < NI_SUMS; i++) {
        const double low = s.low[i / NI_HALF][i % NI_HALF], high = s.high[i / NI_HALF][i % NI_HALF];
        look->low = low < look->low ? low : look->low;
        look->high = high > look->high ? high : look->high;
    }
    look->tiny = tiny_in(&s), look->repeats = 0;
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
