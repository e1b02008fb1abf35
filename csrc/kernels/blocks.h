/* Block kernels for orthogonal matrices, for one floating-point type: NI_REAL numbers in NI_VECTOR
 * vectors with NI_FMA; NI_OF(name) is the name of what depends on the type. Included once for
 * each type.
 *
 * Layouts (kernels.h): a panel is rows of NI_PANEL numbers, a strip rows of NI_STRIP. Vectors
 * run along a row, over outputs; every sum runs alone, in its fixed order, so that bits depend
 * neither on the width of vectors nor on how many rows of an output are made at once.
 */

enum { NI_OF(lanes) = sizeof(NI_VECTOR) / sizeof(NI_REAL) };

/* So many rows of both factors stay in the nearest cache while all tiles go over them. */
#ifndef NI_DEPTH
#define NI_DEPTH 64
#endif

NI_INLINE NI_VECTOR NI_OF(load)(const NI_REAL *from)
{
    NI_VECTOR x;
    memcpy(&x, from, sizeof x);
    return x;
}

/* x - 0 is x, also for x = -0: a broadcast, and no operation at all. */
NI_INLINE NI_VECTOR NI_OF(splat)(NI_REAL x) { return x - (NI_VECTOR){0}; }

NI_INLINE void NI_OF(finish)(NI_REAL *c, NI_VECTOR sum, ni_finish finish)
{
    if (finish == NI_ADD)
        sum = NI_OF(load)(c) + sum;
    else if (finish == NI_SUBTRACT)
        sum = NI_OF(load)(c) - sum;
    else if (finish == NI_NEGATE)
        sum = -sum;
    memcpy(c, &sum, sizeof sum);
}

/* Products of one depth for `c`: element (r, p) of the left factor is a[r * row + p * step]. Sums
 * go on from `kept` unless this is the `first` depth, and wait there unless it is the `last`. */
typedef struct {
    const NI_REAL *a, *b;
    int64_t row, step, b_step, depth;
    NI_REAL *c, *kept;
    int first, last;
    ni_finish finish;
    uintptr_t soon[2], soon_step; /* where will be read: at each step a line is asked for */
} NI_OF(products);

/* `rows` rows and NI_TILE_VECTORS vectors of columns of c: each sum in a register. */
NI_INLINE void NI_OF(product_tile)(int rows, NI_OF(products) m, int column)
{
    NI_VECTOR sum[NI_GROUP][NI_TILE_VECTORS] = {0};
    m.b += column, m.c += column, m.kept += column;
    if (!m.first)
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < NI_TILE_VECTORS; v++)
                sum[r][v] = NI_OF(load)(m.kept + r * NI_STRIP + v * NI_OF(lanes));
    for (int64_t p = 0; p < m.depth; p++, m.a += m.step, m.b += m.b_step) {
        NI_VECTOR y[NI_TILE_VECTORS];
        __builtin_prefetch((const void *)m.soon[0], 0, 3);
        if (m.step == 1) /* rows: of c, too */
            __builtin_prefetch((const void *)m.soon[1], 0, 3);
        m.soon[0] += m.soon_step, m.soon[1] += m.soon_step;
#pragma GCC unroll 4
        for (int v = 0; v < NI_TILE_VECTORS; v++)
            y[v] = NI_OF(load)(m.b + v * NI_OF(lanes));
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            const NI_VECTOR x = NI_OF(splat)(m.a[r * m.row]);
#pragma GCC unroll 4
            for (int v = 0; v < NI_TILE_VECTORS; v++)
                sum[r][v] = NI_FMA(x, y[v], sum[r][v]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < NI_TILE_VECTORS; v++) {
            const int at = r * NI_STRIP + v * NI_OF(lanes);
            if (m.last)
                NI_OF(finish)(m.c + at, sum[r][v], m.finish);
            else
                memcpy(m.kept + at, &sum[r][v], sizeof sum[r][v]);
        }
}

/* Functions of their own: what is done with the sums afterwards takes no register from them. */
static __attribute__((noinline)) void NI_OF(whole_tile)(const NI_OF(products) *m, int column)
{
    NI_OF(product_tile)(NI_TILE_ROWS, *m, column);
}

static __attribute__((noinline)) void NI_OF(rest_tile)(const NI_OF(products) *m, int column)
{
    NI_OF(product_tile)(NI_TILE_REST, *m, column);
}

/* As many rows of c as a tile has, all of its columns. */
NI_INLINE void NI_OF(product_rows)(int rows, const NI_OF(products) *m)
{
    for (int column = 0; column < NI_STRIP; column += NI_TILE_VECTORS * NI_OF(lanes))
        if (rows == NI_TILE_ROWS)
            NI_OF(whole_tile)(m, column);
        else
            NI_OF(rest_tile)(m, column);
}

/* How many rows the next tile has, of as many as are left: a last group is two tiles of
 * NI_TILE_REST. */
NI_INLINE int NI_OF(tile_rows)(int64_t left)
{
    const int whole = NI_TILE_ROWS > NI_TILE_REST && left >= NI_TILE_ROWS && left != NI_GROUP;
    return whole ? NI_TILE_ROWS : NI_TILE_REST;
}

/* Rows of a panel by b: rows of the panel, and of c, are read in turn. */
NI_INLINE void NI_OF(multiply_rows)(NI_OF(products) m, int64_t left)
{
    const uintptr_t ahead = 4 * NI_TILE_ROWS * NI_PANEL * sizeof(NI_REAL);
    for (int rows; left > 0; left -= rows, m.a += rows * NI_PANEL, m.c += rows * NI_STRIP) {
        m.soon[0] = (uintptr_t)m.a + ahead, m.soon[1] = (uintptr_t)m.c + ahead;
        rows = NI_OF(tile_rows)(left);
        NI_OF(product_rows)(rows, &m);
    }
}

/* A panel's columns, as rows, by b. While the tiles go over this depth, each asks for one line of
 * the next depth's rows: one at a time, for more would keep the loads waiting. */
NI_INLINE void NI_OF(multiply_columns)(NI_OF(products) m, int64_t left)
{
    const uintptr_t row_bytes = NI_PANEL * sizeof(NI_REAL);
    const uintptr_t depth = (uintptr_t)m.depth * sizeof(NI_REAL);
    const uintptr_t a = (uintptr_t)m.a + depth * NI_PANEL, b = (uintptr_t)m.b + depth * NI_STRIP;
    uintptr_t line = 0;
    for (int rows; left > 0; left -= rows, line += NI_ALIGNMENT) {
        m.soon[0] = (line & row_bytes ? a : b) + line % row_bytes;
        rows = NI_OF(tile_rows)(left);
        NI_OF(product_rows)(rows, &m);
        m.a += rows, m.c += rows * NI_STRIP, m.kept += rows * NI_STRIP;
    }
}

static void NI_OF(product)(const NI_REAL *a, ni_factor factor, const NI_REAL *b, int64_t b_step,
                           NI_REAL *c, int64_t groups, int64_t k, ni_finish finish)
{
    NI_REAL kept[NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_OF(products) m = {.a = a, .b = b, .b_step = b_step, .depth = k, .c = c, .kept = kept,
                         .first = 1, .last = 1, .finish = finish};
    if (factor == NI_ROWS) {
        m.row = NI_PANEL, m.step = 1, m.soon_step = NI_ALIGNMENT / 2;
        NI_OF(multiply_rows)(m, groups * NI_GROUP);
        return;
    }
    m.row = 1, m.step = NI_PANEL, m.soon_step = NI_PANEL * sizeof(NI_REAL);
    for (int64_t p = 0; p < k; p += m.depth) {
        m.depth = k - p < NI_DEPTH ? k - p : NI_DEPTH;
        m.first = p == 0, m.last = p + m.depth == k;
        m.a = a + p * NI_PANEL, m.b = b + p * b_step;
        NI_OF(multiply_columns)(m, groups * NI_GROUP);
    }
}

/* Half as many numbers as a vector of 32-bit lanes has: as many as it has 64-bit ones. */
typedef NI_REAL NI_OF(half) __attribute__((vector_size(NI_HALF * sizeof(NI_REAL))));

/* sum + low += x^2, what rounding takes from the product and from the sum kept in `low` (Ogita,
 * Rump and Oishi, SIAM J. Sci. Comput. 26, 2005): an error of about one rounding in all. */
NI_INLINE void NI_OF(add_square)(f64v x, f64v *sum, f64v *low)
{
    const f64v square = x * x, total = *sum + square, part = total - *sum;
    *low += fma_f64(x, x, -square) + ((*sum - (total - part)) + (square - part));
    *sum = total;
}

static void NI_OF(squares)(const NI_REAL *x, int64_t rows, double sum[NI_PANEL])
{
    for (int column = 0; column < NI_PANEL; column += NI_HALF) {
        f64v high = {0}, low = {0};
        for (int64_t i = 0; i < rows; i++) {
            NI_OF(half) numbers;
            memcpy(&numbers, x + i * NI_PANEL + column, sizeof numbers);
            NI_OF(add_square)(__builtin_convertvector(numbers, f64v), &high, &low);
        }
        high += low;
        memcpy(sum + column, &high, sizeof high);
    }
}

/* Rows i, i + NI_GROUP, .. are summed apart, and the NI_GROUP sums in order. */
static double NI_OF(scale_column)(NI_REAL *x, int64_t rows, double factor)
{
    double sum[NI_GROUP] = {0};
    for (int64_t i = 0; i < rows; i += NI_GROUP)
#pragma GCC unroll 8
        for (int r = 0; r < NI_GROUP; r++)
            if (i + r < rows) {
                NI_REAL *at = x + (i + r) * NI_PANEL;
                *at = (NI_REAL)((double)*at * factor);
                sum[r] += (double)*at * (double)*at;
            }
    for (int r = 1; r < NI_GROUP; r++)
        sum[0] += sum[r];
    return sum[0];
}

static void NI_OF(scale)(NI_REAL *x, int64_t rows, const NI_REAL factor[NI_PANEL])
{
    for (int64_t i = 0; i < rows; i++, x += NI_PANEL)
        for (int c = 0; c < NI_PANEL; c++)
            x[c] *= factor[c];
}

/* Row i of the inverse: t_i = (e_i - sum over j > i of g_ij t_j) / d_i, from the last row up, in
 * binary64. */
static void NI_OF(invert)(const NI_REAL *g, const double diagonal[NI_PANEL], NI_REAL *t)
{
    enum { vectors = NI_PANEL / NI_HALF };
    f64v row[NI_PANEL][vectors];
    for (int i = NI_PANEL - 1; i >= 0; i--) {
        f64v sum[vectors] = {0};
        sum[i / NI_HALF][i % NI_HALF] = 1.0;
        for (int j = i + 1; j < NI_PANEL; j++) {
            const f64v x = -(double)g[(j / NI_STRIP * NI_PANEL + i) * NI_STRIP + j % NI_STRIP]
                           - (f64v){0};
            for (int c = 0; c < vectors; c++)
                sum[c] = fma_f64(x, row[j][c], sum[c]);
        }
        const double inverse = 1.0 / diagonal[i];
        for (int c = 0; c < vectors; c++)
            row[i][c] = sum[c] * inverse;
        for (int c = 0; c < NI_PANEL; c++)
            t[i * NI_PANEL + c] = (NI_REAL)row[i][c / NI_HALF][c % NI_HALF];
    }
}

/* Rows i, i + NI_GROUP, .. are summed apart, and the NI_GROUP sums in order. */
static void NI_OF(dots)(const NI_REAL *x, int64_t rows, int j, NI_REAL dot[NI_PANEL])
{
    const int first = j / NI_OF(lanes) * NI_OF(lanes);
    for (int column = first; column < NI_PANEL; column += NI_OF(lanes)) {
        NI_VECTOR sum[NI_GROUP] = {0};
        int64_t i = 0;
        for (; i + NI_GROUP <= rows; i += NI_GROUP)
#pragma GCC unroll 8
            for (int r = 0; r < NI_GROUP; r++) {
                const NI_REAL *at = x + (i + r) * NI_PANEL;
                sum[r] = NI_FMA(NI_OF(splat)(at[j]), NI_OF(load)(at + column), sum[r]);
            }
        for (int r = 0; i < rows; i++, r++) {
            const NI_REAL *at = x + i * NI_PANEL;
            sum[r] = NI_FMA(NI_OF(splat)(at[j]), NI_OF(load)(at + column), sum[r]);
        }
        for (int r = 1; r < NI_GROUP; r++)
            sum[0] += sum[r];
        memcpy(dot + column, sum, sizeof *sum);
    }
}

static void NI_OF(reflect)(NI_REAL *x, int64_t rows, int j, const NI_REAL w[NI_PANEL])
{
    const int first = j / NI_OF(lanes) * NI_OF(lanes);
    for (int64_t i = 0; i < rows; i++, x += NI_PANEL) {
        const NI_VECTOR v = NI_OF(splat)(-x[j]);
        for (int column = first; column < NI_PANEL; column += NI_OF(lanes)) {
            NI_VECTOR sum = NI_FMA(v, NI_OF(load)(w + column), NI_OF(load)(x + column));
            memcpy(x + column, &sum, sizeof sum);
        }
    }
}
