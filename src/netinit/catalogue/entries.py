"""The catalogue: every initializer by its name, with its formula and its source.

The functions of `netinit.numpy`, the names that `netinit.fill`, rules and the command line
accept, and docs/initializers.md go by these entries; an alias is a line of `ALIASES`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netinit.base.spelling import choose
from netinit.catalogue import formulas
from netinit.catalogue.sources import GLOROT, HE, LECUN
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.diagonal import DeltaOrthogonal, Dirac, Eye
from netinit.initializers.distributions import Constant, Normal, Uniform
from netinit.initializers.given import Given
from netinit.initializers.sparse import Sparse
from netinit.initializers.upsampling import Bilinear
from netinit.parameters.parameter import Parameter

__all__ = ["ALIASES", "ENTRIES", "NAMES", "Entry", "check_options", "entry_named"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An initializer of the catalogue.

    Attributes
    ----------
    rule : callable
        Takes a `Parameter`, then the options, and returns an `Initializer`.
    summary, formula, source : str
        What the elements are, in words and as a formula, and who published it.
    bound : mapping
        Options that the entry's name has settled.
    """

    rule: Callable[..., Initializer]
    summary: str
    formula: str
    source: str = ""
    bound: Mapping[str, Any] = field(default_factory=dict)

    def make(self, parameter: Parameter, *options: Any, **named: Any) -> Initializer:
        """Return the initializer for a parameter."""
        return self.rule(parameter, *options, **named, **self.bound)

    @property
    def options(self) -> Mapping[str, inspect.Parameter]:
        """The options' names, with their defaults."""
        _, *options = inspect.signature(self.rule).parameters.values()
        return {option.name: option for option in options if option.name not in self.bound}


_SHAPES = {
    "normal": ("Normal", "N(0, std²)"),
    "uniform": ("Uniform", "U[-√3 std, √3 std)"),
    "truncated_normal": (
        "Truncated normal",
        "N(0, s²) within ±2 s, s = std / 0.87962566103423978",
    ),
}
_SCALED = (
    ("xavier", formulas.xavier, "gain √(2 / (fan_in + fan_out))", GLOROT),
    ("kaiming", formulas.kaiming, "gain(nonlinearity, a) / √fan(mode)", HE),
    ("lecun", formulas.lecun, "gain / √fan_in", LECUN),
)

#: Every entry of the catalogue by its name.
ENTRIES: dict[str, Entry] = {
    "zeros": Entry(lambda parameter: Constant(0.0), "Zeros", "0"),
    "ones": Entry(lambda parameter: Constant(1.0), "Ones", "1"),
    "constant": Entry(lambda parameter, value=0.0: Constant(value), "One number", "value"),
    "given": Entry(lambda parameter, array: Given(array), "A given array, broadcast", "array"),
    "uniform": Entry(
        lambda parameter, low=0.0, high=1.0: Uniform(low, high), "Uniform", "U[low, high)"
    ),
    "normal": Entry(
        lambda parameter, mean=0.0, std=1.0: Normal(mean, std), "Normal", "N(mean, std²)"
    ),
    "truncated_normal": Entry(
        formulas.truncated_normal,
        "Normal kept within bounds, absolute or (sigmas) in units of std from the mean",
        "N(mean, std²) within [low, high], by default mean ± 2 std",
    ),
    "from_ppf": Entry(
        lambda parameter, distribution: as_distribution(distribution),
        "Any distribution",
        "by inversion of its quantile function (ppf)",
    ),
    "variance_scaling": Entry(
        formulas.variance_scaling,
        "The general rule",
        "mean 0, variance scale / fan(mode); fan_in, fan_out, (fan_in + fan_out) / 2 or "
        "√(fan_in fan_out)",
        f"{LECUN}; {GLOROT}; {HE}",
    ),
    **{
        f"{name}_{distribution}": Entry(
            rule,
            f"{word} of a variance that layers keep",
            f"{formula}, std = {std}",
            source,
            {"distribution": distribution},
        )
        for distribution, (word, formula) in _SHAPES.items()
        for name, rule, std, source in _SCALED
    },
    "fan_in_uniform": Entry(
        formulas.fan_in_uniform,
        "Uniform by the number of inputs; PyTorch's default for a layer, its bias included",
        "U[-1/√fan_in, 1/√fan_in), which is Kaiming's rule with a = √5",
        LECUN,
    ),
    "orthogonal": Entry(
        formulas.orthogonal,
        "Haar-distributed (semi-)orthogonal matrix out x (in, kernel)",
        "gain Q; Q Qᵀ = I where out ≤ in, else Qᵀ Q = I",
        "Saxe, McClelland, Ganguli, ICLR 2014; Mezzadri, 2007",
    ),
    "delta_orthogonal": Entry(
        lambda parameter, gain=1.0, kernel_first=True: DeltaOrthogonal(gain, kernel_first),
        "Orthogonal matrix in the centre of a convolution's kernel",
        "gain Q at (n - 1) // 2 of each kernel axis, 0 elsewhere",
        "Xiao, Bahri, Sohl-Dickstein, Schoenholz, Pennington, ICML 2018",
    ),
    "eye": Entry(
        lambda parameter, gain=1.0: Eye(gain), "Identity matrix", "gain where i = j, else 0"
    ),
    "noisy_identity": Entry(
        formulas.noisy_identity,
        "Identity map of any layout, plus noise that breaks symmetry",
        "1 where output = input at n // 2 of each kernel axis, plus noise",
    ),
    "dirac": Entry(
        lambda parameter, groups=1: Dirac(groups),
        "Convolution that hands its inputs on",
        "w[g out/groups + d, d, n // 2, ...] = 1, else 0",
        "Zagoruyko, Komodakis, DiracNets, 2017",
    ),
    "sparse": Entry(
        lambda parameter, sparsity, std=0.01: Sparse(sparsity, std),
        "Matrix with as many zeros in each column",
        "⌈sparsity rows⌉ zeros a column, the rest N(0, std²)",
        "Martens, ICML 2010",
    ),
    "bilinear": Entry(
        lambda parameter: Bilinear(),
        "Transposed convolution that interpolates linearly",
        "∏ (1 - |x / f - c|), f = ⌈n / 2⌉, c = (2 f - 1 - n mod 2) / (2 f)",
        "Long, Shelhamer, Darrell, CVPR 2015",
    ),
    "icnr": Entry(
        formulas.icnr,
        "Sub-pixel convolution without a checkerboard",
        "the kernels of the channels that become one are equal",
        "Aitken, Ledig, Theis, Caballero, Wang, Shi, 2017",
    ),
    "forget_bias": Entry(
        formulas.forget_bias,
        "An LSTM's bias (4 hidden), gates in the order input, forget, cell, output",
        "value in the second quarter, 0 elsewhere",
        "Gers, Schmidhuber, Cummins, 2000; Jozefowicz, Zaremba, Sutskever, ICML 2015",
    ),
    "siren": Entry(
        formulas.siren,
        "Layers with sine as nonlinearity",
        "first layer U[-1/fan_in, 1/fan_in), others U[-b, b), b = √(6 / fan_in) / omega",
        "Sitzmann, Martel, Bergman, Lindell, Wetzstein, NeurIPS 2020",
    ),
    "zero_hadamard": Entry(
        formulas.zero_hadamard,
        "Zeros and ones only: partial identity, or Hadamard where a layer widens",
        "I where out ≤ in, else I H I / 2^(c/2), c = ⌈log₂ out⌉",
        "Zhao, Schäfer, Anandkumar, ZerO, TMLR 2022",
    ),
}

#: Every other name of an entry.
ALIASES: dict[str, str] = {
    **{f"glorot_{kind}": f"xavier_{kind}" for kind in _SHAPES},
    **{f"he_{kind}": f"kaiming_{kind}" for kind in _SHAPES},
    "trunc_normal": "truncated_normal",
}
#: Every name, and the entry that it means.
NAMES: dict[str, str] = {**{name: name for name in ENTRIES}, **ALIASES}


def entry_named(name: str) -> Entry:
    """Return the entry of a name or alias, in any case.

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
    return ENTRIES[choose("initializer", name, NAMES)]


def check_options(name: str, entry: Entry, given: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Raise TypeError unless the options are those of the entry."""
    options = inspect.Signature(list(entry.options.values()))
    try:
        options.bind(*given, **named)
    except TypeError as error:
        raise TypeError(f"{name}: {error}; options: {', '.join(entry.options) or 'none'}") from None
