/* What each instruction set provides: a table of functions over whole blocks of the stream.
 *
 * What calls a kernel cuts work into runs of whole blocks and owns all memory; a kernel turns
 * blocks into elements. Every table gives the same bits.
 */
#ifndef NI_KERNELS_H
#define NI_KERNELS_H

#include <stdint.h>

#include "netinit/netinit.h"

/* How an element is made from its word. The truncated normal has four regimes
 * (docs/stream.md, section 6). */
typedef enum {
    NI_RULE_BITS = 0,
    NI_RULE_CONSTANT,
    NI_RULE_UNIFORM,
    NI_RULE_NORMAL,
    NI_RULE_WIDE,          /* normal, then clamped: bounds beyond the normal's reach */
    NI_RULE_CENTRAL,       /* truncated at +-2 sigma or less, symmetrically: a rational only */
    NI_RULE_GENERAL,       /* truncated at any bounds, the nearer one below 4 sigma */
    NI_RULE_TAIL,          /* truncated beyond 4 sigma: in log space */
    NI_RULE_COUNT
} ni_rule;

/* The numbers of a rule for one floating-point type; every one computed in binary64 and
 * rounded once. Names follow docs/stream.md. */
#define NI_NUMBERS(real)                                                                     \
    struct {                                                                                 \
        real scale, shift;         /* element = fma(x, scale, shift) */                      \
        real low, high;            /* then clamped to [low, high], values of the dtype */    \
        real mass;                 /* the probability between the bounds, a word's share */  \
        real mass_square;          /* of the central regime */                               \
        real below, above;         /* probability below the interval, and above it */        \
        real centre_up, centre_down; /* q at the crossing word, seen from above and below; */\
                                   /* in the general regime all of these are doubled */      \
        real tail_rest, tail_span; /* rho and 1 - rho of the tail regime */                  \
        real tail_log;             /* -2 ln Q(a) */                                          \
        real tail_c0, tail_c1, tail_c2, tail_c3; /* far tail: x^2 as a polynomial in E2 */   \
    }

typedef struct {
    ni_rule rule;
    uint64_t key, offset;
    uint32_t draw;
    int far_tail;                  /* NI_RULE_TAIL: beyond the rational's interval */
    uint32_t flip;                 /* all ones where the interval was mirrored, else 0 */
    uint64_t crossing;             /* the word (or 53-bit number) at which x crosses zero */
    uint64_t constant;             /* NI_RULE_CONSTANT: the element's bits */
    int fraction, min_exponent;    /* float8: bits after the point, and of the smallest normal */
    NI_NUMBERS(float) f32;         /* float32 and the narrower types */
    NI_NUMBERS(double) f64;
} ni_sampler;

/* Write the elements of blocks [block, block + count) of the sampler's stream at `out`, in
 * order, contiguous. A block holds 2 elements of the 64-bit types, 4 of all others.
 * Any alignment of `out`; block + count may wrap modulo 2^64. `stream` != 0 asks for
 * stores that go past the caches. No allocation, no threads, no state. */
typedef void ni_run_kernel(const ni_sampler *sampler, uint64_t block, uint64_t count, void *out,
                           int stream);

/* Blocks of which a gather kernel makes whole multiples: groups of tiles for every table. */
#define NI_GATHER_GROUP 48

/* Write the elements of `groups` times NI_GATHER_GROUP blocks at `out`, in their order: of those
 * whose counters have the first words `counter0`, and all the second word `upper`. */
typedef void ni_gather_kernel(const ni_sampler *sampler, const uint32_t *counter0, int groups,
                              uint32_t upper, void *out);

typedef struct {
    ni_run_kernel *run;       /* NULL where the rule does not exist for the dtype */
    ni_gather_kernel *gather;
} ni_kernel_pair;

/* Orthogonal matrices work on panels, rows of NI_PANEL columns, and strips, rows of NI_STRIP
 * columns; both lie row after row, at the alignment of NI_ALIGNMENT bytes. Rows come in groups
 * of NI_GROUP. NI_CHUNK rows are summed from 0 before their sum joins the others'. The numbers but
 * for NI_STRIP say in which order sums are rounded, so they belong to the stream. */
#define NI_PANEL 64
#define NI_STRIP 64
#define NI_GROUP 8
#define NI_CHUNK 256
#define NI_ALIGNMENT 64

/* What becomes of a product: c = ab, c + ab, c - ab, -ab. */
typedef enum { NI_SET, NI_ADD, NI_SUBTRACT, NI_NEGATE } ni_finish;

/* The left factor: rows of a panel, or a panel's columns as rows (its transpose). */
typedef enum { NI_ROWS, NI_COLUMNS } ni_factor;

/* For one floating-point type; docs/stream.md, section 7, has the equations. */
#define NI_BLOCK_KERNELS(real)                                                               \
    struct {                                                                                 \
        /* Finish `groups` groups of rows of the strip c by a b: k products an element, in   \
         * order from 0. b has rows of b_step numbers, NI_STRIP of which are taken. */       \
        void (*product)(const real *a, ni_factor factor, const real *b, int64_t b_step,      \
                        real *c, int64_t groups, int64_t k, ni_finish finish);               \
        /* sum[c] = the sum of x^2 over the rows of column c, in order from 0, compensated. */ \
        void (*squares)(const real *x, int64_t rows, double sum[NI_PANEL]);                  \
        /* Multiply one column of a panel by a factor; return the sum of its squares then. */ \
        double (*scale_column)(real *x, int64_t rows, double factor);                        \
        /* Multiply the columns of x by their factors. */                                    \
        void (*scale)(real *x, int64_t rows, const real factor[NI_PANEL]);                   \
        /* t = the inverse of an upper triangle: g strictly above the diagonal (in strips of \
         * NI_PANEL rows), `diagonal` on it. */                                              \
        void (*invert)(const real *g, const double diagonal[NI_PANEL], real *t);             \
        /* dot[c] = the sum of v x over the rows of column c > j, v being column j of x. */  \
        void (*dots)(const real *x, int64_t rows, int j, real dot[NI_PANEL]);                \
        /* x[i][c] -= v[i] w[c] for c > j, v being column j of x; w[c] = 0 for c <= j. */      \
        void (*reflect)(real *x, int64_t rows, int j, const real w[NI_PANEL]);               \
    }
typedef NI_BLOCK_KERNELS(float) ni_blocks_f32;
typedef NI_BLOCK_KERNELS(double) ni_blocks_f64;

/* Write NI_STRIP numbers as a 16-bit type, each rounded once. */
typedef void ni_narrow_kernel(const float x[NI_STRIP], int dtype, void *out);

/* Places in 64 columns, a bit each. Bit j of chosen[i] is set where byte j of row i's 16 words,
 * the lowest of a word first, is below t <= 128. */
typedef void ni_choose_kernel(const uint32_t *word, int64_t rows, uint32_t t, uint64_t *chosen);

/* Set elements to zero: of `groups` of 64 of `element_bytes` bytes, on end, those whose bit is set
 * in the group's word of `places`, `step` words apart, xor `flip`. */
typedef void ni_clear_kernel(void *first, int element_bytes, const uint64_t *places, int64_t step,
                             uint64_t flip, int64_t groups);

/* Bytes that a survey looks at as one. */
#define NI_SURVEY_BLOCK 16384

/* A block of elements: sums of the numbers, and of their squares, neither finite where a number
 * is not; the extremes; whether there are zeros or subnormals, in binary16 zeros alone, whose
 * subnormals are counted; how many words of eight bytes, but for the last eight, are equal to the
 * next one. */
typedef struct {
    double sum, squares, low, high;
    int tiny;
    int64_t subnormals, repeats;
    uint64_t hash;
} ni_look;
typedef void ni_survey_kernel(const void *block, ni_look *look);

typedef struct {
    const char *name;
    ni_kernel_pair of[NI_RULE_COUNT][NI_DTYPE_COUNT];
    ni_narrow_kernel *narrow;
    ni_choose_kernel *choose;
    ni_clear_kernel *clear;
    ni_survey_kernel *survey[NI_DTYPE_COUNT]; /* NULL where there is none for the type */
    ni_blocks_f32 blocks_f32;
    ni_blocks_f64 blocks_f64;
} ni_kernels;

/* The table in use (dispatch.c), or NULL and *status where NETINIT_ISA cannot be honoured. */
const ni_kernels *ni_active_kernels(ni_status *status);

#endif
