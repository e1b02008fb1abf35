"""The protocol of an adapter, which walks a net and owns its memory; it draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from netinit.parameters.parameter import Parameter

__all__ = ["Adapter"]


class Adapter(Protocol):
    """What a framework's folder provides so that `initialize` and `plan` can serve its nets."""

    #: The framework's name, for messages.
    framework: str

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

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get memory for all of `parameters` before any is written.

        Raise, and change nothing, where that fails or where the net could not be completed.
        """
        ...

    def array(self, parameter: Parameter) -> np.ndarray:
        """Return a writable view of the parameter's memory, of its shape.

        Types that numpy lacks are viewed as unsigned integers
        (`netinit.arrays.dtypes.STORAGE`); the parameter's dtype says what they hold.
        """
        ...

    def close(self, parameters: Sequence[Parameter]) -> None:
        """Mark `parameters`, all of them written now, as initialized; finish buffers."""
        ...

    def global_seed(self) -> int:
        """Draw a seed from the framework's global generator (``seed=netinit.Inherited``)."""
        ...
