/* Householder reflectors in blocks: one text for both floating-point types. */
#include "matrix/householder.h"

#include <string.h>

#include "fill/memory.h"
#include "fill/share.h"
#include "matrix/parts.h"

/* Memory of whole cache lines, on huge pages where it is large. */
static void *get_memory(int64_t count, size_t bytes)
{
    const size_t huge = (size_t)2 << 20;
    size_t total;
    if (__builtin_mul_overflow((size_t)count, bytes, &total) || total > PTRDIFF_MAX - huge)
        return NULL;
    const size_t alignment = total >= huge ? huge : NI_ALIGNMENT;
    total = (total + alignment) / alignment * alignment;
    void *memory = ni_allocate(alignment, total);
    if (memory && total >= huge)
        ni_advise_huge_pages(memory, total);
    return memory;
}

/* At most so many strips are brought through a panel together, so that they share what is read
 * of it. */
#define NI_TOGETHER 2

/* Of strips in so much memory it is to be hoped that they stay in a core's cache. */
static const int64_t kept_bytes = 5 << 18;

#define NI_OF(name) name##_f32
#define NI_REAL float
#define NI_REAL_DTYPE NI_FLOAT32
#include "matrix/panels.h"
#include "matrix/accumulate.h"
#include "matrix/factor.h"
#undef NI_OF
#undef NI_REAL
#undef NI_REAL_DTYPE
#define NI_OF(name) name##_f64
#define NI_REAL double
#define NI_REAL_DTYPE NI_FLOAT64
#include "matrix/panels.h"
#include "matrix/accumulate.h"
#include "matrix/factor.h"
