/* Random subsets in three steps: most rows at once, then single rows, and where there are too
 * many, the cut. A subset that is uniform among those of its own size stays so in each step. */
#include "matrix/subsets.h"

#include <string.h>

#include "fill/share.h"
#include "matrix/parts.h"

/* Added to the stream's draw number for the three steps. */
enum { at_once_draw = 1 << 30, turn_draw, cut_draw };

/* Words of one drawing; they and what is made of them stay in the L1 cache. */
enum { chunk = 1 << 12, columns = NI_SUBSET_COLUMNS };

/* Raw words: `runs` times `count` of them, the runs `step` apart in the stream. */
static void draw_words(const ni_subsets *s, uint32_t draw, int64_t first, int64_t runs,
                       int64_t step, int64_t count, uint32_t *word)
{
    static const ni_distribution bits = {.kind = NI_BITS};
    const ni_stream stream = {s->stream.key, s->stream.offset, s->stream.draw + draw};
    const int64_t shape[2] = {runs, count}, steps[2] = {step, 1}, bytes[2] = {4 * count, 4};
    const ni_output out = {word, NI_UINT32, 2, shape, bytes, steps, first};
    ni_fill_alone(&stream, &bits, &out);
}

/* -- step 1: bytes below a threshold --------------------------------------------------------- */

/* Floor of the square root of a number below 2^62, bit by bit. */
static int64_t integer_root(int64_t n)
{
    int64_t root = 0;
    for (int64_t bit = (int64_t)1 << 30; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= n)
            root += bit;
    return root;
}

/* t of docs/stream.md: at most 128, as the size is at most half of the rows. */
static uint32_t threshold(const ni_subsets *s)
{
    int64_t mean = s->size - 3 * integer_root(s->size) - 3;
    return mean > 0 ? (uint32_t)(mean * 256 / s->rows) : 0;
}

/* Counts of 64 columns, their binary digits apart: bit c of digit[k] is digit k of column c's. */
typedef struct {
    uint64_t digit[32];
} counts;

/* Add a bit to each, from digit k on. */
static void count_bits(counts *n, uint64_t bits, int k)
{
    for (; bits; k++) {
        uint64_t carry = n->digit[k] & bits;
        n->digit[k] ^= bits;
        bits = carry;
    }
}

/* Add three bits of the same weight: their sum is the result and twice *carry. */
static uint64_t add_bits(uint64_t a, uint64_t b, uint64_t c, uint64_t *carry)
{
    const uint64_t either = a ^ b;
    *carry = (a & b) | (either & c);
    return either ^ c;
}

/* Count so many rows: of each two and a digit that stands there a full adder makes the new digit
 * and a carry, of the carries' halves the next one, and the last is all that ripples on. */
enum { batch = 16, batch_digits = 4 };

static void count_batch(counts *n, const uint64_t row[batch])
{
    uint64_t carry[batch];
    memcpy(carry, row, sizeof carry);
    for (int k = 0; k < batch_digits; k++)
        for (int j = 0; j < batch >> (k + 1); j++)
            n->digit[k] = add_bits(n->digit[k], carry[2 * j], carry[2 * j + 1], &carry[j]);
    count_bits(n, carry[0], batch_digits);
}

static void count_rows(counts *n, const uint64_t *member, int64_t rows)
{
    for (; rows >= batch; rows -= batch, member += batch)
        count_batch(n, member);
    for (; rows; rows--, member++)
        count_bits(n, *member, 0);
}

/* Every row at once; count[c] is how many of them column c got. */
static void choose_at_once(const ni_subsets *s, int64_t group, uint64_t *member,
                           int64_t count[columns], ni_watch *watch, int polls)
{
    enum { row_words = columns / 4, at_once = chunk / row_words };
    const int64_t step = (s->cols + 3) / 4, first = group * row_words;
    const uint32_t t = threshold(s);
    uint32_t word[chunk];
    counts n = {{0}};
    if (t == 0)
        memset(member, 0, (size_t)s->rows * sizeof *member);
    for (int64_t i = 0; t && i < s->rows && !ni_should_stop(watch, polls); i += at_once) {
        const int64_t rows = ni_smaller(at_once, s->rows - i);
        draw_words(s, at_once_draw, i * step + first, rows, step, row_words, word);
        s->choose(word, rows, t, member + i);
        count_rows(&n, member + i, rows);
    }
    for (int c = 0; c < columns; c++) {
        count[c] = 0;
        for (int k = 0; k < 32; k++)
            count[c] += (int64_t)(n.digit[k] >> c & 1) << k;
    }
}

/* -- step 2: rows one by one ----------------------------------------------------------------- */

/* Add rows to the columns that lack `missing[c]` of them. */
static void add_rows(const ni_subsets *s, int64_t group, uint64_t *member,
                     int64_t missing[columns], ni_watch *watch, int polls)
{
    const int64_t first = group * columns, width = ni_smaller(columns, s->cols - first);
    uint32_t word[chunk];
    int64_t lacking = 0;
    for (int64_t c = 0; c < width; c++)
        lacking += missing[c] > 0;
    for (int64_t turn = 0; lacking && !ni_should_stop(watch, polls); turn += chunk / columns) {
        draw_words(s, turn_draw, turn * s->cols + first, chunk / columns, s->cols, width, word);
        for (int64_t c = 0; c < width; c++) {
            int64_t left = missing[c];
            if (left <= 0)
                continue;
            for (int q = 0; q < chunk / columns && left > 0; q++) {
                uint64_t row = word[q * width + c] * (uint64_t)s->rows >> 32;
                left -= ~member[row] >> c & 1;
                member[row] |= (uint64_t)1 << c;
            }
            missing[c] = left;
            lacking -= left == 0;
        }
    }
}

/* -- step 3: the cut ------------------------------------------------------------------------- */

/* What is done with the word of a row. */
typedef void with_word(void *state, int64_t row, uint32_t word);

/* The words of all of a column's rows that are in its subset. */
static void each_word(const ni_subsets *s, int64_t column, int bit, const uint64_t *member,
                      with_word *with, void *state)
{
    uint32_t word[chunk];
    for (int64_t i = 0; i < s->rows; i += chunk) {
        const int64_t rows = ni_smaller(chunk, s->rows - i);
        draw_words(s, cut_draw, column * s->rows + i, 1, rows, rows, word);
        for (int64_t r = 0; r < rows; r++)
            if (member[i + r] >> bit & 1)
                with(state, i + r, word[r]);
    }
}

/* Digit by digit from the top: how many words with the digits found so far have each next one. */
typedef struct {
    uint32_t prefix;
    int shift;             /* of the digit that is counted */
    int64_t count[256];
} digits;

static void count_digit(void *state, int64_t row, uint32_t word)
{
    digits *d = state;
    (void)row;
    if ((uint64_t)(word ^ d->prefix) >> (d->shift + 8) == 0)
        d->count[word >> d->shift & 0xff]++;
}

typedef struct {
    uint64_t *member;
    uint64_t bit;
    uint32_t largest;      /* words above it go */
    int64_t equal;         /* so many rows of that very word stay, the first ones */
} cut;

static void cut_row(void *state, int64_t row, uint32_t word)
{
    cut *c = state;
    if (word > c->largest || (word == c->largest && c->equal-- <= 0))
        c->member[row] &= ~c->bit;
}

/* Keep the `size` rows of the smallest words: the largest of these is found first. */
static void keep_smallest(const ni_subsets *s, int64_t column, uint64_t *member)
{
    const int bit = (int)(column % columns);
    int64_t rank = s->size; /* of the word among those with its prefix, from 1 */
    digits d = {.prefix = 0};
    for (d.shift = 24; d.shift >= 0; d.shift -= 8) {
        uint32_t digit = 0;
        memset(d.count, 0, sizeof d.count);
        each_word(s, column, bit, member, count_digit, &d);
        for (; rank > d.count[digit]; digit++)
            rank -= d.count[digit];
        d.prefix |= digit << d.shift;
    }
    cut c = {member, (uint64_t)1 << bit, d.prefix, rank};
    each_word(s, column, bit, member, cut_row, &c);
}

void ni_draw_subsets(const ni_subsets *s, int64_t group, uint64_t *member, ni_watch *watch,
                     int polls)
{
    const int64_t width = ni_smaller(columns, s->cols - group * columns);
    int64_t missing[columns];
    choose_at_once(s, group, member, missing, watch, polls);
    for (int c = 0; c < columns; c++)
        missing[c] = s->size - missing[c];
    for (int64_t c = 0; c < width && !ni_should_stop(watch, polls); c++)
        if (missing[c] < 0)
            keep_smallest(s, group * columns + c, member);
    add_rows(s, group, member, missing, watch, polls);
}
