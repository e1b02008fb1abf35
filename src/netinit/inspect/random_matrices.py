"""Where the singular values of large random matrices lie."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["edges", "marchenko_pastur"]


def marchenko_pastur(s: np.ndarray, rows: int, columns: int, std: float) -> np.ndarray:
    """Return the density of the singular values of a large matrix of independent elements.

    Parameters
    ----------
    s : numpy.ndarray
        Where, at least 0.
    rows, columns : int
    std : float
        The standard deviation of the elements, whose mean is 0.

    Notes
    -----
    With p <= q the extents, between std (sqrt(q) - sqrt(p)) and std (sqrt(q) + sqrt(p)) it is
    sqrt((s^2 - low^2) (high^2 - s^2)) / (pi std^2 p s), elsewhere 0. Marchenko, Pastur, 1967.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.inspect.random_matrices import marchenko_pastur
    >>> s = np.linspace(0, 4, 4001)
    >>> round(float(marchenko_pastur(s, 100, 400, 0.1).sum() / 1000), 3)
    1.0
    """
    few = min(rows, columns)
    low, high = edges(rows, columns, std)
    inside = np.clip((s**2 - low**2) * (high**2 - s**2), 0, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.sqrt(inside) / (math.pi * std**2 * few * s)
    return np.where((s >= low) & (s <= high) & (s > 0), density, 0.0)


def edges(rows: int, columns: int, std: float) -> tuple[float, float]:
    """Return between which values the singular values of a large random matrix lie."""
    few, many = sorted((rows, columns))
    return (
        std * (math.sqrt(many) - math.sqrt(few)),
        std * (math.sqrt(many) + math.sqrt(few)),
    )
