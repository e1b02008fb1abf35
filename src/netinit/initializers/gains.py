"""Gains: by how much weights are scaled up so that a nonlinearity keeps the second moment."""

from __future__ import annotations

import math
from collections.abc import Callable

from netinit.base.checks import number
from netinit.base.spelling import choose

__all__ = [
    "AUTO",
    "NONLINEARITIES",
    "SCALE_FREE",
    "gain",
    "is_auto",
    "preserving_gain",
    "slope_of",
]

#: What stands for the nonlinearity that a net has after each layer.
AUTO = "auto"


def is_auto(option: object) -> bool:
    """Return whether an option is the word for what follows in the net."""
    return isinstance(option, str) and option == AUTO


def _leaky(a: float) -> float:
    # hypot, not 1 + a**2: the square of a large slope may overflow.
    return math.sqrt(2) / math.hypot(1, a)


# Computed gains. Let z be standard normal, as pre-activations nearly are in wide layers. A
# layer of weights with variance g**2 / fan_in after the nonlinearity f has pre-activations of
# variance g**2 E[f(z)**2], which is 1, and stays so from layer to layer, exactly if
# g = 1 / sqrt(E[f(z)**2]). Below p and P are the normal density and distribution function,
# and integrals go by parts with p' = -z p:
#     I(a, b; z**2 p) = P(b) - P(a) + a p(a) - b p(b)
#     I(a, b; z**4 p) = 3 I(a, b; z**2 p) + a**3 p(a) - b**3 p(b)


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _below(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _left(t: float) -> float:
    # E[exp(t z); z < 0] = exp(t**2 / 2) P(-t), by completing the square; beyond 20, where the
    # factors overflow and vanish, by the asymptotic series of P.
    if t <= 20:
        return math.exp(t * t / 2) * _below(-t)
    s = 1 / (t * t)
    series = 1 - s * (1 - 3 * s * (1 - 5 * s * (1 - 7 * s * (1 - 9 * s))))
    return series / (t * math.sqrt(2 * math.pi))


def _elu(a: float) -> float:
    # For z > 0 half of E[z**2]; for z < 0, a**2 times E[exp(2 z)] - 2 E[exp(z)] + E[1].
    return 1 / math.sqrt(0.5 + a * a * (_left(2) - 2 * _left(1) + 0.5))


def _celu(a: float) -> float:
    # As elu's, with z / a in the exponents.
    if a <= 0:
        raise ValueError(f"celu's alpha must be greater than 0, not {a:g}")
    return 1 / math.sqrt(0.5 + a * a * (_left(2 / a) - 2 * _left(1 / a) + 0.5))


def _selu() -> float:
    # scale * elu(z, alpha), whose constants are chosen so that this is 1.
    return _elu(1.6732632423543772848170430) / 1.0507009873554804934193350


def _relu6() -> float:
    # z**2 on (0, 6) and 36 beyond.
    return 1 / math.sqrt(_below(6) - 0.5 - 6 * _density(6) + 36 * _below(-6))


def _hardtanh() -> float:
    # z**2 on (-1, 1) and 1 beyond: P(1) - P(-1) - 2 p(1) + 2 P(-1).
    return 1 / math.sqrt(1 - 2 * _density(1))


def _hardsigmoid() -> float:
    # ((z + 3) / 6)**2 = (z**2 + 6 z + 9) / 36 on (-3, 3), its odd term without weight; 1 above.
    second = 1 - 2 * _below(-3) - 6 * _density(3)
    return 1 / math.sqrt((second + 9 * (1 - 2 * _below(-3))) / 36 + _below(-3))


def _hardswish() -> float:
    # (z (z + 3) / 6)**2 = (z**4 + 6 z**3 + 9 z**2) / 36 on (-3, 3), its odd term without
    # weight; z**2 above 3; 0 below -3.
    second = 1 - 2 * _below(-3) - 6 * _density(3)
    fourth = 3 * second - 54 * _density(3)
    return 1 / math.sqrt((fourth + 9 * second) / 36 + 3 * _density(3) + _below(-3))


#: E[f(z)**2] where it is no elementary number, by quadrature to 25 digits.
_SECOND_MOMENTS = {
    "sigmoid": 0.2933790358580929627376492,  # 1 / (1 + exp(-z))
    "tanh": 0.3942944903978411744164598,
    "gelu_tanh": 0.4251937110330994511985483,  # z (1 + tanh(sqrt(2/pi)(z + 0.044715 z**3))) / 2
    "quick_gelu": 0.4219528068969808083773030,  # z / (1 + exp(-1.702 z))
    "silu": 0.3557755198173521562307943,  # z / (1 + exp(-z))
    "mish": 0.4523421923758827706820400,  # z tanh(log(1 + exp(z)))
    "softplus": 0.9212459088593002786772487,  # log(1 + exp(z)); logsigmoid is its mirror image
    "softsign": 0.1830140212665474990882248,  # z / (1 + abs(z))
    "tanhshrink": 0.1828834711935235232493793,  # z - tanh(z)
}


def _of_moment(name: str) -> float:
    return 1 / math.sqrt(_SECOND_MOMENTS[name])


#: The gain of each nonlinearity as a function of its number `a`, with the default of that.
_GAINS: dict[str, tuple[Callable[[float], float], float]] = {
    # PyTorch's table: conventions rather than second moments for sigmoid, tanh and selu
    "linear": (lambda a: 1.0, 0.0),
    "sigmoid": (lambda a: 1.0, 0.0),
    "tanh": (lambda a: 5 / 3, 0.0),
    "relu": (lambda a: math.sqrt(2), 0.0),
    "leaky_relu": (_leaky, 0.01),
    "selu": (lambda a: 3 / 4, 0.0),
    # computed
    # E[(z P(z))**2] = 1/3 + 1/(2 pi sqrt(3)): by parts, with P(Y < z, Y' < z) of three normals
    "gelu": (lambda a: 1 / math.sqrt(1 / 3 + 1 / (2 * math.pi * math.sqrt(3))), 0.0),
    "elu": (_elu, 1.0),
    "celu": (_celu, 1.0),
    "prelu": (_leaky, 0.25),  # at PyTorch's first slope, which training changes
    "relu6": (lambda a: _relu6(), 0.0),
    "hardtanh": (lambda a: _hardtanh(), 0.0),
    "hardsigmoid": (lambda a: _hardsigmoid(), 0.0),
    "hardswish": (lambda a: _hardswish(), 0.0),
    "squared_relu": (lambda a: math.sqrt(2 / 3), 0.0),  # half of E[z**4] = 3
    "sin": (lambda a: math.sqrt(2 / (1 - math.exp(-2))), 0.0),  # (1 - E[cos(2 z)]) / 2
    # sigmoid(a) * b of independent a and b: E[sigmoid(a)**2] E[b**2]
    "glu": (lambda a: _of_moment("sigmoid"), 0.0),
    **{
        name: (lambda a, name=name: _of_moment(name), 0.0)  # type: ignore[misc]
        for name in _SECOND_MOMENTS
        if name not in ("sigmoid", "tanh")
    },
}

#: Where PyTorch's table has a convention, the gain that preserves the second moment.
_PRESERVING: dict[str, Callable[[], float]] = {
    "sigmoid": lambda: _of_moment("sigmoid"),
    "tanh": lambda: _of_moment("tanh"),
    "selu": _selu,
}

#: Nonlinearities of f(c z) = c f(z) for c > 0: they keep a second moment whatever it is.
SCALE_FREE = frozenset({"linear", "relu", "leaky_relu", "prelu"})

#: Every name of a nonlinearity and the row of `_GAINS` that it means.
NONLINEARITIES: dict[str, str] = {
    **{name: name for name in _GAINS},
    **{f"conv{d}d": "linear" for d in (1, 2, 3)},
    **{f"conv_transpose{d}d": "linear" for d in (1, 2, 3)},
    "identity": "linear",
    "ramp": "relu",
    "swish": "silu",
    "logsigmoid": "softplus",
    # f(a) * b of independent a and b: E[f(a)**2] E[b**2], that of f alone
    "reglu": "relu",
    "geglu": "gelu",
    "swiglu": "silu",
}


def gain(nonlinearity: str, a: float | None = None) -> float:
    """Return by how much weights are scaled up so that a nonlinearity keeps the variance.

    Parameters
    ----------
    nonlinearity : str
        Those of PyTorch's table: linear (or identity), conv1d to conv3d, conv_transpose1d to
        conv_transpose3d, sigmoid, tanh, relu (or ramp), leaky_relu, selu. Computed: gelu,
        gelu_tanh, quick_gelu, silu (or swish), mish, elu, celu, prelu, softplus, logsigmoid,
        softsign, hardsigmoid, hardswish, hardtanh, relu6, squared_relu, tanhshrink, sin; and
        the gated products glu, reglu, geglu, swiglu. In any case.
    a : float, optional
        The negative slope of leaky_relu, 0.01 where not given, and of prelu, 0.25 where not
        given; alpha of elu and celu, 1 where not given; the others ignore it.

    Raises
    ------
    ValueError
        If the name is not one of these (the nearest one is named), or the alpha of celu is not
        greater than 0.

    Notes
    -----
    1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + a**2)) for
    leaky_relu, 3/4 for selu: the values of PyTorch's ``calculate_gain``. A computed gain is
    1 / sqrt(E[f(z)**2]) of a standard normal z, which preserves the second moment: the
    argument of He, Zhang, Ren, Sun, ICCV 2015, for any f.

    Examples
    --------
    >>> from netinit.initializers.gains import gain
    >>> gain("tanh")
    1.6666666666666667
    >>> round(gain("gelu"), 4)
    1.5335
    """
    name = choose("nonlinearity", nonlinearity, NONLINEARITIES)
    rule, default = _GAINS[name]
    return rule(default if a is None else number("a", a))


def preserving_gain(nonlinearity: str, a: float | None = None) -> float:
    """Return the gain that preserves the second moment, whatever PyTorch's table says.

    Parameters
    ----------
    nonlinearity, a
        As in `gain`.

    Raises
    ------
    ValueError
        If the name is not one of `gain`'s; the nearest one is named.

    Notes
    -----
    1 / sqrt(E[f(z)**2]) of a standard normal z. It differs from `gain` for sigmoid, tanh and
    selu, whose values there (1, 5/3, 3/4) are conventions: 1.846, 1.593 and 1.

    Examples
    --------
    >>> from netinit.initializers.gains import preserving_gain
    >>> round(preserving_gain("tanh"), 4), round(preserving_gain("gelu"), 4)
    (1.5925, 1.5335)
    """
    own = _PRESERVING.get(choose("nonlinearity", nonlinearity, NONLINEARITIES))
    return gain(nonlinearity, a) if own is None else own()


#: The nonlinearities with a number `a`.
_WITH_NUMBER = ("leaky_relu", "prelu", "elu", "celu")


def slope_of(nonlinearity: str, a: float) -> float | None:
    """Return the number `a` of a nonlinearity where 0 means that none was given.

    Of leaky_relu 0 is the slope, as in PyTorch's functions; of elu, celu and prelu it would be
    relu, and stands for `gain`'s default (None).

    Raises
    ------
    ValueError
        If a number is given that the nonlinearity does not have. `gain` ignores it, as
        PyTorch's function does; who gives one here means it.
    """
    name = choose("nonlinearity", nonlinearity, NONLINEARITIES)
    if number("a", a) != 0 and name not in _WITH_NUMBER:
        raise ValueError(
            f"a is the slope of leaky_relu or the alpha of elu, and {nonlinearity!r} has none; "
            f"give nonlinearity='leaky_relu' with a={a!r}, or leave a out"
        )
    return a if name == "leaky_relu" or a != 0 else None
