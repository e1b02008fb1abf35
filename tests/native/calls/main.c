/* Random calls of the whole C API, between guard pages, with every result checked.
 *
 *     calls COUNT SEED [THREADS]
 *
 * Outputs have random layouts, starts near 2^63, any alignment, and end where the guard pages
 * begin; strides that overlap are tried as well. A fill must give each element what a call for
 * that element alone gives, and must leave all other bytes; what ends in an error must leave all
 * bytes. With THREADS as many make COUNT calls each, at once. Ends with 1 at the first fault, and
 * says how to see it again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* anonymous memory */
#endif
#include <pthread.h>

#include "calls/fills.h"
#include "calls/matrices.h"

static void call_small(caller *me)
{
    const int64_t number = some_number(me);
    int count = 0, supported;
    const char *name = NULL;
    ni_output out = {NULL, some_dtype(me), (int)number, NULL, NULL, NULL, number};
    if (!ni_status_text((ni_status)(int)number))
        fail(me, "a status has no text");
    if (ni_thread_count((int)number, &count) == NI_OK && count < 1)
        fail(me, "no thread at all");
    if (ni_default_threads(&count) != NI_OK || count < 1)
        fail(me, "no default number of threads");
    if ((out.ndim <= 0 || out.ndim > NI_MAX_DIMS) && ni_check_output(&out) == NI_OK && out.ndim)
        fail(me, "an output of impossible dimensions is sound");
    ni_advise_huge_pages(me->out.begin + below(me, 9999), (size_t)below(me, arena_bytes / 2));
    if (ni_active_isa(&name) != NI_OK || !name)
        fail(me, "no instruction set");
    if (me->alone && (name = ni_isa((int)below(me, 5), &supported)) && supported
        && ni_use_isa(name) != NI_OK)
        fail(me, "an instruction set cannot be chosen");
    if (ni_use_isa("none") != NI_UNKNOWN_ISA || ni_isa(-1, &supported) || ni_isa(99, &supported))
        fail(me, "an instruction set that there is not");
}

static void *make_calls(void *state)
{
    caller *me = state;
    me->out = new_arena(), me->a = new_arena(), me->q = new_arena(), me->r = new_arena();
    for (me->call = 0; me->call < me->count; me->call++) {
        me->state = me->seed * 0x2545f4914f6cdd1du + (uint64_t)me->call;
        const int64_t kind = below(me, 20);
        kind < 11   ? call_fill(me)
        : kind < 16 ? call_matrix(me)
        : kind < 19 ? call_qr(me)
                    : call_small(me);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    enum { most_callers = 64 };
    static caller callers[most_callers];
    pthread_t threads[most_callers];
    const int count = argc > 3 ? atoi(argv[3]) : 1;
    if (argc < 3 || count < 1 || count > most_callers)
        return 2;
    for (int i = 0; i < count; i++) {
        callers[i].count = atol(argv[1]),
        callers[i].seed = strtoull(argv[2], NULL, 10) + (uint64_t)i;
        callers[i].alone = count == 1;
        if (pthread_create(&threads[i], NULL, make_calls, &callers[i]) != 0)
            return 2;
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("%d x %s calls", count, argv[1]);
    for (int s = 0; s < NI_STATUS_COUNT; s++) {
        long seen = 0;
        for (int i = 0; i < count; i++)
            seen += callers[i].statuses[s];
        printf("%s%ld %d", s ? ", " : ": ", seen, s);
    }
    printf("\n");
    return 0;
}
