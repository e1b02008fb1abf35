/* Looking for an interrupt while a team works. */
#ifndef NI_WATCH_H
#define NI_WATCH_H

#include <stdatomic.h>

#include "netinit/netinit.h"

typedef struct {
    const ni_run *run;
    double last_poll;     /* when the calling thread last asked, in seconds; 0: never */
    atomic_int stop;      /* set once poll has asked for it */
} ni_watch;

/* Whether to stop. The calling thread, who alone `polls`, asks its caller every 50 ms. */
int ni_should_stop(ni_watch *watch, int polls);

#endif
