"""Thinc's initializers, drawn by netinit: import them in place of ``thinc.initializers``.

Each function has two forms, told apart by the first argument:

- ``f(ops, shape, **settings)``, as in Thinc 9, returns a float32 array of an Ops object;
- ``f(data, **settings, inplace=False)``, as Thinc's documentation has it, returns a numpy array
  of the shape and dtype of `data`, or `data` itself filled where `inplace`.

``configure_f(**settings)`` returns the function with its settings, for Thinc's registry.

Each call takes one seed from numpy's global generator, so that ``thinc.api.fix_random_seed``
and ``numpy.random.seed`` govern, and consecutive calls differ. The values do not depend on the
ops. What float32 cannot hold raises ValueError, where Thinc makes it infinite.

Fans are Thinc's: fan_in is ``shape[1]`` and fan_out ``shape[0]``, whatever other axes there
are, so that a Maxout's weight (out, pieces, in) has its pieces for fan_in. A shape of one axis
raises IndexError, and a fan of zero ZeroDivisionError.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from netinit.initializers.variance_scaling import SCALINGS, fan_of
from netinit.thinc.forms import drawn_array, drawn_shape, in_place, or_array

__all__ = [
    "configure_glorot_normal_init",
    "configure_glorot_uniform_init",
    "configure_he_normal_init",
    "configure_he_uniform_init",
    "configure_lecun_normal_init",
    "configure_lecun_uniform_init",
    "configure_normal_init",
    "configure_uniform_init",
    "configure_zero_init",
    "glorot_normal_init",
    "glorot_uniform_init",
    "he_normal_init",
    "he_uniform_init",
    "lecun_normal_init",
    "lecun_uniform_init",
    "normal_init",
    "uniform_init",
    "xavier_uniform_init",
    "zero_init",
]

_SCALED_DOCSTRING = """{formula}. {source}.

    Parameters
    ----------
    ops : thinc.api.Ops
        Where the array is made; or `data`, a numpy array, in place of `ops` and `shape`.
    shape : tuple of int
        Two axes or more, of which the first two are outputs and inputs.
    inplace : bool, default False
        With `data`: fill it and return it.

    Returns
    -------
    array
        float32 of `shape`; or of the shape and dtype of `data`.

    Raises
    ------
    IndexError
        If there are fewer than two axes.
    ZeroDivisionError
        If the fan is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.thinc.initializers import {name}
    >>> weights = np.zeros((3, 4), "float32")
    >>> {name}(weights, inplace=True) is weights
    True
    """


def _scaled(name: str, formula: str, source: str) -> Callable[..., Any]:
    """Return the initializer that a row of `SCALINGS` describes."""
    scaling = SCALINGS[name]
    # The means of its modes are sums, which negative lengths have too; `fan_of` refuses those.
    of_in, of_out = fan_of(scaling.mode, 1, 0), fan_of(scaling.mode, 0, 1)

    def numbers(shape: Any) -> tuple[str, Any, Any]:
        # numpy's root, as in Thinc: of a negative number it is NaN with a warning.
        fan = of_in * shape[1] + of_out * shape[0] if of_out else shape[1]
        std = np.sqrt(scaling.scale / fan)
        if scaling.distribution == "normal":
            return "normal", 0.0, std
        return "uniform", -np.sqrt(3.0) * std, np.sqrt(3.0) * std

    def of_array(data: Any, *, inplace: bool = False) -> Any:
        return drawn_array(data, inplace, *numbers(data.shape))

    def of_shape(ops: Any, shape: Any) -> Any:
        return drawn_shape(ops, shape, *numbers(shape))

    for function in (of_array, of_shape):  # messages and pickles go by the name
        function.__name__ = function.__qualname__ = f"{name}_init"
    of_shape.__doc__ = _SCALED_DOCSTRING.format(name=f"{name}_init", formula=formula, source=source)
    return or_array(of_array)(of_shape)


_LECUN = "LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998"
_GLOROT = "Glorot, Bengio, AISTATS 2010"
_HE = "He, Zhang, Ren, Sun, ICCV 2015"

lecun_normal_init = _scaled("lecun_normal", "Normal of std sqrt(1 / fan_in)", _LECUN)
he_normal_init = _scaled("he_normal", "Normal of std sqrt(2 / fan_in)", _HE)
glorot_normal_init = _scaled("glorot_normal", "Normal of std sqrt(2 / (fan_in + fan_out))", _GLOROT)
lecun_uniform_init = _scaled("lecun_uniform", "Uniform on +-sqrt(3 / fan_in)", _LECUN)
he_uniform_init = _scaled("he_uniform", "Uniform on +-sqrt(6 / fan_in)", _HE)
glorot_uniform_init = _scaled(
    "glorot_uniform", "Uniform on +-sqrt(6 / (fan_in + fan_out))", _GLOROT
)
#: The name in Thinc's documentation of its array forms.
xavier_uniform_init = glorot_uniform_init


def _zero_array(data: Any, *, inplace: bool = False) -> Any:
    out = in_place(data, inplace)
    out[...] = 0
    return out


@or_array(_zero_array)
def zero_init(ops: Any, shape: Any) -> Any:
    """Return zeros; nothing is drawn.

    Parameters
    ----------
    ops : thinc.api.Ops
        Where the array is made; or `data`, a numpy array, in place of `ops` and `shape`.
    shape : tuple of int, or int
    inplace : bool, default False
        With `data`: fill it and return it.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.thinc.initializers import zero_init
    >>> zero_init(np.ones(3))
    array([0., 0., 0.])
    """
    return ops.alloc_f(shape)


def _uniform_array(data: Any, lo: float = -0.1, hi: float = 0.1, *, inplace: bool = False) -> Any:
    return drawn_array(data, inplace, "uniform", lo, hi)


@or_array(_uniform_array)
def uniform_init(ops: Any, shape: Any, *, lo: float = -0.1, hi: float = 0.1) -> Any:
    """Draw uniformly on [lo, hi), the bounds in either order.

    Parameters
    ----------
    ops : thinc.api.Ops
        Where the array is made; or `data`, a numpy array, in place of `ops` and `shape`.
    shape : tuple of int, or int
    lo, hi : float, default -0.1 and 0.1
        With `data` they may be given by position.
    inplace : bool, default False
        With `data`: fill it and return it.

    Raises
    ------
    OverflowError
        With `ops`, if a bound is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.thinc.initializers import uniform_init
    >>> values = uniform_init(np.zeros((30, 40)), -2, 3)
    >>> bool(-2 <= values.min() < values.max() < 3)
    True
    """
    return drawn_shape(ops, shape, "uniform", lo, hi)


def _normal_array(data: Any, fan_in: float = -1, *, inplace: bool = False) -> Any:
    inputs = data.shape[1] if fan_in == -1 else fan_in
    if inputs <= 0:
        raise ValueError(f"fan_in must be above 0, or -1 for data.shape[1], not {inputs!r}")
    return drawn_array(data, inplace, "normal", 0.0, np.sqrt(1.0 / inputs))


@or_array(_normal_array)
def normal_init(ops: Any, shape: Any, *, mean: float = 0) -> Any:
    """Draw from the normal of mean 0 whose *standard deviation* is called `mean`.

    Parameters
    ----------
    ops : thinc.api.Ops
        Where the array is made; or `data`, a numpy array, in place of `ops` and `shape`.
    shape : tuple of int, or int
    mean : float, default 0
        The standard deviation, so that the default gives zeros.
    fan_in : float, default -1
        With `data`, in place of `mean`: the standard deviation is sqrt(1 / fan_in), and -1
        means ``data.shape[1]``.
    inplace : bool, default False
        With `data`: fill it and return it.

    Raises
    ------
    ValueError
        If `mean` is negative, or `fan_in` neither above 0 nor -1.

    Notes
    -----
    The name is Thinc 9's own slip; it is kept because configurations have it.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.thinc.initializers import normal_init
    >>> np.random.seed(0)
    >>> round(float(normal_init(np.zeros((300, 400)), 25).std()), 2)
    0.2
    """
    return drawn_shape(ops, shape, "normal", 0.0, mean)


# -- for the registry -------------------------------------------------------------------------


def _settled(function: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    settled = partial(function, **settings)
    settled.__doc__ = function.__doc__
    return settled


def _without_settings(function: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    """Return the ``configure`` function of an initializer that has no settings."""

    def configure() -> Callable[..., Any]:
        return _settled(function)

    configure.__name__ = configure.__qualname__ = f"configure_{function.__name__}"
    configure.__doc__ = f"Return `{function.__name__}`, which has no settings."
    return configure


configure_lecun_normal_init = _without_settings(lecun_normal_init)
configure_he_normal_init = _without_settings(he_normal_init)
configure_glorot_normal_init = _without_settings(glorot_normal_init)
configure_lecun_uniform_init = _without_settings(lecun_uniform_init)
configure_he_uniform_init = _without_settings(he_uniform_init)
configure_glorot_uniform_init = _without_settings(glorot_uniform_init)
configure_zero_init = _without_settings(zero_init)


def configure_uniform_init(*, lo: float = -0.1, hi: float = 0.1) -> Callable[..., Any]:
    """Return `uniform_init` with its bounds."""
    return _settled(uniform_init, lo=lo, hi=hi)


def configure_normal_init(*, mean: float = 0) -> Callable[..., Any]:
    """Return `normal_init` with its standard deviation, which Thinc calls `mean`."""
    return _settled(normal_init, mean=mean)
