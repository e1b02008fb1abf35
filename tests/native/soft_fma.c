/* Compares soft_fma.h with the C library's fma on numbers of every size, and such that the sum
 * nearly or wholly cancels, or lies next to half a unit in the last place: soft_fma COUNT. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/soft_fma.h"

static uint64_t state;

static uint64_t word(void) /* SplitMix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Any bits; or with an exponent within `span` of 0, and mostly few bits set. */
static double number(int span)
{
    uint64_t bits = word();
    if (span) {
        bits &= 0x800fffffffffffffu & (word() % 2 ? ~(uint64_t)0 << word() % 53 : ~(uint64_t)0);
        bits |= (1023 - (uint64_t)span + word() % (2 * (uint64_t)span + 1)) << 52;
    }
    return ni_from_bits(bits);
}

static int same(double x, double y)
{
    return ni_bits_of(x) == ni_bits_of(y) || (x != x && y != y);
}

static int differs(double a, double b, double c)
{
    if (!same(ni_fma(a, b, c), fma(a, b, c)))
        return 1;
    /* the way for numbers of every size, where the other one is taken */
    if (!same(ni_any_fma(a, b, c), fma(a, b, c)))
        return 1;
    const float x = (float)a, y = (float)b, z = (float)c;
    return !same(ni_fmaf(x, y, z), fmaf(x, y, z));
}

int main(int count, char **argument)
{
    static const int spans[] = {0, 2, 60, 126, 400, 1022};
    const long long rounds = count > 1 ? atoll(argument[1]) : 0;
    for (long long i = 0; i < rounds; i++) {
        const int span = spans[i % 6];
        const double a = number(span), b = number(span), c = number(span);
        const double near = ni_from_bits(ni_bits_of(-a * b) + word() % 5 - 2);
        if (differs(a, b, c) || differs(a, b, near) || differs(a, b, near * 0x1p53)
            || differs(a, b, near * 0x1p-53) || differs(a, b, 0.0) || differs(a, 0.0, c)) {
            printf("%a %a %a; %a\n", a, b, c, near);
            return 1;
        }
    }
    return 0;
}
