/* Block kernels for orthogonal matrices, for one floating-point type: NI_REAL numbers in NI_VECTOR
 * vectors with NI_FMA; NI_OF(name) is the name of what depends on the type. Included once for
 * each type.
 *
 * Layouts (kernels.h): a panel is rows of NI_PANEL numbers, a strip rows of NI_STRIP. Vectors
 * run along a row, over outputs; every sum runs alone, in its fixed order, so that bits depend
 * neither on the width of vectors nor on how many rows of an output are made at once.
 */

enum { NI_OF(lanes) = sizeof(NI_VECTOR) / sizeof(NI_REAL) };

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

/* `rows` rows and NI_TILE_VECTORS vectors of columns of c: each sum in a register from its first
 * product to its last. Element (r, p) of the left factor is a[r * row + p * step]. */
NI_INLINE void NI_OF(product_tile)(int rows, const NI_REAL *a, int64_t row, int64_t step,
                                   const NI_REAL *b, int64_t b_step, NI_REAL *c, int64_t k,
                                   ni_finish finish)
{
    NI_VECTOR sum[NI_GROUP][NI_TILE_VECTORS] = {0};
    for (int64_t p = 0; p < k; p++, a += step, b += b_step) {
        NI_VECTOR y[NI_TILE_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < NI_TILE_VECTORS; v++)
            y[v] = NI_OF(load)(b + v * NI_OF(lanes));
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            const NI_VECTOR x = NI_OF(splat)(a[r * row]);
#pragma GCC unroll 4
            for (int v = 0; v < NI_TILE_VECTORS; v++)
                sum[r][v] = NI_FMA(x, y[v], sum[r][v]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < NI_TILE_VECTORS; v++)
            NI_OF(finish)(c + r * NI_STRIP + v * NI_OF(lanes), sum[r][v], finish);
}

/* `rows` rows of c, all of its columns. */
NI_INLINE void NI_OF(product_rows)(int rows, const NI_REAL *a, int64_t row, int64_t step,
                                   const NI_REAL *b, int64_t b_step, NI_REAL *c, int64_t k,
                                   ni_finish finish)
{
    for (int column = 0; column < NI_STRIP; column += NI_TILE_VECTORS * NI_OF(lanes))
        NI_OF(product_tile)(rows, a, row, step, b + column, b_step, c + column, k, finish);
}

/* `groups` groups of NI_GROUP rows of c. A last group is two tiles of NI_TILE_REST rows. */
NI_INLINE void NI_OF(product_groups)(const NI_REAL *a, int64_t row, int64_t step,
                                     const NI_REAL *b, int64_t b_step, NI_REAL *c, int64_t groups,
                                     int64_t k, ni_finish finish)
{
    for (int64_t left = groups * NI_GROUP; left > 0;) {
        int rows = NI_TILE_REST;
        if (NI_TILE_ROWS > NI_TILE_REST && left >= NI_TILE_ROWS && left != NI_GROUP) {
            rows = NI_TILE_ROWS;
            NI_OF(product_rows)(NI_TILE_ROWS, a, row, step, b, b_step, c, k, finish);
        } else {
            NI_OF(product_rows)(NI_TILE_REST, a, row, step, b, b_step, c, k, finish);
        }
        a += rows * row, c += rows * NI_STRIP, left -= rows;
    }
}

static void NI_OF(product)(const NI_REAL *a, ni_factor factor, const NI_REAL *b, int64_t b_step,
                           NI_REAL *c, int64_t groups, int64_t k, ni_finish finish)
{
    if (factor == NI_ROWS)
        NI_OF(product_groups)(a, NI_PANEL, 1, b, b_step, c, groups, k, finish);
    else
        NI_OF(product_groups)(a, 1, NI_PANEL, b, b_step, c, groups, k, finish);
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
