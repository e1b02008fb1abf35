/* How many threads to use: ni_thread_count. */
#ifndef NI_PROCESSORS_H
#define NI_PROCESSORS_H

#include "netinit/netinit.h"

/* More threads than this are never used. */
#define NI_MAX_TEAM 256

#endif
