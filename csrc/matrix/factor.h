/* From a matrix to reflectors and R, for the type NI_REAL; householder.c includes this once for
 * each type, after accumulate.h.
 *
 * For each panel from the first to the last: its columns are factored reflector by reflector,
 * then the strips right of it become A - V T^T V^T A.
 */

/* |x| of a column, scaled by a power of two where its squares overflow or vanish. */
static double NI_OF(column_norm)(NI_OF(work) *work, NI_REAL *x, int64_t rows, double *scale)
{
    const double square = work->kernels->scale_column(x, rows, 1.0);
    double largest = 0.0;
    *scale = 1.0;
    if (square > 0x1p-900 && square < 0x1p900)
        return __builtin_sqrt(square);
    for (int64_t i = 0; i < rows; i++) {
        const double size = __builtin_fabs((double)x[i * NI_PANEL]);
        largest = size > largest ? size : largest;
    }
    if (largest < __builtin_inf() && largest > 0.0)
        *scale = largest > 1.0 ? 0x1p-600 : 0x1p600;
    return __builtin_sqrt(work->kernels->scale_column(x, rows, *scale));
}

/* Column c of the panel to its reflector, x to v, and the columns right of it reflected; R_jj
 * goes to `sign`. */
static void NI_OF(factor_column)(NI_OF(work) *work, int64_t c)
{
    const int64_t rows = work->n - work->p - c;
    NI_REAL *x = work->panel + c * (NI_PANEL + 1), *diagonal = work->sign + work->p + c;
    NI_REAL w[NI_PANEL];
    double scale;
    if (rows == 1) {
        *diagonal = *x;
        *x = 0;
        return;
    }
    const NI_REAL side = *x < 0 ? -1 : 1;
    const double norm = NI_OF(column_norm)(work, x, rows, &scale);
    *diagonal = (NI_REAL)(-side * norm / scale);
    if (norm == 0.0)
        return;
    const double square = work->kernels->scale_column(x, rows, 1.0 / norm), u = *x;
    *x += side;
    const NI_REAL half_square = (NI_REAL)((square + ((double)*x * *x - u * u)) / 2);
    work->kernels->dots(x - c, rows, (int)c, w);
    for (int64_t j = 0; j < NI_PANEL; j++)
        w[j] = j > c ? w[j] / half_square : 0;
    work->kernels->reflect(x - c, rows, (int)c, w);
}

/* The panel's columns from the strips; factored; back to the strips. */
static void NI_OF(factor_panel)(NI_OF(work) *work)
{
    const int64_t rows = work->n - work->p;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < NI_PANEL; c++)
            work->panel[i * NI_PANEL + c] =
                c < work->width ? *NI_OF(at)(work, work->p + i, work->p + c) : 0;
    for (int64_t i = rows; i % NI_GROUP || i < NI_PANEL; i++)
        memset(work->panel + i * NI_PANEL, 0, NI_PANEL * sizeof *work->panel);
    for (int64_t c = 0; c < NI_PANEL && work->p + c < work->k; c++)
        if (!ni_should_stop(&work->team->watch, 1))
            NI_OF(factor_column)(work, c);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < work->width; c++)
            *NI_OF(at)(work, work->p + i, work->p + c) = work->panel[i * NI_PANEL + c];
    for (int64_t i = 0; i < NI_PANEL; i++)
        for (int64_t c = i + 1; c < NI_PANEL; c++)
            work->panel[i * NI_PANEL + c] = 0;
}

static void NI_OF(chunk_squares)(void *job, int64_t chunk, int polls)
{
    NI_OF(work) *work = job;
    const int64_t first = chunk * NI_CHUNK, left = work->n - work->p - first;
    (void)polls;
    work->kernels->squares(work->panel + first * NI_PANEL, left < NI_CHUNK ? left : NI_CHUNK,
                           work->partial + chunk * NI_PANEL);
}

/* A - V T^T V^T A in some strips right of the panel. */
static void NI_OF(update_strips)(void *job, int64_t task, int polls)
{
    NI_OF(work) *work = job;
    NI_REAL w[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_REAL x[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    const NI_OF(range) strips =
        NI_OF(share)(work, NI_OF(strips_from)(work, work->p + NI_PANEL), task);
    NI_OF(project)(work, strips, 0, w, polls);
    for (int64_t s = 0; s < strips.end - strips.begin; s++)
        NI_OF(multiply_t)(work, NI_COLUMNS, w[s], x[s]);
    NI_OF(subtract)(work, strips, 0, work->n - work->p, NI_SUBTRACT, x, polls);
}

ni_status NI_OF(ni_factor)(NI_OF(work) *work)
{
    for (work->p = 0; work->p < work->k; work->p += NI_PANEL) {
        const NI_OF(range) rest = NI_OF(strips_from)(work, work->p + NI_PANEL);
        work->width = work->columns - work->p < NI_PANEL ? work->columns - work->p : NI_PANEL;
        NI_OF(factor_panel)(work);
        ni_run_tasks(work->team, NI_OF(chunk_squares), work,
                     NI_OF(chunks)(work->n - work->p), 16.0 * NI_CHUNK * NI_PANEL);
        NI_OF(form_t)(work);
        if (rest.begin < rest.end)
            ni_run_tasks(work->team, NI_OF(update_strips), work, NI_OF(shares)(work, rest),
                         NI_OF(apply_cost)(work));
        if (atomic_load(&work->team->watch.stop))
            return NI_INTERRUPTED;
    }
    return NI_OK;
}
