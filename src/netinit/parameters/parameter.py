"""A parameter: one array of a net, as its adapter describes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

from netinit.arrays.dtypes import DTYPES
from netinit.errors import UnresolvedShapeError
from netinit.initializers.base import Initializer
from netinit.parameters.following import Following, Surroundings
from netinit.parameters.learned import Learned
from netinit.shapes.fans import Fans, fans
from netinit.shapes.layout import Layout, piece_shapes

__all__ = ["Parameter", "made", "with_layer_fans"]

_fans = lru_cache(maxsize=4096)(fans)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One array of a net: what it is, and whether it needs a value.

    Attributes
    ----------
    name : str
        The canonical dotted path; it names the stream.
    shape : tuple of int, or None
        The whole logical array's shape; None where the net has not resolved it.
    dtype : str
        One of ``DTYPES``.
    role : str
        "weight", "bias", or what a fixed value is ("scale", "shift", "statistic", ...); shown
        in the plan and seen by predicates.
    layout : Layout or None
        For a weight: how its axes form a linear map. None where it has no fans.
    fixed : Initializer or None
        What the parameter is filled with whatever the method: a `Constant`, mostly.
    initialized : bool
        Whether it has a value that `initialize` must keep.
    kind : str
        "parameter" (learnable) or "buffer".
    layer : str
        The type of the layer that owns it, as its framework names it.
    aliases : tuple of str
        Other names of the same storage (tied weights).
    zero_row : int or None
        A row (index along axis 0) of zeros: an embedding's padding row.
    note : str
        A remark for the plan.
    known : bool
        Whether it is known what the parameter is for. One of which it is not keeps its value
        under every method, and has one under rules for it only.
    guessed : bool
        Whether its name and shape alone said so, in a net whose layers have types.
    settled : bool
        Whether its value is what it is filled with, and nothing that follows from another's.
    native : callable or None
        Asks the net's own code what it fills a parameter with; called with its name, and with what
        builds such a net or None, it returns a `Learned`, or None where no code tells.
    target : object
        The adapter's own handle; nobody else looks into it.
    fans : Fans or None
        The fans, where they are not those of the array's own layout: a bias has those of its
        layer's weight.
    persistent : bool
        Whether files of the net hold it; buffers that the net makes again are left out of them.
    surroundings : Surroundings or None
        The net around it, asked for what follows the layer; None where the net is not known.

    Examples
    --------
    >>> from netinit import Parameter
    >>> weight = Parameter("conv.weight", (64, 32, 3, 3))
    >>> weight.fan_in, weight.fan_out
    (288, 576)
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: str = "float32"
    role: str = "weight"
    layout: Layout | None = None
    fixed: Initializer | None = None
    initialized: bool = False
    kind: str = "parameter"
    layer: str = ""
    aliases: tuple[str, ...] = ()
    zero_row: int | None = None
    note: str = ""
    known: bool = True
    guessed: bool = False
    settled: bool = False
    native: Callable[[str, Any], Learned | None] | None = field(
        default=None, repr=False, compare=False
    )
    target: Any = field(default=None, repr=False, compare=False)
    fans: Fans | None = None
    persistent: bool = True
    surroundings: Surroundings | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """The number of elements; 0 while the shape is not resolved."""
        return math.prod(self.shape) if self.shape is not None else 0

    @property
    def nbytes(self) -> int:
        """The number of bytes of the array in its dtype."""
        return self.size * DTYPES[self.dtype]

    @property
    def known_shape(self) -> tuple[int, ...]:
        """The shape; `UnresolvedShapeError` where it is not known."""
        if self.shape is None:
            raise UnresolvedShapeError(f"the shape of parameter {self.name!r} is not known")
        return self.shape

    @property
    def fan_in(self) -> float:
        """How many values each output of the linear map is made from."""
        return self._fans().fan_in

    @property
    def fan_out(self) -> float:
        """How many outputs each input of the linear map goes to."""
        return self._fans().fan_out

    @property
    def pieces(self) -> tuple[Parameter, ...]:
        """The pieces of its layout, each a map with its own fans; itself where it has none.

        `fan_in` and `fan_out` are those of the largest.

        Examples
        --------
        >>> from netinit import Layout, Parameter
        >>> qkv = Parameter("qkv", (96, 64), layout=Layout((0,), (1,), pieces=(64, 16, 16)))
        >>> [piece.fan_out for piece in qkv.pieces]
        [64, 16, 16]
        """
        layout = self.layout
        if layout is None or not layout.pieces or self.fans is not None:
            return (self,)
        alone = replace(layout, pieces=())
        shapes = piece_shapes(self.known_shape, layout)
        return tuple(replace(self, shape=shape, layout=alone) for shape in shapes)

    def _fans(self) -> Fans:
        return self.fans if self.fans is not None else _fans(self.known_shape, self.layout)

    @property
    def follows(self) -> Following | None:
        """What the layer's output goes through next; None where nothing is known of the net."""
        return None if self.surroundings is None else self.surroundings.following(self.target)

    @property
    def owner(self) -> str:
        """The dotted name of the layer: the name without its last part."""
        return self.name.rpartition(".")[0]


def with_layer_fans(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Return a net's parameters, each bias with the fans of its layer's weight.

    Examples
    --------
    >>> from netinit import Parameter
    >>> from netinit.parameters.parameter import with_layer_fans
    >>> net = [Parameter("fc.weight", (3, 5)), Parameter("fc.bias", (3,), role="bias")]
    >>> with_layer_fans(net)[1].fan_in
    5
    """
    parameters = list(parameters)
    layers: dict[str, Fans] = {}
    for p in parameters:
        if p.role == "weight" and p.shape is not None and (owner := p.owner) not in layers:
            try:
                layers[owner] = p._fans()
            except ValueError:  # a layout that does not fit: said when the weight is planned
                continue
    for k, p in enumerate(parameters):
        if p.role == "bias" and p.fans is None and (fans := layers.get(p.owner)) is not None:
            parameters[k] = made(p, fans=fans)
    return parameters


class _Open:
    """A parameter whose attributes can be set, until its class is `Parameter`."""

    __slots__ = tuple(each.name for each in fields(Parameter))


_values_of: Callable[[Parameter], tuple[Any, ...]] = attrgetter(*_Open.__slots__)


def made(parameter: Parameter, **changes: Any) -> Parameter:
    """Return a copy with changes, which are not looked at.

    Large nets have so many parameters that `dataclasses.replace`, or the constructor, which sets
    each attribute of a frozen class by a call, takes a tenth of a plan's time.

    Examples
    --------
    >>> from netinit import Parameter
    >>> from netinit.parameters.parameter import made
    >>> made(Parameter("a", (3, 5)), name="b").fan_in
    5
    """
    copy: Any = _Open()
    (
        copy.name, copy.shape, copy.dtype, copy.role, copy.layout, copy.fixed, copy.initialized,
        copy.kind, copy.layer, copy.aliases, copy.zero_row, copy.note, copy.known, copy.guessed,
        copy.settled, copy.native, copy.target, copy.fans, copy.persistent, copy.surroundings,
    ) = _values_of(parameter)  # fmt: skip
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.__class__ = Parameter
    same: Parameter = copy
    return same
