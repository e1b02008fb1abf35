"""What makes an initializer of MindSpore's one of netinit's."""
# mypy: allow-subclassing-any

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from mindspore.common import initializer as theirs

from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array
from netinit.initializers.base import Initializer
from netinit.streams.seeds import numpy_global_seed
from netinit.streams.stream import Stream

__all__ = ["Drawn"]


class Drawn(theirs.Initializer, ABC):
    """A base that goes before one of MindSpore's classes and draws in its place.

    Arguments and their checks are MindSpore's own, since its class makes them. `rule` says what is
    drawn.

    Notes
    -----
    Integers, and numbers that netinit refuses, are left to MindSpore's class, which answers as
    ever.
    """

    @abstractmethod
    def rule(self, shape: tuple[int, ...]) -> Initializer:
        """Return what fills an array of `shape`; raise where netinit or MindSpore refuses."""

    def _initialize(self, arr: Any) -> None:
        """Fill an array of numpy's in place."""
        try:
            memory, dtype = as_array(arr)
            rule = self.rule(memory.shape)
            rule.check_dtype(dtype)
            out = Slice(memory, dtype)
        except (ArithmeticError, TypeError, ValueError):
            super()._initialize(arr)
        else:
            rule.fill(out, Stream(numpy_global_seed()))
