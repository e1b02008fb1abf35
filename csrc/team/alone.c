/* The thread team of a system without threads: the caller, who does all of the work. It stands in
 * the place of threads.c. */
#include "team/threads.h"

#include "netinit/netinit.h"

void ni_form_team(int threads, ni_task *task, void *job)
{
    (void)threads;
    task(job, 0, 1);
}

int ni_has_openmp(void) { return 0; }
