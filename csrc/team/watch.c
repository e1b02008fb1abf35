/* Looking for an interrupt while a team works. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* clock_gettime */
#endif
#include "team/watch.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <time.h>
#endif

#ifdef _WIN32
static double seconds_now(void) { return 1e-3 * (double)GetTickCount64(); }
#else
static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
#endif

int ni_should_stop(ni_watch *watch, int polls)
{
    if (polls && watch->run && watch->run->poll) {
        double now = seconds_now();
        if (watch->last_poll == 0.0)
            watch->last_poll = now;
        if (now - watch->last_poll >= 0.05) {
            watch->last_poll = now;
            if (watch->run->poll(watch->run->poll_context))
                atomic_store(&watch->stop, 1);
        }
    }
    return atomic_load_explicit(&watch->stop, memory_order_relaxed);
}
