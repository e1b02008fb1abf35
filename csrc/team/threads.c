/* The thread team: threads that wait for work, started when first needed.
 *
 * A caller posts its job, begins at once, and takes what help comes. It waits at the end for
 * those who have begun a part, never for one that has not: so on a busy machine a team costs
 * what it takes to wake it. That suits work that anybody can take the rest of, and all of
 * netinit's is.
 *
 * On a busy machine even that is dear: a thread that is woken may take the caller's processor,
 * and one that is held up in the middle of its part is waited for. After a job in which somebody
 * was without a processor for a good part of it, the next ones are done alone: one, then 3, then
 * 7. That a caller waits for whose part is longer than its own says nothing.
 *
 * A thread that has done its part looks for more for a moment, because the next step of a
 * matrix follows within microseconds; then it sleeps. A thread that cannot be started is done
 * without, and a forked child, which has none, runs alone.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* clock_gettime, sched_yield */
#endif
#include "team/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "netinit/netinit.h"
#include "team/processors.h"

/* How long a thread looks for work before it sleeps, in nanoseconds: several times what passes
 * between two steps of a matrix, and less than the system takes to notice. */
static const int64_t patience = 50000;

/* Most jobs in a row that are done alone because teams were held up. */
enum { most_alone = 127 };

/* Room for what a task keeps on its stack, and as much again. */
enum { stack_bytes = 1 << 20 };

typedef struct posted {
    ni_task *task;
    void *job;
    int parts, begun;     /* parts wanted, and those that somebody has begun */
    atomic_int working;   /* threads of the pool that are at it */
    atomic_llong lost;    /* the most that one of all had a part and no processor, nanoseconds */
    struct posted *next;
} posted;

typedef struct {
    pthread_mutex_t lock;           /* of all that follows */
    pthread_cond_t work, done;
    posted *jobs;                   /* those with parts that nobody has begun */
    int members, asleep, looking;   /* threads in all, those that sleep, those that look for work */
    int waiting;                    /* callers that sleep */
} locked_pool;

static locked_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
                           .work = PTHREAD_COND_INITIALIZER,
                           .done = PTHREAD_COND_INITIALIZER};
static atomic_uint posts;         /* jobs ever posted: what a thread that looks for work reads */
static atomic_int jobs_alone;     /* so many jobs are to be done alone */
static atomic_int alone_after;    /* that number, the last time that a team was held up */
static atomic_int forked;         /* this process is a forked child */

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void pause_briefly(void)
{
    for (int i = 0; i < 8; i++) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
}

/* Begin the next part of the first job, and take a job off whose last part that was. */
static posted *begin_part(int *part)
{
    posted *job = pool.jobs;
    if (job) {
        *part = job->begun++;
        atomic_fetch_add(&job->working, 1);
        if (job->begun == job->parts)
            pool.jobs = job->next;
    }
    return job;
}

/* Wait, with the lock, until a job is posted. */
static void await_work(void)
{
    const unsigned seen = atomic_load(&posts);
    const int64_t end = nanoseconds(CLOCK_MONOTONIC) + patience;
    pool.looking++;
    pthread_mutex_unlock(&pool.lock);
    while (atomic_load(&posts) == seen && nanoseconds(CLOCK_MONOTONIC) < end)
        pause_briefly();
    pthread_mutex_lock(&pool.lock);
    pool.looking--;
    if (!pool.jobs && atomic_load(&posts) == seen) {
        pool.asleep++;
        pthread_cond_wait(&pool.work, &pool.lock);
        pool.asleep--;
    }
}

/* Do a part, and take note of the time in which its thread had no processor. */
static void do_part(posted *job, int part)
{
    const int64_t begin = nanoseconds(CLOCK_MONOTONIC);
    const int64_t first = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    job->task(job->job, part, job->parts);
    const int64_t worked = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - first;
    const long long lost = nanoseconds(CLOCK_MONOTONIC) - begin - worked;
    long long most = atomic_load(&job->lost);
    while (lost > most && !atomic_compare_exchange_weak(&job->lost, &most, lost))
        ;
}

static void *serve(void *unused)
{
    int part = 0;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        posted *job = begin_part(&part);
        if (!job) {
            await_work();
            continue;
        }
        pthread_mutex_unlock(&pool.lock);
        do_part(job, part);
        const int left = atomic_fetch_sub(&job->working, 1) - 1; /* then it may be gone */
        pthread_mutex_lock(&pool.lock);
        if (left == 0 && pool.waiting)
            pthread_cond_broadcast(&pool.done);
    }
    return unused;
}

/* Start threads, with the lock, until the pool has `wanted` or the system refuses. They leave
 * signals to the threads of the program. */
static void grow(int wanted)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pool.members >= wanted || pthread_attr_init(&attributes) != 0)
        return;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    while (pool.members < wanted && pthread_create(&thread, &attributes, serve, NULL) == 0)
        pool.members++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

static void post(posted *mine)
{
    pthread_mutex_lock(&pool.lock);
    grow(mine->parts - 1);
    posted **last = &pool.jobs;
    while (*last)
        last = &(*last)->next;
    *last = mine;
    atomic_fetch_add(&posts, 1);
    int wake = mine->parts - 1 - pool.looking;
    if (wake > pool.asleep)
        wake = pool.asleep;
    pthread_mutex_unlock(&pool.lock);
    while (wake-- > 0)
        pthread_cond_signal(&pool.work);
}

/* Let nobody begin another part, and wait for those who are at one. */
static void finish(posted *mine)
{
    pthread_mutex_lock(&pool.lock);
    if (mine->begun < mine->parts) {
        posted **at = &pool.jobs;
        while (*at != mine)
            at = &(*at)->next;
        *at = mine->next;
    }
    pthread_mutex_unlock(&pool.lock);
    const int64_t end = nanoseconds(CLOCK_MONOTONIC) + patience;
    while (atomic_load(&mine->working) && nanoseconds(CLOCK_MONOTONIC) < end)
        pause_briefly();
    if (!atomic_load(&mine->working))
        return;
    pthread_mutex_lock(&pool.lock);
    pool.waiting++;
    while (atomic_load(&mine->working))
        pthread_cond_wait(&pool.done, &pool.lock);
    pool.waiting--;
    pthread_mutex_unlock(&pool.lock);
}

/* Whether this job is to be done alone, because teams were held up lately. */
static int avoid_team(void)
{
    int left = atomic_load(&jobs_alone);
    while (left > 0)
        if (atomic_compare_exchange_weak(&jobs_alone, &left, left - 1))
            return 1;
    return 0;
}

/* Take note of a team's job that took a time in all, in which a thread was so long without a
 * processor: others had it. */
static void judge_team(int64_t took, int64_t lost)
{
    const int held_up = lost > took / 4 && lost > patience;
    const int before = atomic_load(&alone_after);
    const int alone = !held_up ? before / 2 : before < most_alone ? 2 * before + 1 : before;
    atomic_store(&alone_after, alone);
    if (held_up)
        atomic_store(&jobs_alone, alone);
}

static int must_be_alone(void)
{
#ifdef _OPENMP
    if (omp_in_parallel())
        return 1;
#endif
    return atomic_load(&forked);
}

void ni_form_team(int threads, ni_task *task, void *job)
{
    if (must_be_alone() || avoid_team()) {
        task(job, 0, 1);
        return;
    }
    const int64_t begin = nanoseconds(CLOCK_MONOTONIC);
    posted mine = {.task = task, .job = job, .parts = threads, .begun = 1};
    post(&mine);
    do_part(&mine, 0);
    finish(&mine);
    judge_team(nanoseconds(CLOCK_MONOTONIC) - begin, atomic_load(&mine.lost));
}

/* A fork takes the lock along, so that the child finds the lists whole, and its own lock free. */
static void before_fork(void) { pthread_mutex_lock(&pool.lock); }
static void in_parent(void) { pthread_mutex_unlock(&pool.lock); }

static void in_child(void)
{
    atomic_store(&forked, 1);
    pthread_mutex_unlock(&pool.lock);
}

__attribute__((constructor)) static void prepare_process(void)
{
    pthread_atfork(before_fork, in_parent, in_child);
}

int ni_has_openmp(void)
{
#ifdef _OPENMP
    return 1;
#else
    return 0;
#endif
}
