/* From reflectors to Q, for the type NI_REAL; householder.c includes this once for each type.
 *
 * For each panel of reflectors from the last to the first: get V, form T; and for each strip of
 * columns at or right of the panel W = V^T Q, X = T W, Q -= V X. In the panel's own columns Q is
 * [I; 0] before, so that W is its upper block, transposed; in the others its rows p .. p +
 * NI_PANEL - 1 are zero. docs/stream.md, section 7, states every sum's order.
 */

/* -- the strips --------------------------------------------------------------------------- */

/* W for a strip of the panel's own columns: the transpose of V's upper block. */
static void NI_OF(take_upper)(const NI_OF(panel) *own, int64_t strip, NI_REAL *w)
{
    const NI_REAL *v = own->v + (strip * NI_STRIP - own->p) * NI_PANEL;
    for (int64_t i = 0; i < NI_PANEL; i++)
        for (int64_t c = 0; c < NI_STRIP; c++)
            w[i * NI_STRIP + c] = v[c * NI_PANEL + i];
}

/* X = T W, or T^T W; the zero half of T is left out. */
static void NI_OF(multiply_t)(const NI_OF(work) *work, const NI_REAL *t, ni_factor factor,
                              const NI_REAL *w, NI_REAL *x)
{
    for (int64_t i = 0; i < NI_PANEL; i += NI_GROUP)
        if (factor == NI_ROWS)
            work->kernels->product(t + i * (NI_PANEL + 1), NI_ROWS, w + i * NI_STRIP, NI_STRIP,
                                   x + i * NI_STRIP, 1, NI_PANEL - i, NI_SET);
        else
            work->kernels->product(t + i, NI_COLUMNS, w, NI_STRIP, x + i * NI_STRIP, 1,
                                   i + NI_GROUP, NI_SET);
}

/* Some neighbouring strips. */
typedef struct {
    int64_t begin, end;
} NI_OF(range);

/* W += V^T Q over the rows from `from` of the panel down, chunk by chunk. */
static void NI_OF(project)(NI_OF(work) *work, const NI_OF(panel) *own, NI_OF(range) strips,
                           int64_t from, NI_REAL w[][NI_PANEL * NI_STRIP], int polls)
{
    const int64_t rows = work->n - own->p;
    for (int64_t i = from; i < rows; i += NI_CHUNK) {
        for (int64_t s = strips.begin; s < strips.end; s++)
            work->kernels->product(own->v + i * NI_PANEL, NI_COLUMNS,
                                   NI_OF(at)(work, own->p + i, s * NI_STRIP), NI_STRIP,
                                   w[s - strips.begin], NI_PANEL / NI_GROUP,
                                   rows - i < NI_CHUNK ? rows - i : NI_CHUNK,
                                   i == from ? NI_SET : NI_ADD);
        if (ni_should_stop(&work->team->watch, polls))
            return;
    }
}

/* Q -= V X over the rows from `from` of the panel down, or Q = -V X. */
static void NI_OF(subtract)(NI_OF(work) *work, const NI_OF(panel) *own, NI_OF(range) strips,
                            int64_t from, int64_t to, ni_finish finish,
                            NI_REAL x[][NI_PANEL * NI_STRIP], int polls)
{
    for (int64_t i = from; i < to; i += NI_CHUNK) {
        const int64_t count = to - i < NI_CHUNK ? to - i : NI_CHUNK;
        for (int64_t s = strips.begin; s < strips.end; s++)
            work->kernels->product(own->v + i * NI_PANEL, NI_ROWS, x[s - strips.begin],
                                   NI_STRIP, NI_OF(at)(work, own->p + i, s * NI_STRIP),
                                   ni_round_up(count, NI_GROUP) / NI_GROUP, NI_PANEL, finish);
        if (ni_should_stop(&work->team->watch, polls))
            return;
    }
}

/* The panel's own columns: E - V T V_1^T. */
static void NI_OF(begin_strip)(NI_OF(work) *work, const NI_OF(panel) *own, int64_t strip,
                               int polls)
{
    NI_REAL w[1][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_REAL x[1][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    const NI_OF(range) one = {strip, strip + 1};
    NI_OF(take_upper)(own, strip, w[0]);
    NI_OF(multiply_t)(work, own->t, NI_ROWS, w[0], x[0]);
    NI_OF(subtract)(work, own, one, 0, work->n - own->p, NI_NEGATE, x, polls);
    for (int64_t c = strip * NI_STRIP; c < (strip + 1) * NI_STRIP && c < work->k; c++)
        *NI_OF(at)(work, c, c) += 1;
}

/* The columns right of it, whose first NI_PANEL rows are yet zero. */
static void NI_OF(continue_strips)(NI_OF(work) *work, const NI_OF(panel) *own,
                                   NI_OF(range) strips, int polls)
{
    NI_REAL w[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_REAL x[NI_TOGETHER][NI_PANEL * NI_STRIP] __attribute__((aligned(NI_ALIGNMENT)));
    NI_OF(project)(work, own, strips, NI_PANEL, w, polls);
    for (int64_t s = 0; s < strips.end - strips.begin; s++)
        NI_OF(multiply_t)(work, own->t, NI_ROWS, w[s], x[s]);
    NI_OF(subtract)(work, own, strips, 0, NI_PANEL, NI_NEGATE, x, polls);
    NI_OF(subtract)(work, own, strips, NI_PANEL, work->n - own->p, NI_SUBTRACT, x, polls);
}

/* Strips at or right of a column among those of the workspace. */
static NI_OF(range) NI_OF(strips_from)(const NI_OF(work) *work, int64_t column)
{
    const int64_t begin = column / NI_STRIP;
    return (NI_OF(range)){begin > work->first ? begin : work->first, work->first + work->strips};
}

/* How many strips of a range make a task: few enough that every thread has some. */
static int64_t NI_OF(together)(const NI_OF(work) *work, NI_OF(range) all)
{
    const int64_t fair = (all.end - all.begin) / (4 * work->team->threads);
    return fair < 1 ? 1 : fair < work->together ? fair : work->together;
}

/* The strips of task `task` of a range that the team shares. */
static NI_OF(range) NI_OF(share)(const NI_OF(work) *work, NI_OF(range) all, int64_t task)
{
    const int64_t together = NI_OF(together)(work, all), begin = all.begin + task * together;
    return (NI_OF(range)){begin, begin + together < all.end ? begin + together : all.end};
}

static int64_t NI_OF(shares)(const NI_OF(work) *work, NI_OF(range) all)
{
    const int64_t together = NI_OF(together)(work, all);
    return all.end > all.begin ? (all.end - all.begin + together - 1) / together : 0;
}

/* The panels' own columns, strip by strip, and the columns right of all of them. */
static void NI_OF(split)(const NI_OF(group) *group, NI_OF(range) *own, NI_OF(range) *rest)
{
    *own = NI_OF(strips_from)(group->work, group->panel[group->panels - 1].p);
    *rest = NI_OF(strips_from)(group->work, group->panel[0].p + NI_PANEL);
    own->end = rest->begin < own->end ? rest->begin : own->end;
}

/* All panels of a group, the last of the matrix first: to strips, the longest tasks first. */
static void NI_OF(apply_panels)(void *job, int64_t task, int polls)
{
    NI_OF(group) *group = job;
    NI_OF(range) own, rest, strips;
    NI_OF(split)(group, &own, &rest);
    const int64_t shares = NI_OF(shares)(group->work, rest);
    if (task < shares)
        strips = NI_OF(share)(group->work, rest, task);
    else
        strips.end = own.end - (task - shares), strips.begin = strips.end - 1;
    for (int i = 0; i < group->panels; i++) {
        const NI_OF(panel) *panel = &group->panel[i];
        const int64_t right = strips.begin * NI_STRIP - panel->p;
        if (right >= NI_PANEL)
            NI_OF(continue_strips)(group->work, panel, strips, polls);
        else if (right >= 0)
            NI_OF(begin_strip)(group->work, panel, strips.begin, polls);
    }
}

static int64_t NI_OF(apply_tasks)(const NI_OF(group) *group)
{
    NI_OF(range) own, rest;
    NI_OF(split)(group, &own, &rest);
    return (own.end > own.begin ? own.end - own.begin : 0) + NI_OF(shares)(group->work, rest);
}

/* Operations by which a group changes one strip. */
static double NI_OF(apply_cost)(const NI_OF(group) *group)
{
    const double rows = (double)(group->work->n - group->panel[0].p);
    return 4.0 * NI_PANEL * NI_STRIP * rows * group->panels;
}

ni_status NI_OF(ni_accumulate)(NI_OF(work) *work)
{
    /* Reflectors beyond the last column wanted leave it alone. */
    const int64_t last = (work->first + work->strips) * NI_STRIP;
    NI_OF(group) *group = &work->group[0];
    int64_t p = ni_round_up(last < work->k ? last : work->k, NI_PANEL);
    group->in_task = 0;
    while (p > 0) {
        for (group->panels = group->formed = 0; group->panels < work->most && p > 0;)
            NI_OF(next_panel)(group, p -= NI_PANEL, work->k);
        NI_OF(form_panels)(group);
        ni_run_tasks(work->team, NI_OF(apply_panels), group, NI_OF(apply_tasks)(group),
                     NI_OF(apply_cost)(group));
        if (atomic_load(&work->team->watch.stop))
            return NI_INTERRUPTED;
    }
    return NI_OK;
}

/* -- the workspace ------------------------------------------------------------------------ */

/* How many panels there is memory for. */
static int64_t NI_OF(panels)(const NI_OF(work) *work)
{
    return work->source == NI_TO_FACTOR ? 2 * work->most : work->most;
}

void NI_OF(ni_close)(NI_OF(work) *work)
{
    ni_release(work->q), ni_release(work->v), ni_release(work->triangles);
    ni_release(work->sign), ni_release(work->partial);
}

/* Give each panel its part of the memory. */
static void NI_OF(divide)(NI_OF(work) *work)
{
    const int64_t triangle = NI_PANEL * NI_PANEL, chunks = NI_OF(chunks)(work->padded);
    for (int64_t i = 0; i < NI_OF(panels)(work); i++) {
        NI_OF(group) *group = &work->group[i / work->most];
        NI_OF(panel) *own = &group->panel[i % work->most];
        group->work = work;
        own->v = work->v + i * work->padded * NI_PANEL;
        own->g = work->triangles + 2 * i * triangle;
        own->t = own->g + triangle;
        own->partial = work->partial + i * chunks * NI_PANEL;
    }
}

ni_status NI_OF(ni_open)(NI_OF(work) *work, int64_t from, int64_t to)
{
    int64_t rows, numbers;
    if (__builtin_add_overflow(work->n, NI_PANEL, &rows) || to > INT64_MAX - NI_STRIP)
        return NI_NO_MEMORY;
    rows = work->padded = ni_round_up(work->n, NI_PANEL);
    work->first = from / NI_STRIP;
    work->strips = (to + NI_STRIP - 1) / NI_STRIP - work->first;
    if (__builtin_mul_overflow(rows, work->strips * NI_STRIP, &numbers))
        return NI_NO_MEMORY;
    const int64_t kept = kept_bytes / (NI_STRIP * (int64_t)sizeof(NI_REAL)); /* rows of strips */
    work->together = rows <= kept / 2 ? 2 : 1;
    work->most = rows <= kept ? NI_PANELS : 1;
    const size_t panels = (size_t)NI_OF(panels)(work);
    work->q = get_memory(numbers, sizeof(NI_REAL));
    work->v = get_memory(rows, panels * NI_PANEL * sizeof(NI_REAL));
    work->triangles = get_memory(2 * NI_PANEL * NI_PANEL, panels * sizeof(NI_REAL));
    work->sign = get_memory(work->columns, sizeof(NI_REAL));
    work->partial = get_memory(NI_OF(chunks)(rows), panels * NI_PANEL * sizeof(double));
    if (work->q && work->v && work->triangles && work->sign && work->partial) {
        NI_OF(divide)(work);
        return NI_OK;
    }
    NI_OF(ni_close)(work);
    return NI_NO_MEMORY;
}
