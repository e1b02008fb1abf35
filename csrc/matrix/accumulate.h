/* From reflectors to Q, for the type NI_REAL; householder.c includes this once for each type.
 *
 * For each panel of reflectors from the last to the first: get V, form T; and for each strip of
 * columns at or right of the panel W = V^T Q, X = T W, Q -= V X. In the panel's own columns Q is
 * [I; 0] before, so that W is its upper block, transposed; in the others its rows p .. p +
 * NI_PANEL - 1 are zero. docs/stream.md, section 7, states every sum's order.
 */

typedef NI_OF(ni_householder) NI_OF(work);
typedef NI_OF(ni_panel) NI_OF(panel);

/* Element (i, c) of the matrix in its strip. */
static NI_REAL *NI_OF(at)(const NI_OF(work) *work, int64_t i, int64_t c)
{
    return work->q + (c / NI_STRIP - work->first) * NI_STRIP * work->padded + i * NI_STRIP
           + c % NI_STRIP;
}

static int64_t NI_OF(chunks)(int64_t rows) { return (rows + NI_CHUNK - 1) / NI_CHUNK; }

/* -- the panel ---------------------------------------------------------------------------- */

/* Rows [i, i + count) of the panel from their source, as they stand there. */
static void NI_OF(read_rows)(const NI_OF(work) *work, int64_t i, int64_t count)
{
    const int64_t row = work->own->p + i;
    NI_REAL *panel = work->own->v + i * NI_PANEL;
    if (work->source == NI_FROM_STREAM) {
        const ni_distribution normal = {.kind = NI_NORMAL, .mean = 0.0, .std = 1.0};
        const int64_t shape[2] = {count, work->own->width}, index_strides[2] = {work->k, 1};
        const int64_t byte_strides[2] = {NI_PANEL * sizeof(NI_REAL), sizeof(NI_REAL)};
        const ni_output out = {panel,        NI_REAL_DTYPE, 2, shape,
                               byte_strides, index_strides, row * work->k + work->own->p};
        ni_fill_alone(&work->stream, &normal, &out);
        return;
    }
    for (int64_t r = 0; r < count; r++)
        for (int64_t c = 0; c < work->own->width; c++)
            if (work->source == NI_FROM_MATRIX)
                memcpy(panel + r * NI_PANEL + c,
                       work->matrix + (row + r) * work->row_stride
                           + (work->own->p + c) * work->column_stride,
                       sizeof(NI_REAL));
            else
                panel[r * NI_PANEL + c] = *NI_OF(at)(work, row + r, work->own->p + c);
}

/* One chunk of the panel, zero above its diagonal and beyond its columns and rows, and the
 * squares of its columns summed. */
static void NI_OF(load_chunk)(void *job, int64_t chunk, int polls)
{
    NI_OF(work) *work = job;
    const int64_t first = chunk * NI_CHUNK, rows = work->n - work->own->p;
    const int64_t count = rows - first < NI_CHUNK ? rows - first : NI_CHUNK;
    NI_REAL *panel = work->own->v + first * NI_PANEL;
    (void)polls;
    if (work->own->width < NI_PANEL)
        memset(panel, 0, (size_t)count * NI_PANEL * sizeof *panel);
    NI_OF(read_rows)(work, first, count);
    for (int64_t i = first; i < first + count && i < NI_PANEL; i++)
        for (int64_t c = i + 1; c < NI_PANEL; c++)
            work->own->v[i * NI_PANEL + c] = 0;
    for (int64_t i = first + count; i % NI_GROUP || i < NI_PANEL; i++)
        memset(work->own->v + i * NI_PANEL, 0, NI_PANEL * sizeof *panel);
    work->kernels->squares(panel, count, work->partial + chunk * NI_PANEL);
}

/* x to x / |x|, or to 0; and side = sign(x_1), or 0, is added to its first element. */
static void NI_OF(normalize_chunk)(void *job, int64_t chunk, int polls)
{
    NI_OF(work) *work = job;
    const int64_t first = chunk * NI_CHUNK, rows = work->n - work->own->p;
    const int64_t count = rows - first < NI_CHUNK ? rows - first : NI_CHUNK;
    NI_REAL *panel = work->own->v + first * NI_PANEL;
    (void)polls;
    work->kernels->scale(panel, count, work->factor);
    for (int64_t i = first; i < first + count && i < work->own->width; i++)
        work->own->v[i * NI_PANEL + i] += work->side[i];
    work->kernels->squares(panel, count, work->partial + chunk * NI_PANEL);
}

/* The sum of squares of column c: of the chunks, in order. */
static double NI_OF(square)(const NI_OF(work) *work, int64_t c)
{
    double sum = 0.0;
    for (int64_t chunk = 0; chunk < NI_OF(chunks)(work->n - work->own->p); chunk++)
        sum += work->partial[chunk * NI_PANEL + c];
    return sum;
}

/* What x_j is scaled by, and D_j. The last reflector of a square matrix is the identity, as is
 * that of a zero vector. */
static void NI_OF(choose_sides)(NI_OF(work) *work)
{
    for (int64_t c = 0; c < NI_PANEL; c++)
        work->factor[c] = work->side[c] = 0;
    for (int64_t c = 0; c < work->own->width; c++) {
        const double norm = __builtin_sqrt(NI_OF(square)(work, c));
        const NI_REAL side = work->own->v[c * NI_PANEL + c] < 0 ? -1 : 1;
        const int identity = work->own->p + c == work->n - 1 || norm == 0.0;
        work->sign[work->own->p + c] = identity ? side : -side;
        work->factor[c] = identity ? 0 : (NI_REAL)(1.0 / norm);
        work->side[c] = identity ? 0 : side;
    }
}

/* Rows of V^T V: group `group`, in the strips that are not left of the diagonal. */
static void NI_OF(gram_rows)(void *job, int64_t group, int polls)
{
    NI_OF(work) *work = job;
    const int64_t rows = work->n - work->own->p;
    for (int64_t strip = group * NI_GROUP / NI_STRIP; strip < NI_PANEL / NI_STRIP; strip++) {
        NI_REAL *g = work->g + (strip * NI_PANEL + group * NI_GROUP) * NI_STRIP;
        for (int64_t i = 0; i < rows; i += NI_CHUNK) {
            const NI_REAL *chunk = work->own->v + i * NI_PANEL;
            work->kernels->product(chunk + group * NI_GROUP, NI_COLUMNS, chunk + strip * NI_STRIP,
                                   NI_PANEL, g, 1, rows - i < NI_CHUNK ? rows - i : NI_CHUNK,
                                   i ? NI_ADD : NI_SET);
            if (ni_should_stop(&work->team->watch, polls))
                return;
        }
    }
}

/* T, from V whose squares are in `partial`. */
static void NI_OF(form_t)(NI_OF(work) *work)
{
    for (int64_t c = 0; c < NI_PANEL; c++) {
        const double square = NI_OF(square)(work, c);
        work->half_square[c] = square > 0.0 ? square / 2 : 1.0;
    }
    ni_run_tasks(work->team, NI_OF(gram_rows), work, NI_PANEL / NI_GROUP,
                 (double)(work->n - work->own->p) * NI_PANEL * 2 * NI_GROUP);
    if (atomic_load(&work->team->watch.stop)) /* then not all of it was summed */
        return;
    work->kernels->invert(work->g, work->half_square, work->own->t);
}

/* V and T of the panel at hand that is last. */
static void NI_OF(form_panel)(NI_OF(work) *work)
{
    const double load_cost = 64.0 * NI_CHUNK * NI_PANEL; /* a normal is as long as 64 operations */
    const int64_t chunks = NI_OF(chunks)(work->n - work->own->p);
    ni_run_tasks(work->team, NI_OF(load_chunk), work, chunks, load_cost);
    if (work->source != NI_FROM_STRIPS) {
        NI_OF(choose_sides)(work);
        ni_run_tasks(work->team, NI_OF(normalize_chunk), work, chunks, load_cost / 4);
    }
    NI_OF(form_t)(work);
}

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
static void NI_OF(split)(const NI_OF(work) *work, NI_OF(range) *own, NI_OF(range) *rest)
{
    *own = NI_OF(strips_from)(work, work->panel[work->panels - 1].p);
    *rest = NI_OF(strips_from)(work, work->panel[0].p + NI_PANEL);
    own->end = rest->begin < own->end ? rest->begin : own->end;
}

/* All panels at hand, the last of the matrix first. */
static void NI_OF(apply_panels)(void *job, int64_t task, int polls)
{
    NI_OF(work) *work = job;
    NI_OF(range) own, rest, strips;
    NI_OF(split)(work, &own, &rest);
    const int64_t begun = own.end > own.begin ? own.end - own.begin : 0;
    if (task < begun)
        strips.begin = own.begin + task, strips.end = strips.begin + 1;
    else
        strips = NI_OF(share)(work, rest, task - begun);
    for (int i = 0; i < work->panels; i++) {
        const NI_OF(panel) *panel = &work->panel[i];
        const int64_t right = strips.begin * NI_STRIP - panel->p;
        if (right >= NI_PANEL)
            NI_OF(continue_strips)(work, panel, strips, polls);
        else if (right >= 0)
            NI_OF(begin_strip)(work, panel, strips.begin, polls);
    }
}

static int64_t NI_OF(apply_tasks)(const NI_OF(work) *work)
{
    NI_OF(range) own, rest;
    NI_OF(split)(work, &own, &rest);
    return (own.end > own.begin ? own.end - own.begin : 0) + NI_OF(shares)(work, rest);
}

/* Operations by which a panel changes one strip. */
static double NI_OF(apply_cost)(const NI_OF(work) *work)
{
    return 4.0 * NI_PANEL * NI_STRIP * (double)(work->n - work->own->p);
}

/* Take a panel as the next one at hand. */
static void NI_OF(next_panel)(NI_OF(work) *work, int64_t p, int64_t columns)
{
    work->own = &work->panel[work->panels++];
    work->own->p = p;
    work->own->width = columns - p < NI_PANEL ? columns - p : NI_PANEL;
}

ni_status NI_OF(ni_accumulate)(NI_OF(work) *work)
{
    /* Reflectors beyond the last column wanted leave it alone. */
    const int64_t last = (work->first + work->strips) * NI_STRIP;
    int64_t p = ni_round_up(last < work->k ? last : work->k, NI_PANEL);
    while (p > 0) {
        for (work->panels = 0; work->panels < work->most && p > 0;) {
            p -= NI_PANEL;
            NI_OF(next_panel)(work, p, work->k);
            NI_OF(form_panel)(work);
        }
        ni_run_tasks(work->team, NI_OF(apply_panels), work, NI_OF(apply_tasks)(work),
                     work->panels * NI_OF(apply_cost)(work));
        if (atomic_load(&work->team->watch.stop))
            return NI_INTERRUPTED;
    }
    return NI_OK;
}

/* -- the workspace ------------------------------------------------------------------------ */

void NI_OF(ni_close)(NI_OF(work) *work)
{
    ni_release(work->q), ni_release(work->v), ni_release(work->g);
    ni_release(work->sign), ni_release(work->partial);
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
    const int64_t tall = rows * NI_STRIP * (int64_t)sizeof(NI_REAL), panel = rows * NI_PANEL;
    work->together = 2 * tall <= kept_bytes ? 2 : 1;
    work->most = tall <= kept_bytes ? NI_PANELS : 1;
    work->q = get_memory(numbers, sizeof(NI_REAL));
    work->v = get_memory(work->most * panel, sizeof(NI_REAL));
    work->g = get_memory((NI_PANELS + 1) * NI_PANEL * NI_PANEL, sizeof(NI_REAL));
    for (int i = 0; i < work->most && work->v && work->g; i++) {
        work->panel[i].v = work->v + i * panel;
        work->panel[i].t = work->g + (i + 1) * NI_PANEL * NI_PANEL;
    }
    work->sign = get_memory(work->columns, sizeof(NI_REAL));
    work->partial = get_memory(NI_OF(chunks)(rows), NI_PANEL * sizeof(double));
    if (work->q && work->v && work->g && work->sign && work->partial)
        return NI_OK;
    NI_OF(ni_close)(work);
    return NI_NO_MEMORY;
}
