"""How `netinit.initialize` and `netinit.plan` see a Keras model."""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from netinit.arrays.dtypes import DRAWN, STORAGE, array_dtype
from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.keras.layers import rule_for
from netinit.keras.walk import Place, walk
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.rule import kernel

__all__ = ["KerasAdapter"]


class KerasAdapter:
    """The adapter of Keras models and layers, whose variables are assigned to.

    Variables have a value from the moment they are made, so they are initialized. A layer that
    is not built has none yet: a parameter of unknown shape stands for it. The state of seed
    generators is left as it is, and so are variables that are not floating-point.

    Parameters
    ----------
    net : keras.Model or keras.Layer

    Raises
    ------
    TypeError
        If it is neither.
    """

    framework = "keras"

    def __init__(self, net: Any) -> None:
        if not isinstance(net, keras.layers.Layer):
            raise TypeError(f"net must be a Keras model or layer, not {type(net).__name__}")
        self._net = net
        self._parameters: dict[int, Parameter] = {}
        for place in walk(net):
            self._add(place)

    def widen(self) -> None:
        """Do nothing: integer variables are counters and seeds, which are kept."""

    def parameters(self) -> Sequence[Parameter]:
        """Return a parameter for each floating-point variable, in the model's order."""
        return list(self._parameters.values())

    def unfinished(self) -> Sequence[str]:
        """Return no names: every variable has a value."""
        return ()

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield each variable's parameter and a copy of its value."""
        for parameter in self._parameters.values():
            if parameter.shape is None:
                yield parameter, None
                continue
            value = np.asarray(keras.ops.convert_to_numpy(parameter.target.value))
            yield parameter, value.view(STORAGE[parameter.dtype])

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Check that each type can be handed over; Keras has the memory already."""
        for parameter in parameters:
            array_dtype(parameter.dtype)

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give new memory for a variable, whole; then assign it.

        Backends may keep memory as it is, so that it is the variable's own from then on.
        """
        memory = aligned_empty(parameter.known_shape, parameter.dtype)
        yield Slice(memory, parameter.dtype)
        array = memory.view(array_dtype(parameter.dtype))
        variable = parameter.target
        variable.assign(keras.ops.convert_to_tensor(array, parameter.dtype))

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Return the model: every variable has been assigned to."""
        return self._net

    def global_seed(self) -> int:
        """Draw 63 bits from Python's generator, as Keras does: set_random_seed governs it."""
        return random.getrandbits(63)

    def _add(self, place: Place) -> None:
        variable = place.variable
        key = id(place.layer if variable is None else variable)
        known = self._parameters.get(key)
        if known is not None:
            if known.note and variable is not None:  # a wrapper has the variables of its layer
                known = replace(_parameter(place), name=known.name, aliases=known.aliases)
            self._parameters[key] = replace(known, aliases=(*known.aliases, place.name))
        elif variable is None:
            self._parameters[key] = Parameter(
                place.name, None, layer=type(place.layer).__name__, note="the layer is not built"
            )
        elif variable.dtype in DRAWN:
            self._parameters[key] = _parameter(place)


def _parameter(place: Place) -> Parameter:
    """Return the parameter of a variable, by its layer where that is known, or by its name."""
    variable, shape = place.variable, tuple(place.variable.shape)
    guess = guess_parameter(
        place.name,
        shape,
        variable.dtype,
        initialized=True,
        layer=type(place.layer).__name__,
        target=variable,
    )
    rule = rule_for(place.layer, variable.name, shape)
    if rule is not None:
        return rule.describe(guess)
    if not place.trainable and guess.fixed is None:
        return replace(guess, kind="buffer", note="state of its layer")
    if guess.role == "weight":
        return replace(
            kernel(len(shape)), note="role guessed from name and shape: (..., in, out)"
        ).describe(guess)
    return guess
