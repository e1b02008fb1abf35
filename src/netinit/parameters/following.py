"""What follows a layer: the nonlinearity that its output goes through, as a net shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from netinit.initializers.gains import SCALE_FREE, preserving_gain

__all__ = ["Following", "Surroundings"]


@dataclass(frozen=True, slots=True)
class Following:
    """The nonlinearity that the output of a layer goes through next.

    Parameters
    ----------
    nonlinearity : str or None
        A name of `netinit.initializers.gains.NONLINEARITIES`: "linear" where none follows; None
        where what follows could not be found.
    a : float, optional
        Its slope or alpha, as in `netinit.initializers.gain`.
    how : str, default ""
        Where it was found, for the plan: "fx", "tree", "graph".
    first : bool, default False
        Whether the layer takes the net's own input.

    Examples
    --------
    >>> from netinit.parameters.following import Following
    >>> print(Following("leaky_relu", 0.2, "fx"))
    leaky_relu(0.2) follows (fx)
    >>> print(Following("linear", how="fx"), Following(), sep="; ")
    nothing follows: linear (fx); not found: linear
    >>> print(Following("gelu", how="fx", first=True))
    gelu follows, after the net's input: gain 1 (fx)
    """

    nonlinearity: str | None = None
    a: float | None = None
    how: str = ""
    first: bool = False

    @property
    def gain(self) -> float:
        """What weights are multiplied by so that the layer's output keeps its second moment.

        Notes
        -----
        g = 1 / sqrt(E[f(z)**2]) of a standard normal z. Weights of variance g**2 / fan_in make
        of outputs of second moment q those of the next layer, of g**2 E[f(sqrt(q) z)**2], which
        is q for every q where f is free of scale (relu), and else where q = 1. So a layer that
        takes the net's own input, of second moment 1, has the gain 1 before the latter.
        """
        if self.nonlinearity is None or (self.first and not self._scale_free):
            return 1.0
        return preserving_gain(self.nonlinearity, self.a)

    @property
    def _scale_free(self) -> bool:
        return self.nonlinearity in SCALE_FREE

    def __str__(self) -> str:
        where = f" ({self.how})" if self.how else ""
        if self.nonlinearity is None:
            return f"not found: linear{where}"
        if self.nonlinearity == "linear":
            return f"nothing follows: linear{where}"
        name = self.nonlinearity if self.a is None else f"{self.nonlinearity}({self.a:g})"
        if self.first and not self._scale_free:
            return f"{name} follows, after the net's input: gain 1{where}"
        return f"{name} follows{where}"


class Surroundings(Protocol):
    """A net around a parameter, which looks at itself only when it is asked."""

    def following(self, target: Any) -> Following:
        """Return what follows the layer that owns a parameter, by the parameter's `target`."""
        ...
