"""Recurrent layers: each gate's input weights, state weights and biases are arrays of their own."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from netinit.nets.array_layer import ArrayInfo, ArrayLayer, bias
from netinit.nets.fields import Flag, Size
from netinit.nets.layer import Unary
from netinit.nets.layers.elementwise import sigmoid
from netinit.nets.layers.layouts import DenseOrder, arrange, in_order
from netinit.nets.shapes import Shape, show

__all__ = ["BasicRecurrentLayer", "GatedRecurrentLayer", "LongShortTermMemoryLayer"]

#: What reaches each gate.
Gates = Mapping[str, np.ndarray]
#: The next state and memory.
Step = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class Recurrent(Unary, ArrayLayer):
    """What recurrent layers share: from a sequence of vectors to a sequence of states.

    Parameters
    ----------
    size : int
        The length of the state, which is each output vector.
    biases : bool, default True
        Whether there are biases.
    layout : str, default "output_input"
        The order of the axes of all weights; "input_output" stores (input, output).
    """

    #: The gates, in the order of the arrays; "" where there is one gate without a name.
    gates: ClassVar[tuple[str, ...]]

    size: Size
    _: KW_ONLY
    biases: Flag = True
    layout: DenseOrder = "output_input"

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the sequence's length and the state's size."""
        (shape,) = inputs
        if shape is None:
            return (None, self.size)
        if len(shape) != 2:
            raise ValueError(
                f"the input must be a sequence of vectors, as (None, 8), not {show(shape)}"
            )
        return (shape[0], self.size)

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the rows of all gates."""
        (shape,) = inputs
        rows: dict[str, ArrayInfo] = {}
        for gate in self.gates:
            rows[f"{gate}InputWeights"] = self._weights(shape[-1] if shape else None)
            rows[f"{gate}StateWeights"] = self._weights(self.size)
            if self.biases:
                rows[f"{gate}Biases"] = bias(self.size)
        return rows

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the states after each element of the sequence; the first follows zeros."""
        (x,) = inputs
        driven, recurrent = {}, {}
        for gate in self.gates:
            driven[gate] = x @ self._across(f"{gate}InputWeights")
            if self.biases:
                driven[gate] = driven[gate] + self.value(f"{gate}Biases")
            recurrent[gate] = self._across(f"{gate}StateWeights")
        state = np.zeros((len(x), self.size), x.dtype)
        memory, states = state, []
        for position in range(x.shape[1]):
            now = {gate: driven[gate][:, position] for gate in self.gates}
            fed = {gate: state @ recurrent[gate] for gate in self.gates}
            state, memory = self._step(now, fed, state, memory)
            states.append(state)
        return np.stack(states, axis=1)

    def _across(self, name: str) -> np.ndarray:
        return in_order(self.value(name), self.layout, ("input", "output"))

    @abc.abstractmethod
    def _step(self, x: Gates, s: Gates, state: np.ndarray, memory: np.ndarray) -> Step:
        """Return the next state and memory, from what input and state give to each gate."""

    def _weights(self, inputs: int | None) -> ArrayInfo:
        shape, layout = arrange(self.layout, {"output": (self.size,), "input": (inputs,)})
        return ArrayInfo(shape, layout=layout)


@dataclass(frozen=True, eq=False, repr=False)
class BasicRecurrentLayer(Recurrent):
    """A plain recurrent layer, s' = tanh(w.x + u.s + b); see `Recurrent` for its fields.

    Arrays: InputWeights (size, input), StateWeights (size, size), Biases (size).
    """

    gates = ("",)

    def _step(self, x: Gates, s: Gates, state: np.ndarray, memory: np.ndarray) -> Step:
        return np.tanh(x[""] + s[""]), memory


@dataclass(frozen=True, eq=False, repr=False)
class GatedRecurrentLayer(Recurrent):
    """A gated recurrent unit (GRU); see `Recurrent` for its fields.

    The gates i and r are logistic sigmoids of w.x + u.s + b, the memory is
    m = tanh(w.x + r (u.s) + b), and the next state (1 - i) m + i s.

    Arrays: InputWeights, StateWeights and Biases of InputGate, ResetGate and MemoryGate, as
    in ``ResetGateStateWeights``.
    """

    gates = ("InputGate", "ResetGate", "MemoryGate")

    def _step(self, x: Gates, s: Gates, state: np.ndarray, memory: np.ndarray) -> Step:
        keep, reset = (sigmoid(x[gate] + s[gate]) for gate in ("InputGate", "ResetGate"))
        new = np.tanh(x["MemoryGate"] + reset * s["MemoryGate"])
        return (1 - keep) * new + keep * state, memory


@dataclass(frozen=True, eq=False, repr=False)
class LongShortTermMemoryLayer(Recurrent):
    """A long short-term memory (LSTM); see `Recurrent` for its fields.

    The gates i, o and f are logistic sigmoids of w.x + u.s + b, m is the tanh of its own, the
    cell c' = f c + i m and the next state o tanh(c').

    Arrays: InputWeights, StateWeights and Biases of InputGate, OutputGate, ForgetGate and
    MemoryGate, as in ``ForgetGateBiases``.
    """

    gates = ("InputGate", "OutputGate", "ForgetGate", "MemoryGate")

    def _step(self, x: Gates, s: Gates, state: np.ndarray, memory: np.ndarray) -> Step:
        into, out, keep = (sigmoid(x[gate] + s[gate]) for gate in self.gates[:3])
        memory = keep * memory + into * np.tanh(x["MemoryGate"] + s["MemoryGate"])
        return out * np.tanh(memory), memory
