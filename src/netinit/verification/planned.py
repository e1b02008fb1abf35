"""One array against what it is to be."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.zero_rows import ZeroRows
from netinit.verification.drawn import against_law, against_number, against_sample
from netinit.verification.exact import two_draws
from netinit.verification.expected import Expected
from netinit.verification.findings import Finding, finding
from netinit.verification.law import law_of
from netinit.verification.look import Look

__all__ = ["check_planned", "fits"]


def fits(look: Look, expected: Expected) -> bool:
    """Return whether an array, which may be here in part, is of the shape and type planned."""
    source = look.source
    if source is None or source.dtype != expected.dtype:
        return False
    return (source.shape if source.places is None else look.parameter.shape) == expected.shape


def _fits_whole(look: Look, expected: Expected) -> bool:
    return look.source is not None and look.source.places is None and fits(look, expected)


def check_planned(look: Look, expected: Expected, t: float) -> Iterator[Finding]:
    """Yield how an array differs from what it is to be, beyond chance."""
    s, name = look.statistics, look.parameter.name
    if s is None or s.finite == 0:
        return
    assert look.source is not None
    if look.parameter.shape != expected.shape:
        shapes = (" x ".join(map(str, x or ())) for x in (look.parameter.shape, expected.shape))
        yield finding("shape", name, "its shape is {}, planned {}".format(*shapes))
        return
    if look.source.dtype != expected.dtype:
        yield finding("dtype", name, f"its type is {look.source.dtype}, planned {expected.dtype}")
    if expected.initializer.constant and expected.initializer.mean is not None:
        yield from against_number(look, expected.initializer.mean)
        return
    law = law_of(expected.initializer, expected.shape)
    # Of a mixture, a part of the array may have one ingredient alone.
    if law is not None and (look.source.places is None or len(law.parts) == 1):
        found = list(_padding(look, expected)) or list(
            against_law(look, law, expected.initializer, t)
        )
        yield from found
        if not found:
            yield from _rows_at_right_angles(look, expected)
    elif fits(look, expected) and (drawn := two_draws(expected, look.source)) is not None:
        yield from against_sample(look, *drawn, t)


def _padding(look: Look, expected: Expected) -> Iterator[Finding]:
    """Yield that rows which are to be 0 are not."""
    rule = expected.initializer
    if not isinstance(rule, ZeroRows) or not _fits_whole(look, expected) or look.source is None:
        return
    width = math.prod(expected.shape[1:])
    rows = look.source.read(rule.first * width, (rule.stop - rule.first) * width)
    if rows.any():
        yield finding("padding row", look.parameter.name, f"row {rule.first} is not 0")


def _rows_at_right_angles(look: Look, expected: Expected) -> Iterator[Finding]:
    """Yield that the matrix is not orthogonal, told by a few of its rows, or of its columns."""
    rule, source = expected.initializer, look.source
    if not isinstance(rule, Orthogonal) or len(expected.shape) != 2 or source is None:
        return
    if not _fits_whole(look, expected) or (rule.layout is not None and rule.layout.stack != 1):
        return
    if source.dtype not in ("float32", "float64"):
        return
    rows, columns = expected.shape
    if rows > columns:
        few = np.stack([source.read(i * columns, min(columns, 32)) for i in range(rows)], axis=1)
    else:
        few = source.read(0, min(rows, 32) * columns).reshape(-1, columns)
    numbers = few.astype(np.float64)
    gram = numbers @ numbers.T / rule.gain**2
    off = float(np.abs(gram - np.eye(len(gram))).max())
    if off > 1e-3:
        yield finding(
            "orthogonal", look.parameter.name, f"products of its rows are off by {off:.2g}"
        )
