"""The set-up functions of the core (csrc/setup/special.c) against mpmath, and their exact bits."""

import hashlib
import math
import struct

import pytest

from tests.native.library import special

mpmath = pytest.importorskip("mpmath")
mp, mpf = mpmath.mp, mpmath.mpf

INF = math.inf
TINY = 5e-324


@pytest.fixture(autouse=True)
def high_precision():
    with mp.workprec(200):
        yield


# ---- Reference values --------------------------------------------------------------------------


def tail(x):
    return mpmath.erfc(x / mpmath.sqrt(2)) / 2


def log_tail(x):
    if x < 0:
        return mpmath.log1p(-tail(-x))
    if x < 60:
        return mpmath.log(tail(x))
    w, term, series = 1 / (x * x), mpf(1), mpf(0)
    for k in range(20):  # the asymptotic series of Mills' ratio
        series += term
        term *= -(2 * k + 1) * w
    return -x * x / 2 - mpmath.log(x * mpmath.sqrt(2 * mpmath.pi)) + mpmath.log(series)


REFERENCE = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "normal_cdf": lambda x: tail(-x),
    "normal_sf": tail,
    "normal_log_sf": log_tail,
    "normal_half_erf": lambda x: mpmath.erf(x / mpmath.sqrt(2)) / 2,
}


def error_in_ulps(value, exact):
    """|value - exact| in units in the last place, which do not shrink below the subnormal one."""
    exponent = max(mpmath.frexp(exact)[1] - 1, -1022)
    return float(abs(mpf(value) - exact) / mpf(2) ** (exponent - 52))


# ---- Points: exact doubles that need no library function ---------------------------------------


def between(low, high, count):
    """`count` scattered points of [low, high) with all 53 bits in use."""
    step = 0x9E3779B97F4A7C15  # 2^64 / golden ratio
    return [low + (high - low) * (((i * step) % 2**64 >> 11) / 2**53) for i in range(1, count + 1)]


def binades(low, high, count):
    """`count` positive points whose exponents spread over low, ..., high - 1."""
    fractions = between(1.0, 2.0, count)
    return [math.ldexp(f, low + i * (high - low) // count) for i, f in enumerate(fractions)]


def both_signs(points):
    return points + [-x for x in points]


EDGES = both_signs(
    [s * (1 + k * 2.0**-52) for s in (1.0, 3.0, 9.0) for k in (-1.0, -0.5, 0.0, 1.0)]
    + [0.5, 0.6744897501960817, 2.0, 38.0, TINY, 2.0**-1022, 2.0**-500, 2.0**-54, 2.0**-30]
)
LINE = (
    between(-38.5, 38.5, 800)
    + between(-1.25, 1.25, 800)
    + both_signs(between(1.0, 9.5, 500) + binades(-1074, 0, 200))
    + EDGES
)
POINTS = {
    "exp": between(-745.0, 709.75, 2000)
    + both_signs(binades(-1074, 9, 400))
    + [709.782712893384, -745.1332191019411]
    + EDGES,
    "log": binades(-1074, 1024, 1500)
    + between(0.5, 2.0, 1500)
    + [1 + x for x in both_signs(binades(-52, -2, 200))]
    + [x for x in EDGES if x > 0],
    "normal_cdf": LINE,
    "normal_sf": LINE,
    "normal_log_sf": LINE + binades(0, 498, 600) + [1e150],
    "normal_half_erf": LINE,
}

# Largest error in ulps, measured on 10^5 and more random points each and rounded up.
BOUND = {
    "exp": 0.55,
    "log": 0.55,
    "normal_cdf": 0.7,
    "normal_sf": 0.7,
    "normal_log_sf": 0.77,
    "normal_half_erf": 0.6,
}
SUBNORMAL_BOUND = 0.77

# SHA-256 of the results on POINTS as little-endian doubles: the same on every machine.
DIGEST = {
    "exp": "6be60965ae3393c711cd81ad3a56da23658b9d6ae8ebd68772a1f9b0003fbdbb",
    "log": "8ace22ee55f0446b00c03de5a83c1aff77c35a80c9fa3ea738f3e7d5c9e152a4",
    "normal_cdf": "9fe17921929e759a31b46caa97a20e9fd3d5469db0dd4666cf880a28326e7833",
    "normal_sf": "f54946bf3cab2de52933a6408e402d5752a588bd1cc8300c3d1c5499deb56523",
    "normal_log_sf": "ba539d1346e4e2c5d0a3698c6850ec754958503cf5fb3f1090481297e079add8",
    "normal_half_erf": "383ffc3d1a78cebe64c5254d2117bcd07b59f9e0f33daabeefd4b6d2569642a4",
}


# ---- Tests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", POINTS)
def test_error_bound(name):
    for x in POINTS[name]:
        exact = REFERENCE[name](mpf(x))
        error = error_in_ulps(special(name, x), exact)
        bound = BOUND[name] if abs(exact) >= 2.0**-1022 else SUBNORMAL_BOUND
        assert error <= bound, f"{error:.3f} ulp at {x.hex()}"


@pytest.mark.parametrize("name", POINTS)
def test_same_bits_everywhere(name):
    packed = b"".join(struct.pack("<d", special(name, x)) for x in POINTS[name])
    assert hashlib.sha256(packed).hexdigest() == DIGEST[name]


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("exp", 0.0, 1.0),
        ("exp", -0.0, 1.0),
        ("exp", 709.7827128933841, INF),
        ("exp", 1e308, INF),
        ("exp", INF, INF),
        ("exp", -745.1332191019411, TINY),
        ("exp", -745.1332191019412, 0.0),
        ("exp", -INF, 0.0),
        ("log", 1.0, 0.0),
        ("log", 0.0, -INF),
        ("log", -0.0, -INF),
        ("log", INF, INF),
        ("log", TINY, -744.4400719213812),
        ("normal_cdf", 0.0, 0.5),
        ("normal_cdf", INF, 1.0),
        ("normal_cdf", -INF, 0.0),
        ("normal_cdf", 8.5, 1.0),
        ("normal_cdf", -40.0, 0.0),
        ("normal_sf", INF, 0.0),
        ("normal_sf", -INF, 1.0),
        ("normal_log_sf", INF, -INF),
        ("normal_log_sf", 1e160, -INF),
        ("normal_log_sf", -INF, 0.0),
        ("normal_half_erf", INF, 0.5),
        ("normal_half_erf", -INF, -0.5),
        ("normal_half_erf", 0.0, 0.0),
    ],
)
def test_special_values(name, x, expected):
    assert special(name, x) == expected


@pytest.mark.parametrize("name", POINTS)
def test_nan_gives_nan(name):
    assert math.isnan(special(name, math.nan))


@pytest.mark.parametrize("x", [-TINY, -1.0, -INF])
def test_log_of_a_negative_is_nan(x):
    assert math.isnan(special("log", x))


def test_symmetries():
    for x in LINE:
        assert special("normal_cdf", x) == special("normal_sf", -x)
        assert special("normal_half_erf", -x) == -special("normal_half_erf", x)
    assert math.copysign(1.0, special("normal_half_erf", -0.0)) == -1.0
