/* A survey of any elements, one by one: what kernels do not take. */
#ifndef NI_PLAIN_H
#define NI_PLAIN_H

#include "netinit/netinit.h"

/* Add to `all` the statistics of `part`, whose elements follow. Hashes are left alone. */
void ni_join_statistics(ni_statistics *all, const ni_statistics *part);

/* The numbers of `count` elements: all of their statistics but repeats and hash. */
ni_statistics ni_count_numbers(const void *data, int64_t count, int dtype);

/* The elements of two, four or eight bytes that are 0 or -0, and those that are subnormal. */
void ni_count_tiny(const void *data, int64_t count, int dtype, int64_t *zeros,
                   int64_t *subnormals);

/* The words that are equal to the next one. */
int64_t ni_count_repeats(const void *data, int64_t bytes);

/* A hash of bytes, of which the last word may be a part. */
uint64_t ni_hash_bytes(const void *data, int64_t bytes);

#endif
