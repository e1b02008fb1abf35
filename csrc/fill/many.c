/* Many fills in one call: the large ones by the whole team, the small ones shared out. */
#include <stdlib.h>

#include "fill/layout.h"
#include "fill/share.h"
#include "team/processors.h"
#include "team/tasks.h"

/* Elements from which a team shares one fill (ni_fill has one thread for fewer); fewer are a task
 * among others. */
enum { large = 1 << 17 };

/* What an element of a fill is counted as, in the operations by which tasks are measured. */
static const double element_cost = 150.0;

typedef struct {
    uintptr_t first, last; /* the addresses of the first byte and of the one after the last */
} extent;

/* What is known of the fillings once they are checked. */
typedef struct {
    const ni_filling *fillings;
    int64_t count;
    extent *extents;      /* of those with elements, `filled` of them */
    int64_t filled;
    int64_t *small;       /* the numbers of the small ones, `smalls` of them */
    int64_t smalls, elements;
} many_fills;

static void fill_small(void *context, int64_t task, int polls)
{
    const many_fills *all = context;
    const ni_filling *one = &all->fillings[all->small[task]];
    (void)polls; /* it takes no longer than some milliseconds */
    ni_fill_alone(&one->stream, &one->distribution, &one->out);
}

/* The memory from an output's first byte to its last. */
static extent extent_of(const ni_layout *layout, int element_bytes)
{
    extent e = {(uintptr_t)layout->data, (uintptr_t)layout->data + (uintptr_t)element_bytes};
    for (int k = 0; k < layout->ndim; k++) {
        const int64_t reach = (layout->axis[k].count - 1) * layout->axis[k].byte_stride;
        if (reach < 0)
            e.first -= (uintptr_t)-reach;
        else
            e.last += (uintptr_t)reach;
    }
    return e;
}

static int by_address(const void *a, const void *b)
{
    const extent *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* Whether no two extents, which are put in order, share memory. */
static int are_apart(extent extents[], int64_t count)
{
    qsort(extents, (size_t)count, sizeof *extents, by_address);
    for (int64_t i = 1; i < count; i++)
        if (extents[i].first < extents[i - 1].last)
            return 0;
    return 1;
}

static int drawn_alike(const ni_filling *one, const ni_filling *other)
{
    const ni_distribution *a = &one->distribution, *b = &other->distribution;
    return one->out.dtype == other->out.dtype && a->kind == b->kind && a->mean == b->mean &&
           a->std == b->std && a->low == b->low && a->high == b->high;
}

/* Check filling i as ni_fill does, and count it. One that is drawn as the one before needs no
 * look at its numbers. */
static ni_status look_at(many_fills *all, int64_t i)
{
    const ni_filling *one = &all->fillings[i];
    ni_sampler sampler;
    ni_fill_job job;
    ni_layout layout;
    ni_status status = NI_OK;
    if (i == 0 || !drawn_alike(one, one - 1))
        status = ni_open_fill(&job, &sampler, &one->stream, &one->distribution, one->out.dtype);
    if (status != NI_OK)
        return status;
    const int bytes = ni_element_bytes(one->out.dtype);
    status = ni_layout_of(&one->out, bytes, &layout);
    if (status != NI_OK || layout.total == 0)
        return status;
    all->extents[all->filled++] = extent_of(&layout, bytes);
    if (layout.total < large)
        all->small[all->smalls++] = i, all->elements += layout.total;
    return NI_OK;
}

static ni_status fill_checked(many_fills *all, const ni_run *run)
{
    ni_team team = {.threads = 1, .watch.run = run};
    ni_status status = NI_OK;
    atomic_init(&team.watch.stop, 0);
    if (run->threads < 0 || all->elements >= large)
        status = ni_thread_count(run->threads, &team.threads);
    if (!are_apart(all->extents, all->filled))
        all->smalls = 0; /* then all are filled in turn, and the last one's values stay */
    for (int64_t i = 0, next = 0; status == NI_OK && i < all->count; i++) {
        const ni_filling *one = &all->fillings[i];
        if (next < all->smalls && all->small[next] == i)
            next++;
        else
            status = ni_fill(&one->stream, &one->distribution, &one->out, run);
    }
    if (status != NI_OK || all->smalls == 0)
        return status;
    ni_run_tasks(&team, fill_small, all, all->smalls,
                 element_cost * (double)all->elements / (double)all->smalls);
    return atomic_load(&team.watch.stop) ? NI_INTERRUPTED : NI_OK;
}

ni_status ni_fill_many(const ni_filling *fillings, int64_t count, int64_t *amiss,
                       const ni_run *run)
{
    static const ni_run alone;
    many_fills all = {.fillings = fillings, .count = count};
    ni_status status = NI_OK;
    if (count <= 0)
        return NI_OK;
    all.extents = calloc((size_t)count, sizeof *all.extents);
    all.small = calloc((size_t)count, sizeof *all.small);
    if (!all.extents || !all.small)
        status = NI_NO_MEMORY;
    for (int64_t i = 0; status == NI_OK && i < count; i++) {
        status = look_at(&all, i);
        if (status != NI_OK && amiss)
            *amiss = i;
    }
    if (status == NI_OK)
        status = fill_checked(&all, run ? run : &alone);
    free(all.extents);
    free(all.small);
    return status;
}
