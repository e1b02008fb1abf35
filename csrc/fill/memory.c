/* What kind of memory an output is: fresh or resident, larger than the caches or not. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* madvise, mincore */
#endif
#include "fill/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "netinit/netinit.h"

#ifdef _WIN32
#include <malloc.h>
#else
#include <unistd.h>
#endif

#ifdef __linux__
#include <sys/mman.h>
#endif

/* Below this nothing is gained by either: a few hundred microseconds of work. */
static const size_t worth_a_look = (size_t)4 << 20;

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

/* Whether most of 32 pages spread over the range have no memory behind them yet. */
static int is_fresh(uintptr_t address, size_t nbytes)
{
    enum { samples = 32 };
    const size_t page = page_bytes();
    int absent = 0;
    for (size_t i = 0; i < samples; i++) {
        uintptr_t at = (address + nbytes / samples * i + page - 1) / page * page;
        unsigned char present = 1;
        if (mincore((void *)at, page, &present) == 0)
            absent += !(present & 1);
    }
    return absent > samples / 2;
}

#else

static int is_fresh(uintptr_t address, size_t nbytes)
{
    (void)address, (void)nbytes;
    return 0;
}

#endif

int ni_advise_huge_pages(void *address, size_t nbytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page = page_bytes(), huge = (uintptr_t)2 << 20;
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
