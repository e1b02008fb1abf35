"""The protocol of an adapter, which walks a net and owns its memory; it draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from netinit.arrays.slice import Slice
from netinit.parameters.parameter import Parameter

__all__ = ["Adapter"]


class Adapter(Protocol):
    """What a framework's folder provides so that `initialize` and `plan` can serve its nets."""

    #: The framework's name, for messages.
    framework: str

    def widen(self) -> None:
        """Have rows for arrays of types that are stored and not drawn, too, where it knows them.

        Called first, if at all: the method has values for integers.
        """
        ...

    def parameters(self) -> Sequence[Parameter]:
        """Return every parameter and buffer in the net's own order, each storage once.

        One whose shape is unknown has ``shape=None``: `plan` shows it, `initialize` raises.
        """
        ...

    def unfinished(self) -> Sequence[str]:
        """Return the names of arrays without a row that have no value yet.

        `open` and `close` complete them, also where no parameter is selected.
        """
        ...

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield every array of the net as it is: its parameter, and its values.

        Those are its memory or a copy of it, in the dtype that stores them; None where the array
        has no value. Arrays that no parameter is for have rows too, where they can be looked at.
        """
        ...

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get memory for all of `parameters` before any is written.

        Raise, and change nothing, where that fails or where the net could not be completed.
        """
        ...

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the parameter's memory, whole or in parts that are filled one after the other.

        What gives them may go on, when all are filled, to hand the memory over. A sequence is of
        memory that stays, and may be filled after that of other parameters.
        """
        ...

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Mark `parameters`, all of them written now, as initialized; finish buffers.

        Return the net: a new one, where its kind cannot be changed in place.
        """
        ...

    def global_seed(self) -> int:
        """Draw a seed from the framework's global generator (``seed=netinit.Inherited``)."""
        ...
