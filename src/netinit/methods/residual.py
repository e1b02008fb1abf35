"""Fixup: residual nets without normalization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from netinit.catalogue import formulas
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.methods.places import HEADS, named, set_counts_and_patterns
from netinit.methods.registry import register
from netinit.methods.scheme import Scheme
from netinit.parameters.parameter import Parameter

__all__ = ["Fixup"]


@register("Fixup")
@dataclass(frozen=True, slots=True)
class Fixup(Scheme):
    """Scale the layers of each residual branch by the number of branches; the last are zero.

    Parameters
    ----------
    branches : int
        How many residual branches the net has, L.
    depth : int, default 2
        How many layers a branch has, m, at least 2: 2 in basic blocks, 3 in bottlenecks.
    first : sequence of str or None
        Name patterns of the layers of a branch but for the last; None for ``*.conv1.weight``
        to ``*.conv{m - 1}.weight``.
    last : sequence of str or None
        Those of the last layer; None for ``*.conv{m}.weight``.
    head : sequence of str
        Those of the classifying layer, which is zero.

    Raises
    ------
    ValueError
        If `branches` is not given, or an option is not in its range.

    Warns
    -----
    UserWarning
        If no weight of the net is one of `first`, or of `last`. (A net without a head is usual.)

    Notes
    -----
    Kaiming's normal rule, times L**(-1 / (2 m - 2)) within a branch, so that a step of SGD
    changes the net's output by an amount that does not depend on the depth. Biases are 0. The
    scalar multipliers (1) and biases (0) that Fixup puts into branches are the net's own.
    Zhang, Dauphin, Ma: Fixup initialization: residual learning without normalization, ICLR
    2019.

    Examples
    --------
    >>> import netinit
    >>> method = netinit.methods.Fixup(branches=16)
    >>> print(method.weight(netinit.Parameter("layer1.0.conv1.weight", (8, 8, 2, 1))))
    Normal(0, 0.0884)
    >>> print(method.weight(netinit.Parameter("layer1.0.conv2.weight", (8, 8, 2, 1))))
    Constant(0)
    """

    name = "fixup"
    zeros_on_purpose: ClassVar[bool] = True
    without: ClassVar[Mapping[str, str]] = {
        "first": "no layer of a branch is scaled by branches**(-1 / (2 depth - 2))",
        "last": "no branch's last layer is zero",
    }

    branches: int | None = None
    depth: int = 2
    first: tuple[str, ...] | None = None
    last: tuple[str, ...] | None = None
    head: tuple[str, ...] = HEADS

    def __post_init__(self) -> None:
        given = [option for option in ("first", "last") if getattr(self, option) is not None]
        set_counts_and_patterns(self, {"branches": 1, "depth": 2}, [*given, "head"])

    def patterns(self, option: str) -> tuple[str, ...]:
        """Return the name patterns that an option stands for; None for those by `depth`."""
        given: tuple[str, ...] | None = getattr(self, option)
        if given is not None:
            return given
        numbers = range(1, self.depth) if option == "first" else (self.depth,)
        return tuple(f"*.conv{number}.weight" for number in numbers)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return Kaiming's normal rule with the factor of the weight's place, or zeros."""
        assert self.branches is not None
        if named(parameter.name, (*self.patterns("last"), *self.head)):
            return Constant(0.0)
        scale = 2.0
        if named(parameter.name, self.patterns("first")):
            scale *= self.branches ** (-1 / (self.depth - 1))
        return formulas.variance_scaling(parameter, scale, "fan_in", "normal")
