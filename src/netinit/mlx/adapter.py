"""How `netinit.initialize` and `netinit.plan` see a module of MLX's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import mlx.core as mx
from mlx import nn

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array
from netinit.mlx.draw import next_key
from netinit.mlx.layers import rule_for
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter

__all__ = ["MLXAdapter"]


class MLXAdapter:
    """The adapter of MLX's modules, whose arrays are replaced by new ones.

    Arrays have a value from the moment they are made, so they are initialized, though MLX may not
    have computed it yet: what is replaced before that never is. Quantized layers are left as they
    are, and so are arrays that are not floating-point, or whose name begins with an underscore.

    Parameters
    ----------
    net : mlx.nn.Module

    Raises
    ------
    TypeError
        If it is none.
    """

    framework = "mlx"

    def __init__(self, net: Any) -> None:
        if not isinstance(net, nn.Module):
            raise TypeError(
                f"net must be an mlx.nn.Module, not {type(net).__name__}; netinit.fill fills one "
                "array"
            )
        self._net = net
        self._parameters: dict[int, Parameter] = {}
        for name, layer, holder, key in _walk(net, net, ()):
            array = holder[key]
            known = self._parameters.get(id(array))
            if known is not None:
                known.target.append((holder, key))
                aliases = known.aliases
                if name != known.name and name not in aliases:
                    aliases = (*aliases, name)
                self._parameters[id(array)] = replace(known, aliases=aliases)
            elif _dtype(array) in DRAWN:
                self._parameters[id(array)] = _parameter(name, layer, holder, key)

    def widen(self) -> None:
        """Do nothing: integers are the weights of quantized layers."""

    def parameters(self) -> Sequence[Parameter]:
        """Return a row for each floating-point array, in the module's order, each once."""
        return list(self._parameters.values())

    def unfinished(self) -> Sequence[str]:
        """Return no names: every array has a value."""
        return ()

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Do nothing: memory is got for one array at a time."""

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the memory of a new array, whole; then put that in the old one's places."""
        made = mx.zeros(parameter.known_shape, getattr(mx, parameter.dtype))
        yield Slice(*as_array(made))
        for holder, key in parameter.target:
            holder[key] = made

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Return the module: its arrays have been replaced."""
        return self._net

    def global_seed(self) -> int:
        """Take the key of MLX's next draw, which ``mlx.core.random.seed`` governs."""
        return next_key() >> 1


def _walk(
    value: Any, layer: Any, path: tuple[str, ...]
) -> Iterator[tuple[str, Any, Any, int | str]]:
    """Yield each array's name, its layer, and the container and key where it stands.

    A module that stands in several places is gone through in each: its arrays have as many names.
    """
    if isinstance(value, nn.Module):
        layer = value
    if type(layer).__name__.startswith("Quantized"):
        return
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(child, mx.array):
            if not str(key).startswith("_"):
                yield ".".join((*path, str(key))), layer, value, key
        elif isinstance(child, (dict, list)):
            yield from _walk(child, layer, (*path, str(key)))


def _dtype(array: Any) -> str:
    return str(array.dtype).rpartition(".")[2]


def _parameter(name: str, layer: Any, holder: Any, key: int | str) -> Parameter:
    array = holder[key]
    guess = guess_parameter(
        name,
        tuple(array.shape),
        _dtype(array),
        initialized=True,
        layer=type(layer).__name__,
        target=[(holder, key)],
    )
    rule = rule_for(layer, str(key), array.ndim) if holder is layer else None
    return guess if rule is None else rule.describe(guess)
