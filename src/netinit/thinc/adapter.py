"""How `netinit.initialize` and `netinit.plan` see a Thinc model."""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from thinc.api import Model

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.streams.seeds import numpy_global_seed
from netinit.thinc.layers import rule_for, shape_of
from netinit.thinc.walk import Place, walk

__all__ = ["ThincAdapter"]


class ThincAdapter:
    """The adapter of Thinc models, whose parameters are set.

    A parameter that is not set is uninitialized; its shape is known where the dimensions of its
    layer are. An LSTM's weights and biases, which Thinc packs in one vector, are left as they
    are, and so is what a shim wraps, as a module of PyTorch.

    Parameters
    ----------
    net : thinc.model.Model

    Raises
    ------
    TypeError
        If it is none.
    """

    framework = "thinc"

    def __init__(self, net: Any) -> None:
        if not isinstance(net, Model):
            raise TypeError(f"net must be a Thinc model, not {type(net).__name__}")
        self._net = net
        self._parameters: dict[tuple[int, str], Parameter] = {}
        for place in walk(net):
            key = place.node.id, place.key
            known = self._parameters.get(key)
            if known is not None:
                self._parameters[key] = replace(known, aliases=(*known.aliases, place.name))
            else:
                parameter = _parameter(place)
                if parameter.dtype in DRAWN:
                    self._parameters[key] = parameter

    def widen(self) -> None:
        """Do nothing: Thinc's layers have floating-point parameters alone."""

    def parameters(self) -> Sequence[Parameter]:
        """Return a parameter for each floating-point one of the model, in the model's order."""
        return list(self._parameters.values())

    def unfinished(self) -> Sequence[str]:
        """Return no names: all that is not set has a parameter."""
        return ()

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield each parameter and its array, or a copy of it where that is on a device."""
        for parameter in self._parameters.values():
            node, key = parameter.target
            is_set = node.has_param(key)
            yield parameter, node.ops.to_numpy(node.get_param(key)) if is_set else None

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Do nothing: memory is got for one parameter at a time."""

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give new memory for a parameter, whole; then set it, on the device of its layer."""
        memory = aligned_empty(parameter.known_shape, parameter.dtype)
        yield Slice(memory, parameter.dtype)
        node, key = parameter.target
        node.set_param(key, node.ops.asarray(memory))

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Return the model: every parameter has been set."""
        return self._net

    def global_seed(self) -> int:
        """Draw a seed from numpy's legacy global generator, which fix_random_seed governs."""
        return numpy_global_seed()


def _parameter(place: Place) -> Parameter:
    """Return a parameter, by the names that Thinc's layers use, or by its own name."""
    node, key = place.node, place.key
    shape, is_set = shape_of(node, key), bool(node.has_param(key))
    guess = guess_parameter(
        place.name,
        shape,
        node.get_param(key).dtype.name if is_set else "float32",
        initialized=is_set,
        layer=place.layer,
        target=(node, key),
    )
    if key == "LSTM" and is_set:
        return replace(guess, kind="buffer", note="weights and biases in one: left as they are")
    rule = rule_for(node, key, shape)
    return guess if rule is None else rule.describe(guess)
