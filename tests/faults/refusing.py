"""A preloaded library under which memory is refused: the k-th allocation, or all from it on.

Of all (Python takes its memory from there too, by PYTHONMALLOC=malloc), or of what the C core and
the loader ask for alone: numpy and Python end by a segmentation fault at some of theirs.
"""

from __future__ import annotations

from pathlib import Path

from tests.processes import compiled

__all__ = ["PRELUDE", "refusing"]

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
static atomic_long left = -1, refused;
static atomic_int forever, core_alone;
void refuse(long k, int every, int core)
{
    forever = every, core_alone = core, refused = 0, left = k;
}
long refused_since(void) { left = -1; return refused; }
static int of_core(void *caller)
{
    Dl_info from;
    return dladdr(caller, &from) && from.dli_fname
           && (strstr(from.dli_fname, "netinit/_core") || strstr(from.dli_fname, "/ld-"));
}
static int may_from(void *caller)
{
    long now = left;
    if (now >= 0 && core_alone && !of_core(caller))
        return 1;
    while (now >= 0) {
        const long next = now > 0 ? now - 1 : forever ? 0 : -1;
        if (atomic_compare_exchange_weak(&left, &now, next)) {
            if (now > 0)
                return 1;
            refused++;
            errno = ENOMEM;
            return 0;
        }
    }
    return 1;
}
#define may() may_from(__builtin_return_address(0))
void *malloc(size_t n) { return may() ? __libc_malloc(n) : NULL; }
void *calloc(size_t n, size_t m) { return may() ? __libc_calloc(n, m) : NULL; }
void *realloc(void *p, size_t n) { return may() ? __libc_realloc(p, n) : NULL; }
void *aligned_alloc(size_t a, size_t n) { return may() ? __libc_memalign(a, n) : NULL; }
void *memalign(size_t a, size_t n) { return may() ? __libc_memalign(a, n) : NULL; }
int posix_memalign(void **p, size_t a, size_t n)
{
    void *made = may() ? __libc_memalign(a, n) : NULL;
    if (made)
        *p = made;
    return made ? 0 : ENOMEM;
}
"""

#: For programs: `attempt` makes a call with one allocation refused, and the later ones too where
#: `every` is 1; returns what was made, None for MemoryError, and how many were refused.
PRELUDE = """
import ctypes, gc, os, sys
from pathlib import Path
import numpy as np
import netinit
from tests.faults.work import FILE, GOLDEN, WORK, digest, write_file
library = ctypes.CDLL(os.environ["LD_PRELOAD"])
refuse, refused_since = library.refuse, library.refused_since
gc.disable()

def attempt(call, number, every, core):
    refuse(number, every, core)
    try:
        made = call()
    except MemoryError:
        made = None
    finally:
        count = refused_since()
    return made, count
"""


def refusing(folder: Path) -> dict[str, str]:
    """Compile it; return the environment of a process that it is in."""
    library = compiled(folder, SOURCE, "-fno-builtin")
    return {"LD_PRELOAD": library, "PYTHONMALLOC": "malloc"}
