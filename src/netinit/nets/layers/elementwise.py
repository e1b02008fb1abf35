"""The functions of one element that a net can name, by their words, in numpy."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["FUNCTIONS", "sigmoid", "softmax"]

_erf = np.vectorize(math.erf, otypes=[np.float64])


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-x)), without overflow."""
    out: np.ndarray = 0.5 * (1 + np.tanh(0.5 * x))
    return out


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return exp(x) over its sum along an axis."""
    grown: np.ndarray = np.exp(x - x.max(axis, keepdims=True))
    shares: np.ndarray = grown / grown.sum(axis, keepdims=True)
    return shares


def _soft_plus(x: np.ndarray) -> np.ndarray:
    out: np.ndarray = np.logaddexp(x, np.zeros((), x.dtype))
    return out


def _gelu(x: np.ndarray) -> np.ndarray:
    return (0.5 * x * (1 + _erf(x * math.sqrt(0.5)))).astype(x.dtype) if x.size else x


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


#: The constants of Klambauer, Unterthiner, Mayr, Hochreiter, 2017.
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _selu(x: np.ndarray) -> np.ndarray:
    return _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0)))


FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "abs": np.abs,
    "cos": np.cos,
    "elu": _elu,
    "exp": np.exp,
    "gelu": _gelu,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "leaky_ramp": lambda x: np.where(x > 0, x, 0.01 * x),
    "log": np.log,
    "logistic_sigmoid": sigmoid,
    "mish": lambda x: x * np.tanh(_soft_plus(x)),
    "ramp": lambda x: np.maximum(x, 0),
    "selu": _selu,
    "sin": np.sin,
    "soft_plus": _soft_plus,
    "soft_sign": lambda x: x / (1 + np.abs(x)),
    "sqrt": np.sqrt,
    "square": np.square,
    "swish": lambda x: x * sigmoid(x),
    "tanh": np.tanh,
}
