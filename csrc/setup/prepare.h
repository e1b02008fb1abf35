/* From a distribution to the numbers that the kernels need. */
#ifndef NI_PREPARE_H
#define NI_PREPARE_H

#include "kernels.h"

/* The largest finite number of a floating-point dtype. */
double ni_largest(int dtype);

/* Check the distribution against the dtype and fill `sampler`; docs/stream.md, sections 3 to 6.
 * Every number is computed in binary64 with the functions of special.h. */
ni_status ni_prepare(ni_sampler *sampler, const ni_stream *stream,
                     const ni_distribution *distribution, int dtype);

#endif
