/* Which table of kernels runs: what the build holds, what the processor and the operating
 * system support, and what NETINIT_ISA asks for.
 *
 * Adding an instruction set is a line in CMakeLists.txt (which defines NI_BUILT_<name>) and a
 * row here.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#if defined(__x86_64__)

#include <cpuid.h>

/* The state components that the operating system saves: bits 1, 2 for SSE and AVX, bits 5 to 7
 * for AVX-512. Without them the instructions trap, whatever the processor says. */
static unsigned saved_state(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

static int supports_avx2(void)
{
    unsigned a, b, c, d;
    const unsigned first = bit_FMA | bit_F16C | bit_AVX, second = bit_AVX2;
    if ((saved_state() & 0x6) != 0x6 || !__get_cpuid(1, &a, &b, &c, &d) || (c & first) != first)
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & second) == second;
}

static int supports_avx512(void)
{
    unsigned a, b, c, d;
    const unsigned wanted = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    if ((saved_state() & 0xe6) != 0xe6 || !supports_avx2())
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & wanted) == wanted;
}

#endif

static int supports_always(void) { return 1; }

typedef struct {
    const ni_kernels *kernels;
    int (*supported)(void);
} row;

extern const ni_kernels ni_kernels_scalar;
#ifdef NI_BUILT_avx2
extern const ni_kernels ni_kernels_avx2;
#endif
#ifdef NI_BUILT_avx512
extern const ni_kernels ni_kernels_avx512;
#endif
#ifdef NI_BUILT_neon
extern const ni_kernels ni_kernels_neon;
#endif

/* Slowest first. */
static const row rows[] = {
    {&ni_kernels_scalar, supports_always},
#ifdef NI_BUILT_avx2
    {&ni_kernels_avx2, supports_avx2},
#endif
#ifdef NI_BUILT_avx512
    {&ni_kernels_avx512, supports_avx512},
#endif
#ifdef NI_BUILT_neon
    {&ni_kernels_neon, supports_always},
#endif
};

enum { row_count = sizeof rows / sizeof rows[0] };

/* Names that some build knows, so that a known but absent one gets its own message. */
static const char *const known[] = {"scalar", "avx2", "avx512", "neon"};

static _Atomic(const ni_kernels *) active;

static ni_status find(const char *name, const ni_kernels **kernels)
{
    for (int i = 0; i < row_count; i++)
        if (strcmp(rows[i].kernels->name, name) == 0 && rows[i].supported()) {
            *kernels = rows[i].kernels;
            return NI_OK;
        }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], name) == 0)
            return NI_UNSUPPORTED_ISA;
    return NI_UNKNOWN_ISA;
}

const ni_kernels *ni_active_kernels(ni_status *status)
{
    const ni_kernels *kernels = atomic_load(&active);
    *status = NI_OK;
    if (kernels)
        return kernels;
    const char *wish = getenv("NETINIT_ISA");
    if (wish && *wish) {
        *status = find(wish, &kernels);
    } else {
        for (int i = 0; i < row_count; i++)
            if (rows[i].supported())
                kernels = rows[i].kernels;
    }
    if (*status == NI_OK)
        atomic_store(&active, kernels);
    return kernels;
}

ni_status ni_active_isa(const char **name)
{
    ni_status status;
    const ni_kernels *kernels = ni_active_kernels(&status);
    *name = kernels ? kernels->name : NULL;
    return status;
}

const char *ni_isa(int i, int *supported)
{
    if (i < 0 || i >= row_count)
        return NULL;
    *supported = rows[i].supported();
    return rows[i].kernels->name;
}

ni_status ni_use_isa(const char *name)
{
    const ni_kernels *kernels;
    ni_status status = find(name, &kernels);
    if (status == NI_OK)
        atomic_store(&active, kernels);
    return status;
}
