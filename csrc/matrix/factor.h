/* From a matrix to reflectors and R, for the type NI_REAL; householder.c includes this once for
 * each type, after accumulate.h.
 *
 * For each panel from the first to the last: its columns are factored reflector by reflector,
 * then the strips right of it become A - V T^T V^T A: those of the other panels of its group at
 * once, the others when the group is done. Meanwhile one thread factors the next group.
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

/* A panel's columns from the strips; factored; back to the strips. */
static void NI_OF(factor_panel)(NI_OF(group) *group, NI_OF(panel) *own)
{
    NI_OF(work) *work = group->work;
    const int64_t rows = work->n - own->p;
    const size_t bytes = (size_t)own->width * sizeof *own->v;
    if (own->width < NI_PANEL)
        memset(own->v, 0, (size_t)rows * NI_PANEL * sizeof *own->v);
    for (int64_t i = 0; i < rows; i++)
        memcpy(own->v + i * NI_PANEL, NI_OF(at)(work, own->p + i, own->p), bytes);
    for (int64_t i = rows; i % NI_GROUP || i < NI_PANEL; i++)
        memset(own->v + i * NI_PANEL, 0, NI_PANEL * sizeof *own->v);
    for (int64_t c = 0; c < NI_PANEL && own->p + c < work->k; c++)
        if (!ni_should_stop(&work->team->watch, group->polls))
            NI_OF(factor_column)(work, own, c);
    for (int64_t i = 0; i < rows; i++)
        memcpy(NI_OF(at)(work, own->p + i, own->p), own->v + i * NI_PANEL, bytes);
    for (int64_t i = 0; i < NI_PANEL; i++)
        for (int64_t c = i + 1; c < NI_PANEL; c++)
            own->v[i * NI_PANEL + c] = 0;
}

static void NI_OF(chunk_squares)(void *job, int64_t task, int polls)
{
    const NI_OF(piece) piece = NI_OF(piece_of)(job, task);
    (void)polls;
    ((NI_OF(group) *)job)->work->kernels->squares(piece.v, piece.count, piece.partial);
}

/* Panels of a group from `from` on, and strips right of them that they change. */
typedef struct {
    NI_OF(group) *group, *next; /* next: to be factored by the first task; or NULL */
    int from;
    int64_t p;                  /* the column at which the next group begins */
    NI_OF(range) strips;
} NI_OF(changes);

/* A - V T^T V^T A, panel by panel. */
static void NI_OF(change)(const NI_OF(changes) *all, NI_OF(range) strips, int polls)
{
    NI_OF(work) *work = all->group->work;
    NI_REAL w[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_REAL x[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    for (int i = all->from; i < all->group->panels; i++) {
        const NI_OF(panel) *own = &all->group->panel[i];
        NI_OF(project)(work, own, strips, 0, w, polls);
        for (int64_t s = 0; s < strips.end - strips.begin; s++)
            NI_OF(multiply_t)(work, own->t, NI_COLUMNS, w[s], x[s]);
        NI_OF(subtract)(work, own, strips, 0, work->n - own->p, NI_SUBTRACT, x, polls);
    }
}

static void NI_OF(change_share)(void *job, int64_t task, int polls)
{
    const NI_OF(changes) *all = job;
    NI_OF(change)(all, NI_OF(share)(all->group->work, all->strips, task), polls);
}

/* The column after a group that begins at column p. */
static int64_t NI_OF(group_end)(const NI_OF(work) *work, int64_t p)
{
    return p + work->most * NI_PANEL;
}

/* The strips of columns [from, to). */
static NI_OF(range) NI_OF(strips_between)(const NI_OF(work) *work, int64_t from, int64_t to)
{
    NI_OF(range) strips = NI_OF(strips_from)(work, from);
    strips.end = to / NI_STRIP < strips.end ? to / NI_STRIP : strips.end;
    return strips;
}

/* The group at column p: each panel factored, and brought to those after it. */
static void NI_OF(factor_group)(NI_OF(group) *group, int64_t p)
{
    NI_OF(work) *work = group->work;
    const int64_t end = NI_OF(group_end)(work, p);
    for (group->panels = group->formed = 0; p < end && p < work->k; p += NI_PANEL) {
        NI_OF(factor_panel)(group, NI_OF(next_panel)(group, p, work->columns));
        NI_OF(run)(group, NI_OF(chunk_squares), group, NI_OF(pieces)(group),
                   16.0 * NI_CHUNK * NI_PANEL);
        NI_OF(form_t)(group);
        NI_OF(changes) inner = {group, NULL, group->panels - 1, 0,
                                NI_OF(strips_between)(work, p + NI_PANEL, end)};
        NI_OF(run)(group, NI_OF(change_share), &inner, NI_OF(shares)(work, inner.strips),
                   NI_OF(apply_cost)(group));
    }
}

/* Task 0: the next group's strips changed, and factored, which is long; then the others. */
static void NI_OF(change_or_factor)(void *job, int64_t task, int polls)
{
    const NI_OF(changes) *all = job;
    if (task > 0 || !all->next) {
        NI_OF(change_share)(job, task - (all->next != NULL), polls);
        return;
    }
    NI_OF(work) *work = all->group->work;
    const int64_t end = NI_OF(group_end)(work, all->p);
    NI_OF(range) own = NI_OF(strips_between)(work, all->p, end);
    for (NI_OF(range) one = own; one.begin < own.end; one.begin++) {
        one.end = one.begin + 1;
        NI_OF(change)(all, one, polls);
    }
    all->next->in_task = 1, all->next->polls = polls;
    NI_OF(factor_group)(all->next, all->p);
}

ni_status NI_OF(ni_factor)(NI_OF(work) *work)
{
    NI_OF(group) *group = &work->group[0];
    int64_t p = 0;
    group->in_task = 0, group->polls = 1;
    NI_OF(factor_group)(group, p);
    while (!atomic_load(&work->team->watch.stop)) {
        NI_OF(group) *next = &work->group[group == work->group];
        p = NI_OF(group_end)(work, p);
        NI_OF(changes) all = {group, p < work->k ? next : NULL, 0, p, {0, 0}};
        all.strips = NI_OF(strips_from)(work, all.next ? NI_OF(group_end)(work, p) : p);
        ni_run_tasks(work->team, NI_OF(change_or_factor), &all,
                     NI_OF(shares)(work, all.strips) + (all.next != NULL),
                     NI_OF(apply_cost)(group));
        if (!all.next)
            break;
        group = next;
    }
    return atomic_load(&work->team->watch.stop) ? NI_INTERRUPTED : NI_OK;
}
