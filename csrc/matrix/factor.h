/* From a matrix to reflectors and R, for the type NI_REAL; householder.c includes this once for
 * each type, after accumulate.h.
 *
 * For each panel from the first to the last: its columns are factored reflector by reflector,
 * then the strips right of it become A - V T^T V^T A: those of the next panels at once, the others
 * when as many panels as stay in the caches are at hand.
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
static void NI_OF(factor_column)(NI_OF(work) *work, NI_OF(panel) *own, int64_t c)
{
    const int64_t rows = work->n - own->p - c;
    NI_REAL *x = own->v + c * (NI_PANEL + 1), *diagonal = work->sign + own->p + c;
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
static void NI_OF(factor_panel)(NI_OF(work) *work, NI_OF(panel) *own)
{
    const int64_t rows = work->n - own->p;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < NI_PANEL; c++)
            own->v[i * NI_PANEL + c] =
                c < own->width ? *NI_OF(at)(work, own->p + i, own->p + c) : 0;
    for (int64_t i = rows; i % NI_GROUP || i < NI_PANEL; i++)
        memset(own->v + i * NI_PANEL, 0, NI_PANEL * sizeof *own->v);
    for (int64_t c = 0; c < NI_PANEL && own->p + c < work->k; c++)
        if (!ni_should_stop(&work->team->watch, 1))
            NI_OF(factor_column)(work, own, c);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < own->width; c++)
            *NI_OF(at)(work, own->p + i, own->p + c) = own->v[i * NI_PANEL + c];
    for (int64_t i = 0; i < NI_PANEL; i++)
        for (int64_t c = i + 1; c < NI_PANEL; c++)
            own->v[i * NI_PANEL + c] = 0;
}

static void NI_OF(chunk_squares)(void *job, int64_t task, int polls)
{
    NI_OF(work) *work = job;
    const NI_OF(piece) piece = NI_OF(piece_of)(work, task);
    (void)polls;
    work->kernels->squares(piece.v, piece.count, piece.partial);
}

/* Some panels at hand, and the strips right of them that they change. */
typedef struct {
    NI_OF(work) *work;
    int first;
    NI_OF(range) strips;
} NI_OF(changes);

/* A - V T^T V^T A, panel by panel. */
static void NI_OF(update_strips)(void *job, int64_t task, int polls)
{
    const NI_OF(changes) *all = job;
    NI_OF(work) *work = all->work;
    NI_REAL w[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_REAL x[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    const NI_OF(range) strips = NI_OF(share)(work, all->strips, task);
    for (int i = all->first; i < work->panels; i++) {
        const NI_OF(panel) *own = &work->panel[i];
        NI_OF(project)(work, own, strips, 0, w, polls);
        for (int64_t s = 0; s < strips.end - strips.begin; s++)
            NI_OF(multiply_t)(work, own->t, NI_COLUMNS, w[s], x[s]);
        NI_OF(subtract)(work, own, strips, 0, work->n - own->p, NI_SUBTRACT, x, polls);
    }
}

/* Bring panels from `first` on to the strips in columns [from, to). */
static void NI_OF(update)(NI_OF(work) *work, int first, int64_t from, int64_t to)
{
    NI_OF(changes) all = {work, first, NI_OF(strips_from)(work, from)};
    if (all.strips.end > to / NI_STRIP)
        all.strips.end = to / NI_STRIP;
    ni_run_tasks(work->team, NI_OF(update_strips), &all, NI_OF(shares)(work, all.strips),
                 (work->panels - first) * NI_OF(apply_cost)(work));
}

ni_status NI_OF(ni_factor)(NI_OF(work) *work)
{
    int64_t p = 0;
    while (p < work->k) {
        const int64_t end = p + work->most * NI_PANEL;
        for (work->panels = work->formed = 0; p < end && p < work->k; p += NI_PANEL) {
            NI_OF(factor_panel)(work, NI_OF(next_panel)(work, p, work->columns));
            ni_run_tasks(work->team, NI_OF(chunk_squares), work, NI_OF(pieces)(work),
                         16.0 * NI_CHUNK * NI_PANEL);
            NI_OF(form_t)(work);
            NI_OF(update)(work, work->panels - 1, p + NI_PANEL, end);
        }
        NI_OF(update)(work, 0, end, INT64_MAX);
        if (atomic_load(&work->team->watch.stop))
            return NI_INTERRUPTED;
    }
    return NI_OK;
}
