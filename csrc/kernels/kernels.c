/* One table of kernels. This file is compiled once per instruction set, from the same source;
 * it exports nothing but its table, ni_kernels_<isa>.
 *
 * A run of blocks is made tile by tile.
 */
#include "kernels.h"

#include "kernels/places.h"
#include "kernels/survey.h"
#include "kernels/tiles.h"

#define NI_OF(name) name##_f32
#define NI_REAL float
#define NI_VECTOR f32v
#define NI_FMA fma_f32
#include "kernels/blocks.h"
#undef NI_OF
#undef NI_REAL
#undef NI_VECTOR
#undef NI_FMA
#define NI_OF(name) name##_f64
#define NI_REAL double
#define NI_VECTOR f64v
#define NI_FMA fma_f64
#include "kernels/blocks.h"

/* -- runs ------------------------------------------------------------------------------- */

/* Blocks that a function of its own makes, so that its registers are its own: up to a whole tile,
 * made aside and copied as far as it is wanted, or whole groups of tiles stored past the caches. */
typedef void blocks_kernel(char *out, uint64_t count, uint32_t counter0, const philox_run *run,
                           const ni_sampler *s);

NI_INLINE void put_part(char *out, uint64_t count, uint32_t counter0, const philox_run *run,
                        const ni_sampler *s, int rule, int dtype)
{
    char tile[16 * NI_WIDTH] __attribute__((aligned(64)));
    const block_counters from = {.counter0 = counter0};
    put_tiles(tile, 1, 1, from, run, s, rule, dtype, 0);
    memcpy(out, tile, count * block_bytes(dtype));
}

/* As many groups as `count` holds. */
NI_INLINE void put_groups(char *out, uint64_t count, uint32_t counter0, const philox_run *run,
                          const ni_sampler *s, int stream, int rule, int dtype)
{
    const int tiles = tiles_of(rule);
    const uint64_t groups = count / (uint64_t)(tiles * NI_WIDTH);
    const block_counters from = {.counter0 = counter0};
    if (groups)
        put_tiles(out, tiles, groups, from, run, s, rule, dtype, stream);
}

/* Blocks whose upper counter words are the same. Most go by groups of tiles; a head that
 * aligns stores past the caches, and the rest, go part by part. */
NI_INLINE void put_blocks(char *out, uint64_t count, uint32_t counter0, const philox_run *run,
                          const ni_sampler *s, int stream, int rule, int dtype,
                          blocks_kernel *part, blocks_kernel *past_caches)
{
    const size_t bytes = block_bytes(dtype);
    size_t ahead = -(uintptr_t)out % (4 * NI_WIDTH);
    if (ahead % bytes)
        stream = 0;
    if (stream && ahead) {
        uint64_t head = ahead / bytes < count ? ahead / bytes : count;
        part(out, head, counter0, run, s);
        out += head * bytes, counter0 += (uint32_t)head, count -= head;
    }
    if (stream)
        past_caches(out, count, counter0, run, s);
    else
        put_groups(out, count, counter0, run, s, 0, rule, dtype);
    const uint64_t group = (uint64_t)(tiles_of(rule) * NI_WIDTH), whole = count / group * group;
    out += whole * bytes, counter0 += (uint32_t)whole, count -= whole;
    for (; count; counter0 += NI_WIDTH, out += NI_WIDTH * bytes) {
        uint64_t some = count < NI_WIDTH ? count : NI_WIDTH;
        part(out, some, counter0, run, s);
        count -= some;
    }
}

NI_INLINE void run_blocks(const ni_sampler *sampler, uint64_t block, uint64_t count, char *out,
                          int stream, int rule, int dtype, blocks_kernel *part,
                          blocks_kernel *past_caches)
{
    const ni_sampler s = *sampler; /* a copy that no store can be suspected of changing */
    uint64_t counter = s.offset + block;
    while (count) {
        uint64_t same = ((uint64_t)1 << 32) - (uint32_t)counter;
        if (same > count)
            same = count;
        philox_run run = philox_start(s.key, (uint32_t)(counter >> 32), s.draw);
        put_blocks(out, same, (uint32_t)counter, &run, &s, stream, rule, dtype, part,
                   past_caches);
        counter += same, count -= same, out += same * block_bytes(dtype);
    }
    put_fence(stream);
}

/* Blocks from anywhere that have the second counter word in common. */
NI_INLINE void gather_blocks(const ni_sampler *sampler, const uint32_t *counter0, int groups,
                             uint32_t upper, char *out, int rule, int dtype)
{
    const ni_sampler s = *sampler;
    const philox_run run = philox_start(s.key, upper, s.draw);
    const int tiles = tiles_of(rule), together = NI_GATHER_GROUP / (tiles * NI_WIDTH);
    const block_counters from = {.by_list = 1, .list = counter0};
    if (groups)
        put_tiles(out, tiles, (uint64_t)groups * together, from, &run, &s, rule, dtype, 0);
}

/* A constant has no words: the element's bits, repeated. */
NI_INLINE void run_constant(const ni_sampler *s, uint64_t count, char *out, int stream, int dtype)
{
    uint64_t bits = s->constant;
    if (block_bytes(dtype) == 4)
        bits |= bits << 8;
    if (block_bytes(dtype) <= 8)
        bits |= bits << 16;
    if (dtype != NI_FLOAT64)
        bits |= bits << 32;
    const u32v pattern = (u32v)((u64v){0} + bits);
    uint64_t bytes = count * block_bytes(dtype);
    uint64_t ahead = -(uintptr_t)out % sizeof pattern;
    if (ahead % 8)
        stream = 0;
    if (stream && ahead) {
        uint64_t head = ahead < bytes ? ahead : bytes;
        memcpy(out, &pattern, head);
        out += head, bytes -= head;
    }
    uint64_t whole = bytes / sizeof pattern * sizeof pattern;
    if (stream)
        for (uint64_t i = 0; i < whole; i += sizeof pattern)
            put_u32(out + i, pattern, 1);
    else
        for (uint64_t i = 0; i < whole; i += sizeof pattern)
            put_u32(out + i, pattern, 0);
    memcpy(out + whole, &pattern, bytes - whole);
    put_fence(stream);
}

static void narrow(const float x[NI_STRIP], int dtype, void *out)
{
    for (size_t k = 0; k < NI_STRIP; k += NI_WIDTH)
        put_f32((char *)out + k / 4 * block_bytes(dtype), load_f32(x + k), dtype, 0);
}

/* -- the table -------------------------------------------------------------------------- */

#define NI_RUN(rule, dtype)                                                                  \
    static __attribute__((noinline)) void part_##rule##_##dtype(                             \
        char *out, uint64_t count, uint32_t counter0, const philox_run *run,                 \
        const ni_sampler *s)                                                                 \
    {                                                                                        \
        put_part(out, count, counter0, run, s, NI_RULE_##rule, NI_##dtype);                  \
    }                                                                                        \
    static __attribute__((noinline)) void past_caches_##rule##_##dtype(                      \
        char *out, uint64_t count, uint32_t counter0, const philox_run *run,                 \
        const ni_sampler *s)                                                                 \
    {                                                                                        \
        const philox_run own_run = *run;                                                     \
        const ni_sampler own = *s;                                                           \
        put_groups(out, count, counter0, &own_run, &own, 1, NI_RULE_##rule, NI_##dtype);     \
    }                                                                                        \
    static void run_##rule##_##dtype(const ni_sampler *s, uint64_t block, uint64_t count,    \
                                     void *out, int stream)                                  \
    {                                                                                        \
        run_blocks(s, block, count, out, stream, NI_RULE_##rule, NI_##dtype,                 \
                   part_##rule##_##dtype, past_caches_##rule##_##dtype);                     \
    }                                                                                        \
    static void gather_##rule##_##dtype(const ni_sampler *s, const uint32_t *counter0,       \
                                        int groups, uint32_t upper, void *out)               \
    {                                                                                        \
        gather_blocks(s, counter0, groups, upper, out, NI_RULE_##rule, NI_##dtype);          \
    }

#define NI_RUN_CONSTANT(dtype)                                                               \
    static void run_CONSTANT_##dtype(const ni_sampler *s, uint64_t block, uint64_t count,    \
                                     void *out, int stream)                                  \
    {                                                                                        \
        (void)block;                                                                         \
        run_constant(s, count, out, stream, NI_##dtype);                                     \
    }                                                                                        \
    static void gather_CONSTANT_##dtype(const ni_sampler *s, const uint32_t *counter0,       \
                                        int groups, uint32_t upper, void *out)               \
    {                                                                                        \
        (void)counter0, (void)upper;                                                         \
        run_constant(s, (uint64_t)groups * NI_GATHER_GROUP, out, 0, NI_##dtype);             \
    }

#define NI_RUN_FLOATS(rule)                                                                  \
    NI_RUN(rule, FLOAT32) NI_RUN(rule, FLOAT64) NI_RUN(rule, FLOAT16) NI_RUN(rule, BFLOAT16) \
    NI_RUN(rule, FLOAT8)

NI_RUN(BITS, UINT32)
NI_RUN(BITS, UINT64)
NI_RUN_CONSTANT(FLOAT32)
NI_RUN_CONSTANT(FLOAT64)
NI_RUN_CONSTANT(FLOAT16)
NI_RUN_CONSTANT(BFLOAT16)
NI_RUN_CONSTANT(FLOAT8)
NI_RUN_FLOATS(UNIFORM)
NI_RUN_FLOATS(NORMAL)
NI_RUN_FLOATS(WIDE)
NI_RUN_FLOATS(GENERAL)
NI_RUN_FLOATS(TAIL)
NI_RUN(CENTRAL, FLOAT32)
NI_RUN(CENTRAL, FLOAT16)
NI_RUN(CENTRAL, BFLOAT16)
NI_RUN(CENTRAL, FLOAT8)

#define NI_PAIR(rule, dtype) {run_##rule##_##dtype, gather_##rule##_##dtype}
#define NI_KERNELS_OF(rule, dtype) [NI_##dtype] = NI_PAIR(rule, dtype)
#define NI_NARROW(rule)                                                                      \
    NI_KERNELS_OF(rule, FLOAT32), NI_KERNELS_OF(rule, FLOAT16),                              \
    NI_KERNELS_OF(rule, BFLOAT16), [NI_FLOAT8_E4M3FN] = NI_PAIR(rule, FLOAT8),               \
    [NI_FLOAT8_E5M2] = NI_PAIR(rule, FLOAT8)
#define NI_ROW(rule) [NI_RULE_##rule] = {NI_NARROW(rule), NI_KERNELS_OF(rule, FLOAT64)}

#define NI_BLOCKS(suffix)                                                                    \
    {product##suffix, squares##suffix, scale_column##suffix, scale##suffix, invert##suffix,  \
     dots##suffix,    reflect##suffix}

#define NI_TEXT(isa) #isa
#define NI_NAME(isa) NI_TEXT(isa)
#define NI_TABLE(isa) ni_kernels_##isa
#define NI_TABLE_OF(isa) NI_TABLE(isa)

extern const ni_kernels NI_TABLE_OF(NI_ISA);
const ni_kernels NI_TABLE_OF(NI_ISA) = {
    .name = NI_NAME(NI_ISA),
    .of = {[NI_RULE_BITS] = {NI_KERNELS_OF(BITS, UINT32), NI_KERNELS_OF(BITS, UINT64)},
           NI_ROW(CONSTANT),
           NI_ROW(UNIFORM),
           NI_ROW(NORMAL),
           NI_ROW(WIDE),
           NI_ROW(GENERAL),
           NI_ROW(TAIL),
           [NI_RULE_CENTRAL] = {NI_NARROW(CENTRAL)}},
    .narrow = narrow,
    .choose = choose,
    .clear = clear,
    .survey = {[NI_FLOAT32] = survey_FLOAT32, [NI_FLOAT64] = survey_FLOAT64,
               [NI_FLOAT16] = survey_FLOAT16, [NI_BFLOAT16] = survey_BFLOAT16},
    .blocks_f32 = NI_BLOCKS(_f32),
    .blocks_f64 = NI_BLOCKS(_f64),
};
