"""muP, the maximal update parametrization: hyperparameters that hold at every width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from netinit.base.spelling import choose
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers.packed import Parts
from netinit.methods.base import Method
from netinit.methods.registry import register
from netinit.methods.scaling import Kaiming
from netinit.methods.vocabulary import as_method
from netinit.parameters.parameter import Parameter
from netinit.shapes.fans import Fans, fans
from netinit.shapes.layout import refitted

__all__ = ["MuP", "scaled"]


_KAIMING = Kaiming()


def scaled(distribution: Initializer, factor: float) -> Initializer:
    """Return the distribution of a number drawn from another one, or its parts, times `factor`.

    Raises
    ------
    TypeError
        If it is none of the families that netinit draws by itself.

    Examples
    --------
    >>> from netinit import Uniform
    >>> from netinit.methods.mup import scaled
    >>> scaled(Uniform(-1, 2), 0.5)
    Uniform(low=-0.5, high=1.0)
    """
    if isinstance(distribution, Normal):
        return Normal(factor * distribution.mean, factor * distribution.std)
    if isinstance(distribution, Uniform):
        return Uniform(factor * distribution.low, factor * distribution.high)
    if isinstance(distribution, Constant):
        return Constant(factor * distribution.value)
    if isinstance(distribution, TruncatedNormal):
        parent, bounds = distribution.parent, (distribution.low, distribution.high)
        low, high = (factor * bound for bound in bounds)
        return TruncatedNormal(factor * parent.mean, factor * parent.std, low, high)
    if isinstance(distribution, Parts):
        parts = [scaled(part, factor) for part in distribution.inner]
        return Parts(parts, distribution.axis, distribution.sizes)
    raise TypeError(f"{distribution} cannot be scaled: its values are no family's of netinit")


@register("MuP")
@dataclass(frozen=True, slots=True)
class MuP(Method):
    """Scale a method of a narrow base net to wider ones so that every layer learns as fast.

    Parameters
    ----------
    base : mapping of str to sequence of int
        The shape of every weight, by its name, in the narrow net whose hyperparameters were
        tuned: ``{row.name: row.parameter.shape for row in netinit.plan(net, netinit.All)}``.
    base_method : method, default Kaiming
        What the narrow net is initialized with, as `netinit.initialize` accepts it: one that
        draws from distributions.

    Raises
    ------
    TypeError, ValueError
        If an option is not one of these; when used, if a weight is not in `base`, has another
        number of axes there, or the method gives it no distribution.

    Notes
    -----
    Of a weight with the fans n_in x n_out, and b_in x b_out in the base net, the kind is told
    by which of them grow: *hidden* (both), *input* (n_out alone), *output* (n_in alone). The
    base's distribution is multiplied by

    ======  =================  =====================  ==================
    kind    initial values     rate of SGD            rate of Adam
    ======  =================  =====================  ==================
    input   1                  n_out / b_out          1
    hidden  sqrt(b_in / n_in)  1                      b_in / n_in
    output  b_in / n_in        b_in / n_in            b_in / n_in
    ======  =================  =====================  ==================

    and `rate` gives the multiplier of the learning rate. Biases are 0, their rates those of an
    input. Yang, Hu, Babuschkin, Sidor, Liu, Farhi, Ryder, Pachocki, Chen, Gao: Tensor
    programs V: tuning large neural networks via zero-shot hyperparameter transfer, 2021,
    table 3.

    Examples
    --------
    >>> import netinit
    >>> base = {"first": (64, 10), "hidden": (64, 64), "last": (3, 64)}
    >>> method = netinit.methods.MuP(base)
    >>> wide = {"first": (256, 10), "hidden": (256, 256), "last": (3, 256)}
    >>> for name, shape in wide.items():
    ...     parameter = netinit.Parameter(name, shape)
    ...     print(method.kind(parameter), method.weight(parameter), method.rate(parameter))
    input Normal(0, 0.447) 1.0
    hidden Normal(0, 0.0884) 0.25
    output Normal(0, 0.0442) 0.25
    """

    name = "mup"
    asking: ClassVar[tuple[str, ...]] = ("base_method",)

    base: Any = None
    base_method: Any = _KAIMING

    def __post_init__(self) -> None:
        if not isinstance(self.base, Mapping):
            raise TypeError(
                f"MuP's base must be a mapping of names to the base net's shapes, not {self.base!r}"
            )
        shapes = {str(name): shape for name, shape in self.base.items() if shape is not None}
        object.__setattr__(self, "base", {name: tuple(map(int, s)) for name, s in shapes.items()})
        object.__setattr__(self, "base_method", as_method(self.base_method))

    @property
    def needs_net(self) -> bool:
        """True: weights are known by their names."""
        return True

    def of_net(self, parameters: Sequence[Parameter]) -> Method:
        """Return the method for a net, its base method having seen the net's names too."""
        return replace(self, base_method=self.base_method.of_net(parameters))

    def applies(self, parameter: Parameter) -> bool:
        """Return whether the base method has a value for a parameter."""
        inner: Method = self.base_method
        return inner.applies(parameter)

    def __hash__(self) -> int:
        return hash((tuple(self.base.items()), self.base_method))

    def _shape(self, parameter: Parameter) -> Sequence[int]:
        shape: Sequence[int] | None = self.base.get(parameter.name)
        if shape is None:
            raise ValueError(f"MuP's base has no shape for {parameter.name!r}")
        if len(shape) != len(parameter.known_shape):
            raise ValueError(
                f"MuP's base has the shape {shape} for {parameter.name!r}, whose shape "
                f"{parameter.shape} has another number of axes"
            )
        return shape

    def _fans(self, parameter: Parameter) -> tuple[Fans, Fans]:
        """Return the fans of a weight here and in the base net."""
        here = Fans(parameter.fan_in, parameter.fan_out)
        shape = self._shape(parameter)
        return here, fans(shape, refitted(parameter.layout, parameter.known_shape, shape))

    def kind(self, parameter: Parameter) -> str:
        """Return "hidden", "input", "output" or "finite" by which fans of a weight grow."""
        here, base = self._fans(parameter)
        if parameter.role == "embedding":  # (entries, width): the width is the output
            return "input" if here != base else "finite"
        grows = here.fan_in != base.fan_in, here.fan_out != base.fan_out
        kinds = {(True, True): "hidden", (False, True): "input", (True, False): "output"}
        return kinds.get(grows, "finite")

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the base net's distribution, scaled by the weight's kind and width."""
        inner: Method = self.base_method
        shape = tuple(self._shape(parameter))
        layout = refitted(parameter.layout, parameter.known_shape, shape)
        narrow = inner.weight(replace(parameter, shape=shape, layout=layout))
        if not isinstance(narrow, Distribution | Parts):
            raise TypeError(f"MuP's base_method must draw from distributions; it gave {narrow}")
        here, base = self._fans(parameter)
        power = {"hidden": 0.5, "output": 1.0}.get(self.kind(parameter), 0.0)
        if isinstance(narrow, Parts) and layout is not None and parameter.layout is not None:
            narrow = Parts(narrow.inner, narrow.axis, parameter.layout.pieces)
        if power == 0 or not here.fan_in:
            return narrow
        return scaled(narrow, float((base.fan_in / here.fan_in) ** power))

    @property
    def bias(self) -> Initializer:
        """What the base net's biases are drawn from."""
        inner: Method = self.base_method
        return inner.bias

    def rate(self, parameter: Parameter, optimizer: str = "adam") -> float:
        """Return what the base net's learning rate is multiplied by for a parameter.

        Parameters
        ----------
        parameter : Parameter
        optimizer : {"adam", "sgd"}
            Adam stands for all whose steps do not depend on the gradient's scale.

        Raises
        ------
        ValueError
            If the optimizer is neither, or the parameter is not in `base`.
        """
        optimizer = choose("optimizer", optimizer, ["adam", "sgd"])
        if parameter.role not in ("weight", "embedding"):  # biases, scales: vectors of the width
            (wide, *_), (narrow, *_) = parameter.shape or (1,), self._shape(parameter) or (1,)
            return wide / narrow if optimizer == "sgd" else 1.0
        kind = self.kind(parameter)
        here, base = self._fans(parameter)
        if kind == "input":
            grown = here[0] / base[0] if parameter.role == "embedding" else here[1] / base[1]
            return grown if optimizer == "sgd" else 1.0
        if kind == "finite" or (kind == "hidden" and optimizer == "sgd"):
            return 1.0
        return base.fan_in / here.fan_in
