/* What kind of memory an output is: fresh or resident, larger than the caches or not. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* madvise, mincore */
#endif
#include "fill/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netinit/netinit.h"

#ifdef _WIN32
#include <malloc.h>
#else
#include <unistd.h>
#endif

#ifdef __linux__
#include <sys/mman.h>
#endif

/* Below this nothing is gained by either: a hundred microseconds of work. */
static const size_t worth_a_look = (size_t)1 << 20;

static size_t last_level_cache(void)
{
    static atomic_size_t known; /* 0: not asked yet; who asks at the same time hears the same */
    size_t bytes = atomic_load_explicit(&known, memory_order_relaxed);
    if (!bytes) {
        long read = -1;
#ifdef _SC_LEVEL3_CACHE_SIZE
        read = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
        bytes = read > 0 ? (size_t)read : (size_t)32 << 20;
        atomic_store_explicit(&known, bytes, memory_order_relaxed);
    }
    return bytes;
}

#ifdef __linux__

static size_t page_bytes(void)
{
    long bytes = sysconf(_SC_PAGESIZE);
    return bytes > 0 ? (size_t)bytes : 4096;
}

/* Whether most of some pages spread over the range have no memory behind them yet. */
static int is_fresh(uintptr_t address, size_t nbytes)
{
    const size_t most = 32, by_size = nbytes >> 18, samples = by_size < most ? by_size : most;
    const size_t page = page_bytes();
    size_t absent = 0;
    for (size_t i = 0; i < samples; i++) {
        uintptr_t at = (address + nbytes / samples * i + page - 1) / page * page;
        unsigned char present = 1;
        if (mincore((void *)at, page, &present) == 0)
            absent += !(present & 1);
    }
    return absent > samples / 2;
}

/* Bytes of a large page, which begins at a multiple of them. */
static const uintptr_t huge = (uintptr_t)2 << 20;

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; older ones refuse it */
#endif

/* Whether the system gives large pages to who asks; MADV_COLLAPSE does not ask the setting. */
static int gives_huge_pages(void)
{
    static atomic_int known; /* 0: not asked yet; 1: no; 2: yes */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (!answer) {
        char text[64] = "[never]";
        FILE *setting = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
        if (setting) {
            if (!fgets(text, sizeof text, setting))
                strcpy(text, "[never]");
            fclose(setting);
        }
        answer = strstr(text, "[never]") ? 1 : 2;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 2;
}

/* Have a large page around an edge of new memory, unless most of it is there or some is unmapped.
 * An allocator's few bytes before each array, written already, or a neighbour of other advice would
 * have the system make 512 small ones, in five times the time: so it moves those few. */
static void mend_edge(uintptr_t block)
{
    unsigned char present[512];
    const size_t pages = huge / page_bytes();
    size_t there = 0;
    if (pages > sizeof present || mincore((void *)block, huge, present) != 0)
        return;
    for (size_t i = 0; i < pages; i++)
        there += present[i] & 1;
    if (there > pages / 4 * 3 || madvise((void *)block, huge, MADV_HUGEPAGE) != 0)
        return;
    if (there) /* else the first write has it made */
        (void)madvise((void *)block, huge, MADV_COLLAPSE);
}

/* Mend both edges of new memory, where it has a quarter of the large page or more. */
static void mend_edges(uintptr_t address, size_t nbytes)
{
    const uintptr_t end = address + nbytes, least = huge / 4;
    const uintptr_t first = address / huge * huge, last = (end - 1) / huge * huge;
    if (!gives_huge_pages())
        return;
    if ((end < first + huge ? end : first + huge) - address >= least)
        mend_edge(first);
    if (last != first && end - last >= least)
        mend_edge(last);
}

#else

static int is_fresh(uintptr_t address, size_t nbytes)
{
    (void)address, (void)nbytes;
    return 0;
}

static void mend_edges(uintptr_t address, size_t nbytes) { (void)address, (void)nbytes; }

#endif

int ni_advise_huge_pages(void *address, size_t nbytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page = page_bytes();
    uintptr_t begin = ((uintptr_t)address + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)address + nbytes) / page * page;
    if (end < begin + huge)
        return 0;
    return madvise((void *)begin, end - begin, MADV_HUGEPAGE) == 0;
#else
    (void)address, (void)nbytes;
    return 0;
#endif
}

int ni_prepare_memory(void *address, size_t nbytes)
{
    if (nbytes < worth_a_look)
        return 0;
    if (is_fresh((uintptr_t)address, nbytes)) {
        ni_advise_huge_pages(address, nbytes);
        mend_edges((uintptr_t)address, nbytes);
        return 0;
    }
    return nbytes > last_level_cache();
}

#ifdef _WIN32 /* its C library has no aligned_alloc */
void *ni_allocate(size_t alignment, size_t nbytes) { return _aligned_malloc(nbytes, alignment); }
void ni_release(void *memory) { _aligned_free(memory); }
#else
void *ni_allocate(size_t alignment, size_t nbytes) { return aligned_alloc(alignment, nbytes); }
void ni_release(void *memory) { free(memory); }
#endif
