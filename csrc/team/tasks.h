/* Tasks that a team takes one by one, in any order: their results must not depend on it. */
#ifndef NI_TASKS_H
#define NI_TASKS_H

#include "team/watch.h"

typedef struct {
    int threads;          /* at most this many */
    ni_watch watch;
} ni_team;

/* Do task `task` of a job. `polls` says whether this thread is the one that asks for
 * interrupts; a task that takes longer than a few hundredths of a second asks as it goes. */
typedef void ni_one_task(void *job, int64_t task, int polls);

/* Do tasks 0 .. tasks - 1, all of them finished on return; fewer where the watch says stop. A
 * thread is woken for every 10^7 operations at least, of which a task has `cost`: a team costs
 * some microseconds, and milliseconds where it has to wait for a busy processor. */
void ni_run_tasks(ni_team *team, ni_one_task *one, void *job, int64_t tasks, double cost);

#endif
