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

/* The product of two binary32 numbers is exact in binary64. The sum is rounded to odd there
 * (Boldo and Melquiond, 2008): 53 >= 24 + 2 bits, so rounding it again to binary32 equals
 * rounding the exact sum once. */
static NI_OUT_OF_LINE float ni_fmaf(float a, float b, float c)
{
    double product = (double)a * (double)b;
    double sum = product + (double)c;
    double part = sum - product;
    double error = (product - (sum - part)) + ((double)c - part); /* Knuth's two-sum: exact */
    if (error != 0.0 && sum - sum == 0.0) {
        uint64_t bits = ni_bits_of(sum);
        if ((error > 0.0) != (sum > 0.0))
            bits -= 1;
        sum = ni_from_bits(bits | 1);
    }
    return (float)sum;
}

__extension__ typedef unsigned __int128 ni_u128;

/* A finite non-zero number as significand * 2^exponent, with 2^125 <= significand < 2^126. */
static inline ni_u128 ni_unpack(double x, int *exponent)
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
    *exponent = biased - 1075 - 73;
    return (ni_u128)significand << 73;
}

/* Shift right, keeping in the last bit whether anything was lost. */
static inline ni_u128 ni_shift_sticky(ni_u128 x, int count)
{
    if (count == 0)
        return x;
    if (count > 127)
        return x != 0;
    return (x >> count) | ((x << (128 - count)) != 0);
}

/* Round significand * 2^exponent to binary64, nearest even, subnormals and overflow included. */
static inline double ni_pack(int negative, ni_u128 significand, int exponent)
{
    while (!(significand >> 125))
        significand <<= 1, exponent--;
    /* 53 bits stay, fewer below 2^-1022; two more bits decide the rounding. */
    int biased = exponent + 125 + 1023, drop = 73;
    if (biased < 1)
        drop += 1 - biased, biased = 1;
    uint64_t kept = (uint64_t)ni_shift_sticky(significand, drop - 2 > 127 ? 128 : drop - 2);
    uint64_t rounded = (kept >> 2) + ((kept & 3) > 2 || (kept & 7) == 6);
    uint64_t bits = ((uint64_t)(biased - 1) << 52) + rounded;
    if (bits >= 0x7ff0000000000000u)
        bits = 0x7ff0000000000000u;
    return ni_from_bits(bits | ((uint64_t)(negative != 0) << 63));
}

static NI_OUT_OF_LINE double ni_fma(double a, double b, double c)
{
    double product = a * b;
    if (a == 0.0 || b == 0.0 || a - a != 0.0 || b - b != 0.0 || c - c != 0.0)
        return product + c; /* exact, infinite or NaN */
    if (c == 0.0)
        return product;
    int exponent_a, exponent_b, exponent_c;
    ni_u128 x = (ni_unpack(a, &exponent_a) >> 73) * (ni_unpack(b, &exponent_b) >> 73);
    int exponent_x = exponent_a + exponent_b + 2 * 73;
    while (!(x >> 125))
        x <<= 1, exponent_x--;
    ni_u128 y = ni_unpack(c, &exponent_c);
    int negative_x = (a < 0.0) != (b < 0.0), negative_y = c < 0.0;
    if (exponent_x < exponent_c || (exponent_x == exponent_c && x < y)) {
        ni_u128 t = x;
        x = y, y = t;
        int e = exponent_x, n = negative_x;
        exponent_x = exponent_c, exponent_c = e;
        negative_x = negative_y, negative_y = n;
    }
    y = ni_shift_sticky(y, exponent_x - exponent_c > 127 ? 128 : exponent_x - exponent_c);
    if (negative_x != negative_y) {
        if (x == y)
            return 0.0; /* an exact cancellation is +0 in round to nearest */
        return ni_pack(negative_x, x - y, exponent_x);
    }
    x += y;
    if (x >> 126)
        x = ni_shift_sticky(x, 1), exponent_x++;
    return ni_pack(negative_x, x, exponent_x);
}

#endif

#endif
