"""What is wrong with an array whatever it is to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.narrow import NARROW
from netinit.verification.expected import Expected
from netinit.verification.findings import Finding, finding
from netinit.verification.look import Look
from netinit.verification.statistics import Statistics

__all__ = ["check_alone"]

#: No net begins with numbers as large as this.
_ABSURD = 1e6
#: Types that have so few small numbers that subnormal ones are drawn.
_SHORT = {"float16", "float8_e4m3fn", "float8_e5m2"}


def check_alone(look: Look, expected: Expected | None) -> Iterator[Finding]:
    """Yield what is wrong with one array by itself."""
    parameter, s = look.parameter, look.statistics
    name = parameter.name
    if s is None:
        yield finding("no value", name, "it has no value")
        return
    if s.count == 0:
        return
    found = list(_not_finite(look, s))
    if not found and parameter.dtype in DRAWN:
        found = list(_never_written(look, s, expected))
    yield from found
    if not found and s.constant and expected is None:
        yield from _constant(look, s)


def _not_finite(look: Look, s: Statistics) -> Iterator[Finding]:
    name, dtype = look.parameter.name, look.parameter.dtype
    if s.nans == s.count:
        evidence = "every element is NaN" + (f", a code of {dtype}" if dtype in NARROW else "")
        yield finding("untouched", name, evidence)
    elif s.nans:
        yield finding("nan", name, f"{s.nans:,} of {s.count:,} elements are NaN{_codes(dtype)}")
    if s.infinities:
        kind = "overflow" if dtype in ("float16", "float8_e5m2") else "infinite"
        yield finding(
            kind, name, f"{s.infinities:,} of {s.count:,} elements are infinite in {dtype}"
        )


def _codes(dtype: str) -> str:
    return f", by the code that {dtype} has for it" if dtype.startswith("float8") else ""


def _largest(dtype: str) -> float:
    return NARROW[dtype].max if dtype in NARROW else float(np.finfo(dtype).max)


def _never_written(look: Look, s: Statistics, expected: Expected | None) -> Iterator[Finding]:
    """Yield the traces of memory that nobody wrote: no code would write such numbers."""
    parameter = look.parameter
    if parameter.kind != "parameter" or (expected is not None and expected.initializer.constant):
        return
    name = parameter.name
    far = max(abs(s.low), abs(s.high))
    planned = expected.initializer.std if expected is not None else None
    if far == _largest(parameter.dtype) and not parameter.dtype.startswith("float8"):
        yield finding("overflow", name, f"elements are at {far:.4g}, the largest of the type")
    elif far > max(_ABSURD, 1000 * (planned or 0)):
        yield finding("untouched", name, f"elements are as large as {far:.3g}")
    elif s.subnormals and parameter.dtype not in _SHORT:
        yield finding("untouched", name, f"{s.subnormals:,} of {s.count:,} elements are subnormal")
    elif _repeats(look, s):
        share = 8 * s.repeats / (s.count * _size(look))
        yield finding(
            "untouched", name, f"{share:.0%} of its words of 8 bytes are equal to the next"
        )


def _size(look: Look) -> int:
    assert look.source is not None
    return {"float64": 8, "float32": 4}.get(look.parameter.dtype, 2)


def _repeats(look: Look, s: Statistics) -> bool:
    """Return whether words repeat that a draw would not, and no constant explains."""
    drawn = look.parameter.role in ("weight", "embedding") and not s.constant
    words = s.count * _size(look) // 8
    return drawn and s.zeros < s.count // 100 and words >= 16 and s.repeats > max(4, words // 20)


def _constant(look: Look, s: Statistics) -> Iterator[Finding]:
    parameter = look.parameter
    weight = parameter.role in ("weight", "embedding") and parameter.known
    if weight and s.count > 1 and s.low != 0:  # zeros are many a net's way to begin with a branch
        yield finding("constant", parameter.name, f"every element is {s.low:.4g}")
