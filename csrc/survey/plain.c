/* A survey of any elements, one by one. */
#include "survey/plain.h"

#include <string.h>

void ni_join_statistics(ni_statistics *all, const ni_statistics *part)
{
    const double na = (double)(all->count - all->nans - all->infinities);
    const double nb = (double)(part->count - part->nans - part->infinities);
    if (nb > 0.0) { /* Chan, Golub and LeVeque, 1979 */
        /* Of numbers near each other, as pivots of one array are, the difference is exact. */
        const double offset = part->pivot - all->pivot + part->offset;
        const double apart = offset - all->offset, n = na + nb;
        all->low = na == 0.0 || part->low < all->low ? part->low : all->low;
        all->high = na == 0.0 || part->high > all->high ? part->high : all->high;
        all->squares = na == 0.0 ? part->squares
                                 : all->squares + part->squares + apart * apart * (na * nb / n);
        all->offset = na == 0.0 ? part->offset : all->offset + apart * (nb / n);
        all->pivot = na == 0.0 ? part->pivot : all->pivot;
    }
    all->count += part->count, all->nans += part->nans, all->infinities += part->infinities;
    all->zeros += part->zeros, all->subnormals += part->subnormals;
    all->repeats += part->repeats;
}

/* The number that the bits of a format are, exactly: its fraction has `fraction` bits, its smallest
 * normal number is 2^min_exponent. */
static double narrow_number(unsigned bits, int fraction, int min_exponent, int width)
{
    const unsigned size = bits & ((1u << (width - 1)) - 1);
    /* As a binary64 the size is too small by a power of two, subnormals too. */
    const uint64_t wide = (uint64_t)size << (52 - fraction);
    const uint64_t scale = (uint64_t)(1023 + 1022 + min_exponent) << 52;
    double x, up;
    memcpy(&x, &wide, sizeof x), memcpy(&up, &scale, sizeof up);
    x *= up;
    return bits >> (width - 1) ? -x : x;
}

enum { is_number, is_infinite, is_nan };

/* An element and what it is; where it is a number, `tiny` says whether it is 0 or subnormal. */
static int element_at(const char *data, int64_t i, int dtype, double *x, int *tiny)
{
    unsigned bits = 0;
    if (dtype == NI_FLOAT64 || dtype == NI_FLOAT32) {
        float single;
        if (dtype == NI_FLOAT64)
            memcpy(x, data + 8 * i, 8);
        else
            memcpy(&single, data + 4 * i, 4), *x = single;
        const double size = *x < 0.0 ? -*x : *x;
        *tiny = size < (dtype == NI_FLOAT64 ? 0x1p-1022 : 0x1p-126);
        return *x != *x ? is_nan : size > 0x1.fffffffffffffp1023 ? is_infinite : is_number;
    }
    int fraction = 7, min_exponent = -126, width = 16;
    if (dtype == NI_FLOAT16 || dtype == NI_BFLOAT16) {
        uint16_t half;
        memcpy(&half, data + 2 * i, 2), bits = half;
        if (dtype == NI_FLOAT16)
            fraction = 10, min_exponent = -14;
    } else {
        bits = (unsigned char)data[i], width = 8;
        fraction = dtype == NI_FLOAT8_E5M2 ? 2 : 3;
        min_exponent = dtype == NI_FLOAT8_E5M2 ? -14 : -6;
    }
    const unsigned top = (1u << (width - 1)) - 1, size = bits & top;
    const unsigned largest = dtype == NI_FLOAT8_E4M3FN ? top : top >> fraction << fraction;
    *tiny = size >> fraction == 0;
    *x = narrow_number(bits, fraction, min_exponent, width);
    return size < largest ? is_number
                          : size == largest && dtype != NI_FLOAT8_E4M3FN ? is_infinite : is_nan;
}

static void count_element(ni_statistics *s, int kind, double x, int tiny, int64_t times)
{
    s->count += times;
    s->nans += kind == is_nan ? times : 0;
    s->infinities += kind == is_infinite ? times : 0;
    if (kind != is_number)
        return;
    if (s->low > s->high)
        s->pivot = x; /* the first number */
    s->zeros += x == 0.0 ? times : 0;
    s->subnormals += tiny && x != 0.0 ? times : 0;
    s->low = x < s->low ? x : s->low;
    s->high = x > s->high ? x : s->high;
    s->offset += (double)times * (x - s->pivot); /* the sum, for the time being */
}

static double squared(double x) { return x * x; }

static int64_t finish_offset(ni_statistics *s)
{
    const int64_t finite = s->count - s->nans - s->infinities;
    s->offset = finite ? s->offset / (double)finite : 0.0;
    s->low = finite ? s->low + 0.0 : 0.0, s->high = finite ? s->high + 0.0 : 0.0; /* -0 is 0 */
    return finite;
}

/* Types of one byte have few values: each is counted first. */
static ni_statistics count_codes(const unsigned char *data, int64_t count, int dtype)
{
    ni_statistics s = {.low = 0x1p1023, .high = -0x1p1023};
    int64_t times[2][256] = {{0}};
    double x;
    int tiny;
    for (int64_t i = 0; i < count; i++)
        times[i & 1][data[i]]++;
    for (int pass = 0; pass < 2; pass++) {
        for (int code = 0; code < 256; code++) {
            const int64_t n = times[0][code] + times[1][code];
            const char bytes[8] = {(char)code};
            if (n == 0)
                continue;
            const int kind = element_at(bytes, 0, dtype, &x, &tiny);
            if (pass == 0)
                count_element(&s, kind, x, tiny, n);
            else if (kind == is_number)
                s.squares += (double)n * squared(x - s.pivot - s.offset);
        }
        if (pass == 0 && finish_offset(&s) == 0)
            break;
    }
    return s;
}

ni_statistics ni_count_numbers(const void *data, int64_t count, int dtype)
{
    ni_statistics s = {.low = 0x1.fffffffffffffp1023, .high = -0x1.fffffffffffffp1023};
    double x;
    int tiny;
    if (ni_element_bytes(dtype) == 1)
        return count_codes(data, count, dtype);
    for (int64_t i = 0; i < count; i++) {
        const int kind = element_at(data, i, dtype, &x, &tiny);
        count_element(&s, kind, x, tiny, 1);
    }
    if (finish_offset(&s))
        for (int64_t i = 0; i < count; i++)
            if (element_at(data, i, dtype, &x, &tiny) == is_number)
                s.squares += squared(x - s.pivot - s.offset);
    return s;
}

#define NI_COUNT_TINY(type, exponent)                                                        \
    for (int64_t i = 0; i < count; i++) {                                                    \
        type x;                                                                              \
        memcpy(&x, p + i * (int64_t)sizeof x, sizeof x);                                     \
        none += (type)(x << 1) == 0;                                                         \
        tiny += (x & (type)(exponent)) == 0;                                                 \
    }

void ni_count_tiny(const void *data, int64_t count, int dtype, int64_t *zeros,
                   int64_t *subnormals)
{
    const char *p = data;
    int64_t none = 0, tiny = 0;
    if (dtype == NI_FLOAT16)
        NI_COUNT_TINY(uint16_t, 0x7c00u)
    else if (dtype == NI_BFLOAT16)
        NI_COUNT_TINY(uint16_t, 0x7f80u)
    else if (dtype == NI_FLOAT32)
        NI_COUNT_TINY(uint32_t, 0x7f800000u)
    else
        NI_COUNT_TINY(uint64_t, 0x7ff0000000000000u)
    *zeros = none, *subnormals = tiny - none;
}

int64_t ni_count_repeats(const void *data, int64_t bytes)
{
    const char *p = data;
    int64_t repeats = 0;
    for (int64_t i = 0; i + 16 <= bytes; i += 8)
        repeats += memcmp(p + i, p + i + 8, 8) == 0;
    return repeats;
}

uint64_t ni_hash_bytes(const void *data, int64_t bytes)
{
    const char *p = data;
    uint64_t hash = 0x27d4eb2f165667c5u + (uint64_t)bytes;
    for (int64_t i = 0; i < bytes; i += 8) {
        uint64_t word = 0;
        memcpy(&word, p + i, bytes - i < 8 ? (size_t)(bytes - i) : 8);
        hash = (hash ^ word) * 0xd6e8feb86659fd93u;
        hash ^= hash >> 32;
    }
    return hash;
}
