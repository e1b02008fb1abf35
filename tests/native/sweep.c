/* The kernels' samplers over chosen words against exact mathematics, in units in the last place.
 *
 *     sweep radius STEP            r = sqrt(-2 ln u0), every STEP-th word
 *     sweep angle STEP             cos(2 pi u1) and sin(2 pi u1)
 *     sweep pair COUNT             normals from random, extreme and worst pairs of words
 *     sweep truncated LOW HIGH STEP    float32 truncated normals (standard)
 *     sweep pair64 COUNT           float64 normals
 *     sweep truncated64 LOW HIGH COUNT
 *
 * Prints the largest error, where it is, and (truncated) the largest error in shares of a word.
 * The kernels are included, so that words can be given that no known stream holds.
 * Exact values: long double or quadruple precision, of which at most 2^-30 ulp is lost.
 */
#include "kernels/kernels.c"

#include <math.h>
#include <quadmath.h>
#include <stdio.h>
#include <stdlib.h>

#include "prepare.h"

typedef __float128 quad;

typedef struct {
    double ulp, share;
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

static u32v words_from(uint64_t first, uint64_t step)
{
    u32v w;
    for (int i = 0; i < NI_WIDTH; i++)
        w[i] = (uint32_t)(first + (uint64_t)i * step);
    return w;
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

/* The worst words of a sweep, one of each block of words, kept for pairs. */
enum { kept = 64 };
static uint32_t worst_radius[kept], worst_angle[kept];

static void keep(uint32_t *words, double *errors, double error, uint32_t word)
{
    int i = (int)(word >> 26);
    if (error > errors[i])
        errors[i] = error, words[i] = word;
}

static worst sweep_radius(uint64_t step)
{
    worst w = {0};
    double errors[kept] = {0};
    for (uint64_t first = 0; first < (uint64_t)1 << 32; first += NI_WIDTH * step) {
        u32v words = words_from(first, step);
        f32v t = from_i32((i32v)words) + 0.5f;
        f32v r = root_f32(minus_two_log_f32(t, 32, negative_i32((i32v)words), t * 0x1p-32f));
        for (int i = 0; i < NI_WIDTH; i++) {
            double exact = sqrt(exact_log(words[i])), error = fabs(r[i] - exact) / ulp32(exact);
            note(&w, error, words[i], 0, r[i]);
            keep(worst_radius, errors, error, words[i]);
        }
    }
    return w;
}

static void sweep_angle(uint64_t step, worst *cosine, worst *sine)
{
    double errors[kept] = {0};
    for (uint64_t first = 0; first < (uint64_t)1 << 32; first += NI_WIDTH * step) {
        u32v words = words_from(first, step);
        f32v c, s;
        cos_sin_f32(words, &c, &s);
        for (int i = 0; i < NI_WIDTH; i++) {
            double exact_c, exact_s;
            exact_turn(words[i], &exact_c, &exact_s);
            double error_c = fabs(c[i] - exact_c) / ulp32(exact_c);
            double error_s = fabs(s[i] - exact_s) / ulp32(exact_s);
            note(cosine, error_c, words[i], 0, c[i]);
            note(sine, error_s, words[i], 0, s[i]);
            keep(worst_angle, errors, error_c > error_s ? error_c : error_s, words[i]);
        }
    }
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

static void pairs(u32v w0, u32v w1, worst *w)
{
    ni_sampler s = {0};
    s.f32.scale = 1.0f;
    f32v a, b;
    normal_f32(w0, w1, &s, &a, &b);
    for (int i = 0; i < NI_WIDTH; i++) {
        double r = sqrt(exact_log(w0[i])), c, q;
        exact_turn(w1[i], &c, &q);
        note(w, fabs(a[i] - r * c) / ulp32(r * c), w0[i], w1[i], a[i]);
        note(w, fabs(b[i] - r * q) / ulp32(r * q), w0[i], w1[i], b[i]);
    }
}

static worst sweep_pairs(uint64_t count)
{
    worst w = {0}, unused = {0};
    u32v w0, w1;
    sweep_radius(61);
    sweep_angle(61, &unused, &unused);
    for (int i = 0; i < kept * kept / NI_WIDTH; i++) {
        for (int k = 0; k < NI_WIDTH; k++) {
            w0[k] = worst_radius[(i * NI_WIDTH + k) / kept];
            w1[k] = worst_angle[(i * NI_WIDTH + k) % kept];
        }
        pairs(w0, w1, &w);
    }
    for (uint64_t n = 0; n < count; n += NI_WIDTH) {
        for (int k = 0; k < NI_WIDTH; k++)
            w0[k] = (uint32_t)some_word(32), w1[k] = (uint32_t)some_word(32);
        pairs(w0, w1, &w);
    }
    return w;
}

static worst sweep_pairs64(uint64_t count)
{
    worst w = {0};
    ni_sampler s = {0};
    s.f64.scale = 1.0;
    for (uint64_t n = 0; n < count; n += NI_HALF) {
        u64v w0, w1;
        f64v a, b;
        for (int k = 0; k < NI_HALF; k++)
            w0[k] = some_word(64), w1[k] = some_word(64);
        normal_f64(w0, w1, &s, &a, &b);
        for (int k = 0; k < NI_HALF; k++) {
            quad u = (quad)(w0[k] >> 11 | 1) * 0x1p-53q, v = (quad)(w1[k] >> 11 | 1) * 0x1p-53q;
            quad r = sqrtq(-2 * logq(u)), c = r * cosq(2 * M_PIq * v), q = r * sinq(2 * M_PIq * v);
            note(&w, (double)fabsq(a[k] - c) / ulp64(c), w0[k], w1[k], a[k]);
            note(&w, (double)fabsq(b[k] - q) / ulp64(q), w0[k], w1[k], b[k]);
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
    if (share > w->share && ulp > 8)
        w->share = share;
    note(w, ulp, word, 0, x);
}

static worst sweep_truncated(double low, double high, uint64_t step, uint64_t count, int wide)
{
    const ni_stream stream = {0};
    const ni_distribution d = {NI_TRUNCATED_NORMAL, 0.0, 1.0, low, high};
    ni_sampler s;
    worst w = {0};
    interval t = {low, high, 0, half_erf(low), upper(low), upper(high), upper(-(quad)low), wide};
    if (ni_prepare(&s, &stream, &d, wide ? NI_FLOAT64 : NI_FLOAT32) != NI_OK)
        exit(2);
    t.mass = low > 1 ? t.q_a - t.q_b : high < -1 ? upper(-t.b) - t.below : half_erf(high) - t.e_a;
    if (!wide) {
        const uint64_t all = (uint64_t)1 << 32, ends = 3072, crossing = s.crossing ^ s.flip;
        const uint64_t centres[] = {0, all - ends, all / 2 - ends / 2,
                                    (uint32_t)crossing - ends / 2};
        uint64_t total = all / step + 4 * ends;
        for (uint64_t n = 0; n < total; n += NI_WIDTH) {
            u32v words;
            for (int i = 0; i < NI_WIDTH; i++) {
                uint64_t k = n + i - all / step;
                words[i] = n + i < all / step
                               ? (uint32_t)((n + i) * step)
                               : (uint32_t)(centres[k / ends % 4] + k % ends);
            }
            f32v x = element_f32(words, &s, s.rule);
            for (int i = 0; i < NI_WIDTH; i++)
                judge(&t, &w, words[i], x[i], (words[i] + 0.5q) * 0x1p-32q,
                      ((uint32_t)~words[i] + 0.5q) * 0x1p-32q, 0x1p-32q);
        }
    }
    for (uint64_t n = 0; wide && n < count; n += NI_HALF) {
        u64v words;
        for (int i = 0; i < NI_HALF; i++) {
            words[i] = some_word(64);
            if (n % 4 == 0)
                words[i] = ((s.crossing << 11) + (some_word(64) >> (random64() % 54))) ^
                           (s.flip ? ~(uint64_t)0 : 0);
        }
        f64v x = element_f64(words, &s, s.rule);
        for (int i = 0; i < NI_HALF; i++) {
            uint64_t v = words[i] ^ (s.flip ? ~(uint64_t)0 : 0);
            quad u = (quad)(v >> 11 | 1) * 0x1p-53q;
            judge(&t, &w, words[i], x[i], s.flip ? 1 - u : u, s.flip ? u : 1 - u, 0x1p-52q);
        }
    }
    return w;
}

int main(int count, char **argument)
{
    const char *what = count > 1 ? argument[1] : "";
    const uint64_t last = count > 2 ? strtoull(argument[count - 1], NULL, 0) : 0;
    worst w = {0}, other = {0};
    if (!strcmp(what, "radius"))
        w = sweep_radius(last), show("radius", &w);
    else if (!strcmp(what, "angle"))
        sweep_angle(last, &w, &other), show("cosine", &w), show("sine", &other);
    else if (!strcmp(what, "pair"))
        w = sweep_pairs(last), show("pair", &w);
    else if (!strcmp(what, "pair64"))
        w = sweep_pairs64(last), show("pair64", &w);
    else if (!strncmp(what, "truncated", 9) && count == 5) {
        int wide = !strcmp(what, "truncated64");
        w = sweep_truncated(atof(argument[2]), atof(argument[3]), last, last, wide);
        show(what, &w);
        printf("share %.3g\n", w.share);
    } else
        return 1;
    return 0;
}
