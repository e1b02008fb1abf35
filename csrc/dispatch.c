/* Which table of kernels runs: what the build holds, what the processor and the operating
 * system support, and what NETINIT_ISA asks for.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

/* The instruction sets, slowest first: a name, and whether the processor and the operating system
 * have it, which only a build that holds it reads. CMakeLists.txt defines NI_BUILT_<name>. */
/* clang-format off */
#define NI_INSTRUCTION_SETS(row)                                                              \
    row(scalar, 1)                                                                            \
    row(avx2, x86_has(0x6, bit_FMA | bit_F16C | bit_AVX, bit_AVX2))                           \
    row(avx512, x86_has(0xe6, bit_FMA | bit_F16C | bit_AVX,                                   \
                        bit_AVX2 | bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL)) \
    row(neon, 1)                                                                              \
    row(simd128, 1)
/* clang-format on */

#if defined(__x86_64__)

#include <cpuid.h>

static inline int has_all(unsigned found, unsigned bits) { return (found & bits) == bits; }

/* Whether the operating system saves these state components (bits 1, 2 for SSE and AVX, bits 5 to
 * 7 for AVX-512), without which the instructions trap, whatever the processor says; and the
 * processor has all of these bits, of cpuid's leaf 1 (ecx) and of leaf 7 (ebx). */
static inline int x86_has(unsigned saved, unsigned first, unsigned second)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has_all(c, first | bit_OSXSAVE))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    if (!has_all(a, saved))
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && has_all(b, second);
}

#endif

/* NI_IF_BUILT(name, macro) is the macro where NI_BUILT_<name> is defined (as 1), and else one that
 * drops its arguments: a comma of its own makes the macro the second of what is picked from. */
#define NI_COMMA_1 ,
#define NI_JOIN(a, b) a##b
#define NI_COMMA_IF(built) NI_JOIN(NI_COMMA_, built)
#define NI_SECOND(a, b, ...) b
#define NI_PICK(...) NI_SECOND(__VA_ARGS__)
#define NI_DROP(...)
#define NI_IF_BUILT(name, macro) NI_PICK(NI_COMMA_IF(NI_BUILT_##name) macro, NI_DROP, )

#define NI_DEFINE(name, test)                                                                      \
    extern const ni_kernels ni_kernels_##name;                                                     \
    static int supports_##name(void) { return test; }
#define NI_DEFINE_IF_BUILT(name, test) NI_IF_BUILT(name, NI_DEFINE)(name, test)

NI_INSTRUCTION_SETS(NI_DEFINE_IF_BUILT)

typedef struct {
    const ni_kernels *kernels;
    int (*supported)(void);
} row;

#define NI_ROW(name, test) {&ni_kernels_##name, supports_##name},
#define NI_ROW_IF_BUILT(name, test) NI_IF_BUILT(name, NI_ROW)(name, test)

static const row rows[] = {NI_INSTRUCTION_SETS(NI_ROW_IF_BUILT)};

enum { row_count = sizeof rows / sizeof rows[0] };

/* Names that some build knows, so that a known but absent one gets its own message. */
#define NI_KNOWN(name, test) #name,
static const char *const known[] = {NI_INSTRUCTION_SETS(NI_KNOWN)};

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
