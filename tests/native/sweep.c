/* The kernels' samplers over chosen words against exact mathematics, in units in the last place.
 *
 *     sweep normal STEP COUNT      float32 pairs: every STEP-th radius and angle, the worst of
 *                                  them together, and COUNT random and extreme pairs
 *     sweep normal64 1 COUNT       float64 pairs, random and extreme
 *     sweep truncated LOW HIGH STEP      float32, every STEP-th word and the extreme ones
 *     sweep truncated64 LOW HIGH COUNT   float64, random and extreme words
 *
 * Prints the largest error and where it is. For truncated also, among the elements that are more
 * than 8 ulp off, the largest error in shares of a word and the largest value.
 * The kernels are included, so that words can be given that no known stream holds.
 */
#include "kernels/kernels.c"

#include <math.h>
#include <quadmath.h>
#include <stdio.h>
#include <stdlib.h>

#include "setup/prepare.h"

typedef __float128 quad;

typedef struct {
    double ulp, share, reach;
    uint64_t word, other;
    double value;
} worst;

static double ulp32(long double x)
{
    int e = ilogbl(x);
    return ldexp(1.0, (e < -126 ? -126 : e) - 23);
}

static double ulp64(quad x)
{
    int e = ilogbq(x);
    return ldexp(1.0, (e < -1022 ? -1022 : e) - 52);
}

static void note(worst *w, double ulp, uint64_t word, uint64_t other, double value)
{
    if (!(ulp <= w->ulp))
        w->ulp = ulp, w->word = word, w->other = other, w->value = value;
}

static void show(const char *what, const worst *w)
{
    printf("%s %.4f ulp at word %llu %llu, value %.17g\n", what, w->ulp,
           (unsigned long long)w->word, (unsigned long long)w->other, w->value);
}

static double exact_log(uint32_t w) /* -2 ln u; the double has 29 bits more than are wanted */
{
    return w >= 0x80000000u ? -2 * log1p(((int32_t)w + 0.5) * 0x1p-32)
                            : -2 * log((w + 0.5) * 0x1p-32);
}

static void exact_turn(uint32_t w, double *cosine, double *sine)
{
    const double quarter = 1.57079632679489661923;
    uint32_t turned = w + 0x20000000u;
    double y = ((int32_t)(turned & 0x3fffffffu) - 0x20000000 + 0.5) * 0x1p-30;
    double c = cos(quarter * y), s = sin(quarter * y);
    const double cosines[4] = {c, -s, -c, s}, sines[4] = {s, c, -s, -c};
    *cosine = cosines[turned >> 30], *sine = sines[turned >> 30];
}

/* The worst words of a sweep, one of each block of words, kept for pairs: the errors of the
 * radius and of the angle add. */
enum { kept = 1024 };
static uint32_t worst_radius[kept], worst_angle[kept];

static void keep(uint32_t *words, double *errors, double error, uint32_t word)
{
    int i = (int)(word >> 22);
    if (error > errors[i])
        errors[i] = error, words[i] = word;
}

static uint64_t random_state = 1;
static uint64_t random64(void) /* splitmix64 */
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Random words, half of them near a multiple of 2^k: ends, middle, quarters, powers of two. */
static uint64_t some_word(int bits)
{
    uint64_t r = random64(), mask = bits == 64 ? ~(uint64_t)0 : ((uint64_t)1 << bits) - 1;
    if (r & 1)
        return random64() & mask;
    uint64_t centre = (uint64_t)1 << ((r >> 1) % bits);
    if (r & 256)
        centre = (r >> 9 & 15) << (bits - 4);
    int spread = (int)((r >> 16) % (bits - 8));
    uint64_t near = random64() & (((uint64_t)1 << spread) - 1);
    return (r & 512 ? centre + near : centre - 1 - near) & mask;
}

enum { lanes = 2 * NI_WIDTH, wide_lanes = 2 * NI_HALF }; /* pairs that one call makes */

static const ni_sampler standard = {.f32 = {.scale = 1.0f}, .f64 = {.scale = 1.0}};

/* Relative errors of the pairs (w0, w1): of the cosine's element, and of the sine's. */
static void pairs(const uint32_t w0[lanes], const uint32_t w1[lanes], worst *w,
                  double cosine_error[lanes], double sine_error[lanes])
{
    u32v words[4];
    f32v x[4];
    memcpy(&words[0], w0, sizeof words[0]), memcpy(&words[1], w1, sizeof words[0]);
    memcpy(&words[2], w0 + NI_WIDTH, sizeof words[0]);
    memcpy(&words[3], w1 + NI_WIDTH, sizeof words[0]);
    elements_f32(x, words, &standard, NI_RULE_NORMAL);
    for (int i = 0; i < lanes; i++) {
        const f32v *pair = x + i / NI_WIDTH * 2;
        double r = sqrt(exact_log(w0[i])), c, s;
        exact_turn(w1[i], &c, &s);
        c *= r, s *= r;
        double a = pair[0][i % NI_WIDTH], b = pair[1][i % NI_WIDTH];
        cosine_error[i] = fabs(a / c - 1), sine_error[i] = fabs(b / s - 1);
        note(w, fabs(a - c) / ulp32(c), w0[i], w1[i], a);
        note(w, fabs(b - s) / ulp32(s), w0[i], w1[i], b);
    }
}

static worst sweep_normal(uint64_t step, uint64_t count)
{
    worst radius = {0}, angle = {0}, together = {0}, some = {0};
    double radius_errors[kept] = {0}, angle_errors[kept] = {0}, c[lanes], s[lanes];
    uint32_t w0[lanes], w1[lanes];
    for (uint64_t n = 0; n < (uint64_t)1 << 32; n += lanes * step) {
        for (int i = 0; i < lanes; i++)
            w0[i] = (uint32_t)(n + i * step), w1[i] = 0; /* the cosine is 1 */
        pairs(w0, w1, &some, c, s);
        for (int i = 0; i < lanes; i++) {
            note(&radius, c[i] * 0x1p24, w0[i], 0, 0);
            keep(worst_radius, radius_errors, c[i], w0[i]);
        }
    }
    for (uint64_t n = 0; n < (uint64_t)1 << 32; n += lanes * step) {
        for (int i = 0; i < lanes; i++)
            w0[i] = 0x5bd1e995u, w1[i] = (uint32_t)(n + i * step);
        pairs(w0, w1, &some, c, s);
        for (int i = 0; i < lanes; i++) {
            double error = c[i] > s[i] ? c[i] : s[i];
            note(&angle, error * 0x1p24, w0[i], w1[i], 0);
            keep(worst_angle, angle_errors, error, w1[i]);
        }
    }
    for (int n = 0; n < kept * kept; n += lanes) {
        for (int i = 0; i < lanes; i++)
            w0[i] = worst_radius[(n + i) / kept], w1[i] = worst_angle[(n + i) % kept];
        pairs(w0, w1, &together, c, s);
    }
    for (uint64_t n = 0; n < count; n += lanes) {
        for (int i = 0; i < lanes; i++)
            w0[i] = (uint32_t)some_word(32), w1[i] = (uint32_t)some_word(32);
        pairs(w0, w1, &some, c, s);
    }
    printf("radius: relative error %.4f x 2^-24 at %llu\n", radius.ulp,
           (unsigned long long)radius.word);
    printf("angle, and a fixed radius: relative error %.4f x 2^-24 at %llu\n", angle.ulp,
           (unsigned long long)angle.other);
    show("worst together", &together);
    if (together.ulp > some.ulp)
        some = together;
    return some;
}

static worst sweep_normal64(uint64_t count)
{
    worst w = {0};
    for (uint64_t n = 0; n < count; n += wide_lanes) {
        u64v even[2], odd[2];
        f64v x[4];
        for (int k = 0; k < NI_HALF; k++)
            for (int i = 0; i < 2; i++)
                even[i][k] = some_word(64), odd[i][k] = some_word(64);
        elements_f64(x, even, odd, &standard, NI_RULE_NORMAL);
        for (int k = 0; k < wide_lanes; k++) {
            const u64v *words = k < NI_HALF ? even : odd;
            const f64v *pair = k < NI_HALF ? x : x + 1;
            uint64_t w0 = words[0][k % NI_HALF], w1 = words[1][k % NI_HALF];
            double a = pair[0][k % NI_HALF], b = pair[2][k % NI_HALF];
            quad u = (quad)(w0 >> 11 | 1) * 0x1p-53q, v = (quad)(w1 >> 11 | 1) * 0x1p-53q;
            quad r = sqrtq(-2 * logq(u)), c = r * cosq(2 * M_PIq * v), s = r * sinq(2 * M_PIq * v);
            note(&w, (double)fabsq(a - c) / ulp64(c), w0, w1, a);
            note(&w, (double)fabsq(b - s) / ulp64(s), w0, w1, b);
        }
    }
    return w;
}

/* -- truncated normals -------------------------------------------------------------------- */

static quad upper(quad x) { return erfcq(x * M_SQRT1_2q) / 2; }
static quad half_erf(quad x) { return erfq(x * M_SQRT1_2q) / 2; }
static quad density(quad x) { return expq(-x * x / 2) * M_SQRT1_2q * M_2_SQRTPIq / 2; }

typedef struct {
    quad a, b, mass, e_a, q_a, q_b, below;
    int wide;
} interval;

/* The step from x to the exact quantile at u of the way (1 - u given apart), by Newton. */
static quad step_to_exact(const interval *t, quad x, quad u, quad rest)
{
    quad miss;
    if (fabsq(x) < 0.5q)
        miss = half_erf(x) - (t->e_a + u * t->mass);
    else if (x > 0)
        miss = t->q_b + rest * t->mass - upper(x);
    else
        miss = upper(-x) - (t->below + u * t->mass);
    return miss / density(x);
}

static void judge(const interval *t, worst *w, uint64_t word, double x, quad u, quad rest,
                  quad word_share)
{
    quad step = step_to_exact(t, x, u, rest), exact = x - step;
    double ulp = (double)fabsq(step) / (t->wide ? ulp64(exact) : ulp32((long double)exact));
    double share = (double)(fabsq(step) * density(exact) / (word_share * t->mass));
    if (ulp > 8) {
        w->share = share > w->share ? share : w->share;
        w->reach = fabs(x) > w->reach ? fabs(x) : w->reach;
    }
    note(w, ulp, word, 0, x);
}

/* The same in double precision, for float32 away from 0: good to 2^-20 ulp. */
static double quick_ulp(const interval *t, double x, double u, double rest)
{
    double miss = fabs(x) < 0.5 ? 0.5 * erf(x * M_SQRT1_2) - ((double)t->e_a + u * (double)t->mass)
                  : x > 0 ? (double)t->q_b + rest * (double)t->mass - 0.5 * erfc(x * M_SQRT1_2)
                          : 0.5 * erfc(-x * M_SQRT1_2) - ((double)t->below + u * (double)t->mass);
    return fabs(miss) * exp(0.5 * x * x) * 2.5066282746310002 / ulp32((long double)x);
}

static void sweep_words32(const ni_sampler *s, const interval *t, worst *w, uint64_t step)
{
    const uint64_t all = (uint64_t)1 << 32, ends = 3072, crossing = s->crossing ^ s->flip;
    const uint64_t starts[] = {0, all - ends, all / 2 - ends / 2, crossing - ends / 2};
    for (uint64_t n = 0; n < all / step + 4 * ends; n += 4 * NI_WIDTH) {
        u32v words[4];
        f32v x[4];
        for (int i = 0; i < 4 * NI_WIDTH; i++) {
            uint64_t k = n + i - all / step; /* past the steps */
            uint64_t word = n + i < all / step ? (n + i) * step : starts[k / ends % 4] + k % ends;
            words[i / NI_WIDTH][i % NI_WIDTH] = (uint32_t)word;
        }
        elements_f32(x, words, s, s->rule);
        for (int i = 0; i < 4 * NI_WIDTH; i++) {
            uint32_t word = words[i / NI_WIDTH][i % NI_WIDTH];
            double u = (word + 0.5) * 0x1p-32, rest = ((uint32_t)~word + 0.5) * 0x1p-32;
            float value = x[i / NI_WIDTH][i % NI_WIDTH];
            if (fabsf(value) < 1e-3f || fabsf(value) > 8
                || !(quick_ulp(t, value, u, rest) < w->ulp * 0.999))
                judge(t, w, word, value, u, rest, 0x1p-32q);
        }
    }
}

static void sweep_words64(const ni_sampler *s, const interval *t, worst *w, uint64_t count)
{
    const uint64_t flip = s->flip ? ~(uint64_t)0 : 0;
    for (uint64_t n = 0; n < count; n += 4 * NI_HALF) {
        u64v words[4]; /* in the order in which elements_f64 takes them */
        f64v x[4];
        for (int i = 0; i < 4 * NI_HALF; i++) {
            uint64_t word = some_word(64), near = some_word(64) >> (random64() % 54);
            words[i % 4][i / 4] = i % 8 ? word : ((s->crossing << 11) + near) ^ flip;
        }
        const u64v even[2] = {words[0], words[2]}, odd[2] = {words[1], words[3]};
        elements_f64(x, even, odd, s, s->rule);
        for (int i = 0; i < 4 * NI_HALF; i++) {
            uint64_t v = words[i % 4][i / 4] ^ flip;
            quad u = (quad)(v >> 11 | 1) * 0x1p-53q;
            judge(t, w, words[i % 4][i / 4], x[i % 4][i / 4], flip ? 1 - u : u, flip ? u : 1 - u,
                  0x1p-52q);
        }
    }
}

static worst sweep_truncated(double low, double high, uint64_t step, int wide)
{
    const ni_stream stream = {0};
    const ni_distribution d = {NI_TRUNCATED_NORMAL, 0.0, 1.0, low, high};
    ni_sampler s;
    worst w = {0};
    interval t = {low, high, 0, half_erf(low), upper(low), upper(high), upper(-(quad)low), wide};
    if (ni_prepare(&s, &stream, &d, wide ? NI_FLOAT64 : NI_FLOAT32) != NI_OK)
        exit(2);
    t.mass = low > 1 ? t.q_a - t.q_b : high < -1 ? upper(-t.b) - t.below : half_erf(high) - t.e_a;
    wide ? sweep_words64(&s, &t, &w, step) : sweep_words32(&s, &t, &w, step);
    return w;
}

int main(int count, char **argument)
{
    const char *what = count > 1 ? argument[1] : "";
    const int wide = strstr(what, "64") != NULL;
    worst w;
    if (count == 4 && !strncmp(what, "normal", 6)) {
        uint64_t step = strtoull(argument[2], NULL, 0), pairs = strtoull(argument[3], NULL, 0);
        w = wide ? sweep_normal64(pairs) : sweep_normal(step, pairs);
    } else if (count == 5 && !strncmp(what, "truncated", 9))
        w = sweep_truncated(atof(argument[2]), atof(argument[3]), strtoull(argument[4], NULL, 0),
                            wide);
    else
        return 2;
    show(what, &w);
    if (count == 5)
        printf("share %.3g reach %.3g\n", w.share, w.reach);
    return 0;
}
