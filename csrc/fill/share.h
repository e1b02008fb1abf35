/* One thread's share of a fill. */
#ifndef NI_SHARE_H
#define NI_SHARE_H

#include "fill/layout.h"
#include "kernels.h"
#include "team/watch.h"

typedef struct {
    const ni_sampler *sampler;
    const ni_kernel_pair *kernel;
    const ni_layout *layout;
    int dtype, element_bytes;
    int stream;           /* store past the caches */
    ni_watch watch;
} ni_fill_job;

/* Begin a job: check the distribution against the dtype and find the kernel, for which `sampler`
 * must live as long as the job. Its layout is still to be set. */
ni_status ni_open_fill(ni_fill_job *job, ni_sampler *sampler, const ni_stream *stream,
                       const ni_distribution *distribution, int dtype);

/* Write elements [begin, end) of the layout, counted in the order of its axes. `polls` says
 * whether this thread is the one that calls poll. */
void ni_fill_share(ni_fill_job *job, int64_t begin, int64_t end, int polls);

/* Fill a small output on the calling thread, with arguments of which none can be amiss. */
void ni_fill_alone(const ni_stream *stream, const ni_distribution *distribution,
                   const ni_output *out);

#endif
