"""Recurrent layers: each gate's input weights, state weights and biases are arrays of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from netinit.nets.array_layer import ArrayInfo, ArrayLayer, bias
from netinit.nets.fields import Flag, Size
from netinit.nets.layer import Unary
from netinit.nets.layers.layouts import DenseOrder, arrange
from netinit.nets.shapes import Shape, show

__all__ = ["BasicRecurrentLayer", "GatedRecurrentLayer", "LongShortTermMemoryLayer"]


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
            rows[f"{gate}InputWeights"] = self._weights(None if shape is None else shape[-1])
            rows[f"{gate}StateWeights"] = self._weights(self.size)
            if self.biases:
                rows[f"{gate}Biases"] = bias(self.size)
        return rows

    def _weights(self, inputs: int | None) -> ArrayInfo:
        shape, layout = arrange(self.layout, {"output": (self.size,), "input": (inputs,)})
        return ArrayInfo(shape, layout=layout)


@dataclass(frozen=True, eq=False, repr=False)
class BasicRecurrentLayer(Recurrent):
    """A plain recurrent layer; see `Recurrent` for its fields.

    Arrays: InputWeights (size, input), StateWeights (size, size), Biases (size).
    """

    gates = ("",)


@dataclass(frozen=True, eq=False, repr=False)
class GatedRecurrentLayer(Recurrent):
    """A gated recurrent unit (GRU); see `Recurrent` for its fields.

    Arrays: InputWeights, StateWeights and Biases of InputGate, ResetGate and MemoryGate, as
    in ``ResetGateStateWeights``.
    """

    gates = ("InputGate", "ResetGate", "MemoryGate")


@dataclass(frozen=True, eq=False, repr=False)
class LongShortTermMemoryLayer(Recurrent):
    """A long short-term memory (LSTM); see `Recurrent` for its fields.

    Arrays: InputWeights, StateWeights and Biases of InputGate, OutputGate, ForgetGate and
    MemoryGate, as in ``ForgetGateBiases``.
    """

    gates = ("InputGate", "OutputGate", "ForgetGate", "MemoryGate")
