/* The thread team: the only file that says `omp parallel`.
 *
 * libgomp has two habits that a library must not pass on: it ends the process when a thread
 * cannot be created, and it hangs in a forked child that starts a parallel region, whoever of
 * the process had started one before. So thread creation is tried before a team grows, and a
 * forked child runs alone.
 */
#include "team/threads.h"

#include "netinit/netinit.h"

#ifdef _OPENMP

#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>

#include "team/processors.h"

static atomic_int forked; /* this process is a forked child */

static void in_child(void) { atomic_store(&forked, 1); }

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, in_child); }

static void *wait_for_turn(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* How many of `wanted` threads, the caller included, can exist at once just now. */
static int try_threads(int wanted)
{
    pthread_t thread[NI_MAX_TEAM];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    int started = 0;
    pthread_mutex_lock(&gate);
    while (started < wanted - 1
           && pthread_create(&thread[started], NULL, wait_for_turn, &gate) == 0)
        started++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    return started + 1;
}

void ni_form_team(int threads, ni_task *task, void *job)
{
    static _Thread_local int team; /* the size of this caller's last team: libgomp keeps it */
    if (!omp_in_parallel() && !atomic_load(&forked)) {
        if (threads > team)
            threads = try_threads(threads);
        team = threads;
        if (threads > 1) {
#pragma omp parallel num_threads(threads)
            task(job, omp_get_thread_num(), omp_get_num_threads());
            return;
        }
    }
    task(job, 0, 1);
}

int ni_has_openmp(void) { return 1; }

#else

void ni_form_team(int threads, ni_task *task, void *job)
{
    (void)threads;
    task(job, 0, 1);
}

int ni_has_openmp(void) { return 0; }

#endif
