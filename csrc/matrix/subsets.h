/* Random subsets of an exact size: as many rows of each column of a matrix. */
#ifndef NI_SUBSETS_H
#define NI_SUBSETS_H

#include "kernels.h"
#include "team/watch.h"

/* Columns go by as many as a machine word has bits. */
#define NI_SUBSET_COLUMNS 64

typedef struct {
    ni_choose_kernel *choose;
    ni_stream stream;      /* the matrix's own; subsets take other draw numbers of it */
    int64_t rows, cols;    /* of the whole matrix; fewer than 2^32 rows */
    int64_t size;          /* of each column's subset: at most half of the rows */
} ni_subsets;

/* The subsets of columns 64 group .. 64 group + 63: bit c of member[i] says whether row i is in
 * that of column 64 group + c. docs/stream.md, section 8, defines them. Bits of columns that the
 * matrix does not have mean nothing. Where the watch says stop, the rest is left undone. */
void ni_draw_subsets(const ni_subsets *s, int64_t group, uint64_t *member, ni_watch *watch,
                     int polls);

#endif
