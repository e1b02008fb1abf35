"""Initializers whose elements the core draws one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from netinit.streams.stream import Stream


__all__ = ["Core", "Distribution"]


#: What the core is told: kind, mean, std, low, high.
Core = tuple[str, float, float, float, float]


class Distribution(ABC):
    """The base of all distributions: Normal, Uniform, TruncatedNormal, Constant, Quantile.

    Attributes
    ----------
    mean, std : float or None
        The mean and the standard deviation of what is drawn; None where they are not known.
    constant : bool
        Whether every element gets the same value.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def mean(self) -> float | None:
        """The mean of what is drawn."""

    @property
    @abstractmethod
    def std(self) -> float | None:
        """The standard deviation of what is drawn."""

    @property
    @abstractmethod
    def constant(self) -> bool:
        """Whether every element gets the same value."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it is written in a recipe."""

    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Draw `out`, a slice at `start` of a logical array of `shape`, from `stream`."""
        from netinit.api.fill import (
            fill_array,  # floor above; here only for the initializer protocol
        )

        fill_array(out, dtype, self, stream, shape=shape, start=start, threads=threads)
