"""What is seen of one layer while a net is at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Chooser", "Direction", "Traced", "Watch"]

#: From a layer's name and whether it has no layers inside or is one of a numbered row of
#: blocks: whether it is watched.
Chooser = Callable[[str, bool], bool]
#: From the shape of a net's output: the gradient that is sent back from there.
Direction = Callable[[tuple[int, ...]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Watch:
    """What to watch.

    Attributes
    ----------
    chosen : callable
    direction : callable
    loss : callable, optional
        From the net's output, a number to take the gradient of; in place of `direction`.
    backward : bool
        Whether gradients are wanted.
    """

    chosen: Chooser
    direction: Direction
    loss: Callable[[Any], Any] | None = None
    backward: bool = True


@dataclass(frozen=True, slots=True)
class Traced:
    """The output of one layer, and the gradient there.

    Attributes
    ----------
    name, kind : str
        The dotted name and the type of the layer.
    part : {"weights", "block", ""}
        Whether it has weights of two or more axes of its own, is one of a numbered row of
        blocks, or neither.
    axis : int
        Which axis of the output counts units, or channels.
    output : numpy.ndarray
    gradient : numpy.ndarray or None
    """

    name: str
    kind: str
    part: str
    axis: int
    output: np.ndarray
    gradient: np.ndarray | None
