/* Calls of the C API by libFuzzer: the bytes of a case are what tests/native/calls draws from.
 *
 * A case is a list of 16-bit numbers; where random calls would draw one, the next is taken, and 0s
 * at the end. So the fuzzer, who sees which branches of the core a case reaches, changes layouts,
 * strides and numbers one by one, and the same checks are made: guard pages on either side, each
 * element made again alone, all other bytes untouched.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* anonymous memory */
#endif
#include "calls/fills.h"
#include "calls/matrices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static caller me;
    if (!me.out.begin)
        me.out = new_arena(), me.a = new_arena(), me.q = new_arena(), me.r = new_arena();
    me.given = data, me.given_bytes = size, me.alone = 1;
    me.call++;
    switch (below(&me, 3)) {
    case 0: call_fill(&me); break;
    case 1: call_matrix(&me); break;
    default: call_qr(&me);
    }
    return 0;
}
