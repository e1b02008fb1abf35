/* The floating-point environment that the arithmetic contract assumes: rounding to nearest
 * even, subnormals kept. A thread may have been given another one (a library linked with
 * -ffast-math, torch.set_flush_denormal), so each worker sets its own and puts back what it
 * found. */
#ifndef NI_FPENV_H
#define NI_FPENV_H

#include <stdint.h>

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>

static inline uint64_t ni_enter_fpenv(void)
{
    unsigned found = _mm_getcsr();
    _mm_setcsr(0x1f80); /* the power-on value: all exceptions masked, nearest, no FTZ, no DAZ */
    return found;
}

static inline void ni_leave_fpenv(uint64_t found) { _mm_setcsr((unsigned)found); }

#elif defined(__aarch64__)

static inline uint64_t ni_enter_fpenv(void)
{
    uint64_t found;
    __asm__ volatile("mrs %0, fpcr" : "=r"(found));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
    return found;
}

static inline void ni_leave_fpenv(uint64_t found)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(found));
}

#else

static inline uint64_t ni_enter_fpenv(void) { return 0; }
static inline void ni_leave_fpenv(uint64_t found) { (void)found; }

#endif

#endif
