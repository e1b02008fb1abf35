/* Sparse matrices: every column has the same number of zeros, in random places.
 *
 * A panel of columns is done in two phases: the places of each group of 64 columns, as bits, and
 * then the elements, tile by tile, so that a tile's zeros are set while it is in the cache.
 */
#include <stdlib.h>
#include <string.h>

#include "fill/memory.h"
#include "fill/share.h"
#include "matrix/parts.h"
#include "matrix/subsets.h"
#include "setup/prepare.h"
#include "team/processors.h"
#include "team/tasks.h"

/* Words of bits of a panel, one a row and group, where one group is not more (8 MiB). */
enum { panel_words = 1 << 20 };

/* A tile has at most so many columns, and rows for so many elements: at home in the L2 cache. */
enum { tile_columns = 1 << 13, tile_elements = 1 << 16, columns = NI_SUBSET_COLUMNS };

/* Subsets of up to 2^31 rows take less than 2^20 turns, each of a word a column: of so many columns
 * all words have an index below 2^63. */
static const int64_t most_columns = (int64_t)1 << 40;

typedef struct {
    const ni_matrices *out;
    ni_subsets subsets;
    uint64_t flip;         /* all ones where the subsets are the rows that are not zero, else 0 */
    const ni_fill_job *fill; /* NULL: the elements are there already */
    ni_clear_kernel *clear;
    int element_bytes;
    ni_team *team;
    uint64_t *member;      /* of the panel's groups, one after the other: a word a row, and some */
    int64_t group_words;   /* between groups */
    int64_t first, last;   /* the panel's columns, of the matrix */
    int64_t tile_rows, row_tiles;
} sparse;

static void places_task(void *job, int64_t task, int polls)
{
    sparse *all = job;
    ni_draw_subsets(&all->subsets, all->first / columns + task,
                    all->member + task * all->group_words, &all->team->watch, polls);
}

/* Rows [top, bottom) and columns [left, right) of the matrix. */
typedef struct {
    int64_t top, bottom, left, right;
} rectangle;

static char *element_at(const ni_matrices *m, int64_t row, int64_t col)
{
    return (char *)m->data + (row - m->first_row) * m->row_stride
           + (col - m->first_col) * m->col_stride;
}

/* Draw the elements of a tile. */
static void draw_tile(const sparse *all, const rectangle *tile)
{
    const ni_matrices *m = all->out;
    const int64_t shape[2] = {tile->bottom - tile->top, tile->right - tile->left};
    const int64_t bytes[2] = {m->row_stride, m->col_stride}, steps[2] = {m->cols, 1};
    const ni_output out = {element_at(m, tile->top, tile->left), m->dtype, 2, shape, bytes, steps,
                           tile->top * m->cols + tile->left};
    ni_layout layout;
    ni_fill_job job = *all->fill;
    ni_layout_of(&out, all->element_bytes, &layout); /* was checked for the whole part */
    job.layout = &layout;
    ni_fill_share(&job, 0, layout.total, 0);
}

/* The bits of row i in the group of column `left`: where zeros are to be set. */
static const uint64_t *places(const sparse *all, int64_t i, int64_t left)
{
    return all->member + (left / columns - all->first / columns) * all->group_words + i;
}

/* Set the zeros in columns [left, right) of a row, wherever they lie. */
static void clear_some(const sparse *all, int64_t i, int64_t left, int64_t right)
{
    for (int64_t j = left; j < right; j++)
        if ((*places(all, i, j) ^ all->flip) >> j % columns & 1)
            memset(element_at(all->out, i, j), 0, (size_t)all->element_bytes);
}

/* Set the zeros of a tile: whole groups of elements on end by the kernel. */
static void clear_tile(const sparse *all, const rectangle *tile)
{
    int64_t from = (tile->left + columns - 1) / columns * columns;
    int64_t to = tile->right / columns * columns;
    if (from > to || all->out->col_stride != all->element_bytes)
        from = to = tile->right;
    for (int64_t i = tile->top; i < tile->bottom; i++) {
        clear_some(all, i, tile->left, from);
        if (from < to)
            all->clear(element_at(all->out, i, from), all->element_bytes, places(all, i, from),
                       all->group_words, all->flip, (to - from) / columns);
        clear_some(all, i, to, tile->right);
    }
}

static void tile_task(void *job, int64_t task, int polls)
{
    const sparse *all = job;
    const ni_matrices *m = all->out;
    rectangle tile;
    (void)polls;
    tile.top = m->first_row + task % all->row_tiles * all->tile_rows;
    tile.bottom = ni_smaller(tile.top + all->tile_rows, m->first_row + m->part_rows);
    tile.left = all->first / columns * columns + task / all->row_tiles * tile_columns;
    tile.right = ni_smaller(tile.left + tile_columns, all->last);
    tile.left = ni_larger(tile.left, all->first);
    if (all->fill)
        draw_tile(all, &tile);
    clear_tile(all, &tile);
}

/* The places and the elements of the panel of columns [first, last) of the matrix. */
static void fill_panel(sparse *all, int64_t first, int64_t last)
{
    const int64_t begin = first / columns * columns, rows = all->out->part_rows;
    const int64_t groups = (last - begin + columns - 1) / columns;
    const int64_t tiles_across = (last - begin + tile_columns - 1) / tile_columns;
    all->first = first, all->last = last;
    all->tile_rows = ni_larger(tile_elements / ni_smaller(last - first, tile_columns), 1);
    all->row_tiles = (rows + all->tile_rows - 1) / all->tile_rows;
    /* a cycle for an element's place; several to draw it */
    ni_run_tasks(all->team, places_task, all, groups, (double)(all->subsets.rows * columns));
    ni_run_tasks(all->team, tile_task, all, tiles_across * all->row_tiles, 8.0 * tile_elements);
}

static ni_status fill_part(sparse *all)
{
    const ni_matrices *m = all->out;
    const int64_t at_once = ni_larger(panel_words / m->rows, 1) * columns;
    const int64_t first = m->first_col, last = first + m->part_cols;
    const int64_t groups = ni_smaller((last - 1) / columns - first / columns + 1,
                                      at_once / columns);
    /* A cache line more than the rows need: or else, with a power of two of rows, a tile's bits
     * would all be in the same set of the cache. */
    all->group_words = (m->rows + 7) / 8 * 8 + 8;
    const size_t bytes = (size_t)(groups * all->group_words) * sizeof *all->member;
    all->member = malloc(bytes);
    if (!all->member)
        return NI_NO_MEMORY;
    ni_prepare_memory(all->member, bytes); /* fresh or not, as the allocator has it */
    for (int64_t left = first; left < last && !atomic_load(&all->team->watch.stop);) {
        const int64_t right = ni_smaller(left / columns * columns + at_once, last);
        fill_panel(all, left, right);
        left = right;
    }
    free(all->member);
    return atomic_load(&all->team->watch.stop) ? NI_INTERRUPTED : NI_OK;
}

static ni_status check(const ni_matrices *m, int64_t zeros)
{
    if (m->dtype < 0 || m->dtype >= NI_DTYPE_COUNT)
        return NI_BAD_DTYPE;
    if (m->rows > UINT32_MAX || m->cols > most_columns)
        return NI_BAD_SHAPE;
    if (zeros < 0 || zeros > m->rows)
        return NI_BAD_NUMBER;
    return ni_check_part(m);
}

/* The layout of the whole part: whether it can be filled, and its memory made ready. */
static ni_status open_memory(const ni_matrices *m, int element_bytes)
{
    const int64_t shape[2] = {m->part_rows, m->part_cols}, steps[2] = {m->cols, 1};
    const int64_t bytes[2] = {m->row_stride, m->col_stride};
    const ni_output out = {m->data, m->dtype, 2, shape, bytes, steps,
                           m->first_row * m->cols + m->first_col};
    ni_layout layout;
    ni_status status = ni_layout_of(&out, element_bytes, &layout);
    if (status == NI_OK && layout.total && ni_is_dense(&layout, element_bytes))
        ni_prepare_memory(layout.data, (size_t)(layout.total * element_bytes));
    return status;
}

ni_status ni_sparse(const ni_stream *stream, const ni_distribution *distribution, int64_t zeros,
                    const ni_matrices *out, const ni_run *run)
{
    ni_team team = {.watch = {.run = run}};
    ni_sampler sampler;
    ni_fill_job fill;
    ni_status status = check(out, zeros);
    if (status == NI_OK && distribution)
        status = ni_open_fill(&fill, &sampler, stream, distribution, out->dtype);
    if (status == NI_OK)
        status = ni_thread_count(run ? run->threads : 0, &team.threads);
    const ni_kernels *kernels = status == NI_OK ? ni_active_kernels(&status) : NULL;
    if (status == NI_OK)
        status = open_memory(out, ni_element_bytes(out->dtype));
    if (status != NI_OK || !out->part_rows || !out->part_cols)
        return status;
    const int fewer = zeros <= out->rows - zeros; /* zeros than other elements */
    const int64_t size = fewer ? zeros : out->rows - zeros;
    sparse all = {.out = out, .flip = fewer ? 0 : ~(uint64_t)0, .team = &team,
                  .subsets = {kernels->choose, *stream, out->rows, out->cols, size},
                  .fill = distribution ? &fill : NULL, .clear = kernels->clear,
                  .element_bytes = ni_element_bytes(out->dtype)};
    return fill_part(&all);
}
