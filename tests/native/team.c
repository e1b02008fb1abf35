/* When a team's callers work alone for a while: after somebody had no processor, and not after a
 * caller that waited for longer parts than its own. The processor's time is what the parts say. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static _Thread_local int64_t worked;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int told_time(clockid_t clock, struct timespec *time)
{
    if (clock != CLOCK_THREAD_CPUTIME_ID)
        return clock_gettime(clock, time);
    time->tv_sec = worked / 1000000000, time->tv_nsec = worked % 1000000000;
    return 0;
}

#define clock_gettime told_time
#include "team/threads.c"
#undef clock_gettime

static const int64_t long_part = 20000000, most_wait = 10000000000;

/* A job of two parts: what each takes, in percent of the long one, and has a processor for. */
typedef struct {
    int takes[2], has[2];
    atomic_int begun, parts;
} two_parts;

/* Until a time has come, or both parts have begun; a share of it is the processor's. */
static void spend(two_parts *job, int64_t until, int64_t percent, int for_both)
{
    const int64_t begin = now();
    while (now() < until && !(for_both && atomic_load(&job->begun) == 2))
        ;
    worked += (now() - begin) * percent / 100;
}

static void take(void *context, int part, int parts)
{
    two_parts *job = context;
    atomic_store(&job->parts, parts);
    atomic_fetch_add(&job->begun, 1);
    if (parts == 2)
        spend(job, now() + most_wait, 100, 1);
    spend(job, now() + long_part * job->takes[part] / 100, job->has[part], 0);
}

/* How many parts a job had. */
static int run(int first, int first_has, int second, int second_has)
{
    two_parts job = {.takes = {first, second}, .has = {first_has, second_has}};
    ni_form_team(2, take, &job);
    return atomic_load(&job.parts);
}

static int expect(const char *what, int found, int wanted)
{
    if (found != wanted)
        fprintf(stderr, "%s: %d parts in place of %d\n", what, found, wanted);
    return found != wanted;
}

int main(void)
{
    int wrong = 0;
    for (int i = 0; i < 3; i++)
        wrong += expect("after a caller with nothing to do", run(0, 100, 100, 100), 2);
    for (int i = 0; i < 3; i++)
        wrong += expect("after a caller with more to do", run(100, 100, 0, 100), 2);
    wrong += expect("before anybody is held up", run(100, 100, 100, 50), 2);
    wrong += expect("after a thread of the pool was held up", run(100, 100, 100, 100), 1);
    wrong += expect("the one after", run(100, 50, 100, 100), 2);
    for (int i = 0; i < 3; i++)
        wrong += expect("after its caller was held up too", run(1, 100, 1, 100), 1);
    wrong += expect("the one after those", run(100, 100, 100, 80), 2);
    wrong += expect("after a fifth of a part", run(100, 100, 100, 100), 2);
    return wrong != 0;
}
