/* The places of zeros in sparse matrices, 64 columns a word: docs/stream.md, section 8. */
#ifndef NI_PLACES_H
#define NI_PLACES_H

#include "kernels/lanes.h"

/* Bit j of chosen[i]: whether byte j of row i's 16 words is below t. */
static void choose(const uint32_t *word, int64_t rows, uint32_t t, uint64_t *chosen)
{
    for (int64_t i = 0; i < rows; i++)
        chosen[i] = below_u8(word + 16 * i, t);
}

/* 64 numbers on end of so many bits; the compiler makes vectors of it. */
#define NI_CLEAR(width)                                                                      \
    typedef uint##width##_t any_u##width __attribute__((may_alias, aligned(1)));             \
    NI_INLINE void clear_##width(any_u##width *x, uint64_t zeros)                            \
    {                                                                                        \
        for (int half = 0; half < 64; half += 32) {                                          \
            const uint32_t bits = (uint32_t)(zeros >> half);                                 \
            for (int i = 0; i < 32; i++)                                                     \
                x[half + i] &= (any_u##width)((any_u##width)(bits >> i & 1) - 1);            \
        }                                                                                    \
    }
NI_CLEAR(8)
NI_CLEAR(16)
NI_CLEAR(32)
NI_CLEAR(64)

static void clear(void *first, int element_bytes, const uint64_t *places, int64_t step,
                  uint64_t flip, int64_t groups)
{
    char *out = first;
    for (; groups--; places += step, out += 64 * element_bytes) {
        const uint64_t zeros = *places ^ flip;
        switch (element_bytes) {
        case 1: clear_8((any_u8 *)out, zeros); break;
        case 2: clear_16((any_u16 *)out, zeros); break;
        case 4: clear_32((any_u32 *)out, zeros); break;
        default: clear_64((any_u64 *)out, zeros); break;
        }
    }
}

#endif
