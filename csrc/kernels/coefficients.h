/* Coefficients of the kernels' approximations.  Written by
 * tools/fit/write_header.py; do not edit.
 *
 * Index = power.  The errors given are maxima over the interval with the
 * coefficients as they stand here (rounded), evaluated exactly. */
#ifndef NI_COEFFICIENTS_H
#define NI_COEFFICIENTS_H

/* -2 ln(1+f) = -2 f + f^2 r(f), f in [-1/2, 0]; r, in powers of f.
 * Relative error of -2 ln(1+f): 2^-25.31.
 * Made by tools/fit/fit_log.py. */
static const float NI_LOG_F32[8] = {
    0x1.fffecp-1f, /* 0.999990463 */
    -0x1.55a38cp-1f, /* -0.667263389 */
    0x1.f31242p-2f, /* 0.487374336 */
    -0x1.0dfee8p-1f, /* -0.527335405 */
    -0x1.72776ap-2f, /* -0.361783653 */
    -0x1.35695ap+1f, /* -2.41727757 */
    -0x1.a3ba4p+1f, /* -3.2791214 */
    -0x1.6a207cp+1f, /* -2.82911634 */
};

/* ln(1+f) = f - (h - s (h + z R(z))), h = f f/2, s = f/(2+f), z = s s,
 * f in [sqrt(1/2)-1, sqrt(2)-1], z in [0, 0.029438]; R, in powers of z.
 * Relative error of ln(1+f): 2^-59.50.
 * Made by tools/fit/fit_log.py. */
static const double NI_LOG_F64[7] = {
    0x1.5555555555592p-1, /* 0.666666667 */
    0x1.999999997ff67p-2, /* 0.4 */
    0x1.24924941daf0dp-2, /* 0.285714287 */
    0x1.c71c521a6eb75p-3, /* 0.222221986 */
    0x1.74663b9038d3fp-3, /* 0.181835618 */
    0x1.39a20da8880eep-3, /* 0.153141123 */
    0x1.2f023ca60a8dbp-3, /* 0.147953485 */
};

/* sin(pi/4 y) = y s[0] + y (low + z (s[1] + z (s[2] + ...))), z = y y in [0, 1],
 * low = NI_SIN_F32_LOW, s[0] + low = pi/4; s, in powers of z.
 * Relative error: 2^-27.87.
 * Made by tools/fit/fit_sincos.py. */
static const float NI_SIN_F32[4] = {
    0x1.921fb6p-1f, /* 0.785398185 */
    -0x1.4abbbep-4f, /* -0.0807454512 */
    0x1.465fc4p-9f, /* 0.00249003666 */
    -0x1.2dbd9ep-15f, /* -3.59702935e-5 */
};

/* pi/4 - NI_SIN_F32[0].
 * Made by tools/fit/fit_sincos.py. */
static const float NI_SIN_F32_LOW = -0x1.777a5cp-26f;

/* cos(pi/4 y) = 1 + z k(z), z = y y in [0, 1]; k, in powers of z.
 * Relative error: 2^-30.85.
 * Made by tools/fit/fit_sincos.py. */
static const float NI_COS_F32[4] = {
    -0x1.3bd3ccp-2f, /* -0.308425128 */
    0x1.03c1b8p-6f, /* 0.0158542916 */
    -0x1.55b7dp-12f, /* -0.000325887697 */
    0x1.d685dcp-19f, /* 3.5056687e-6 */
};

/* sin(pi/4 y) = y s[0] + y (low + z (s[1] + z (s[2] + ...))), z = y y in [0, 1],
 * low = NI_SIN_F64_LOW, s[0] + low = pi/4; s, in powers of z.
 * Relative error: 2^-57.91.
 * Made by tools/fit/fit_sincos.py. */
static const double NI_SIN_F64[7] = {
    0x1.921fb54442d18p-1, /* 0.785398163 */
    -0x1.4abbce625be46p-4, /* -0.0807455122 */
    0x1.466bc67758c69p-9, /* 0.00249039457 */
    -0x1.32d2cce31f91dp-15, /* -3.65762042e-5 */
    0x1.507830082cf28p-22, /* 3.13361625e-7 */
    -0x1.e30095200d539p-30, /* -1.75715204e-9 */
    0x1.e3fe0991222d6p-38, /* 6.87794473e-12 */
};

/* pi/4 - NI_SIN_F64[0].
 * Made by tools/fit/fit_sincos.py. */
static const double NI_SIN_F64_LOW = 0x1.1a62633145c07p-55;

/* cos(pi/4 y) = 1 + z k(z), z = y y in [0, 1]; k, in powers of z.
 * Relative error: 2^-61.14.
 * Made by tools/fit/fit_sincos.py. */
static const double NI_COS_F64[7] = {
    -0x1.3bd3cc9be45dep-2, /* -0.308425138 */
    0x1.03c1f081b5a67p-6, /* 0.0158543442 */
    -0x1.55d3c7e3c325bp-12, /* -0.000325991887 */
    0x1.e1f5067b90cf9p-19, /* 3.59086044e-6 */
    -0x1.a6d1e7298918cp-26, /* -2.46113593e-8 */
    0x1.f9c89cf733687p-34, /* 1.15001886e-10 */
    -0x1.b16756c8e4d61p-42, /* -3.84939785e-13 */
};

/* Inverse normal distribution function x = q P(s)/D(s), q = p - 1/2,
 * s = 1/4 - q q, for |x| <= 2.01; P, in powers of s.
 * Relative error: 2^-26.19.
 * Made by tools/fit/fit_quantile.py. */
static const float NI_CENTRAL_F32_P[6] = {
    0x1.decf06p+2f, /* 7.48138571 */
    0x1.95a52ep+10f, /* 1622.58093 */
    0x1.927cccp+15f, /* 51518.3984 */
    0x1.3778e6p+18f, /* 318947.594 */
    0x1.fc6108p+17f, /* 260290.062 */
    -0x1.2869bap+15f, /* -37940.8633 */
};

/* The denominator that goes with NI_CENTRAL_F32_P.
 * Made by tools/fit/fit_quantile.py. */
static const float NI_CENTRAL_F32_D[5] = {
    0x1.2e27f6p+0f, /* 1.18029726 */
    0x1.54f5a8p+8f, /* 340.959595 */
    0x1.c06f2p+13f, /* 14349.8906 */
    0x1.f74166p+16f, /* 128833.398 */
    0x1.a00714p+17f, /* 213006.156 */
};

/* Inverse normal distribution function |x| = sqrt(w) P(w)/D(w),
 * w = -2 ln(4 p (1-p)), for |x| <= 8.4, w in [0, 73.91];
 * P, in powers of w.
 * Relative error: 2^-26.41.
 * Made by tools/fit/fit_quantile.py. */
static const float NI_QUANTILE_F32_P[6] = {
    0x1.f4a7d4p-1f, /* 0.977842927 */
    0x1.c53306p-4f, /* 0.110644363 */
    0x1.616baap-7f, /* 0.0107855396 */
    0x1.3b9144p-11f, /* 0.000601897133 */
    0x1.540b16p-16f, /* 2.02681604e-5 */
    0x1.bd05ep-23f, /* 2.07229959e-7 */
};

/* The denominator that goes with NI_QUANTILE_F32_P.
 * Made by tools/fit/fit_quantile.py. */
static const float NI_QUANTILE_F32_D[6] = {
    0x1.1a76f4p+0f, /* 1.10337758 */
    0x1.e4b7c2p-4f, /* 0.118339308 */
    0x1.7aee96p-7f, /* 0.0115640862 */
    0x1.4aa06ep-11f, /* 0.000630620343 */
    0x1.5c8782p-16f, /* 2.07739668e-5 */
    0x1.bd9384p-23f, /* 2.07487602e-7 */
};

/* Inverse normal distribution function |x| = sqrt(w) P(w)/D(w),
 * w = -2 ln(4 p (1-p)), for |x| <= 9.8, w in [0, 99.69];
 * P, in powers of w.
 * Relative error: 2^-56.09.
 * Made by tools/fit/fit_quantile.py. */
static const double NI_QUANTILE_F64_P[15] = {
    0x1.1198e9d1d2b11p+0, /* 1.06873952 */
    0x1.5206e8cc0afcbp-3, /* 0.165052241 */
    0x1.8a11545fdc2e2p-6, /* 0.0240519833 */
    0x1.2890f21af13bcp-9, /* 0.0022626205 */
    0x1.69d94849759ep-13, /* 0.000172542934 */
    0x1.612ede449c823p-17, /* 1.0525676e-5 */
    0x1.1164baa4ce6bdp-21, /* 5.09235026e-7 */
    0x1.63cdf7cf0beeap-26, /* 2.07105513e-8 */
    0x1.7826a45e38d03p-31, /* 6.84214584e-10 */
    0x1.5bcabdb60033bp-36, /* 1.97696839e-11 */
    0x1.012a0d148f6abp-41, /* 4.56815496e-13 */
    0x1.2a16dbae21e1p-47, /* 8.27363982e-15 */
    0x1.8cf0edbcac365p-53, /* 1.72145773e-16 */
    0x1.4abe23078b15ap-60, /* 1.12059993e-18 */
    0x1.a7ba7b830cb7p-70, /* 1.40199983e-21 */
};

/* The denominator that goes with NI_QUANTILE_F64_P.
 * Made by tools/fit/fit_quantile.py. */
static const double NI_QUANTILE_F64_D[15] = {
    0x1.34b8b51d3cff8p+0, /* 1.20594341 */
    0x1.6eda09e7e7bf6p-3, /* 0.179126813 */
    0x1.acfed4e08bfa6p-6, /* 0.0261838035 */
    0x1.3dbced4d42d6cp-9, /* 0.00242414853 */
    0x1.816a7caf04d2ap-13, /* 0.000183780653 */
    0x1.75bb0658a511cp-17, /* 1.11380388e-5 */
    0x1.1ed82b311e7fep-21, /* 5.34289347e-7 */
    0x1.745e1d0817345p-26, /* 2.16746488e-8 */
    0x1.86ad6841cdbf4p-31, /* 7.10638e-10 */
    0x1.69045aa853165p-36, /* 2.0521441e-11 */
    0x1.07e6f617e2beap-41, /* 4.68784465e-13 */
    0x1.34ed1d1cbc8a8p-47, /* 8.57442521e-15 */
    0x1.933e43a9656a7p-53, /* 1.7487887e-16 */
    0x1.4c2819b9045dap-60, /* 1.12539048e-18 */
    0x1.a7d08870faa7dp-70, /* 1.40228482e-21 */
};

/* x x = L - P(r)/D(r), L = -2 ln Q(x), Q the upper tail of the normal
 * distribution, r = sqrt(L), for x in [4.0, 64.0], r in [4.5519, 64.0793];
 * P, in powers of r.
 * Error relative to L: 2^-27.59.
 * Made by tools/fit/fit_tail.py. */
static const float NI_TAIL_F32_P[5] = {
    -0x1.21db94p+3f, /* -9.05805397 */
    0x1.4e9c54p+3f, /* 10.456583 */
    0x1.c1765ep+1f, /* 3.51142478 */
    0x1.3c6edp-3f, /* 0.154508233 */
    0x1.c3ea3cp-11f, /* 0.000861959415 */
};

/* The denominator that goes with NI_TAIL_F32_P.
 * Made by tools/fit/fit_tail.py. */
static const float NI_TAIL_F32_D[5] = {
    0x1.bde394p+0f, /* 1.74175382 */
    0x1.7a96dcp+1f, /* 2.95772886 */
    0x1.f5cb52p-2f, /* 0.490033418 */
    0x1.d9642ap-7f, /* 0.0144467549 */
    0x1.c6bf5ep-15f, /* 5.42101297e-5 */
};

/* x x = L - P(r)/D(r), L = -2 ln Q(x), Q the upper tail of the normal
 * distribution, r = sqrt(L), for x in [4.0, 400.0], r in [4.5519, 400.017];
 * P, in powers of r.
 * Error relative to L: 2^-58.10.
 * Made by tools/fit/fit_tail.py. */
static const double NI_TAIL_F64_P[14] = {
    -0x1.31bd31586d912p+4, /* -19.1086896 */
    -0x1.63310886ec52cp+4, /* -22.199471 */
    0x1.1b7c43cb19536p+5, /* 35.4356762 */
    0x1.08d34a50bdc93p+5, /* 33.1031691 */
    0x1.73b7cab5d2a4fp+3, /* 11.6161855 */
    0x1.f019d3a4d265bp+0, /* 1.93789408 */
    0x1.3ffd688d8c61ep-3, /* 0.156245057 */
    0x1.94a0b691a153bp-8, /* 0.00617413003 */
    0x1.f84fff0222b8fp-14, /* 0.000120237466 */
    0x1.3103228bfb41dp-20, /* 1.13625916e-6 */
    0x1.55bf1498ccc41p-28, /* 4.97306476e-9 */
    0x1.41e303f6e65fap-37, /* 9.14857251e-12 */
    0x1.a16ca4d641ca7p-48, /* 5.79292711e-15 */
    0x1.c10edb14dfab5p-61, /* 7.60733894e-19 */
};

/* The denominator that goes with NI_TAIL_F64_P.
 * Made by tools/fit/fit_tail.py. */
static const double NI_TAIL_F64_D[14] = {
    0x1.f3b5964b9bf05p+0, /* 1.95198955 */
    0x1.a8f794ddcfe61p+3, /* 13.2802224 */
    0x1.1934ea0351eacp+4, /* 17.5754185 */
    0x1.197b0b5388599p+3, /* 8.79627005 */
    0x1.1f98b36094941p+1, /* 2.24684756 */
    0x1.2ead02a5f16c2p-2, /* 0.295581857 */
    0x1.42c14bbf4aba2p-6, /* 0.0196994056 */
    0x1.5c0a53aafdaf6p-11, /* 0.000663834265 */
    0x1.79462cdf2f834p-17, /* 1.1243645e-5 */
    0x1.91589e6300601p-24, /* 9.34456863e-8 */
    0x1.8cf7982fb377cp-32, /* 3.61039534e-10 */
    0x1.487b491d3a719p-41, /* 5.83500509e-13 */
    0x1.6eba75dbbce91p-52, /* 3.18086148e-16 */
    0x1.3c5db8f05f0c7p-65, /* 3.34965641e-20 */
};

#endif
