/* BLAKE2b, in the words of RFC 7693: F compresses a block, G mixes four words of v. */
#include "streams/blake2b.h"

#include <string.h>

static const uint64_t iv[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static const unsigned char sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint64_t little_endian(const unsigned char *bytes)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static uint64_t turned(uint64_t x, int by) { return x >> by | x << (64 - by); }

#define G(a, b, c, d, x, y)                                                                        \
    v[a] += v[b] + (x), v[d] = turned(v[d] ^ v[a], 32);                                            \
    v[c] += v[d], v[b] = turned(v[b] ^ v[c], 24);                                                  \
    v[a] += v[b] + (y), v[d] = turned(v[d] ^ v[a], 16);                                            \
    v[c] += v[d], v[b] = turned(v[b] ^ v[c], 63);

/* Written out for constant indices, which leave v in registers. */
#define ROUND(r)                                                                                   \
    G(0, 4, 8, 12, m[sigma[r][0]], m[sigma[r][1]])                                                 \
    G(1, 5, 9, 13, m[sigma[r][2]], m[sigma[r][3]])                                                 \
    G(2, 6, 10, 14, m[sigma[r][4]], m[sigma[r][5]])                                                \
    G(3, 7, 11, 15, m[sigma[r][6]], m[sigma[r][7]])                                                \
    G(0, 5, 10, 15, m[sigma[r][8]], m[sigma[r][9]])                                                \
    G(1, 6, 11, 12, m[sigma[r][10]], m[sigma[r][11]])                                              \
    G(2, 7, 8, 13, m[sigma[r][12]], m[sigma[r][13]])                                               \
    G(3, 4, 9, 14, m[sigma[r][14]], m[sigma[r][15]])

static void compress(ni_blake2b *state, int last)
{
    uint64_t v[16], m[16];
    for (int i = 0; i < 16; i++)
        m[i] = little_endian(state->block + 8 * i);
    for (int i = 0; i < 8; i++)
        v[i] = state->hash[i], v[i + 8] = iv[i];
    v[12] ^= state->before;
    v[14] ^= last ? UINT64_MAX : 0;
    ROUND(0) ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(5)
    ROUND(6) ROUND(7) ROUND(8) ROUND(9) ROUND(0) ROUND(1)
    for (int i = 0; i < 8; i++)
        state->hash[i] ^= v[i] ^ v[i + 8];
}

void ni_blake2b_begin(ni_blake2b *state, size_t digest_bytes, const unsigned char person[16])
{
    memcpy(state->hash, iv, sizeof iv);
    state->hash[0] ^= 0x01010000 ^ digest_bytes; /* fanout and depth 1: no tree */
    state->hash[6] ^= little_endian(person);
    state->hash[7] ^= little_endian(person + 8);
    state->before = 0;
    state->held = 0;
}

void ni_blake2b_add(ni_blake2b *state, const void *data, size_t bytes)
{
    const unsigned char *from = data;
    while (bytes > 0) {
        if (state->held == sizeof state->block) {
            state->before += sizeof state->block;
            compress(state, 0);
            state->held = 0;
        }
        const size_t room = sizeof state->block - state->held, some = bytes < room ? bytes : room;
        memcpy(state->block + state->held, from, some);
        state->held += some;
        from += some, bytes -= some;
    }
}

void ni_blake2b_end(ni_blake2b *state, uint64_t words[8])
{
    memset(state->block + state->held, 0, sizeof state->block - state->held);
    state->before += state->held;
    compress(state, 1);
    memcpy(words, state->hash, sizeof state->hash);
}
