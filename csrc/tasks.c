/* Tasks that a team takes one by one. */
#include "tasks.h"

#include "fpenv.h"
#include "threads.h"

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

void ni_run_tasks(ni_team *team, ni_one_task *one, void *job, int64_t tasks)
{
    phase now = {.team = team, .one = one, .job = job, .tasks = tasks};
    ni_run_team(tasks < team->threads ? (int)tasks : team->threads, take_tasks, &now);
}
