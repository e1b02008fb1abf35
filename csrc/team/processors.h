/* How many threads to use. */
#ifndef NI_PROCESSORS_H
#define NI_PROCESSORS_H

#include "netinit/netinit.h"

/* More threads than this are never used. */
#define NI_MAX_TEAM 256

/* The thread count for a request (0: the default), at most NI_MAX_TEAM, and within OpenMP's
 * current limit where that has been lowered since the library was loaded. */
ni_status ni_thread_count(int requested, int *count);

#endif
