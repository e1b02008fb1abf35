/* exp, ln and the normal distribution function from IEEE binary64 operations alone.
 *
 * The C library's functions differ from machine to machine in their last bit; these use only
 * + - * / and integer operations, rounded to nearest, so that their results are the same bits
 * everywhere.  They serve the set-up of a sampler, not its inner loop: precision comes before
 * speed.  They expect rounding to nearest and subnormals kept; a NaN argument gives a NaN.
 *
 * Phi(x) is the distribution function of the standard normal law, Q(x) = Phi(-x) its tail.
 * Results are relative to Q(x) far in the tail and to Phi(x) - 1/2 near 0.  The error bounds
 * below, in units in the last place, were measured against mpmath on 10^5 points or more each and
 * rounded up; a subnormal result is within 0.77.  tests/test_special.py holds them.
 */
#ifndef NI_SPECIAL_H
#define NI_SPECIAL_H

double ni_special_exp(double x);             /* e^x; 0.55 */
double ni_special_log(double x);             /* ln x; -inf at 0, NaN below; 0.55 */
double ni_special_normal_cdf(double x);      /* Phi(x); 0.7 */
double ni_special_normal_sf(double x);       /* Q(x); 0.7 */
double ni_special_normal_log_sf(double x);   /* ln Q(x), any x; 0.65, below 0 0.77 */
double ni_special_normal_half_erf(double x); /* Phi(x) - 1/2; 0.6 */

#endif
