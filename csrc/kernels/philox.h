/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
 * SC'11), one tile of NI_WIDTH blocks at a time.
 *
 * Each state word is two vectors of 64-bit lanes, one block a lane: the even and the odd
 * 32-bit lanes of the words to come. The multiplier reads only low halves, so high halves may
 * hold garbage and a product needs no splitting. One round:
 *
 *     p0 = M0 c0, p1 = M1 c2
 *     c0 = hi p1 ^ c1 ^ k0,  c1 = lo p1,  c2 = hi p0 ^ c3 ^ k1,  c3 = lo p0
 *
 * Within a run of blocks only the first counter word varies, so of rounds 1 and 2 only one
 * product each is a vector; the others are worked out once for the run.
 */
#ifndef NI_PHILOX_H
#define NI_PHILOX_H

#include "kernels/lanes.h"

#define NI_PHILOX_M0 0xD2511F53u /* multipliers and key increments of the paper */
#define NI_PHILOX_M1 0xCD9E8D57u
#define NI_PHILOX_W0 0x9E3779B9u /* golden ratio */
#define NI_PHILOX_W1 0xBB67AE85u /* sqrt(3) - 1 */

/* What all blocks of a run share: the same key and the same three upper counter words. */
typedef struct {
    uint64_t c2_round1, c0_round2, c2_round2, c2_round3; /* what is xored in, rounds 1 to 3 */
    uint64_t key0[10], key1[10];
} philox_run;

NI_INLINE philox_run philox_start(uint64_t key, uint32_t counter1, uint32_t counter2)
{
    philox_run run;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++, k0 += NI_PHILOX_W0, k1 += NI_PHILOX_W1)
        run.key0[round] = k0, run.key1[round] = k1;
    uint64_t p1 = (uint64_t)NI_PHILOX_M1 * counter2;
    uint32_t c0 = (uint32_t)((p1 >> 32) ^ counter1 ^ run.key0[0]);
    uint64_t p0 = (uint64_t)NI_PHILOX_M0 * c0;
    run.c2_round1 = run.key1[0];
    run.c0_round2 = (uint32_t)p1 ^ run.key0[1];
    run.c2_round2 = (p0 >> 32) ^ run.key1[1];
    run.c2_round3 = (uint32_t)p0 ^ run.key1[2];
    return run;
}

typedef struct {
    u64v c0, c1, c2, c3;
} philox_state;

/* Rounds 1 to 3 from the first counter word. */
NI_INLINE philox_state philox_open(u64v c0, const philox_run *run)
{
    u64v m0 = (u64v){0} + NI_PHILOX_M0, m1 = (u64v){0} + NI_PHILOX_M1;
    u64v c3 = mul32(c0, m0);
    u64v c2 = (c3 >> 32) ^ run->c2_round1;
    u64v c1 = mul32(c2, m1);
    c0 = (c1 >> 32) ^ run->c0_round2;
    c2 = c3 ^ run->c2_round2;
    u64v p0 = mul32(c0, m0), p1 = mul32(c2, m1);
    return (philox_state){(p1 >> 32) ^ c1 ^ run->key0[2], p1, (p0 >> 32) ^ run->c2_round3, p0};
}

NI_INLINE philox_state philox_round(philox_state s, uint64_t key0, uint64_t key1)
{
    u64v p0 = mul32(s.c0, (u64v){0} + NI_PHILOX_M0);
    u64v p1 = mul32(s.c2, (u64v){0} + NI_PHILOX_M1);
    return (philox_state){(p1 >> 32) ^ (s.c1 ^ key0), p1, (p0 >> 32) ^ (s.c3 ^ key1), p0};
}

/* The words of tiles to come, made a round at a time. Tiles go round by round together, for one
 * alone waits on its own products; a few rounds fit between the steps of a sampler as well. */
typedef struct {
    philox_state even[NI_TILES], odd[NI_TILES];
    const philox_run *run;
    int tiles, done; /* rounds */
} philox_ahead;

/* A loop of a fixed count, so that a compiler unrolls it before it asks what `tiles` is. */
#define EACH_TILE(ahead) for (int t = 0; t < NI_TILES; t++) if (t < (ahead)->tiles)

/* Lane i of counter0[t] is the first counter word of the block that lane i is to become. */
NI_INLINE void ahead_open(philox_ahead *ahead, const u32v counter0[])
{
    EACH_TILE(ahead) {
        ahead->even[t] = philox_open(even_u32(counter0[t]), ahead->run);
        ahead->odd[t] = philox_open(odd_u32(counter0[t]), ahead->run);
    }
    ahead->done = 3;
}

/* One round more, if there is something ahead and it is not yet in its last round. */
NI_INLINE void ahead_round(philox_ahead *ahead)
{
    if (!ahead || ahead->done == 9)
        return;
    const uint64_t key0 = ahead->run->key0[ahead->done], key1 = ahead->run->key1[ahead->done];
    EACH_TILE(ahead) {
        ahead->even[t] = philox_round(ahead->even[t], key0, key1);
        ahead->odd[t] = philox_round(ahead->odd[t], key0, key1);
    }
    ahead->done++;
}

/* Round 10, packed: word k of the tile's blocks as 32-bit lanes. */
NI_INLINE void philox_words(u32v word[4], philox_state even, philox_state odd,
                            const philox_run *run)
{
    u64v m0 = (u64v){0} + NI_PHILOX_M0, m1 = (u64v){0} + NI_PHILOX_M1;
    u64v even0 = mul32(even.c0, m0), odd0 = mul32(odd.c0, m0);
    u64v even1 = mul32(even.c2, m1), odd1 = mul32(odd.c2, m1);
    word[0] = pack_high(even1, odd1) ^ pack_low(even.c1, odd.c1) ^ (uint32_t)run->key0[9];
    word[1] = pack_low(even1, odd1);
    word[2] = pack_high(even0, odd0) ^ pack_low(even.c3, odd.c3) ^ (uint32_t)run->key1[9];
    word[3] = pack_low(even0, odd0);
}

/* Round 10 for elements of two words: W = w0 2^32 + w1 and w2 2^32 + w3, one block a lane. As
 * w0 = hi p1 ^ c1 ^ k0 and w1 = lo p1, W is the whole product but for c1 ^ k0 above. */
NI_INLINE void philox_pairs(u64v pair[2], philox_state s, const philox_run *run)
{
    const u64v p0 = mul32(s.c0, (u64v){0} + NI_PHILOX_M0);
    const u64v p1 = mul32(s.c2, (u64v){0} + NI_PHILOX_M1);
    pair[0] = p1 ^ (s.c1 << 32) ^ (run->key0[9] << 32);
    pair[1] = p0 ^ (s.c3 << 32) ^ (run->key1[9] << 32);
}

#endif
