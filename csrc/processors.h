/* How many threads to use. */
#ifndef NI_PROCESSORS_H
#define NI_PROCESSORS_H

#include "netinit/netinit.h"

/* The thread count for a request (0: the default), within OpenMP's current limit where that
 * has been lowered since the library was loaded. */
ni_status ni_thread_count(int requested, int *count);

#endif
