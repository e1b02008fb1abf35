/* The product of two square matrices by the block kernels alone: what the reflectors' updates
 * could reach at best. `a` lies in panels (of its transpose), `b` and `c` in strips. */
#include <omp.h>

#include "kernels.h"

#define NI_JOIN(isa) ni_kernels_##isa
#define NI_TABLE(isa) NI_JOIN(isa)
extern const ni_kernels NI_TABLE(NI_ISA);

/* Strips whose chunks are gone through together, while a chunk of the panel is in the cache. */
enum { together = 4 };

void multiply(const float *a, const float *b, float *c, int64_t n, int threads)
{
    const ni_blocks_f32 *kernels = &NI_TABLE(NI_ISA).blocks_f32;
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int64_t panel = 0; panel < n / NI_PANEL; panel++)
        for (int64_t first = 0; first < n / NI_STRIP; first += together)
            for (int64_t i = 0; i < n; i += NI_CHUNK)
                for (int64_t s = first; s < first + together; s++)
                    kernels->product(a + (panel * n + i) * NI_PANEL, NI_COLUMNS,
                                     b + (s * n + i) * NI_STRIP, NI_STRIP,
                                     c + (s * n + panel * NI_PANEL) * NI_STRIP,
                                     NI_PANEL / NI_GROUP, NI_CHUNK, i ? NI_ADD : NI_SET);
}
