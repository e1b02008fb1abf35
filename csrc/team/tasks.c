/* Tasks that a team takes one by one. */
#include "team/tasks.h"

#include "team/fpenv.h"
#include "team/threads.h"

typedef struct {
    ni_team *team;
    ni_one_task *one;
    void *job;
    int64_t tasks;
    atomic_llong taken;
} phase;

static void take_tasks(void *context, int part, int parts)
{
    phase *now = context;
    uint64_t found = ni_enter_fpenv();
    (void)parts;
    while (!ni_should_stop(&now->team->watch, part == 0)) {
        int64_t task = atomic_fetch_add(&now->taken, 1);
        if (task >= now->tasks)
            break;
        now->one(now->job, task, part == 0);
    }
    ni_leave_fpenv(found);
}

/* Operations for which one more thread is worth waking: about 0.1 ms of products. */
static const double thread_share = 1e7;

void ni_run_tasks(ni_team *team, ni_one_task *one, void *job, int64_t tasks, double cost)
{
    phase now = {.team = team, .one = one, .job = job, .tasks = tasks};
    const double worth = (double)tasks * cost / thread_share;
    int threads = team->threads;
    if (threads > tasks)
        threads = tasks > 1 ? (int)tasks : 1;
    if (threads > worth)
        threads = worth > 1.0 ? (int)worth : 1;
    ni_run_team(threads, take_tasks, &now);
}
