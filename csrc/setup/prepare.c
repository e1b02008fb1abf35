/* From a distribution to the numbers that the kernels need: the regimes of docs/stream.md. */
#include "setup/prepare.h"

#include <string.h>

#include "setup/special.h"

/* -- floating-point formats ------------------------------------------------------------- */

typedef struct {
    int bytes;
    int precision, min_exponent; /* bits of the significand; smallest normal is 2^min_exponent */
    double max;                  /* the largest finite value */
    int infinities;              /* whether there are infinities, and several NaN */
} format;

static const format formats[NI_DTYPE_COUNT] = {
    [NI_FLOAT32] = {4, 24, -126, 0x1.fffffep127, 1},
    [NI_FLOAT64] = {8, 53, -1022, 0x1.fffffffffffffp1023, 1},
    [NI_FLOAT16] = {2, 11, -14, 65504.0, 1},
    [NI_BFLOAT16] = {2, 8, -126, 0x1.fep127, 1},
    [NI_FLOAT8_E4M3FN] = {1, 4, -6, 448.0, 0},
    [NI_FLOAT8_E5M2] = {1, 3, -14, 57344.0, 1},
    [NI_UINT32] = {4, 0, 0, 0.0, 0},
    [NI_UINT64] = {8, 0, 0, 0.0, 0},
};

int ni_element_bytes(int dtype)
{
    return dtype < 0 || dtype >= NI_DTYPE_COUNT ? 0 : formats[dtype].bytes;
}

double ni_largest(int dtype) { return formats[dtype].max; }

static const double infinity = 1.0 / 0.0;

static int is_nan(double x) { return x != x; }
static int is_finite(double x) { return x - x == 0.0; }
static double absolute(double x) { return x < 0.0 ? -x : x; }
static double larger(double a, double b) { return a < b ? b : a; }
static double smaller(double a, double b) { return b < a ? b : a; }

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 2^k for -1022 <= k <= 1023. */
static double power_of_two(int k)
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x in the format: rounded down (-1), up (+1) or to nearest even (0); infinite past `max`. */
static double round_to(const format *f, double x, int direction)
{
    if (f->precision == 53 || x == 0.0 || !is_finite(x))
        return x;
    int exponent = (int)(bits_of(x) >> 52 & 0x7ff) - 1023;
    if (exponent < f->min_exponent)
        exponent = f->min_exponent;
    double quantum = power_of_two(exponent - f->precision + 1);
    double scaled = x / quantum; /* exact: a power of two, far from both ends */
    double whole = (double)(int64_t)scaled, rest = absolute(scaled - whole);
    double away = x < 0.0 ? -1.0 : 1.0;
    if (direction == 0 ? rest > 0.5 || (rest == 0.5 && ((int64_t)whole & 1))
                       : rest > 0.0 && (direction < 0) == (x < 0.0))
        whole += away;
    double rounded = whole * quantum;
    if (absolute(rounded) <= f->max)
        return rounded;
    return direction != 0 && (direction < 0) != (x < 0.0) ? away * f->max : away * infinity;
}

/* The binary64 number next below a finite x. */
static double next_below(double x)
{
    if (x == 0.0)
        return -0x1p-1074;
    uint64_t bits = bits_of(x);
    bits += x < 0.0 ? 1 : (uint64_t)-1;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int fits(const format *f, double x) { return is_finite(round_to(f, x, 0)); }

/* -- rules ------------------------------------------------------------------------------ */

/* The reach of the normal kernels, rounded up: sqrt(66 ln 2) = 6.7637 from u = 2^-33, and
 * sqrt(106 ln 2) = 8.5717 from u = 2^-53. */
static double reach(int dtype) { return dtype == NI_FLOAT64 ? 8.58 : 6.77; }

/* The bits of x, a value of the format, which has less than 53 bits of precision. */
static uint64_t element_bits(const format *f, double x)
{
    const int fraction = f->precision - 1;
    const uint64_t top = ((uint64_t)1 << (8 * f->bytes - 1)) - 1, sign = bits_of(x) >> 63;
    const uint64_t beyond = top >> fraction << fraction; /* the largest exponent */
    uint64_t size;
    if (is_nan(x))
        size = f->infinities ? beyond | (uint64_t)1 << (fraction - 1) : top;
    else if (!is_finite(x))
        size = beyond;
    else if (absolute(x) < power_of_two(f->min_exponent))
        size = (uint64_t)(absolute(x) / power_of_two(f->min_exponent - fraction));
    else
        size = ((bits_of(x) << 1 >> 1) - ((uint64_t)(1022 + f->min_exponent) << 52))
               >> (52 - fraction);
    return sign << (8 * f->bytes - 1) | size;
}

static ni_status prepare_constant(ni_sampler *s, int dtype, double value)
{
    const format *f = &formats[dtype];
    if (is_nan(value) || (f->infinities && !is_finite(value)) || fits(f, value)) {
        s->rule = NI_RULE_CONSTANT;
        s->constant = dtype == NI_FLOAT64 ? bits_of(value)
                                          : element_bits(f, round_to(f, value, 0));
        return NI_OK;
    }
    return NI_OUT_OF_RANGE;
}

/* element = fma(x, scale, shift), clamped to [low, high]; a zero among them is +0. */
static void set_place(ni_sampler *s, double scale, double shift, double low, double high)
{
    s->f64.scale = scale + 0.0, s->f64.shift = shift + 0.0;
    s->f64.low = low + 0.0, s->f64.high = high + 0.0;
}

static ni_status prepare_uniform(ni_sampler *s, int dtype, double low, double high)
{
    const format *f = &formats[dtype];
    if (!is_finite(low) || !is_finite(high))
        return NI_BAD_NUMBER;
    if (low > high)
        return NI_BAD_BOUNDS;
    if (low == high)
        return prepare_constant(s, dtype, low);
    if (!fits(f, low) || !fits(f, high) || !fits(&formats[dtype == NI_FLOAT64 ? dtype : NI_FLOAT32],
                                                 high - low))
        return NI_OUT_OF_RANGE;
    s->rule = NI_RULE_UNIFORM;
    set_place(s, high - low, low, round_to(f, low, 1), round_to(f, next_below(high), -1));
    return s->f64.low > s->f64.high ? NI_EMPTY_INTERVAL : NI_OK;
}

static ni_status prepare_normal(ni_sampler *s, int dtype, double mean, double std)
{
    if (std == 0.0)
        return prepare_constant(s, dtype, mean);
    double largest = absolute(mean) + reach(dtype) * std;
    if (dtype != NI_FLOAT64) /* rounded twice, as the elements are */
        largest = round_to(&formats[NI_FLOAT32], largest, 0);
    if (!fits(&formats[dtype], largest))
        return NI_OUT_OF_RANGE;
    s->rule = NI_RULE_NORMAL;
    set_place(s, std, mean, 0.0, 0.0);
    return NI_OK;
}

/* -- the truncated normal --------------------------------------------------------------- */

/* Regime 'general': probabilities and the crossing word, for a < b in standard units. */
static void set_general(ni_sampler *s, int dtype, double a, double b)
{
    const int wide = dtype == NI_FLOAT64;
    const double words = wide ? 0x1p53 : 0x1p32, half_word = wide ? 0.0 : 0.5;
    double mass = a < 0.0 || b <= 1.0
                      ? ni_special_normal_half_erf(b) - ni_special_normal_half_erf(a)
                      : ni_special_normal_sf(a) - ni_special_normal_sf(b);
    double crossing = -ni_special_normal_half_erf(a) / mass * words - half_word;
    uint64_t first = 0;
    if (crossing > 0.0) {
        first = (uint64_t)crossing;
        first += (double)first < crossing;
    }
    s->rule = NI_RULE_GENERAL;
    s->crossing = first;
    s->f64.mass = 2.0 * (mass / words); /* all of them doubled, which is exact */
    s->f64.below = 2.0 * ni_special_normal_cdf(a);
    s->f64.above = 2.0 * ni_special_normal_sf(b);
    s->f64.centre_up = ((double)first - crossing) * s->f64.mass;
    s->f64.centre_down = -s->f64.centre_up;
}

/* ln(Q(b)/Q(a)). For large bounds ln Q(x) = -x^2/2 - ln x - ln(2 pi)/2 - 1/x^2 + 5/(2 x^4)
 * + O(x^-6), and differences of powers are taken as products. */
static double log_ratio(double a, double b)
{
    if (a <= 400.0)
        return ni_special_normal_log_sf(b) - ni_special_normal_log_sf(a);
    double ia = 1.0 / a, ib = 1.0 / b, difference = (ia - ib) * (ia + ib);
    return -(b - a) * (b + a) * 0.5 - ni_special_log(b / a)
           + difference * (1.0 - 2.5 * (ia * ia + ib * ib));
}

/* Regime 'tail': a >= 4. */
static void set_tail(ni_sampler *s, int dtype, double a, double b)
{
    s->rule = NI_RULE_TAIL;
    s->far_tail = a > (dtype == NI_FLOAT64 ? 400.0 : 64.0);
    s->f64.tail_rest = b < infinity ? ni_special_exp(log_ratio(a, b)) : 0.0;
    s->f64.tail_span = 1.0 - s->f64.tail_rest;
    if (!s->far_tail) {
        s->f64.tail_log = -2.0 * ni_special_normal_log_sf(a);
        return;
    }
    /* The series of x^2 in E2 = -2 ln(Q(x)/Q(a)), by t = 1/a^2 (tools/fit/far_tail.py): x is
     * within 2^-30 in binary32 with c1 and c2, within 2^-64 in binary64. */
    double t = 1.0 / (a * a);
    s->f64.tail_c0 = a * a;
    s->f64.tail_c1 = 1.0 - t * (1.0 - t * (3.0 - 15.0 * t));
    s->f64.tail_c2 = t * t * (0.5 - 3.5 * t);
    s->f64.tail_c3 = t * t * t * (-1.0 / 3.0);
}

static ni_status prepare_truncated(ni_sampler *s, int dtype, const ni_distribution *d)
{
    const format *f = &formats[dtype];
    const double mean = d->mean, std = d->std;
    if (is_nan(d->low) || is_nan(d->high))
        return NI_BAD_NUMBER;
    if (d->low > d->high || d->low == infinity || d->high == -infinity)
        return NI_BAD_BOUNDS;
    double low = round_to(f, larger(d->low, -f->max), 1);
    double high = round_to(f, smaller(d->high, f->max), -1);
    if (std == 0.0 && (mean < d->low || mean > d->high))
        return NI_BAD_BOUNDS;
    double span = reach(dtype) * std;
    if (!fits(f, larger(d->low, smaller(mean, d->high) - span))
        || !fits(f, smaller(d->high, larger(mean, d->low) + span)))
        return NI_OUT_OF_RANGE;
    if (d->low == d->high)
        return prepare_constant(s, dtype, d->low);
    if (low > high)
        return NI_EMPTY_INTERVAL;
    if (std == 0.0)
        return prepare_constant(s, dtype, smaller(larger(mean, low), high));

    double a = (d->low - mean) / std, b = (d->high - mean) / std;
    const int wide = dtype == NI_FLOAT64, flip = a + b < 0.0;
    set_place(s, std, mean, low, high);
    if (a < -reach(dtype) && b > reach(dtype)) {
        s->rule = NI_RULE_WIDE;
        return NI_OK;
    }
    if (flip) {
        double t = a;
        a = -b, b = -t;
    }
    /* Past 2^40 sigma the spread, 1/a, is below the last bit of any element. */
    if (a > 0x1p40)
        return prepare_constant(s, dtype, flip ? high : low);
    /* So narrow that the density does not change within the interval. */
    if ((b - a) * larger(b, 1.0) < (wide ? 0x1p-58 : 0x1p-30)) {
        s->rule = NI_RULE_UNIFORM;
        set_place(s, d->high - d->low, d->low, low, high);
        return NI_OK;
    }
    if (!wide && absolute(a + b) <= 0x1p-30 && b <= 2.0 + 0x1p-20) {
        s->rule = NI_RULE_CENTRAL;
        s->f64.mass = 2.0 * ni_special_normal_half_erf((b - a) * 0.5) * 0x1p-32;
        s->f64.mass_square = s->f64.mass * s->f64.mass;
        return NI_OK;
    }
    s->flip = flip ? 0xffffffffu : 0;
    set_place(s, flip ? -std : std, mean, low, high);
    if (a >= 4.0)
        set_tail(s, dtype, a, b);
    else
        set_general(s, dtype, a, b);
    return NI_OK;
}

/* -- all kinds -------------------------------------------------------------------------- */

/* Each binary32 number is its binary64 one, rounded once. */
static void round_numbers(ni_sampler *s)
{
    enum { count = sizeof s->f64 / sizeof(double) };
    double wide[count];
    float narrow[count];
    memcpy(wide, &s->f64, sizeof wide);
    for (int i = 0; i < count; i++)
        narrow[i] = (float)wide[i] + 0.0f; /* what rounds to -0 becomes +0 */
    memcpy(&s->f32, narrow, sizeof narrow);
}

static ni_status prepare_kind(ni_sampler *s, const ni_distribution *d, int dtype)
{
    switch (d->kind) {
    case NI_CONSTANT: return prepare_constant(s, dtype, d->mean);
    case NI_UNIFORM: return prepare_uniform(s, dtype, d->low, d->high);
    case NI_NORMAL:
    case NI_TRUNCATED_NORMAL:
        if (!is_finite(d->mean) || !is_finite(d->std))
            return NI_BAD_NUMBER;
        if (d->std < 0.0)
            return NI_BAD_STD;
        return d->kind == NI_NORMAL ? prepare_normal(s, dtype, d->mean, d->std)
                                    : prepare_truncated(s, dtype, d);
    default: return NI_BAD_KIND;
    }
}

ni_status ni_prepare(ni_sampler *sampler, const ni_stream *stream,
                     const ni_distribution *distribution, int dtype)
{
    memset(sampler, 0, sizeof *sampler);
    sampler->key = stream->key;
    sampler->offset = stream->offset;
    sampler->draw = stream->draw;
    sampler->rule = NI_RULE_BITS;
    const int raw = distribution->kind == NI_BITS;
    if (ni_element_bytes(dtype) == 0 || raw != (dtype == NI_UINT32 || dtype == NI_UINT64))
        return NI_BAD_DTYPE;
    if (raw)
        return NI_OK;
    sampler->fraction = formats[dtype].precision - 1;
    sampler->min_exponent = formats[dtype].min_exponent;
    ni_status status = prepare_kind(sampler, distribution, dtype);
    if (status == NI_OK)
        round_numbers(sampler);
    return status;
}
