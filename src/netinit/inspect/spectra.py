"""`netinit.inspect.spectrum`: singular values, beside those of random and orthogonal matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.base.spelling import listing
from netinit.inspect.arrays import arrays_of
from netinit.inspect.figures import spectrum_figure
from netinit.inspect.random_matrices import edges, marchenko_pastur
from netinit.inspect.result import Result, aligned, short

__all__ = ["Spectra", "Spectrum", "spectrum"]

#: All singular values within this share of each other are one constant.
_CONSTANT = 1e-3


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The singular values of one weight.

    Attributes
    ----------
    name : str
    shape : tuple of int
        The matrix: the first axis, and all others as one.
    values : numpy.ndarray
        From the greatest to the least.
    std : float
        The root mean square of the elements.
    """

    name: str
    shape: tuple[int, int]
    values: np.ndarray
    std: float

    @property
    def edges(self) -> tuple[float, float]:
        """Between which values those of a random matrix of this size and std lie."""
        return edges(*self.shape, self.std)

    @property
    def distance(self) -> float:
        """The greatest difference of the cumulative shares from Marchenko-Pastur's."""
        low, high = self.edges
        grid = np.linspace(low, high, 4001)[1:]
        share = np.cumsum(marchenko_pastur(grid, *self.shape, self.std))
        if not len(share) or share[-1] == 0:
            return 1.0
        theirs = np.interp(np.sort(self.values), grid, share / share[-1])
        steps = np.arange(len(self.values) + 1) / len(self.values)
        return float(max((theirs - steps[:-1]).max(), (steps[1:] - theirs).max()))

    @property
    def kind(self) -> str:
        """What the values look like: "orthogonal", "random", "low rank" or "other"."""
        least, most = float(self.values[-1]), float(self.values[0])
        if most == 0:
            return "low rank"
        if (most - least) <= _CONSTANT * most:
            return "orthogonal"
        # Of a random matrix of p values the distance is of the order of 1 / p.
        if self.distance < 0.02 + 1.5 / len(self.values) and most < 1.2 * self.edges[1]:
            return "random"
        return "low rank" if self.rank < len(self.values) else "other"

    @property
    def rank(self) -> int:
        """How many values are more than 1e-5 times the greatest."""
        return int((self.values > 1e-5 * self.values[0]).sum())

    def sentence(self) -> str:
        """Return in words what the values look like."""
        most, least = short(float(self.values[0])), short(float(self.values[-1]))
        if self.kind == "orthogonal":
            return f"{self.name}: orthogonal, all singular values are {most}."
        if self.kind == "random":
            low, high = map(short, self.edges)
            return (
                f"{self.name}: as a random matrix of std {short(self.std)}, singular values from "
                f"{least} to {most} (Marchenko-Pastur: {low} to {high})."
            )
        if self.kind == "low rank":
            return f"{self.name}: of rank {self.rank} of {len(self.values)}."
        beyond = int((self.values > 1.05 * self.edges[1]).sum())
        outliers = f", {beyond} beyond a random matrix's edge {short(self.edges[1])}"
        return f"{self.name}: singular values from {least} to {most}{outliers if beyond else ''}."


@dataclass(frozen=True, slots=True)
class Spectra(Result):
    """The singular values of a net's weights; see `spectrum`.

    Attributes
    ----------
    layers : tuple of Spectrum
    """

    layers: tuple[Spectrum, ...]

    def __getitem__(self, name: str) -> Spectrum:
        """Return the spectrum of a weight."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"{name!r} is not here; there are {listing(x.name for x in self.layers)}")

    def __str__(self) -> str:
        head = ["weight", "matrix", "least", "greatest", "condition", "looks"]
        rows = []
        for layer in self.layers:
            most, least = float(layer.values[0]), float(layer.values[-1])
            condition = short(most / least) if least else "inf"
            size = " x ".join(map(str, layer.shape))
            rows.append([layer.name, size, short(least), short(most), condition, layer.kind])
        return "\n".join([*(x.sentence() for x in self.layers), "", *aligned(head, rows)])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the words, of Python's own types."""
        return {
            layer.name: {
                **{"verdict": layer.sentence(), "kind": layer.kind, "shape": list(layer.shape)},
                **{"std": layer.std, "edges": list(layer.edges), "rank": layer.rank},
                "values": layer.values.tolist(),
            }
            for layer in self.layers
        }

    def figure(self) -> Any:
        """Return a figure with the singular values of each weight, at most 48 of them."""
        return spectrum_figure(self.layers)


def spectrum(net: Any, *, select: str | Sequence[str] | None = None) -> Spectra:
    """Return the singular values of a net's weights, beside those of random matrices.

    Parameters
    ----------
    net : torch.nn.Module, netinit layer, flax module, Keras model or mapping of arrays
        A module of flax.linen comes with its variables: ``(module, variables)``.
    select : str or sequence of str, optional
        Patterns on names. Not given: every parameter of two axes or more. The first axis is
        the rows, the others together are the columns; of Flax's and Keras's kernels the last
        axis is the columns.

    Returns
    -------
    Spectra

    Raises
    ------
    TypeError
        If the net is none of these.
    ValueError
        If no parameter of two axes or more has such a name, or one is not finite.

    Examples
    --------
    >>> import netinit
    >>> net = netinit.initialize(netinit.nets.LinearLayer(64, input=32), method="Orthogonal")
    >>> netinit.inspect.spectrum(net)["Weights"].kind
    'orthogonal'
    """
    layers = []
    for name, array in arrays_of(net, select):
        if array.ndim < 2:
            continue
        values = array.astype(np.float64)
        if not np.isfinite(values).all():
            raise ValueError(f"{name} is not finite, so it has no singular values")
        last = name.rpartition(".")[2] == "kernel"
        matrix = values.reshape(-1, values.shape[-1]) if last else values.reshape(len(values), -1)
        rows, columns = matrix.shape
        singular = np.linalg.svd(matrix, compute_uv=False)
        rms = float(np.sqrt(np.square(matrix).mean()))
        layers.append(Spectrum(name, (rows, columns), singular, rms))
    if not layers:
        raise ValueError(f"no weight of the net has a name that fits {select!r}")
    return Spectra(tuple(layers))
