/* What kind of memory an output is, so that it can be written the fast way. */
#ifndef NI_MEMORY_H
#define NI_MEMORY_H

#include <stddef.h>

/* Get contiguous memory ready to be filled from end to end, and say whether its stores should go
 * past the caches. Fresh memory (no page touched yet) is advised to use huge pages and written
 * with ordinary stores: the kernel has just zeroed each page, so its lines are in the cache.
 * Resident memory larger than the last-level cache is written past it: an ordinary store would
 * first read every line. */
int ni_prepare_memory(void *address, size_t nbytes);

/* Memory at a multiple of a power of two, of a multiple of it in bytes; NULL where there is none.
 * It goes back by ni_release. */
void *ni_allocate(size_t alignment, size_t nbytes);
void ni_release(void *memory);

#endif
