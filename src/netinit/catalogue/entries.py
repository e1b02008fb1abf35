"""The catalogue: every initializer by its name, with its formula and its source.

A row says how an initializer is made from where it is needed (`Where`: a shape, its fans) and
a few options. `netinit.create` and the functions beside it, `netinit.init_all`, and
docs/initializers.md are made from these rows; an alias is a row of `ALIASES`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netinit.base.checks import number
from netinit.base.spelling import choose
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers.gains import gain as gain_of
from netinit.initializers.identity import IdentityMatrix
from netinit.initializers.orthogonal import OrthogonalMatrix
from netinit.initializers.variance_scaling import SCALINGS, Scaling, fan_of, spread
from netinit.patterns import (
    ICNR,
    Bilinear,
    DeltaOrthogonal,
    Dirac,
    Eye,
    Given,
    Hadamard,
    Parts,
    Sparse,
)
from netinit.shapes.layout import Layout, block_shape, layout_of

__all__ = ["ALIASES", "ROWS", "Entry", "Where", "check_options", "entry_named"]


@dataclass(frozen=True, slots=True)
class Where:
    """What an initializer is needed for.

    Attributes
    ----------
    shape : tuple of int
        The whole logical array's.
    fan_in, fan_out : float
        Of the array's linear map; a bias has those of its layer's weight.
    layout : Layout or None
        Which axes of the array are outputs and inputs; None for (out, in, *kernel).
    """

    shape: tuple[int, ...]
    fan_in: float
    fan_out: float
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the catalogue.

    Attributes
    ----------
    make : callable
        Takes a `Where`, then the options, and returns an `Initializer`.
    summary, formula, source : str
        What the elements are, in words and as a formula, and who published it.
    """

    make: Callable[..., Initializer]
    summary: str
    formula: str
    source: str = ""

    @property
    def options(self) -> Mapping[str, inspect.Parameter]:
        """The options' names, with their defaults."""
        _, *options = inspect.signature(self.make).parameters.values()
        return {option.name: option for option in options}


def _truncated_normal(
    where: Where,
    mean: float = 0.0,
    std: float = 1.0,
    low: float | None = None,
    high: float | None = None,
    sigmas: bool = False,
) -> Initializer:
    if sigmas:
        low, high = (b if b is None else mean + b * std for b in (low, high))
    return TruncatedNormal(mean, std, low, high)


def _variance_scaling(
    where: Where,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> Initializer:
    return Scaling(scale, mode, distribution).of_fans(where.fan_in, where.fan_out)


def _scaling(name: str) -> Callable[..., Initializer]:
    """Return what makes a named row of `SCALINGS`, times a gain."""
    row = SCALINGS[name]

    def make(where: Where, gain: float = 1.0) -> Initializer:
        std = number("gain", gain) * row.std(where.fan_in, where.fan_out)
        return spread(row.distribution, std) if std else Constant(0.0)

    return make


def _kaiming(distribution: str) -> Callable[..., Initializer]:
    """Return what makes Kaiming's rule with a distribution."""

    def make(
        where: Where, mode: str = "fan_in", nonlinearity: str = "relu", a: float = 0.0
    ) -> Initializer:
        fan = fan_of(mode, where.fan_in, where.fan_out)
        std = gain_of(nonlinearity, a) / math.sqrt(fan) if fan else 0.0
        return spread(distribution, std) if std else Constant(0.0)

    return make


def _fan_in_uniform(where: Where) -> Initializer:
    return Scaling(1 / 3, "fan_in", "uniform").of_fans(where.fan_in, where.fan_out)


def _siren(where: Where, omega: float = 30.0, first: bool = False) -> Initializer:
    if not where.fan_in:
        return Constant(0.0)
    bound = 1 / where.fan_in if first else math.sqrt(6 / where.fan_in) / omega
    return Uniform(-bound, bound)


def _identity(where: Where, noise: Any = 0.01) -> Initializer:
    layout = layout_of(where.shape, where.layout)
    return IdentityMatrix(as_distribution(noise, "noise"), layout)


def _zero(where: Where) -> Initializer:
    layout = layout_of(where.shape, where.layout)
    block = block_shape(where.shape, layout)
    outputs, inputs = (
        math.prod(block[axis] for axis in axes) for axes in (layout.out_axes, layout.in_axes)
    )
    return IdentityMatrix(Constant(0.0), layout) if outputs <= inputs else Hadamard(layout)


def _orthogonal(where: Where, gain: float = 1.0) -> Initializer:
    return OrthogonalMatrix(gain, layout_of(where.shape, where.layout))


def _icnr(
    where: Where, copies: int = 4, distribution: Any = None, axis: int = 0, tiled: bool = False
) -> Initializer:
    if distribution is None:  # Kaiming's normal, whose fan_in is that of one pixel's kernels too
        distribution = _kaiming("normal")(where)
    return ICNR(distribution, copies, axis, tiled)


def _forget_bias(where: Where, value: float = 1.0) -> Initializer:
    return Parts([Constant(c) for c in (0.0, value, 0.0, 0.0)])


_GLOROT = "Glorot, Bengio, AISTATS 2010"

_HE = "He, Zhang, Ren, Sun, ICCV 2015"

_LECUN = "LeCun, Bottou, Orr, Müller, Efficient BackProp, 1998"

_SHAPES = {
    "normal": ("Normal", "N(0, std²)"),
    "uniform": ("Uniform", "U[-√3 std, √3 std)"),
    "truncated_normal": (
        "Truncated normal",
        "N(0, s²) within ±2 s, s = std / 0.87962566103423978",
    ),
}


def _scaled_rows() -> dict[str, Entry]:
    """Return the rows of xavier, kaiming and lecun for each distribution."""
    rows = {}
    for distribution, (word, formula) in _SHAPES.items():
        for name, std, source, make in (
            ("xavier", "gain √(2 / (fan_in + fan_out))", _GLOROT, _scaling),
            ("kaiming", "gain(nonlinearity, a) / √fan(mode)", _HE, None),
            ("lecun", "gain / √fan_in", _LECUN, _scaling),
        ):
            full = f"{name}_{distribution}"
            rows[full] = Entry(
                _kaiming(distribution) if make is None else make(full),
                f"{word} of a variance that layers keep",
                f"{formula}, std = {std}",
                source,
            )
    return rows


#: Every row of the catalogue by its name.
ROWS: dict[str, Entry] = {
    "zeros": Entry(lambda where: Constant(0.0), "Zeros", "0"),
    "ones": Entry(lambda where: Constant(1.0), "Ones", "1"),
    "constant": Entry(lambda where, value=0.0: Constant(value), "One number", "value"),
    "given": Entry(lambda where, array: Given(array), "A given array, broadcast", "array"),
    "uniform": Entry(
        lambda where, low=0.0, high=1.0: Uniform(low, high), "Uniform", "U[low, high)"
    ),
    "normal": Entry(lambda where, mean=0.0, std=1.0: Normal(mean, std), "Normal", "N(mean, std²)"),
    "truncated_normal": Entry(
        _truncated_normal,
        "Normal kept within bounds, absolute or (sigmas) in units of std from the mean",
        "N(mean, std²) within [low, high], by default mean ± 2 std",
    ),
    "random": Entry(
        lambda where, distribution: as_distribution(distribution),
        "Any distribution",
        "by inversion of its quantile function (ppf)",
    ),
    "variance_scaling": Entry(
        _variance_scaling,
        "The general rule",
        "mean 0, variance scale / fan(mode); fan_in, fan_out, (fan_in + fan_out) / 2 or "
        "√(fan_in fan_out)",
        f"{_LECUN}; {_GLOROT}; {_HE}",
    ),
    **_scaled_rows(),
    "fan_in_uniform": Entry(
        _fan_in_uniform,
        "Uniform by the number of inputs; PyTorch's default for a layer, its bias included",
        "U[-1/√fan_in, 1/√fan_in), which is Kaiming's rule with a = √5",
        _LECUN,
    ),
    "orthogonal": Entry(
        _orthogonal,
        "Haar-distributed (semi-)orthogonal matrix out x (in, kernel)",
        "gain Q; Q Qᵀ = I where out ≤ in, else Qᵀ Q = I",
        "Saxe, McClelland, Ganguli, ICLR 2014; Mezzadri, 2007",
    ),
    "delta_orthogonal": Entry(
        lambda where, gain=1.0, kernel_first=True: DeltaOrthogonal(gain, kernel_first),
        "Orthogonal matrix in the centre of a convolution's kernel",
        "gain Q at (n - 1) // 2 of each kernel axis, 0 elsewhere",
        "Xiao, Bahri, Sohl-Dickstein, Schoenholz, Pennington, ICML 2018",
    ),
    "eye": Entry(lambda where, gain=1.0: Eye(gain), "Identity matrix", "gain where i = j, else 0"),
    "identity": Entry(
        _identity,
        "Identity map of any layout, plus noise that breaks symmetry",
        "1 where output = input at n // 2 of each kernel axis, plus noise",
    ),
    "dirac": Entry(
        lambda where, groups=1: Dirac(groups),
        "Convolution that hands its inputs on",
        "w[g out/groups + d, d, n // 2, ...] = 1, else 0",
        "Zagoruyko, Komodakis, DiracNets, 2017",
    ),
    "sparse": Entry(
        lambda where, sparsity, std=0.01: Sparse(sparsity, std),
        "Matrix with as many zeros in each column",
        "⌈sparsity rows⌉ zeros a column, the rest N(0, std²)",
        "Martens, ICML 2010",
    ),
    "bilinear": Entry(
        lambda where: Bilinear(),
        "Transposed convolution that interpolates linearly",
        "∏ (1 - |x / f - c|), f = ⌈n / 2⌉, c = (2 f - 1 - n mod 2) / (2 f)",
        "Long, Shelhamer, Darrell, CVPR 2015",
    ),
    "icnr": Entry(
        _icnr,
        "Sub-pixel convolution without a checkerboard",
        "the kernels of the channels that become one are equal",
        "Aitken, Ledig, Theis, Caballero, Wang, Shi, 2017",
    ),
    "forget_bias": Entry(
        _forget_bias,
        "An LSTM's bias (4 hidden), gates in the order input, forget, cell, output",
        "value in the second quarter, 0 elsewhere",
        "Gers, Schmidhuber, Cummins, 2000; Jozefowicz, Zaremba, Sutskever, ICML 2015",
    ),
    "siren": Entry(
        _siren,
        "Layers with sine as nonlinearity",
        "first layer U[-1/fan_in, 1/fan_in), others U[-b, b), b = √(6 / fan_in) / omega",
        "Sitzmann, Martel, Bergman, Lindell, Wetzstein, NeurIPS 2020",
    ),
    "zero": Entry(
        _zero,
        "Zeros and ones only: partial identity, or Hadamard where a layer widens",
        "I where out ≤ in, else I H I / 2^(c/2), c = ⌈log₂ out⌉",
        "Zhao, Schäfer, Anandkumar, ZerO, TMLR 2022",
    ),
}

#: Every other name of a row.
ALIASES: dict[str, str] = {
    **{f"glorot_{kind}": f"xavier_{kind}" for kind in _SHAPES},
    **{f"he_{kind}": f"kaiming_{kind}" for kind in _SHAPES},
    "trunc_normal": "truncated_normal",
}

_NAMES: dict[str, str] = {**{name: name for name in ROWS}, **ALIASES}


def entry_named(name: str) -> Entry:
    """Return the row of a name or alias, in any case.

    Raises
    ------
    ValueError
        If there is none; the nearest name is named.

    Examples
    --------
    >>> from netinit.catalogue.entries import entry_named
    >>> entry_named("Glorot_Normal").source
    'Glorot, Bengio, AISTATS 2010'
    """
    return ROWS[choose("initializer", name, _NAMES)]


def check_options(name: str, entry: Entry, given: Sequence[Any], named: dict[str, Any]) -> None:
    """Raise TypeError unless the options are those of the row."""
    try:
        inspect.signature(entry.make).bind(None, *given, **named)
    except TypeError as error:
        raise TypeError(f"{name}: {error}; options: {', '.join(entry.options) or 'none'}") from None
