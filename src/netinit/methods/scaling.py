"""Methods that scale weights by their fans: Kaiming, Xavier, Lecun, VarianceScaling."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from netinit.catalogue import formulas
from netinit.initializers.base import Initializer
from netinit.initializers.gains import AUTO, NONLINEARITIES, slope_of
from netinit.initializers.variance_scaling import MODES, SPREADS
from netinit.methods.base import Method, choose_option, number_option
from netinit.methods.registry import register
from netinit.parameters.parameter import Parameter
from netinit.shapes.fans import fans

__all__ = ["Kaiming", "Lecun", "VarianceScaling", "Xavier"]

#: Whose fans may be taken in place of the layer's own.
COMPAT = ("torch",)


class _Scaled(Method):
    """A method whose numbers may be made as another library makes them."""

    __slots__ = ()

    compat: str | None

    def __repr__(self) -> str:
        return str(self)

    def _check_compat(self) -> None:
        if self.compat is not None:
            choose_option(self, "compat", COMPAT)

    def _seen(self, parameter: Parameter) -> Parameter:
        """Return a parameter with the fans that `compat` stands for.

        torch goes by the array's shape alone, (out, in, *kernel), and gives an array of fewer
        than two axes none: that keeps its own.
        """
        if self.compat is None or len(parameter.known_shape) < 2:
            return parameter
        return replace(parameter, layout=None, fans=fans(parameter.known_shape))


def _compat() -> str | None:
    unsaid: str | None = field(default=None, metadata={"unsaid": True})
    return unsaid


@register("Kaiming", "He")
@dataclass(frozen=True, slots=True, repr=False)
class Kaiming(_Scaled):
    """Keep the variance of arrays through layers with rectifiers.

    Parameters
    ----------
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        fan_in keeps the variance forwards, fan_out backwards; the others are their means.
    nonlinearity : str
        What follows the layer; see `netinit.initializers.gains.gain`. "auto": found for each
        weight in the net, a PyTorch module or one of `netinit.nets`, and shown in the plan;
        with the gain that preserves the second moment (docs/nonlinearity.md).
    a : float
        The negative slope, where the nonlinearity is leaky_relu; alpha, where it is elu, of
        which 0 stands for 1. None with "auto", which finds it.
    compat : {None, "torch"}
        "torch": take the fans of the array's shape alone, as torch.nn.init does, not those of
        the maps that the layer packs in it.

    Raises
    ------
    ValueError
        If an option's value is not one of these, of which the nearest is named; or if `a` is
        given and the nonlinearity has none.

    Notes
    -----
    std = gain / sqrt(fan); uniform on +-sqrt(3) std. Biases are 0. He, Zhang, Ren, Sun:
    Delving Deep into Rectifiers, ICCV 2015.

    Examples
    --------
    >>> import netinit
    >>> netinit.methods.Kaiming(mode="fan_out")
    Kaiming(distribution='normal', mode='fan_out', nonlinearity='relu', a=0.0)
    """

    name = "kaiming"
    asking: ClassVar[tuple[str, ...]] = ("nonlinearity",)

    distribution: str = "normal"
    mode: str = "fan_in"
    nonlinearity: str = "relu"
    a: float = 0.0
    compat: str | None = _compat()

    def __post_init__(self) -> None:
        self._check_compat()
        choose_option(self, "distribution", SPREADS)
        choose_option(self, "mode", MODES)
        # The name stays as it was given, an alias too: it is what the user reads in the plan.
        choose_option(self, "nonlinearity", [*NONLINEARITIES, AUTO])
        number_option(self, "a")
        if self.nonlinearity != AUTO:
            slope_of(self.nonlinearity, self.a)
        elif self.a != 0:
            raise ValueError(f"Kaiming's a is found with nonlinearity='auto'; {self.a!r} is given")

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of std gain / sqrt(fan)."""
        options = self.mode, self.nonlinearity, self.a, self.distribution
        return formulas.kaiming(self._seen(parameter), *options)


@register("Xavier", "Glorot")
@dataclass(frozen=True, slots=True, repr=False)
class Xavier(_Scaled):
    """Keep the variance of arrays and of gradients through layers, as a compromise.

    Parameters
    ----------
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    gain : float or "auto"
        At least 0; "auto": that of what follows the layer, found in the net
        (docs/nonlinearity.md).
    compat : {None, "torch"}
        "torch": take the fans of the array's shape alone, as torch.nn.init does, not those of
        the maps that the layer packs in it.

    Raises
    ------
    ValueError
        If an option's value is not one of these.

    Notes
    -----
    std = gain sqrt(2 / (fan_in + fan_out)); uniform on +-sqrt(3) std. Biases are 0. Glorot,
    Bengio: Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010.

    Examples
    --------
    >>> import netinit
    >>> netinit.methods.Xavier(distribution="Uniform")
    Xavier(distribution='uniform', gain=1.0)
    >>> qkv = netinit.Parameter("qkv", (150, 50), layout=netinit.Layout((0,), (1,), stack=3))
    >>> print(netinit.methods.Xavier().weight(qkv))
    Normal(0, 0.141)
    >>> print(netinit.methods.Xavier(compat="torch").weight(qkv))
    Normal(0, 0.1)
    """

    name = "xavier"
    asking: ClassVar[tuple[str, ...]] = ("gain",)

    distribution: str = "normal"
    gain: float | str = 1.0
    compat: str | None = _compat()

    def __post_init__(self) -> None:
        self._check_compat()
        choose_option(self, "distribution", SPREADS)
        number_option(self, "gain", least=0, auto=True)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of std gain sqrt(2 / (fan_in + fan_out))."""
        return formulas.xavier(self._seen(parameter), self.gain, self.distribution)


@register("Lecun")
@dataclass(frozen=True, slots=True, repr=False)
class Lecun(_Scaled):
    """Keep the variance of arrays through layers without a nonlinearity, or with SELU.

    Parameters
    ----------
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    compat : {None, "torch"}
        "torch": take the fans of the array's shape alone, as torch.nn.init does, not those of
        the maps that the layer packs in it.

    Raises
    ------
    ValueError
        If an option's value is not one of these.

    Notes
    -----
    std = 1 / sqrt(fan_in); uniform on +-sqrt(3) std. Biases are 0. LeCun, Bottou, Orr, Müller:
    Efficient BackProp, 1998; Klambauer, Unterthiner, Mayr, Hochreiter: Self-normalizing neural
    networks, NIPS 2017.

    Examples
    --------
    >>> import netinit
    >>> print(netinit.methods.Lecun().weight(netinit.Parameter("w", (10, 100))))
    Normal(0, 0.1)
    """

    name = "lecun"

    distribution: str = "normal"
    compat: str | None = _compat()

    def __post_init__(self) -> None:
        self._check_compat()
        choose_option(self, "distribution", SPREADS)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of std 1 / sqrt(fan_in)."""
        return formulas.lecun(self._seen(parameter), distribution=self.distribution)


@register("VarianceScaling")
@dataclass(frozen=True, slots=True, repr=False)
class VarianceScaling(_Scaled):
    """The general rule of which Kaiming, Xavier and Lecun are cases: variance = scale / fan.

    Parameters
    ----------
    scale : float or "auto"
        At least 0; "auto": the square of the gain of what follows the layer, found in the net
        (docs/nonlinearity.md).
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        See `netinit.initializers.variance_scaling.fan_of`.
    distribution : {"truncated_normal", "normal", "uniform", "uncorrected_truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    compat : {None, "torch"}
        "torch": take the fans of the array's shape alone, as torch.nn.init does, not those of
        the maps that the layer packs in it.

    Raises
    ------
    ValueError
        If an option's value is not one of these; the nearest one is named.

    Notes
    -----
    Biases are 0. The defaults are those of JAX and Keras.

    Examples
    --------
    >>> import netinit
    >>> rule = netinit.methods.VarianceScaling(2, "fan_out", "normal")
    >>> print(rule.weight(netinit.Parameter("w", (200, 10))))
    Normal(0, 0.1)
    """

    name = "variance_scaling"
    asking: ClassVar[tuple[str, ...]] = ("scale",)

    scale: float | str = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    compat: str | None = _compat()

    def __post_init__(self) -> None:
        self._check_compat()
        choose_option(self, "mode", MODES)
        choose_option(self, "distribution", SPREADS)
        number_option(self, "scale", least=0, auto=True)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the distribution of variance scale / fan."""
        options = self.scale, self.mode, self.distribution
        return formulas.variance_scaling(self._seen(parameter), *options)
