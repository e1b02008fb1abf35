/* exp, ln and the normal distribution function; see special.h.
 *
 * Method.  Intermediate values are pairs of doubles whose exact sum is meant, good to 2^-55 or
 * better, and each public function ends by rounding one pair.  Three kernels do the work:
 *
 *   exp_pair     e^x = 2^n e^r with n = round(x / ln 2), so |r| <= ln(2)/2
 *   log_pair     ln x = k ln 2 + ln m with 1/sqrt(2) <= m < sqrt(2), ln m = 2 atanh((m-1)/(m+1))
 *   centre_pair, tail_pair
 *                Phi(x) - 1/2 for |x| <= 1 as an odd polynomial, and for x >= 1 the tail
 *                Q(x) = e^(-x^2/2) G(x) / x, where G(x) = x e^(x^2/2) Q(x) rises slowly from
 *                0.26 at x = 1 to 1/sqrt(2 pi) and is a polynomial on each of three intervals
 */
#include "setup/special.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error "double arithmetic must round to binary64 (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

/* ---- Constants and tables, printed by tools/fit/special.py ------------------------------------
 *
 * Coefficients of 1, v, v^2, ... in the variable v named by each comment; a table with a split
 * constant term starts with the two doubles whose sum is that term.  Each is the interpolant at
 * Chebyshev nodes, and its error bound includes the rounding of the coefficients.  LN2_HI holds
 * the first 32 bits of ln 2, so that its product with an exponent is exact.
 */
#define LN2_HI 0x1.62e42fee00000p-1
#define LN2_LO 0x1.a39ef35793c76p-33
#define INV_LN2 0x1.71547652b82fep+0

/* (e^r - 1 - r - r^2/2) / r^3 in r, |r| <= ln(2)/2.  Relative error of e^r < 2^-59.8. */
static const double EXP_CUBIC[] = {
    0x1.5555555555556p-3, 0x1.5555555555555p-5, 0x1.11111111109b5p-7,
    0x1.6c16c16c167e2p-10, 0x1.a01a01a7c2efep-13, 0x1.a01a01a47a591p-16,
    0x1.71de0db2f6a99p-19, 0x1.27e4e1f722281p-22, 0x1.af389ecfd7e27p-26,
    0x1.1f66d948af6f3p-29,
};

/* (ln((1+s)/(1-s)) - 2s) / s^3 in w = s^2, 1/sqrt(2) <= (1+s)/(1-s) <= sqrt(2).  Relative error of
 * the ln < 2^-60.7. */
static const double LOG_CUBIC[] = {
    0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476cccp-2,
    0x1.c71c720159177p-3, 0x1.745cf9048dd95p-3, 0x1.3b1c355a8f7a2p-3,
    0x1.0fbe95d716020p-3, 0x1.0c039c49989c6p-3,
};

/* (Phi(x) - 1/2) / x in z = x^2, |x| <= 1.  Relative error < 2^-59.1. */
static const double HALF_ERF[] = {
    0x1.9884533d43651p-2, -0x1.cd44427a75ef0p-56, -0x1.1058377e2cedfp-4,
    0x1.46d0429769010p-7, -0x1.37403f6b93143p-10, 0x1.e42b0d4b14d39p-14,
    -0x1.3ce8f9bacee1ep-17, 0x1.6589f17ce2693p-21, -0x1.621cc567a99f7p-25,
    0x1.380b151d37375p-29, -0x1.e69d43072e1f8p-34, 0x1.1eb48cc19cdecp-38,
};

/* G(x) in t = (x - 1.75) / (x + 1.75), 1 <= x <= 3.  Relative error < 2^-56.7. */
static const double MILLS_1_3[] = {
    0x1.4bef6589d6338p-2, -0x1.d828a2f813293p-56, 0x1.859d36515f2ecp-3,
    -0x1.2572130160906p-3, 0x1.e9a0aaaa916c4p-8, 0x1.6b2b7678a84fcp-6,
    0x1.deaf22bdbaf6ep-9, -0x1.d875f714efedep-9, -0x1.42996328ec015p-9,
    -0x1.37688164685a1p-12, 0x1.152ff351443e2p-11, 0x1.b7ccdd0c640b5p-12,
    0x1.e3aa14e4563bep-14, -0x1.cfea7a3856328p-15, -0x1.53d6a5070795bp-14,
    -0x1.6dfb04634b3cfp-15, -0x1.7ba9855a38239p-19, 0x1.86b3aef6523e4p-17,
};

/* G(x) in t = (x - 5.0) / (x + 5.0), 3 <= x <= 9.  Relative error < 2^-58.8. */
static const double MILLS_3_9[] = {
    0x1.89d3abe1f95aep-2, -0x1.045b90d3f7045p-57, 0x1.a9353f7be5cafp-5,
    -0x1.5c51455904950p-4, 0x1.74451e8002c8fp-4, -0x1.30277951e9698p-4,
    0x1.88d03ff15eb33p-5, -0x1.8bdde01f02927p-6, 0x1.23a9b3222cbc0p-7,
    -0x1.f0ed1c7ed4024p-10, -0x1.09423f8a0ef0dp-13, 0x1.fd1bad5d02c30p-13,
    -0x1.c9c014c22c988p-15, -0x1.15863a50e2d61p-16, 0x1.5a30fd01ccb77p-17,
    0x1.4b52f95e9da8dp-21, -0x1.88cae1eacc5a9p-20,
};

/* G(x) in w = 1/x^2, 9 <= x.  Relative error < 2^-59.0. */
static const double MILLS_9_INF[] = {
    0x1.9884533d43651p-2, -0x1.d891e6a6448e8p-56, -0x1.9884533d4355bp-2,
    0x1.32633e6dc1b7ep+0, -0x1.7efc0dcc94002p+2, 0x1.4f1c78b95807dp+5,
    -0x1.78fc6c1566592p+8, 0x1.02f7cb22a0df9p+12, -0x1.a0cd9e41b97f3p+15,
    0x1.6e04e8590ec65p+19, -0x1.265a839fae563p+23, 0x1.2286371fae819p+26,
};

#define LAST(table) ((int)(sizeof(table) / sizeof((table)[0])) - 1)

/* ---- Bits, and pairs of doubles -------------------------------------------------------------- */

typedef struct {
    double hi, lo; /* the value hi + lo; lo is about 2^-53 of hi, or less */
} pair;

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double infinity(void) { return from_bits(UINT64_C(0x7ff0000000000000)); }
static double not_a_number(void) { return from_bits(UINT64_C(0x7ff8000000000000)); }

/* x 2^n for |n| <= 2000, exact unless the result is subnormal or overflows. */
static double scale(double x, int n)
{
    int half = n / 2;
    double first = from_bits((uint64_t)(1023 + half) << 52);
    double second = from_bits((uint64_t)(1023 + n - half) << 52);
    return x * first * second;
}

/* a + b exactly, for |a| >= |b| or a = 0. */
static pair fast_two_sum(double a, double b)
{
    double sum = a + b;
    return (pair){sum, b - (sum - a)};
}

/* a + b exactly. */
static pair two_sum(double a, double b)
{
    double sum = a + b;
    double b_part = sum - a;
    double a_part = sum - b_part;
    return (pair){sum, (a - a_part) + (b - b_part)};
}

/* The first 26 bits of x; the 27 after them are x - upper_half(x). */
static double upper_half(double x)
{
    return from_bits(to_bits(x) & ~UINT64_C(0x7ffffff));
}

/* a b to 2^-105: every partial product is exact but the last, which may round its last bit. */
static pair two_product(double a, double b)
{
    double a1 = upper_half(a), a2 = a - a1;
    double b1 = upper_half(b), b2 = b - b1;
    double product = a * b;
    return (pair){product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}

static pair pair_product(pair a, pair b)
{
    pair p = two_product(a.hi, b.hi);
    return fast_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static pair pair_quotient(pair a, pair b)
{
    double quotient = a.hi / b.hi;
    pair p = two_product(quotient, b.hi);
    double rest = ((a.hi - p.hi) - p.lo) + (a.lo - quotient * b.lo);
    return fast_two_sum(quotient, rest / b.hi);
}

/* c[first] + c[first + 1] v + ... + c[last] v^(last - first), by Horner's rule. */
static double polynomial(const double *c, int first, int last, double v)
{
    double value = c[last];
    for (int i = last - 1; i >= first; i--)
        value = value * v + c[i];
    return value;
}

/* The same for a table that starts with a split constant term; the last step is done on pairs. */
static pair split_polynomial(const double *c, int last, pair v)
{
    pair slope = fast_two_sum(c[2], v.hi * polynomial(c, 3, last, v.hi));
    pair rise = pair_product(v, slope);
    pair sum = fast_two_sum(c[0], rise.hi);
    return fast_two_sum(sum.hi, sum.lo + (c[1] + rise.lo));
}

/* ---- Kernels --------------------------------------------------------------------------------- */

/* e^x = result 2^n with 0.7 < result < 1.42, for |x| <= 1400. */
static pair exp_pair(pair x, int *n)
{
    *n = (int)(x.hi * INV_LN2 + (x.hi < 0.0 ? -0.5 : 0.5));
    double whole = *n;
    pair r = two_sum(x.hi - whole * LN2_HI, x.lo - whole * LN2_LO);

    /* 1 + r + r^2/2 + r^3 (...), the first three terms with the errors of their sum. */
    pair square = two_product(r.hi, r.hi);
    pair linear = fast_two_sum(1.0, r.hi);
    pair head = fast_two_sum(linear.hi, 0.5 * square.hi);
    double cubic = square.hi * r.hi * polynomial(EXP_CUBIC, 0, LAST(EXP_CUBIC), r.hi);
    double small = linear.lo + head.lo + 0.5 * square.lo + r.lo * linear.hi;
    return fast_two_sum(head.hi, cubic + small);
}

/* ln x for a normal x.hi > 0; close to 1 the precision is relative to ln x. */
static pair log_pair(pair x)
{
    uint64_t bits = to_bits(x.hi);
    int k = (int)(bits >> 52) - 1023;
    double m = from_bits((bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000));
    if (m > 0x1.6a09e667f3bcdp+0) { /* sqrt 2 */
        m *= 0.5;
        k += 1;
    }

    /* s = f / (2 + f) with f = m - 1, and ln m = 2 s + s^3 (...). */
    double m_lo = scale(x.lo, -k);
    pair f = two_sum(m - 1.0, m_lo);
    pair below = two_sum(2.0, f.hi);
    below.lo += f.lo;
    pair s = pair_quotient(f, below);
    double w = s.hi * s.hi;
    double cubic = w * s.hi * polynomial(LOG_CUBIC, 0, LAST(LOG_CUBIC), w);

    pair head = two_sum(k * LN2_HI, 2.0 * s.hi);
    return fast_two_sum(head.hi, head.lo + (k * LN2_LO + (2.0 * s.lo + cubic)));
}

/* Phi(x) - 1/2 for |x| <= 1. */
static pair centre_pair(double x)
{
    pair slope = split_polynomial(HALF_ERF, LAST(HALF_ERF), two_product(x, x));
    if (-0x1p-500 < x && x < 0x1p-500) { /* where the low part could underflow */
        pair product = pair_product((pair){x * 0x1p600, 0.0}, slope);
        return (pair){product.hi * 0x1p-600, 0.0};
    }
    return pair_product((pair){x, 0.0}, slope);
}

/* (x - c) / (x + c) */
static pair about(double x, double c)
{
    return pair_quotient(two_sum(x, -c), two_sum(x, c));
}

/* G(x) / x = e^(x^2/2) Q(x) for 1 <= x <= 1e10. */
static pair mills_pair(double x)
{
    pair g;
    if (x < 3.0)
        g = split_polynomial(MILLS_1_3, LAST(MILLS_1_3), about(x, 1.75));
    else if (x < 9.0)
        g = split_polynomial(MILLS_3_9, LAST(MILLS_3_9), about(x, 5.0));
    else
        g = split_polynomial(MILLS_9_INF, LAST(MILLS_9_INF), (pair){1.0 / (x * x), 0.0});
    return pair_quotient(g, (pair){x, 0.0});
}

/* Q(x) for x >= 1.  A subnormal result has lo = 0. */
static pair tail_pair(double x)
{
    if (x > 39.0) /* Q(38.5) < 2^-1075 */
        return (pair){0.0, 0.0};
    int n;
    pair square = two_product(x, x);
    pair power = exp_pair((pair){-0.5 * square.hi, -0.5 * square.lo}, &n);
    pair q = pair_product(power, mills_pair(x));
    return (pair){scale(q.hi, n), scale(q.lo, n)};
}

/* Q(x) for every x. */
static pair sf_pair(double x)
{
    if (x > 1.0)
        return tail_pair(x);
    pair rest = x < -1.0 ? tail_pair(-x) : centre_pair(x);
    pair q = two_sum(x < -1.0 ? 1.0 : 0.5, -rest.hi);
    return (pair){q.hi, q.lo - rest.lo};
}

/* ---- Public functions ------------------------------------------------------------------------ */

double ni_special_exp(double x)
{
    if (x != x)
        return x;
    if (x > 710.0)
        return infinity();
    if (x < -746.0)
        return 0.0;
    int n;
    pair power = exp_pair((pair){x, 0.0}, &n);
    return scale(power.hi, n);
}

double ni_special_log(double x)
{
    if (x != x || x == infinity())
        return x;
    if (x < 0.0)
        return not_a_number();
    if (x == 0.0)
        return -infinity();
    if (x >= DBL_MIN)
        return log_pair((pair){x, 0.0}).hi;
    /* subnormal: ln(2^64 x) - 64 ln 2 */
    pair scaled = log_pair((pair){x * 0x1p64, 0.0});
    pair sum = two_sum(scaled.hi, -64.0 * LN2_HI);
    return sum.hi + (sum.lo + (scaled.lo - 64.0 * LN2_LO));
}

double ni_special_normal_cdf(double x)
{
    return ni_special_normal_sf(-x);
}

double ni_special_normal_sf(double x)
{
    if (x != x)
        return x;
    pair q = sf_pair(x);
    return q.hi + q.lo;
}

double ni_special_normal_log_sf(double x)
{
    if (x != x)
        return x;
    if (x < -9.0) /* ln(1 - p) = -p to 2^-60 */
        return -ni_special_normal_cdf(x);
    if (x <= 1.0)
        return log_pair(sf_pair(x)).hi;
    if (x > 1e10) /* ln(x sqrt(2 pi)) is less than 2^-60 of x^2/2 */
        return (-0.5 * x) * x;
    pair square = two_product(x, x);
    pair log_mills = log_pair(mills_pair(x));
    pair sum = two_sum(-0.5 * square.hi, log_mills.hi);
    return sum.hi + (sum.lo + (log_mills.lo - 0.5 * square.lo));
}

double ni_special_normal_half_erf(double x)
{
    if (x != x || x == 0.0)
        return x;
    double size = x < 0.0 ? -x : x;
    pair half;
    if (size <= 1.0) {
        half = centre_pair(size);
    } else {
        pair q = tail_pair(size);
        half = two_sum(0.5, -q.hi);
        half.lo -= q.lo;
    }
    double result = half.hi + half.lo;
    return x < 0.0 ? -result : result;
}
