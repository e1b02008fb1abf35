/* What calls are drawn from, and memory between guard pages. */
#ifndef CALLS_MEMORY_H
#define CALLS_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "netinit/netinit.h"

__extension__ typedef __int128 wide;

enum { arena_bytes = 1 << 20, untouched = 0xA5, most_axes = NI_MAX_DIMS + 2 };

typedef struct {
    char *begin, *end; /* memory between two pages that nobody may touch */
} arena;

typedef struct {
    uint64_t state, seed;
    const uint8_t *given; /* what is drawn, where a fuzzer gives it (tests/fuzz) */
    size_t given_bytes;
    long count, call; /* calls to make, and the one at hand */
    int alone;        /* no other thread makes calls */
    long statuses[NI_STATUS_COUNT];
    arena out, a, q, r;
} caller;

static void fail(const caller *me, const char *what)
{
    printf("%s: call %ld of seed %llu\n", what, me->call, (unsigned long long)me->seed);
    fflush(stdout);
    _exit(1);
}

/* -- drawing ------------------------------------------------------------------------------- */

/* The next number of those that were given, two bytes each, and 0 after the last. */
static uint64_t given64(caller *me)
{
    uint64_t number = 0;
    const size_t bytes = me->given_bytes < 2 ? me->given_bytes : 2;
    memcpy(&number, me->given, bytes);
    me->given += bytes, me->given_bytes -= bytes;
    return number;
}

static uint64_t random64(caller *me) /* splitmix64 */
{
    if (me->given)
        return given64(me);
    uint64_t z = (me->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int64_t below(caller *me, int64_t n) { return (int64_t)(random64(me) % (uint64_t)n); }
static int one_in(caller *me, int64_t n) { return below(me, n) == 0; }

/* Any 64-bit number, mostly near an end, zero or a power of two. */
static int64_t some_number(caller *me)
{
    const int64_t near = below(me, 9) - 4;
    switch (below(me, 6)) {
    case 0: return near;
    case 1: return INT64_MAX - below(me, 5000);
    case 2: return INT64_MIN + below(me, 5);
    case 3: return (int64_t)(random64(me) * 0x9e3779b97f4a7c15u);
    case 4: return -(int64_t)((uint64_t)1 << below(me, 63)) + near;
    default: return (int64_t)((uint64_t)1 << below(me, 62)) + near;
    }
}

static double some_double(caller *me)
{
    static const double odd[] = {
        0.0,     -0.0,  1.0,     -1.0,           2.0,    0.5,  1e-3, 1e-45, 5e-324, 1e39, 1e300,
        65504.0, 448.0, 57344.0, 0x1.fffffep127, 0x1p40, 1e10, -3.0, 4.0};
    const int64_t kind = below(me, 12);
    if (kind == 0)
        return one_in(me, 2) ? 1.0 / 0.0 : -1.0 / 0.0;
    if (kind == 1)
        return 0.0 / 0.0;
    if (kind < 7)
        return (double)below(me, 2001) / 250.0 - 4.0;
    return odd[below(me, (int64_t)(sizeof odd / sizeof odd[0]))];
}

static ni_stream some_stream(caller *me)
{
    ni_stream stream = {random64(me), (uint64_t)some_number(me), (uint32_t)random64(me)};
    return stream;
}

static ni_distribution some_distribution(caller *me)
{
    ni_distribution d = {(int)below(me, NI_KIND_COUNT), some_double(me), some_double(me),
                         some_double(me), some_double(me)};
    if (one_in(me, 50))
        d.kind = (int)some_number(me);
    if (one_in(me, 2)) { /* one that can be drawn */
        d.mean = (double)below(me, 9) / 8, d.std = (double)below(me, 5) / 4;
        d.low = d.mean - (double)below(me, 9) / 2, d.high = d.low + (double)below(me, 9) / 4;
    }
    return d;
}

static int some_dtype(caller *me)
{
    return one_in(me, 50) ? (int)some_number(me) : (int)below(me, NI_DTYPE_COUNT);
}

static int ask(void *context) { return --*(int *)context < 0; }

static ni_run some_run(caller *me, int *left)
{
    ni_run run = {(int)below(me, 5), one_in(me, 4) ? ask : NULL, left};
    *left = (int)below(me, 8);
    if (one_in(me, 50))
        run.threads = (int)some_number(me);
    return run;
}

/* -- memory -------------------------------------------------------------------------------- */

static arena new_arena(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *all = mmap(NULL, arena_bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    arena made = {all + page, all + page + arena_bytes};
    if (all == MAP_FAILED || mprotect(made.begin, arena_bytes, PROT_READ | PROT_WRITE) != 0)
        abort();
    memset(made.begin, untouched, arena_bytes);
    return made;
}

/* The lowest and the highest byte of an output, relative to its data. */
static void span(const ni_output *out, int bytes, wide *low, wide *high)
{
    *low = 0, *high = bytes;
    for (int k = 0; k < out->ndim; k++) {
        const wide reach = (wide)(out->shape[k] - 1) * out->byte_strides[k];
        *(reach < 0 ? low : high) += reach;
    }
}

/* Put an output into the arena, at one of its ends as a rule; 0 where it does not fit. */
static int settle(caller *me, const arena *in, wide low, wide high, void **data)
{
    const wide room = arena_bytes - (high - low);
    if (room < 0)
        return 0;
    const int64_t ahead = one_in(me, 3)   ? 0
                          : one_in(me, 2) ? (int64_t)room
                                          : below(me, (int64_t)room + 1);
    *data = in->begin + ahead - (int64_t)low;
    return 1;
}

/* How many elements there are: none, where an axis has none, whatever the others have. */
static int64_t elements_in(const ni_output *out)
{
    int64_t total = 1;
    for (int k = 0; k < out->ndim; k++)
        if (out->shape[k] == 0)
            return 0;
    for (int k = 0; k < out->ndim; k++)
        total *= out->shape[k];
    return total;
}

/* Each element of an output that was written: its address, and its index in the whole array. */
typedef void with_element(caller *me, const ni_output *out, char *at, wide index, void *state);

static void each_element(caller *me, const ni_output *out, with_element *with, void *state)
{
    const int64_t total = elements_in(out);
    int64_t at[most_axes] = {0};
    for (int64_t n = 0; n < total; n++) {
        wide index = out->first;
        char *address = out->data;
        for (int k = 0; k < out->ndim; k++)
            index += (wide)at[k] * out->index_strides[k], address += at[k] * out->byte_strides[k];
        with(me, out, address, index, state);
        for (int k = out->ndim - 1; k >= 0 && ++at[k] == out->shape[k]; k--)
            at[k] = 0;
    }
}

static void reset(caller *me, const ni_output *out, char *at, wide index, void *state)
{
    (void)me, (void)index, (void)state;
    memset(at, untouched, (size_t)ni_element_bytes(out->dtype));
}

static void check_untouched(const caller *me, const arena *in, const char *what)
{
    static const char none[] = {(char)untouched};
    if (*in->begin != none[0] || memcmp(in->begin, in->begin + 1, arena_bytes - 1) != 0)
        fail(me, what);
}

#endif
