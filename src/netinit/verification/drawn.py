"""Arrays against the distribution that they are drawn from."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from netinit.arrays.narrow import NARROW
from netinit.initializers.base import Initializer
from netinit.verification import limits
from netinit.verification.findings import Finding, finding
from netinit.verification.law import Law
from netinit.verification.look import Look
from netinit.verification.remedies import cause_of_std
from netinit.verification.statistics import Statistics

__all__ = ["against_law", "against_number", "against_sample", "epsilon_of"]

#: What is off by less matters to nobody: of the std, and of the mean in units of the std.
_IMMATERIAL = 0.01
#: Samples of fewer elements tell nothing of a distribution.
_FEW = 20
#: How far a sample's distribution function may be off for the same reason.
_ALIKE = 0.01


def epsilon_of(dtype: str) -> float:
    """Return the distance of 1 and the next number of a type."""
    if dtype in NARROW:
        return float(2.0 ** -NARROW[dtype].fraction)
    return float(np.finfo(dtype).eps)


def against_number(look: Look, value: float) -> Iterator[Finding]:
    """Yield what differs in an array that is to be one number all through."""
    s, name, role = look.statistics, look.parameter.name, look.parameter.role
    if s is None or not s.finite:
        return
    off = max(abs(s.low - value), abs(s.high - value))
    if off <= epsilon_of(look.parameter.dtype) * abs(value) + 1e-37:
        return
    if s.constant:
        yield finding("value", name, f"the {role} is {s.low:.4g} all through, planned {value:.4g}")
    else:
        yield finding(
            "noisy", name, f"the {role} has std {s.std:.3g}, planned {value:.4g} all through"
        )


def against_law(look: Look, law: Law, initializer: Initializer, t: float) -> Iterator[Finding]:
    """Yield how an array differs from what its law gives, but for chance."""
    s, name = look.statistics, look.parameter.name
    if s is None or s.finite == 0:
        return
    if s.constant and s.count > 1 and not law.constant:
        yield finding("not drawn", name, f"every element is {s.low:.4g}, planned {initializer}")
        return
    apart = _distance(look.sample, law) if law.shaped and len(look.sample) >= _FEW else 0.0
    allowed = limits.of_distance(max(len(look.sample), 1), t) + _ALIKE
    allowed += epsilon_of(look.parameter.dtype) / 4
    beyond = list(_beyond(look, s, law, t)) if law.shaped else []
    size = list(_of_size(look, s, law, initializer, t))
    if beyond and apart <= allowed and _is_rare(look.sample, law, t):
        yield from beyond  # a few elements are wrong, which may have changed the std too
    elif size or beyond:
        yield from size or beyond
    elif apart > allowed:
        evidence = f"its distribution is {apart:.3f} from {initializer}, by chance {allowed:.3f}"
        yield finding("distribution", name, evidence)
    elif law.shaped:
        yield from _too_narrow(look, s, law, initializer, t)


def _is_rare(sample: np.ndarray, law: Law, t: float) -> bool:
    """Return whether hardly any element is where the law has none."""
    low, high = law.bounds
    reach = law.reach(len(sample), t)
    low, high = max(low, law.mean - reach), min(high, law.mean + reach)
    return bool(((sample < low) | (sample > high)).mean() < 0.002)


def _of_size(
    look: Look, s: Statistics, law: Law, initializer: Initializer, t: float
) -> Iterator[Finding]:
    """Yield what is wrong with the mean and the std."""
    name, n = look.parameter.name, s.finite
    std, mean = law.std, law.mean
    slack = _IMMATERIAL * std + epsilon_of(look.parameter.dtype) * abs(mean)
    if abs(s.mean - mean) > limits.of_mean(std, n, t) + slack:
        sure = "" if s.std == 0 else f", {abs(s.mean - mean) / (std / math.sqrt(n)):.0f} times its"
        error = f"{sure} sampling error off" if sure else ""
        yield finding("mean", name, f"mean {s.mean:.4g}, planned {mean:.4g}{error}")
    small, large = limits.of_variance(max(1, int(n * law.smallest_share)), t)
    found = math.sqrt(s.std**2 + (s.mean - mean) ** 2)
    low, high = math.sqrt(small) * std, math.sqrt(large) * std
    if not low - slack <= found <= high + slack and not low - slack <= s.std <= high + slack:
        cause = cause_of_std(s.std, std, look.parameter, initializer, n)
        yield finding("std", name, f"std {s.std:.4g}, planned {std:.4g}", cause)


def _beyond(look: Look, s: Statistics, law: Law, t: float) -> Iterator[Finding]:
    """Yield what is beyond the bounds, or the reach of so many draws."""
    name = look.parameter.name
    low, high = law.bounds
    room = epsilon_of(look.parameter.dtype)
    under, over = s.low < low - room * abs(low), s.high > high + room * abs(high)
    if under or over:
        evidence = f"an element is {s.low if under else s.high:.4g}"
        yield finding("bounds", name, f"{evidence}, planned within [{low:.4g}, {high:.4g}]")
        return
    reach = law.reach(s.finite, t) * (1 + room)
    far = max(abs(s.low - law.mean), abs(s.high - law.mean))
    if far > reach:
        evidence = f"an element is {far / law.std:.1f} std from the mean"
        evidence += f", where {s.count:,} draws reach {reach / law.std:.1f}"
        yield finding("outliers", name, evidence)


def _too_narrow(
    look: Look, s: Statistics, law: Law, initializer: Initializer, t: float
) -> Iterator[Finding]:
    """Yield that no element is as far out as some of so many normal draws are."""
    if len(law.parts) > 1 or not math.isinf(law.bounds[0]) or s.finite < _FEW:
        return
    far = max(abs(s.low - law.mean), abs(s.high - law.mean)) / law.std
    # Of n normal draws all are below z with a probability of (1 - 2 Q(z))^n. PyTorch's own in
    # bfloat16 end at 3.3, which is not what is looked for here.
    tail = math.erfc(far / math.sqrt(2))
    if far < 3.2 and -s.finite * math.log1p(-min(tail, 1 - 1e-9)) > t:
        evidence = f"none of {s.finite:,} elements is beyond {far:.2f} std"
        evidence += f", planned {initializer}"
        yield finding("distribution", look.parameter.name, evidence, "truncated, or uniform?")


def _distance(sample: np.ndarray, law: Law) -> float:
    """Return the greatest distance of a sample's distribution function from the law's."""
    x = np.sort(sample)
    n = len(x)
    # Equal numbers, as at an atom, count together: both sides are taken at the last and the first.
    above = np.searchsorted(x, x, side="right") / n
    below = np.searchsorted(x, x, side="left") / n
    at, before = law.cdf(x), law.cdf(np.nextafter(x, -np.inf))
    return float(max(np.abs(above - at).max(), np.abs(below - before).max()))


def against_sample(look: Look, one: np.ndarray, other: np.ndarray, t: float) -> Iterator[Finding]:
    """Yield how an array differs from two others that were made as it is to be.

    Elements that are equal in both are to be so here; the rest is of one distribution.
    """
    s, name = look.statistics, look.parameter.name
    if s is None or look.source is None or s.finite < s.count:
        return
    held = _numbers(look)
    fixed = one == other
    room = 4 * epsilon_of(look.parameter.dtype) * np.abs(one) + 1e-6 * np.abs(one).max(initial=0)
    wrong = fixed & (np.abs(held - one) > room)
    if wrong.any():
        at = int(wrong.argmax())
        where = tuple(int(i) for i in np.unravel_index(at, look.source.shape))
        evidence = (
            f"{int(wrong.sum()):,} of {held.size:,} elements are not as computed: "
            f"{held[at]:.4g} for {one[at]:.4g} at {where}"
        )
        zero_row = look.parameter.zero_row
        padding = zero_row is not None and where[0] == zero_row and one[at] == 0
        yield finding("padding row" if padding else "value", name, evidence)
    both = np.concatenate([one[~fixed], other[~fixed]])
    drawn = held[~fixed]
    if len(drawn) < 20 or wrong.any():
        return
    step = max(1, -(-len(drawn) // 10_000)) | 1
    drawn, both = drawn[::step], both[::step]
    # Values that stand in several places, as in an expanded row, count once.
    share = len(np.unique(both)) / len(both)
    allowed = limits.of_distance(max(1, int(share * len(drawn))), t, max(1, int(share * len(both))))
    x = np.sort(drawn)
    y = np.sort(both)
    at_all = np.concatenate([x, y])
    apart = np.searchsorted(x, at_all, side="right") / len(x)
    apart -= np.searchsorted(y, at_all, side="right") / len(y)
    found = float(np.abs(apart).max())
    if found > allowed + _ALIKE:
        evidence = f"its distribution is {found:.3f} from that of the net's own code"
        yield finding("distribution", name, f"{evidence}, by chance {allowed:.3f}")


def _numbers(look: Look) -> np.ndarray:
    from netinit.arrays.narrow import read_numbers

    assert look.source is not None
    held = np.concatenate([part.copy() for part in look.source.parts()])
    return read_numbers(held, look.source.dtype).astype(np.float64)
