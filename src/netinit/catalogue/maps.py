"""Formulas asked for each map of an array in which several are packed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.packed import Maps, Parts
from netinit.parameters.parameter import Parameter
from netinit.shapes.layout import Layout

__all__ = ["by_map", "packed"]

P = ParamSpec("P")
Formula = Callable[Concatenate[Parameter, P], Initializer]


def by_map(formula: Formula[P]) -> Formula[P]:
    """Return a formula that is asked for each piece of a parameter's layout.

    Pieces of one distribution are filled as one array, others as the parts that they are.

    Examples
    --------
    >>> from netinit import Layout, Parameter
    >>> from netinit.catalogue import formulas
    >>> qkv = Parameter("qkv", (150, 50), layout=Layout((0,), (1,), pieces=(100, 25, 25)))
    >>> print(formulas.lecun(qkv))
    Normal(0, 0.141)
    >>> print(formulas.xavier(qkv))
    Parts(Normal(0, 0.115), Normal(0, 0.163), Normal(0, 0.163))
    """

    @wraps(formula)
    def asked(parameter: Parameter, /, *options: P.args, **named: P.kwargs) -> Initializer:
        pieces = parameter.pieces
        if pieces[0] is parameter:
            return formula(parameter, *options, **named)
        assert parameter.layout is not None
        made = [formula(piece, *options, **named) for piece in pieces]
        return packed(made, parameter.layout)

    return cast(Formula[P], asked)


def packed(made: list[Initializer], layout: Layout) -> Initializer:
    """Return what fills an array of a layout with pieces from what fills each piece."""
    if not all(isinstance(one, Distribution) for one in made):
        return Maps(made, layout.pieces, layout.piece_axis)
    if all(one == made[0] for one in made):
        return made[0]
    return Parts(made, layout.piece_axis, layout.pieces)
