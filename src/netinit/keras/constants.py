"""Keras's initializers that draw nothing: Keras's own values under netinit's names."""
# mypy: disable-error-code="import-untyped,import-not-found"
# mypy: allow-subclassing-any

from __future__ import annotations

from typing import Any

import keras

__all__ = ["STFT", "Constant", "Identity", "Ones", "Zeros"]

_registered = keras.saving.register_keras_serializable(package="netinit")


@_registered
class Constant(keras.initializers.Constant):
    """The same value everywhere; an array is broadcast.

    Parameters
    ----------
    value : number or array, default 0

    Examples
    --------
    >>> from netinit.keras import initializers
    >>> float(initializers.Constant(3)((2, 2))[0, 1])
    3.0
    """

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constant:
        """Return the initializer of a configuration; of an empty one, too, as by its name."""
        constant: Constant = super().from_config({"value": 0.0, **config})
        return constant


@_registered
class Zeros(keras.initializers.Zeros):
    """Zeros."""


@_registered
class Ones(keras.initializers.Ones):
    """Ones."""


@_registered
class Identity(keras.initializers.Identity):
    """The identity matrix times a gain, rectangular where the shape is.

    Parameters
    ----------
    gain : float, default 1

    Raises
    ------
    ValueError
        When called, if the shape has not two axes.
    """

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, which has the gain; Keras's own loses it."""
        return {**super().get_config(), "gain": self.gain}


@_registered
class STFT(keras.initializers.STFT):
    """The kernel of a convolution that computes a short-time Fourier transform.

    Parameters
    ----------
    side : {"real", "imag"}
    window : str, array or None, default "hann"
        A window's name in ``scipy.signal.windows``, or its values.
    scaling : {"density", "spectrum"} or None
        Divide by the window's L2 or L1 norm.
    periodic : bool, default False

    Raises
    ------
    ValueError
        If `side`, `scaling` or the window's name is none of these.
    """
