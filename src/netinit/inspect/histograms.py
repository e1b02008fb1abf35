"""`netinit.inspect.histogram`: each parameter's values, and the density they were planned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.base.spelling import listing
from netinit.initializers.base import Initializer
from netinit.inspect.arrays import arrays_of
from netinit.inspect.figures import histogram_figure
from netinit.inspect.planned import density_of, distance
from netinit.inspect.result import Result, aligned, short
from netinit.plans.plan import Plan

__all__ = ["Histogram", "Histograms", "histogram", "histograms_of"]

#: The distance that one of 100,000 samples of the planned distribution exceeds: nets have hundreds
#: of parameters.
_FAR = 2.5


@dataclass(frozen=True, slots=True)
class Histogram:
    """The values of one parameter.

    Attributes
    ----------
    name : str
    shape : tuple of int
    mean, std, low, high : float
    counts, edges : numpy.ndarray
        How many values lie between neighbouring edges.
    planned : Initializer or None
    distance : float or None
        The Kolmogorov-Smirnov statistic times the root of the number of values; None where
        nothing is planned, or nothing that has a density.
    """

    name: str
    shape: tuple[int, ...]
    mean: float
    std: float
    low: float
    high: float
    counts: np.ndarray
    edges: np.ndarray
    planned: Initializer | None
    distance: float | None

    @property
    def as_planned(self) -> bool | None:
        """Whether the values may be a sample of what is planned; None where nothing tells."""
        if self.planned is not None and self.planned.constant:
            return bool(self.low == self.high and np.isclose(self.low, self.planned.mean or 0.0))
        if self.distance is None:
            return None
        return self.distance < _FAR


@dataclass(frozen=True, slots=True)
class Histograms(Result):
    """The values of a net's parameters; see `histogram`.

    Attributes
    ----------
    layers : tuple of Histogram
    """

    layers: tuple[Histogram, ...]

    def __getitem__(self, name: str) -> Histogram:
        """Return the histogram of a parameter."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"{name!r} is not here; there are {listing(x.name for x in self.layers)}")

    def verdict(self) -> str:
        """Return in a sentence which parameters are as planned."""
        told = [layer for layer in self.layers if layer.as_planned is not None]
        wrong = [layer.name for layer in told if not layer.as_planned]
        if not told:
            return f"{len(self.layers)} parameters; nothing is planned for them."
        if not wrong:
            return f"All {len(told)} parameters with a plan are as planned."
        return f"{len(wrong)} of {len(told)} parameters are not as planned: {listing(wrong)}."

    def __str__(self) -> str:
        head = ["parameter", "shape", "mean", "std", "least", "greatest", "planned", "as planned"]
        words = {True: "yes", False: "NO", None: ""}
        rows = [
            [
                *(layer.name, " x ".join(map(str, layer.shape)), short(layer.mean)),
                *(short(layer.std), short(layer.low), short(layer.high)),
                *("" if layer.planned is None else str(layer.planned), words[layer.as_planned]),
            ]
            for layer in self.layers
        ]
        return "\n".join([self.verdict(), "", *aligned(head, rows)])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the words, of Python's own types."""
        layers = [
            {
                **{"name": layer.name, "shape": list(layer.shape), "mean": layer.mean},
                **{"std": layer.std, "low": layer.low, "high": layer.high},
                **{"counts": layer.counts.tolist(), "edges": layer.edges.tolist()},
                "planned": None if layer.planned is None else str(layer.planned),
                **{"distance": layer.distance, "as_planned": layer.as_planned},
            }
            for layer in self.layers
        ]
        return {"verdict": self.verdict(), "layers": layers}

    def figure(self) -> Any:
        """Return a figure with a small histogram for each parameter, at most 48 of them."""
        return histogram_figure(self.layers)


def histogram(
    net: Any,
    plan: Plan | None = None,
    *,
    select: str | Sequence[str] | None = None,
    bins: int = 60,
) -> Histograms:
    """Return histograms of a net's parameters, beside the densities they were planned from.

    Parameters
    ----------
    net : torch.nn.Module, netinit layer, flax module, Keras model or mapping of arrays
        A module of flax.linen comes with its variables: ``(module, variables)``.
    plan : Plan, optional
        What it was initialized by: ``netinit.plan(net, netinit.All, method=...)``.
    select : str or sequence of str, optional
        Patterns on names. Not given: parameters of two axes or more.
    bins : int, default 60

    Returns
    -------
    Histograms

    Raises
    ------
    TypeError
        If the net is none of these.
    ValueError
        If no parameter has such a name.

    Examples
    --------
    >>> import netinit
    >>> net = netinit.initialize(netinit.nets.NetChain([200, "ramp", 200], input=50))
    >>> plan = netinit.plan(net, netinit.All)
    >>> print(netinit.inspect.histogram(net, plan).verdict())
    All 2 parameters with a plan are as planned.
    """
    planned = {} if plan is None else {a.name: a.initializer for a in plan}
    found = histograms_of(arrays_of(net, select), planned, bins)
    if not found.layers:
        raise ValueError(f"no parameter of the net has a name that fits {select!r}")
    return found


def histograms_of(
    arrays: Iterable[tuple[str, np.ndarray]],
    planned: Mapping[str, Initializer | None],
    bins: int = 60,
) -> Histograms:
    """Return histograms of named arrays, beside what is planned for arrays of their names."""
    layers = []
    for name, array in arrays:
        values = array.astype(np.float64)
        finite = values[np.isfinite(values)]
        counts, edges = np.histogram(finite, bins)
        initializer = planned.get(name)
        density = density_of(initializer)
        apart = None
        if density is not None and density.exact and finite.size:
            apart = distance(finite, density.cumulative) if finite.size == values.size else np.inf
        layers.append(
            Histogram(
                name=name,
                shape=array.shape,
                mean=float(values.mean()),
                std=float(values.std()),
                low=float(values.min()),
                high=float(values.max()),
                counts=counts,
                edges=edges,
                planned=initializer,
                distance=apart,
            )
        )
    return Histograms(tuple(layers))
