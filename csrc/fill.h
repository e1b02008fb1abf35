/* One thread's share of a fill. */
#ifndef NI_FILL_H
#define NI_FILL_H

#include "kernels.h"
#include "layout.h"
#include "processors.h"
#include "watch.h"

typedef struct {
    const ni_sampler *sampler;
    const ni_kernel_pair *kernel;
    const ni_layout *layout;
    int dtype, element_bytes;
    int stream;           /* store past the caches */
    ni_watch watch;
    atomic_llong taken[NI_MAX_TEAM]; /* pieces of each thread's range that someone has begun */
} ni_fill_job;

/* Write elements [begin, end) of the layout, counted in the order of its axes. `polls` says
 * whether this thread is the one that calls poll. */
void ni_fill_share(ni_fill_job *job, int64_t begin, int64_t end, int polls);

#endif
