"""What makes a Keras initializer one of netinit's: its call."""
# mypy: disable-error-code="import-untyped,import-not-found"
# mypy: allow-subclassing-any

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import keras
import numpy as np

from netinit.arrays.dtypes import DRAWN
from netinit.initializers.base import Initializer
from netinit.keras.draw import draw, placed
from netinit.keras.rules import extents

__all__ = ["Drawn"]


class Drawn(keras.initializers.Initializer, ABC):
    """A base that goes before one of Keras's classes and draws in its place.

    Arguments, attributes, configuration and errors are Keras's own, since its class makes
    them. `rule` says what is drawn.

    Notes
    -----
    What netinit does not draw is left to Keras's class: integer, bool and complex dtypes,
    shapes that are none, and numbers that netinit refuses (a negative standard deviation, for
    one). It answers as ever, mostly with an error. Only NaN, infinity for a truncated normal, with
    which some of Keras's samplers never return, and values beyond the dtype's range, which Keras
    makes infinite, raise ValueError.
    """

    @abstractmethod
    def rule(self, shape: tuple[int, ...]) -> Initializer:
        """Return what fills an array of `shape`; raise where netinit refuses."""

    def __call__(self, shape: Any, dtype: Any = None, layout: Any = None) -> Any:
        """Return a tensor of `shape` and `dtype` (Keras's ``floatx`` where None) with values.

        Parameters
        ----------
        shape : sequence of int
        dtype : str or dtype, optional
        layout : keras.distribution.TensorLayout, jax.sharding.NamedSharding or None
            How the tensor is distributed, for Keras on JAX, which gives it. Every part is
            drawn alone and is the part of the whole.

        Returns
        -------
        tensor
            Of Keras's backend. The values depend on the seed, the shape and the dtype, and not
            on the backend.

        Raises
        ------
        ValueError
            If a number of the initializer is NaN, or infinite for a truncated normal, values would
            overflow the dtype, or a layout is given on another backend than JAX.
        """
        if layout is not None and keras.backend.backend() != "jax":
            raise ValueError(f"layout must be None for Keras on {keras.backend.backend()}")
        try:
            name, sizes = _drawn_dtype(dtype), extents(shape)
            initializer = self.rule(sizes)
        except (IndexError, TypeError, ValueError):
            self._refuse_endless()
            return placed(super().__call__(shape, dtype), layout)
        initializer.check_dtype(name)
        return draw(initializer, sizes, name, self.seed, layout)

    def _refuse_endless(self) -> None:
        """Raise ValueError for a number with which Keras's sampler may never return."""
        cut = isinstance(self, keras.initializers.TruncatedNormal)
        cut = cut or getattr(self, "distribution", None) == "truncated_normal"
        for option, value in vars(self).items():
            if not isinstance(value, (float, np.floating)):
                continue
            if np.isnan(value) or (cut and np.isinf(value)):
                raise ValueError(f"{option} must be a finite number, not {value}")


def _drawn_dtype(dtype: Any) -> str:
    """Return the name of a dtype that netinit draws, or raise TypeError or ValueError."""
    name: str = keras.backend.standardize_dtype(dtype)
    if name not in DRAWN:
        raise TypeError(f"dtype must be one of {', '.join(DRAWN)}, not {name}")
    return name
