/* Panels of reflectors: V from its source, and T, for the type NI_REAL; householder.c includes
 * this once for each type, before accumulate.h.
 */

typedef NI_OF(ni_householder) NI_OF(work);
typedef NI_OF(ni_panel) NI_OF(panel);
typedef NI_OF(ni_group) NI_OF(group);

_Static_assert(NI_STRIP % NI_PANEL == 0, "a panel's columns lie in one strip");

/* Element (i, c) of the matrix in its strip. */
static NI_REAL *NI_OF(at)(const NI_OF(work) *work, int64_t i, int64_t c)
{
    return work->q + (c / NI_STRIP - work->first) * NI_STRIP * work->padded + i * NI_STRIP
           + c % NI_STRIP;
}

static int64_t NI_OF(chunks)(int64_t rows) { return (rows + NI_CHUNK - 1) / NI_CHUNK; }

/* Rows [i, i + count) of a panel from their source, as they stand there. */
static void NI_OF(read_rows)(const NI_OF(work) *work, NI_OF(panel) *own, int64_t i, int64_t count)
{
    const int64_t row = own->p + i;
    NI_REAL *v = own->v + i * NI_PANEL;
    if (work->source == NI_FROM_STREAM) {
        const ni_distribution normal = {.kind = NI_NORMAL, .mean = 0.0, .std = 1.0};
        const int64_t shape[2] = {count, own->width}, index_strides[2] = {work->k, 1};
        const int64_t byte_strides[2] = {NI_PANEL * sizeof(NI_REAL), sizeof(NI_REAL)};
        const ni_output out = {v,            NI_REAL_DTYPE, 2, shape,
                               byte_strides, index_strides, row * work->k + own->p};
        ni_fill_alone(&work->stream, &normal, &out);
        return;
    }
    for (int64_t r = 0; r < count; r++, v += NI_PANEL)
        if (work->source == NI_FROM_STRIPS)
            memcpy(v, NI_OF(at)(work, row + r, own->p), (size_t)own->width * sizeof *v);
        else
            for (int64_t c = 0; c < own->width; c++)
                memcpy(v + c,
                       work->matrix + (row + r) * work->row_stride
                           + (own->p + c) * work->column_stride,
                       sizeof *v);
}

/* A panel that has no T yet, its rows of one chunk, and the sums of their squares. */
typedef struct {
    NI_OF(panel) *own;
    int64_t first, count;
    NI_REAL *v;
    double *partial;
} NI_OF(piece);

/* As many chunks as the tallest panel without T has are counted of each. */
static int64_t NI_OF(pieces)(const NI_OF(group) *group)
{
    int64_t most = 0;
    for (int i = group->formed; i < group->panels; i++)
        most = ni_larger(most, NI_OF(chunks)(group->work->n - group->panel[i].p));
    return most;
}

/* Piece `task` of all; it may be empty. */
static NI_OF(piece) NI_OF(piece_of)(NI_OF(group) *group, int64_t task)
{
    const int64_t pieces = NI_OF(pieces)(group), chunk = task % pieces, first = chunk * NI_CHUNK;
    NI_OF(panel) *own = &group->panel[group->formed + task / pieces];
    const int64_t left = group->work->n - own->p - first;
    return (NI_OF(piece)){own, first, left < NI_CHUNK ? left : NI_CHUNK,
                          own->v + first * NI_PANEL, own->partial + chunk * NI_PANEL};
}

/* One chunk of a panel, zero above its diagonal and beyond its columns and rows, and the
 * squares of its columns summed. */
static void NI_OF(load_chunk)(void *job, int64_t task, int polls)
{
    const NI_OF(piece) piece = NI_OF(piece_of)(job, task);
    NI_OF(work) *work = ((NI_OF(group) *)job)->work;
    const int64_t first = piece.first, count = piece.count;
    NI_REAL *v = piece.own->v;
    (void)polls;
    if (count <= 0)
        return;
    if (piece.own->width < NI_PANEL)
        memset(piece.v, 0, (size_t)count * NI_PANEL * sizeof *v);
    NI_OF(read_rows)(work, piece.own, first, count);
    for (int64_t i = first; i < first + count && i < NI_PANEL; i++)
        for (int64_t c = i + 1; c < NI_PANEL; c++)
            v[i * NI_PANEL + c] = 0;
    for (int64_t i = first + count; i % NI_GROUP || i < NI_PANEL; i++)
        memset(v + i * NI_PANEL, 0, NI_PANEL * sizeof *v);
    work->kernels->squares(piece.v, count, piece.partial);
}

/* x to x / |x|, or to 0; and side = sign(x_1), or 0, is added to its first element. */
static void NI_OF(normalize_chunk)(void *job, int64_t task, int polls)
{
    const NI_OF(piece) piece = NI_OF(piece_of)(job, task);
    NI_OF(work) *work = ((NI_OF(group) *)job)->work;
    NI_OF(panel) *own = piece.own;
    (void)polls;
    if (piece.count <= 0)
        return;
    work->kernels->scale(piece.v, piece.count, own->factor);
    for (int64_t i = piece.first; i < piece.first + piece.count && i < own->width; i++)
        own->v[i * NI_PANEL + i] += own->side[i];
    work->kernels->squares(piece.v, piece.count, piece.partial);
}

/* The sum of squares of column c: of the chunks, in order. */
static double NI_OF(square)(const NI_OF(work) *work, const NI_OF(panel) *own, int64_t c)
{
    double sum = 0.0;
    for (int64_t chunk = 0; chunk < NI_OF(chunks)(work->n - own->p); chunk++)
        sum += own->partial[chunk * NI_PANEL + c];
    return sum;
}

/* What x_j is scaled by, and D_j. The last reflector of a square matrix is the identity, as is
 * that of a zero vector. */
static void NI_OF(choose_sides)(NI_OF(work) *work, NI_OF(panel) *own)
{
    for (int64_t c = 0; c < NI_PANEL; c++)
        own->factor[c] = own->side[c] = 0;
    for (int64_t c = 0; c < own->width; c++) {
        const double norm = __builtin_sqrt(NI_OF(square)(work, own, c));
        const NI_REAL side = own->v[c * NI_PANEL + c] < 0 ? -1 : 1;
        const int identity = own->p + c == work->n - 1 || norm == 0.0;
        work->sign[own->p + c] = identity ? side : -side;
        own->factor[c] = identity ? 0 : (NI_REAL)(1.0 / norm);
        own->side[c] = identity ? 0 : side;
    }
}

/* Do tasks for panels: by the team, or here where this is a task itself. */
static void NI_OF(run)(NI_OF(group) *group, ni_one_task *one, void *job, int64_t tasks, double cost)
{
    ni_team *team = group->work->team;
    if (!group->in_task)
        ni_run_tasks(team, one, job, tasks, cost);
    else
        for (int64_t task = 0; task < tasks && !ni_should_stop(&team->watch, group->polls); task++)
            one(job, task, group->polls);
}

/* Groups of V^T V's rows that are a task: all of a panel's where there are more panels. */
static int64_t NI_OF(gram_groups)(const NI_OF(group) *group)
{
    return group->in_task || group->panels - group->formed > 1 ? NI_PANEL / NI_GROUP : 1;
}

/* Some rows of V^T V, in the strips that are not left of the diagonal. */
static void NI_OF(gram_rows)(void *job, int64_t task, int polls)
{
    NI_OF(group) *group = job;
    NI_OF(work) *work = group->work;
    const int64_t groups = NI_OF(gram_groups)(group), first = task * groups * NI_GROUP;
    const NI_OF(panel) *own = &group->panel[group->formed + first / NI_PANEL];
    const int64_t rows = work->n - own->p, row = first % NI_PANEL;
    for (int64_t strip = row / NI_STRIP; strip < NI_PANEL / NI_STRIP; strip++)
        for (int64_t i = 0; i < rows; i += NI_CHUNK) {
            const NI_REAL *chunk = own->v + i * NI_PANEL;
            work->kernels->product(chunk + row, NI_COLUMNS, chunk + strip * NI_STRIP, NI_PANEL,
                                   own->g + (strip * NI_PANEL + row) * NI_STRIP, groups,
                                   rows - i < NI_CHUNK ? rows - i : NI_CHUNK,
                                   i ? NI_ADD : NI_SET);
            if (ni_should_stop(&work->team->watch, polls))
                return;
        }
}

static void NI_OF(invert_gram)(void *job, int64_t task, int polls)
{
    NI_OF(group) *group = job;
    NI_OF(panel) *own = &group->panel[group->formed + task];
    (void)polls;
    for (int64_t c = 0; c < NI_PANEL; c++) {
        const double square = NI_OF(square)(group->work, own, c);
        own->half_square[c] = square > 0.0 ? square / 2 : 1.0;
    }
    group->work->kernels->invert(own->g, own->half_square, own->t);
}

/* T of the panels without it, from V whose squares are in `partial`. */
static void NI_OF(form_t)(NI_OF(group) *group)
{
    const int64_t panels = group->panels - group->formed, groups = NI_OF(gram_groups)(group);
    const double rows = (double)(group->work->n - group->panel[group->formed].p);
    NI_OF(run)(group, NI_OF(gram_rows), group, panels * NI_PANEL / NI_GROUP / groups,
               rows * NI_PANEL * 2 * NI_GROUP * (double)groups);
    NI_OF(run)(group, NI_OF(invert_gram), group, panels, 1.0 * NI_PANEL * NI_PANEL * NI_PANEL);
    group->formed = group->panels;
}

/* V and T of all panels of a group. */
static void NI_OF(form_panels)(NI_OF(group) *group)
{
    const double load_cost = 64.0 * NI_CHUNK * NI_PANEL; /* a normal is as long as 64 operations */
    const int64_t pieces = group->panels * NI_OF(pieces)(group);
    NI_OF(run)(group, NI_OF(load_chunk), group, pieces, load_cost);
    if (group->work->source != NI_FROM_STRIPS) {
        for (int i = 0; i < group->panels; i++)
            NI_OF(choose_sides)(group->work, &group->panel[i]);
        NI_OF(run)(group, NI_OF(normalize_chunk), group, pieces, load_cost / 4);
    }
    NI_OF(form_t)(group);
}

/* Take the panel at column p as the next one of a group. */
static NI_OF(panel) *NI_OF(next_panel)(NI_OF(group) *group, int64_t p, int64_t columns)
{
    NI_OF(panel) *own = &group->panel[group->panels++];
    own->p = p;
    own->width = columns - p < NI_PANEL ? columns - p : NI_PANEL;
    return own;
}
