"""NetAdapter: how `initialize` and `plan` see a layer, chain or graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.nets.following import NetSurroundings
from netinit.nets.held import Held
from netinit.nets.layer import Layer
from netinit.nets.walk import Home, parameters_of
from netinit.parameters.parameter import Parameter
from netinit.streams.seeds import numpy_global_seed

__all__ = ["NetAdapter"]


class NetAdapter:
    """Serves netinit's own layers, chains and graphs.

    New values come in new arrays, which take the old ones' places when all are written: a
    call that fails leaves the net as it was.

    Parameters
    ----------
    net : Layer

    Raises
    ------
    ValueError
        If two arrays have one name, or an array is shared with one that does not exist or
        that has another shape or dtype.
    """

    framework = "netinit"

    def __init__(self, net: Layer) -> None:
        self._net = net
        self._parameters = parameters_of(net, NetSurroundings(net))
        self._arrays: dict[str, np.ndarray] = {}

    def widen(self) -> None:
        """Do nothing: netinit's own layers have floating-point arrays alone."""

    def parameters(self) -> Sequence[Parameter]:
        """Return a parameter for each array, in the net's order, a shared one once."""
        return self._parameters

    def unfinished(self) -> Sequence[str]:
        """Return no names: every array has a parameter."""
        return ()

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield each array's parameter and its memory."""
        for parameter in self._parameters:
            home: Home = parameter.target
            held = home.layer.held.get(home.name)
            yield parameter, None if held is None else held.memory

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get new memory for all of `parameters`."""
        arrays = {}
        for parameter in parameters:
            # initialize lets no row without a shape come here.
            assert parameter.shape is not None
            arrays[parameter.name] = aligned_empty(parameter.shape, parameter.dtype)
        self._arrays = arrays

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the new memory of a parameter, whole."""
        return (Slice(self._arrays[parameter.name], parameter.dtype),)

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Hand the new arrays to their layers; return the net."""
        for parameter in parameters:
            home: Home = parameter.target
            home.layer.held[home.name] = Held(self._arrays[parameter.name], parameter.dtype)
        self._arrays = {}
        return self._net

    def global_seed(self) -> int:
        """Draw a seed from numpy's legacy global generator."""
        return numpy_global_seed()
