"""What one parameter is filled with, and from which stream."""

from __future__ import annotations

from dataclasses import dataclass

from netinit.initializers.base import Initializer
from netinit.parameters.parameter import Parameter
from netinit.streams.stream import Stream

__all__ = ["Assignment"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one parameter is filled with, and from which stream.

    Attributes
    ----------
    parameter : Parameter
    initializer : Initializer or None
        None where the parameter's shape is not known yet.
    seed : int or str
        The plan's.
    stream_name : str
        The name that the stream is of; "" for the parameter's own.
    remark : str
        What the method found about the parameter, for the plan.
    """

    parameter: Parameter
    initializer: Initializer | None
    seed: int | str
    stream_name: str = ""
    remark: str = ""

    @property
    def stream(self) -> Stream:
        """The stream; made at each question, since it takes more memory than all else here."""
        return Stream(self.seed, self.stream_name or self.parameter.name)

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The parameter's shape; None where it is not known yet."""
        return self.parameter.shape

    @property
    def dtype(self) -> str:
        """The parameter's dtype."""
        return self.parameter.dtype

    @property
    def role(self) -> str:
        """What the parameter is: "weight", "bias", ..."""
        return self.parameter.role

    @property
    def rule(self) -> str:
        """What fills the parameter, in words; "" where its shape is not known."""
        return "" if self.initializer is None else str(self.initializer)

    @property
    def note(self) -> str:
        """The remark on the parameter."""
        return self.parameter.note

    @property
    def fan_in(self) -> float:
        """How many values each output of the parameter's linear map is made from."""
        return self.parameter.fan_in

    @property
    def fan_out(self) -> float:
        """How many outputs each input of the parameter's linear map goes to."""
        return self.parameter.fan_out

    @property
    def mean(self) -> float | None:
        """The planned mean of the parameter's elements; None where it is not known."""
        return None if self.initializer is None else self.initializer.mean

    @property
    def std(self) -> float | None:
        """The planned standard deviation of the elements; None where it is not known."""
        return None if self.initializer is None else self.initializer.std
