/* Correctly rounded fused multiply-add where the target has no instruction for it. */
#ifndef NI_SOFT_FMA_H
#define NI_SOFT_FMA_H

#include <stdint.h>
#include <string.h>

#if defined(__FP_FAST_FMA) && defined(__FP_FAST_FMAF)

static inline float ni_fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline double ni_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

#else

/* Too long to be worth a copy at each of their many uses. */
#define NI_OUT_OF_LINE __attribute__((noinline, unused))

static inline uint64_t ni_bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double ni_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A sum that was rounded to nearest, rounded to odd instead, by the error that it had. */
static inline double ni_to_odd(double sum, double error)
{
    if (!(error > 0.0 || error < 0.0))
        return sum;
    uint64_t bits = ni_bits_of(sum);
    if ((error > 0.0) != (sum > 0.0))
        bits -= 1;
    return ni_from_bits(bits | 1);
}

/* The sum of two numbers rounded to nearest, and the error of that (Knuth's two-sum: exact). */
static inline double ni_exact_sum(double a, double b, double *error)
{
    double sum = a + b, part = sum - a;
    *error = (a - (sum - part)) + (b - part);
    return sum;
}

/* The product of two binary32 numbers is exact in binary64. The sum is rounded to odd there
 * (Boldo and Melquiond, 2008): 53 >= 24 + 2 bits, so rounding it again to binary32 equals
 * rounding the exact sum once. */
static NI_OUT_OF_LINE float ni_fmaf(float a, float b, float c)
{
    double error, sum = ni_exact_sum((double)a * (double)b, (double)c, &error);
    return (float)ni_to_odd(sum, error);
}

/* a b + c without a word of more than 64 bits, where nothing can overflow or underflow on the way
 * (Boldo and Melquiond, 2008): the product exactly in two parts (Dekker, 1971), its low part
 * added to c and the sum to the high part, both exactly, and what is left rounded to odd. */
static inline int ni_is_moderate(double x)
{
    return ((ni_bits_of(x) >> 52) & 0x7ff) - (1023 - 400) <= 800;
}

static inline double ni_high_half(double x)
{
    double t = x * 0x1.0000002p27;
    return t - (t - x);
}

static inline double ni_moderate_fma(double a, double b, double c)
{
    const double product = a * b, a1 = ni_high_half(a), b1 = ni_high_half(b);
    const double a0 = a - a1, b0 = b - b1;
    const double error = ((a1 * b1 - product) + a1 * b0 + a0 * b1) + a0 * b0;
    double low, lower, lost;
    const double high = ni_exact_sum(product, ni_exact_sum(c, error, &lower), &low);
    const double rest = ni_exact_sum(low, lower, &lost);
    return high + ni_to_odd(rest, lost);
}

/* 128 bits; not every target has such an integer. */
typedef struct {
    uint64_t high, low;
} ni_wide;

static inline ni_wide ni_product(uint64_t a, uint64_t b)
{
    const uint64_t half = 0xffffffffu, a0 = a & half, b0 = b & half;
    const uint64_t cross = (a0 * b0 >> 32) + (a >> 32) * b0; /* a, b < 2^53: this is no overflow */
    const uint64_t middle = (cross & half) + a0 * (b >> 32);
    return (ni_wide){(a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32), a * b};
}

static inline ni_wide ni_sum(ni_wide a, ni_wide b)
{
    return (ni_wide){a.high + b.high + (a.low + b.low < a.low), a.low + b.low};
}

static inline ni_wide ni_difference(ni_wide a, ni_wide b)
{
    return (ni_wide){a.high - b.high - (a.low < b.low), a.low - b.low};
}

/* Shift right, keeping in the last bit whether anything was lost. */
static inline ni_wide ni_shift_sticky(ni_wide x, int count)
{
    if (count == 0)
        return x;
    if (count > 127)
        return (ni_wide){0, (x.high | x.low) != 0};
    if (count >= 64)
        x = (ni_wide){0, x.high | (x.low != 0)}, count -= 64;
    if (count == 0)
        return x;
    return (ni_wide){x.high >> count,
                     x.high << (64 - count) | x.low >> count | (x.low << (64 - count) != 0)};
}

/* The same number with 2^125 <= significand < 2^126, from one that is less and not 0. */
static inline ni_wide ni_normalize(ni_wide x, int *exponent)
{
    for (; !(x.high >> 61); --*exponent)
        x = ni_sum(x, x);
    return x;
}

/* A finite non-zero number as significand * 2^exponent, with 2^52 <= significand < 2^53. */
static inline uint64_t ni_unpack(double x, int *exponent)
{
    uint64_t bits = ni_bits_of(x) & 0x7fffffffffffffffu;
    int biased = (int)(bits >> 52);
    uint64_t significand = bits & 0xfffffffffffffu;
    if (biased)
        significand |= (uint64_t)1 << 52;
    else
        biased = 1;
    while (!(significand >> 52))
        significand <<= 1, biased--;
    *exponent = biased - 1075;
    return significand;
}

/* Round significand * 2^exponent to binary64, nearest even, subnormals and overflow included. */
static inline double ni_pack(int negative, ni_wide significand, int exponent)
{
    significand = ni_normalize(significand, &exponent);
    /* 53 bits stay, fewer below 2^-1022; two more bits decide the rounding. */
    int biased = exponent + 125 + 1023, drop = 73;
    if (biased < 1)
        drop += 1 - biased, biased = 1;
    uint64_t kept = ni_shift_sticky(significand, drop - 2).low;
    uint64_t rounded = (kept >> 2) + ((kept & 3) > 2 || (kept & 7) == 6);
    uint64_t bits = ((uint64_t)(biased - 1) << 52) + rounded;
    if (bits >= 0x7ff0000000000000u)
        bits = 0x7ff0000000000000u;
    return ni_from_bits(bits | ((uint64_t)(negative != 0) << 63));
}

static NI_OUT_OF_LINE double ni_any_fma(double a, double b, double c)
{
    double product = a * b;
    if (a == 0.0 || b == 0.0 || a - a != 0.0 || b - b != 0.0)
        return product + c; /* exact, infinite or NaN */
    if (c - c != 0.0)
        return c; /* though the product overflow */
    if (c == 0.0)
        return product;
    int exponent_a, exponent_b, exponent_c;
    ni_wide x = ni_product(ni_unpack(a, &exponent_a), ni_unpack(b, &exponent_b));
    int exponent_x = exponent_a + exponent_b;
    x = ni_normalize(x, &exponent_x);
    ni_wide y = {ni_unpack(c, &exponent_c) << 9, 0};
    exponent_c -= 73;
    int negative_x = (a < 0.0) != (b < 0.0), negative_y = c < 0.0;
    int below = x.high < y.high || (x.high == y.high && x.low < y.low);
    if (exponent_x < exponent_c || (exponent_x == exponent_c && below)) {
        ni_wide t = x;
        x = y, y = t;
        int e = exponent_x, n = negative_x;
        exponent_x = exponent_c, exponent_c = e;
        negative_x = negative_y, negative_y = n;
    }
    y = ni_shift_sticky(y, exponent_x - exponent_c);
    if (negative_x != negative_y) {
        x = ni_difference(x, y);
        if (!(x.high | x.low))
            return 0.0; /* an exact cancellation is +0 in round to nearest */
        return ni_pack(negative_x, x, exponent_x);
    }
    x = ni_sum(x, y);
    if (x.high >> 62)
        x = ni_shift_sticky(x, 1), exponent_x++;
    return ni_pack(negative_x, x, exponent_x);
}

static NI_OUT_OF_LINE double ni_fma(double a, double b, double c)
{
    if (ni_is_moderate(a) && ni_is_moderate(b) && ni_is_moderate(c))
        return ni_moderate_fma(a, b, c);
    return ni_any_fma(a, b, c);
}

#endif

#endif
