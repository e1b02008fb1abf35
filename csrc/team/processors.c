/* How many threads to use: the request, NETINIT_NUM_THREADS, OMP_NUM_THREADS, then the
 * processors that this process may use: its affinity mask and its control group's quota. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "team/processors.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <unistd.h>
#endif
#ifdef __linux__
#include <sched.h>
#endif

#ifdef _OPENMP
#include <omp.h>
#endif

/* A whole number from 1 to 2^20 at the start of `text`, followed by `end` or the string's end
 * (OMP_NUM_THREADS may be a list); else 0. */
static int count_in(const char *text, char end)
{
    char *rest;
    long count = strtol(text, &rest, 10);
    while (*rest == ' ')
        rest++;
    return rest != text && (*rest == '\0' || *rest == end) && count >= 1 && count <= 1 << 20
               ? (int)count
               : 0;
}

static int affinity(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
#ifdef _SC_NPROCESSORS_ONLN
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
#else
    return 1;
#endif
}

#ifdef __linux__

/* Two numbers of a control group file, as in cpu.max; returns how many were read. "max" is 0. */
static int read_pair(const char *folder, const char *group, const char *file, double *quota,
                     double *period)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s%s/%s", folder, group, file) >= sizeof path)
        return 0;
    FILE *stream = fopen(path, "r");
    if (!stream)
        return 0;
    int read = fscanf(stream, "%lf %lf", quota, period);
    fclose(stream);
    return read > 0 ? read : 0;
}

/* The quota in processors of one control group, rounded up; `limit` where it sets none. */
static int group_quota(const char *group, int second_version, int limit)
{
    double quota = 0.0, period = 0.0, ignored;
    int known;
    if (second_version) {
        known = read_pair("/sys/fs/cgroup", group, "cpu.max", &quota, &period) == 2;
    } else {
        known = read_pair("/sys/fs/cgroup/cpu", group, "cpu.cfs_quota_us", &quota, &ignored) >= 1
                && read_pair("/sys/fs/cgroup/cpu", group, "cpu.cfs_period_us", &period,
                             &ignored) >= 1;
    }
    if (!known || quota <= 0.0 || period <= 0.0 || quota / period >= limit)
        return limit;
    int whole = (int)(quota / period);
    return whole + (whole < quota / period);
}

/* Whether a list of controllers, as in "cpu,cpuacct", has the one of quotas. */
static int has_cpu(const char *controllers)
{
    for (const char *at = controllers;; at += strcspn(at, ",") + 1) {
        const size_t length = strcspn(at, ",");
        if (length == 3 && memcmp(at, "cpu", 3) == 0)
            return 1;
        if (at[length] == '\0')
            return 0;
    }
}

/* The smallest quota of this process's control group and of those above it. */
static int quota(int limit)
{
    char line[4096];
    FILE *stream = fopen("/proc/self/cgroup", "r");
    while (stream && fgets(line, sizeof line, stream)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0', controllers++;
        int second_version = *controllers == '\0';
        if (!second_version && !has_cpu(controllers))
            continue;
        for (;;) { /* the group itself, then each parent; inside a container the root alone */
            limit = group_quota(strcmp(group, "/") ? group : "", second_version, limit);
            char *slash = strrchr(group, '/');
            if (!slash || strcmp(group, "/") == 0 || *group == '\0')
                break;
            *slash = '\0';
        }
    }
    if (stream)
        fclose(stream);
    return limit;
}

#else

static int quota(int limit) { return limit; }

#endif

/* The number that the process found first, for all its threads; 0 before that. */
static int keep_first(atomic_int *kept, int found)
{
    int first = atomic_load(kept);
    return first || !atomic_compare_exchange_strong(kept, &first, found) ? first : found;
}

/* What this process may use: the same for its life. */
static int available(void)
{
    static atomic_int known;
    const int count = atomic_load(&known);
    return count ? count : keep_first(&known, quota(affinity()));
}

/* Within OpenMP's current limit, where that was lowered since the library was loaded. */
static int lowered_limit(int count)
{
#ifdef _OPENMP
    static atomic_int at_first;
    const int now = omp_get_max_threads(), first = keep_first(&at_first, now);
    return now < first && now < count ? now : count;
#else
    return count;
#endif
}

#if defined(__GNUC__)
__attribute__((constructor)) static void remember_limit(void) { lowered_limit(1); }
#endif

ni_status ni_thread_count(int requested, int *count)
{
    const char *own = getenv("NETINIT_NUM_THREADS"), *openmp = getenv("OMP_NUM_THREADS");
    if (requested < 0)
        return NI_BAD_THREADS;
    if (requested == 0 && own && *own) {
        requested = count_in(own, '\0');
        if (!requested)
            return NI_BAD_THREADS;
    }
    if (requested == 0 && openmp)
        requested = count_in(openmp, ',');
    if (requested == 0)
        requested = available();
    *count = lowered_limit(requested < NI_MAX_TEAM ? requested : NI_MAX_TEAM);
    return NI_OK;
}

ni_status ni_default_threads(int *count) { return ni_thread_count(0, count); }
