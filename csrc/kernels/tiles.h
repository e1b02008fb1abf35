/* A tile: NI_WIDTH blocks go through Philox together, their words become elements lane by lane,
 * are put in order and stored. Meanwhile the words of the next tiles are made.
 */
#ifndef NI_TILES_H
#define NI_TILES_H

#include "kernels/philox.h"
#include "kernels/truncated.h"

/* Either float8: the sampler says how to round. */
enum { NI_FLOAT8 = NI_FLOAT8_E4M3FN };

/* Bytes that a block of four words becomes. */
NI_INLINE size_t block_bytes(int dtype)
{
    return dtype == NI_FLOAT8 ? 4 : dtype == NI_FLOAT16 || dtype == NI_BFLOAT16 ? 8 : 16;
}

/* -- elements of a word ----------------------------------------------------------------- */

/* Four words of each block to four elements of each block, still word by word. */
NI_INLINE void elements_f32(f32v x[4], const u32v w[4], const ni_sampler *s,
                            ni_rule rule, philox_ahead *ahead)
{
    const u32v first[2] = {w[0], w[2]}, second[2] = {w[1], w[3]};
    f32v a[2], b[2];
    switch (rule) {
    case NI_RULE_UNIFORM: uniform_f32(x, w, s, 4); break;
    case NI_RULE_CENTRAL: central_f32(x, w, s, 4, ahead); break;
    case NI_RULE_GENERAL: general_f32(x, w, s, 4, ahead); break;
    case NI_RULE_TAIL: tail_f32(x, w, s, 4, ahead); break;
    case NI_RULE_NORMAL:
    case NI_RULE_WIDE:
        normal_f32(a, b, first, second, s, 2, ahead);
        x[0] = a[0], x[1] = b[0], x[2] = a[1], x[3] = b[1];
        for (int k = 0; k < 4 && rule == NI_RULE_WIDE; k++)
            x[k] = clamp_f32(x[k], s);
        break;
    case NI_RULE_BITS:
    case NI_RULE_CONSTANT: /* is drawn from no words */
    case NI_RULE_COUNT: memcpy(x, w, 4 * sizeof *x); break;
    }
}

NI_INLINE void put_f32(char *out, f32v x, int dtype, int stream)
{
    if (dtype == NI_BFLOAT16)
        put_u16(out, narrow_bf16(x), stream);
    else if (dtype == NI_FLOAT16)
        put_u16(out, narrow_f16(x), stream);
    else
        put_u32(out, (u32v)x, stream);
}

/* -- elements of two words -------------------------------------------------------------- */

/* The pairs of the even and of the odd blocks to their first and second elements: x[0], x[1]
 * are the first ones of even and odd blocks, x[2], x[3] the second. */
NI_INLINE void elements_f64(f64v x[4], const u64v even[2], const u64v odd[2], const ni_sampler *s,
                            ni_rule rule, philox_ahead *ahead)
{
    const u64v w[4] = {even[0], odd[0], even[1], odd[1]};
    switch (rule) {
    case NI_RULE_UNIFORM: uniform_f64(x, w, s, 4); break;
    case NI_RULE_GENERAL: general_f64(x, w, s, 4, ahead); break;
    case NI_RULE_TAIL: tail_f64(x, w, s, 4, ahead); break;
    case NI_RULE_NORMAL:
    case NI_RULE_WIDE:
        normal_f64(x, x + 2, w, w + 2, s, 2, ahead);
        for (int k = 0; k < 4 && rule == NI_RULE_WIDE; k++)
            x[k] = clamp_f64(x[k], s);
        break;
    case NI_RULE_BITS:
    case NI_RULE_CONSTANT: /* is drawn from no words */
    case NI_RULE_CENTRAL:  /* general in float64 */
    case NI_RULE_COUNT: memcpy(x, w, sizeof w); break;
    }
}

/* -- tiles ------------------------------------------------------------------------------ */

/* 1 where an instruction set packs words with the even lanes of each four before the odd ones. */
#ifndef NI_PACK_APART
#define NI_PACK_APART 0
#endif

/* Which of a tile's blocks a lane of counters is to become, so that few shuffles put elements in
 * order: once packed, lane 4 g + j is block (NI_WIDTH/4) j + g where transpose_f32 follows, and
 * where zip_u32 does, half a tile apart for j >= 2; pairs for zip_f64 are not packed. A block of
 * float8 is a lane already. */
NI_INLINE int block_of_lane(int lane, int dtype)
{
    const int apart = NI_PACK_APART && dtype != NI_FLOAT64 && dtype != NI_UINT64;
    const int group = lane / 4, j = apart ? lane % 2 * 2 + lane / 2 % 2 : lane % 4;
    lane = 4 * group + j;
    if (dtype == NI_FLOAT8)
        return lane;
    if (dtype == NI_BFLOAT16)
        return NI_HALF * (j / 2) + 2 * group + j % 2;
    return NI_WIDTH / 4 * j + group;
}

/* Elements of one tile from its words: of each block the four words, or the two pairs. */
NI_INLINE void finish_tile(char *out, const u32v word[4], const ni_sampler *s, int rule,
                           int dtype, int stream, philox_ahead *ahead)
{
    const size_t step = 4 * NI_WIDTH;
    if (dtype == NI_FLOAT64 || dtype == NI_UINT64) {
        const u64v even[2] = {(u64v)word[0], (u64v)word[1]};
        const u64v odd[2] = {(u64v)word[2], (u64v)word[3]};
        f64v x[4];
        elements_f64(x, even, odd, s, rule, ahead);
        zip_f64(&x[0], &x[2]);
        zip_f64(&x[1], &x[3]);
        for (int k = 0; k < 4; k++)
            put_u32(out + k * step, (u32v)x[k], stream);
        return;
    }
    f32v x[4];
    elements_f32(x, word, s, rule, ahead);
    if (dtype == NI_FLOAT8) {
        put_u32(out, narrow_f8(x, s->fraction, s->min_exponent), stream);
    } else if (dtype == NI_BFLOAT16) {
        u32v first = pair_bf16(x[0], x[1]), second = pair_bf16(x[2], x[3]);
        zip_u32(&first, &second);
        put_u32(out, first, stream);
        put_u32(out + step, second, stream);
    } else {
        transpose_f32(x);
        for (size_t k = 0; k < 4; k++)
            put_f32(out + k * step / 16 * block_bytes(dtype), x[k], dtype, stream);
    }
}

/* Round 10: the words of a tile, or its pairs of even and of odd blocks. */
NI_INLINE void close_tile(u32v word[4], philox_state even, philox_state odd,
                          const philox_run *run, int dtype)
{
    if (dtype == NI_FLOAT64 || dtype == NI_UINT64) {
        u64v pair[4];
        philox_pairs(pair, even, run);
        philox_pairs(pair + 2, odd, run);
        memcpy(word, pair, sizeof pair);
    } else {
        philox_words(word, even, odd, run);
    }
}

/* What is left of the rounds ahead. */
NI_INLINE void close_tiles(u32v word[][4], philox_ahead *ahead, int dtype)
{
#pragma GCC unroll 8
    for (int round = 3; round < 9; round++)
        ahead_round(ahead);
    EACH_TILE(ahead)
        close_tile(word[t], ahead->even[t], ahead->odd[t], ahead->run, dtype);
}

NI_INLINE void finish_tiles(char *out, int tiles, const u32v word[][4], const ni_sampler *s,
                            int rule, int dtype, int stream, philox_ahead *ahead)
{
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++)
        finish_tile(out + (size_t)t * NI_WIDTH * block_bytes(dtype), word[t], s, rule, dtype,
                    stream, ahead);
}

/* The first counter words of blocks: consecutive ones from `counter0` on, or listed ones. */
typedef struct {
    int by_list; /* known where it is compiled */
    uint32_t counter0;
    const uint32_t *list;
} block_counters;

NI_INLINE u32v load_u32(const uint32_t *from)
{
    typedef uint32_t u32v_anywhere
        __attribute__((vector_size(4 * NI_WIDTH), aligned(4), may_alias));
    return *(const u32v_anywhere *)from;
}

/* The words of the first tiles, in the order of the blocks that lanes are to become. */
NI_INLINE void open_counters(u32v counters[], int tiles, block_counters from, int dtype)
{
    u32v order;
    for (int lane = 0; lane < NI_WIDTH; lane++)
        order[lane] = (uint32_t)block_of_lane(lane, dtype);
    for (int t = 0; t < tiles; t++)
        counters[t] = from.by_list ? pick_u32(load_u32(from.list + t * NI_WIDTH), order)
                                   : order + (from.counter0 + (uint32_t)(t * NI_WIDTH));
}

/* Those of the next ones. */
NI_INLINE void next_counters(u32v counters[], int tiles, block_counters *from, int dtype)
{
    if (from->by_list) {
        from->list += tiles * NI_WIDTH;
        open_counters(counters, tiles, *from, dtype);
        return;
    }
    for (int t = 0; t < tiles; t++)
        counters[t] += (uint32_t)(tiles * NI_WIDTH);
}

/* Groups of so many tiles of blocks, `groups` of them, at least one. */
NI_INLINE void put_tiles(char *out, int tiles, uint64_t groups, block_counters from,
                         const philox_run *run, const ni_sampler *s, int rule, int dtype,
                         int stream)
{
    philox_ahead ahead = {.run = run, .tiles = tiles};
    u32v counters[NI_TILES], word[NI_TILES][4];
    open_counters(counters, tiles, from, dtype);
    ahead_open(&ahead, counters);
    close_tiles(word, &ahead, dtype);
    while (--groups) {
        next_counters(counters, tiles, &from, dtype);
        ahead_open(&ahead, counters);
        finish_tiles(out, tiles, (const u32v(*)[4])word, s, rule, dtype, stream, &ahead);
        close_tiles(word, &ahead, dtype);
        out += (size_t)tiles * NI_WIDTH * block_bytes(dtype);
    }
    finish_tiles(out, tiles, (const u32v(*)[4])word, s, rule, dtype, stream, NULL);
}

/* Tiles that go together: the rounds of one alone fill what a sampler of many steps waits for. */
NI_INLINE int tiles_of(int rule)
{
    return rule == NI_RULE_NORMAL || rule == NI_RULE_WIDE || rule == NI_RULE_GENERAL ||
           rule == NI_RULE_TAIL ? 1 : NI_TILES;
}

#endif
