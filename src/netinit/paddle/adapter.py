"""How `netinit.initialize` and `netinit.plan` see a layer of Paddle's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import paddle
from paddle.base import core

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.slice import Slice
from netinit.arrays.views import check_array
from netinit.paddle.arrays import as_array, note_write
from netinit.paddle.layers import rule_for
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.rule import kernel

__all__ = ["PaddleAdapter"]


class PaddleAdapter:
    """The adapter of Paddle's layers, whose tensors are written where they lie.

    A parameter that was made under ``paddle.LazyGuard`` is uninitialized, and gets its memory
    here. Tensors that are not floating-point are left as they are.

    Parameters
    ----------
    net : paddle.nn.Layer

    Raises
    ------
    TypeError
        If it is none.
    """

    framework = "paddle"

    def __init__(self, net: Any) -> None:
        if not isinstance(net, paddle.nn.Layer):
            raise TypeError(
                f"net must be a paddle.nn.Layer, not {type(net).__name__}; netinit.fill fills one "
                "tensor"
            )
        self._net = net
        self._parameters: dict[int, Parameter] = {}
        for name, layer, key, tensor in _walk(net):
            known = self._parameters.get(id(tensor))
            if known is not None:
                aliases = (*known.aliases, name)
                self._parameters[id(tensor)] = replace(known, aliases=aliases)
            elif _dtype(tensor) in DRAWN:
                self._parameters[id(tensor)] = _parameter(name, layer, key, tensor)

    def widen(self) -> None:
        """Do nothing: integers are the state of layers."""

    def parameters(self) -> Sequence[Parameter]:
        """Return a row for each floating-point parameter and buffer, each tensor once."""
        return list(self._parameters.values())

    def unfinished(self) -> Sequence[str]:
        """Return no names: whatever has no value has a row."""
        return ()

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get memory for what has none; check that all may be written."""
        made = {}
        for parameter in parameters:
            tensor = parameter.target
            if not tensor._is_initialized():
                made[parameter.name] = paddle.empty(tensor.shape, dtype=tensor.dtype)
            try:
                check_array(*as_array(made.get(parameter.name, tensor)))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{parameter.name!r}: {error}") from None
        for parameter in parameters:
            if parameter.name in made:
                made[parameter.name]._share_underline_tensor_to(parameter.target)

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the memory of a parameter, whole."""
        return (Slice(*as_array(parameter.target)),)

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Tell autograd of the writes; return the layer."""
        for parameter in parameters:
            note_write(parameter.target)
        return self._net

    def global_seed(self) -> int:
        """Draw 63 bits from Paddle's generator, which ``paddle.seed`` governs."""
        return int(core.default_cpu_generator().random()) >> 1


def _walk(net: Any) -> Iterator[tuple[str, Any, str, Any]]:
    """Yield each tensor with its name, its layer and its key there, a shared one several times."""
    for prefix, layer in net.named_sublayers(include_self=True):
        for held in (layer._parameters, layer._buffers):
            for key, tensor in held.items():
                if tensor is not None:
                    yield f"{prefix}.{key}" if prefix else key, layer, key, tensor


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).rpartition(".")[2]


def _parameter(name: str, layer: Any, key: str, tensor: Any) -> Parameter:
    shape = tuple(tensor.shape)
    guess = guess_parameter(
        name,
        shape,
        _dtype(tensor),
        initialized=bool(tensor._is_initialized()),
        kind="buffer" if key in layer._buffers else None,
        layer=type(layer).__name__,
        target=tensor,
    )
    rule = rule_for(layer, key)
    if rule is None and guess.role == "weight" and len(shape) == 2:
        # As Paddle's own fans have it.
        rule = replace(kernel(2), note="role guessed from name and shape: (in, out)")
    return guess if rule is None else rule.describe(guess)
