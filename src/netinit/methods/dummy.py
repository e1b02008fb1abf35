"""Values for benchmarks: right for every type of a served net, and dull nowhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from netinit.arrays.dtypes import DTYPES, STORAGE, STORED
from netinit.arrays.narrow import round_narrow
from netinit.base.checks import integer
from netinit.catalogue import formulas
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.initializers.given import Given
from netinit.initializers.variance_scaling import SPREADS, spread_or_zeros
from netinit.initializers.words import TWICE, Fnuz, Steps, Words
from netinit.methods.base import Method, choose_option, number_option
from netinit.methods.registry import register
from netinit.methods.served import Served, is_embedding, is_residual_output
from netinit.parameters.parameter import Parameter
from netinit.parameters.quantized import part_of

__all__ = ["Dummy"]

#: The least standard deviation of each narrow type at which enough of its numbers are met.
_LEAST = {
    "float8_e4m3fn": 2.0**-8,
    "float8_e4m3fnuz": 2.0**-9,
    "float8_e5m2": 2.0**-14,
    "float8_e5m2fnuz": 2.0**-15,
}
#: The powers of two that a scale may be in each type.
_EXPONENTS = {
    "float8_e4m3fn": (-9, 8),
    "float8_e5m2": (-16, 15),
    "float16": (-14, 15),
}
#: The parts of quantized layers that are integers by nature.
_INDICES = ("group index", "order", "shape")
#: The bias of an exponent that is stored alone.
_BIAS = 127


@register("Dummy")
@dataclass(frozen=True, slots=True)
class Dummy(Method):
    """Make a net of any types run for benchmarks as a trained one would: finite, and balanced.

    Parameters
    ----------
    gain : float, default 1
        At least 0: what weights are multiplied by; sqrt(2) for deep chains of relu without
        normalization.
    distribution : {"uniform", "normal", "truncated_normal"}
        Of weights.
    layers : int, optional
        How many blocks the net has; as many as its names tell, where it is not given.
    bits : int, default 4
        How many bits each number in a packed weight (int32, uint8) has.

    Raises
    ------
    ValueError
        If an option's value is not one of these.

    Notes
    -----
    Weights have std gain / sqrt(fan_in), those that end a residual branch that over
    sqrt(2 layers), embeddings 1: so the residual stream is its tokens' own in any depth. Routers
    have orthonormal rows, and every expert as many tokens as another. Integers and packed
    numbers are uniform bits; the scale beside them is the power of two that gives the product
    its std, other scales are 1. docs/dummy.md has the whole table.

    Examples
    --------
    >>> import netinit
    >>> net = {"fc.qweight": netinit.ArraySpec((64, 256), "int32")}
    >>> net |= {"fc.scales": netinit.ArraySpec((4, 256), "float16")}
    >>> for row in netinit.plan(net, method="Dummy"):
    ...     print(row.name, row.role, row.initializer)
    fc.qweight codes Words(bits & 0xffffffff)
    fc.scales scale Constant(0.00781)
    """

    name = "dummy"
    zeros_on_purpose = True

    gain: float = 1.0
    distribution: str = "uniform"
    layers: int | None = None
    bits: int = 4
    #: The net around a parameter.
    net: Served = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        number_option(self, "gain", least=0)
        choose_option(self, "distribution", SPREADS)
        object.__setattr__(self, "bits", integer("Dummy's bits", self.bits, least=1))
        if self.layers is not None:
            object.__setattr__(self, "layers", integer("Dummy's layers", self.layers, least=1))
        object.__setattr__(self, "net", Served(bits=self.bits))

    @property
    def stores(self) -> bool:
        """True: it has values for integers and every float8."""
        return True

    def of_net(self, parameters: Sequence[Parameter]) -> Dummy:
        """Return the method for a net, whose depth, routers and packed weights its names tell."""
        net = Served.of(parameters, self.bits)
        seen = replace(self, layers=self.layers if self.layers is not None else net.depth)
        object.__setattr__(seen, "net", net)
        return seen

    def applies(self, parameter: Parameter) -> bool:
        """Return True: nothing is left without a value."""
        return True

    def row(self, parameter: Parameter) -> Parameter:
        """Return a parameter with its part of a quantized layer as its role."""
        part = part_of(parameter.name)
        return replace(parameter, role=part, note="") if part else parameter

    def initializer(self, parameter: Parameter) -> Initializer:
        """Return what a parameter is filled with, by its name, dtype and shape."""
        part = part_of(parameter.name)
        shape = parameter.known_shape
        if part == "scale":
            return self._scale(parameter)
        if part == "zero point":
            return self._zero_point(parameter)
        if part in _INDICES and _is_integer(parameter.dtype):
            return self._indices(part, parameter)
        if parameter.fixed is not None:
            return _in_type(parameter.fixed, parameter.dtype)
        if (parameter.role == "bias" or len(shape) < 2) and part != "codes":
            return _in_type(Constant(0.0), parameter.dtype)
        return self.weight(parameter)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return what a weight is filled with, by its dtype and fans."""
        dtype = parameter.dtype
        if dtype == "float8_e8m0fnu":
            return Words(0, _BIAS)
        if _is_integer(dtype):
            return _integers(parameter)
        if self.net.is_router(parameter) and dtype not in STORED:
            return formulas.orthogonal(parameter, self.gain)
        std = max(self._std(parameter), _LEAST.get(dtype, 0.0))
        if dtype in STORED:
            return Fnuz(spread_or_zeros(self.distribution, 2 * std))
        return spread_or_zeros(self.distribution, std)

    def _std(self, parameter: Parameter) -> float:
        """Return the standard deviation of the numbers of a weight."""
        if 0 in parameter.known_shape:
            return 0.0
        if is_embedding(parameter):
            return 1.0
        narrow = parameter.dtype.startswith("float8")
        scaled = narrow and self.net.scale_of(parameter.name) is not None
        depth = 1.0 if scaled else self._branch(parameter)  # or else its scale has it
        return self.gain * depth / math.sqrt(self.net.fan_in(parameter))

    def _branch(self, parameter: Parameter) -> float:
        """Return what a weight that ends a residual branch is multiplied by, 1 for others."""
        if not is_residual_output(parameter.name):
            return 1.0
        return 1 / math.sqrt(2 * (self.layers or 1))

    def _scale(self, parameter: Parameter) -> Initializer:
        """Return the power of two that a scale is."""
        weight, exponent = self.net.weight_of(parameter.name), 0
        if weight is not None and 0 not in weight.known_shape:
            exponent = self._exponent(weight)
        if parameter.dtype in ("uint8", "float8_e8m0fnu"):  # an exponent alone
            return Words(0, min(max(_BIAS + exponent, 1), 254))
        low, high = _EXPONENTS.get(parameter.dtype, (-126, 127))
        return _in_type(Constant(2.0 ** min(max(exponent, low), high)), parameter.dtype)

    def _exponent(self, weight: Parameter) -> int:
        """Return the exponent of the scale of a weight: that which gives the product its std."""
        if weight.dtype.startswith("float8") and weight.dtype != "float8_e8m0fnu":
            return round(math.log2(self._branch(weight)))
        if weight.dtype not in STORED:
            return 0
        bits = self.bits if self.net.per_word(weight) > 1 else 8 * DTYPES[weight.dtype]
        spread = 2.0**bits / math.sqrt(12)  # of uniform integers
        target = self.gain * self._branch(weight) / math.sqrt(self.net.fan_in(weight))
        return round(math.log2(target / spread)) if target else 0

    def _zero_point(self, parameter: Parameter) -> Initializer:
        """Return the middle of the unsigned numbers; 0 where they are signed."""
        weight = self.net.weight_of(parameter.name)
        packed = parameter.name.endswith("qzeros") or (weight is not None and _is_packed(weight))
        if parameter.dtype in ("int32", "uint32") and packed:
            middle = 1 << (self.bits - 1)
            if weight is not None and weight.name.endswith("qweight"):
                middle -= self.net.packed_along_inputs(weight)  # GPTQ stores one less
            return Words(0, sum(middle << at for at in range(0, 32 - self.bits + 1, self.bits)))
        if parameter.dtype == "uint8":
            return Words(0, 0x88)  # the middle of 4 bits twice, and about that of 8
        return _in_type(Constant(0.0), parameter.dtype)

    def _indices(self, part: str, parameter: Parameter) -> Initializer:
        """Return the integers that a part of a quantized layer is."""
        if part == "order":
            return Steps()
        return self._shape(parameter) if part == "shape" else self._groups(parameter)

    def _groups(self, parameter: Parameter) -> Initializer:
        """Return the number of each input's group; 0 where nothing tells how many there are."""
        weight = self.net.weight_of(parameter.name)
        scale = None if weight is None else self.net.scale_of(weight.name)
        inputs = parameter.known_shape[-1] if parameter.known_shape else 1
        if scale is None or len(scale.known_shape) < 2 or not inputs:
            return Words(0)
        return Steps(-(-inputs // max(1, scale.known_shape[-2])))

    def _shape(self, parameter: Parameter) -> Initializer:
        """Return the shape (out, in) that a packed weight has without the packing."""
        weight = self.net.weight_of(parameter.name)
        if weight is None or len(weight.known_shape) < 2 or parameter.known_shape[-1:] != (2,):
            return Words(0)
        out, last = weight.known_shape[-2:]
        return Given([out, last * self.net.per_word(weight)])


def _is_integer(dtype: str) -> bool:
    return dtype in STORED and STORAGE[dtype].name == dtype


def _is_packed(weight: Parameter) -> bool:
    return weight.dtype in ("int32", "uint32", "uint8")


def _integers(parameter: Parameter) -> Initializer:
    """Return uniform bits for what is a weight by its shape; 0, a safe index, for others."""
    dtype, size = parameter.dtype, DTYPES[parameter.dtype]
    indices = any(word in parameter.name.rpartition(".")[2] for word in ("idx", "ids", "index"))
    if dtype == "bool" or size > 4 or indices or len(parameter.known_shape) < 2:
        return Words(0)
    return Words((1 << 8 * size) - 1)


def _in_type(initializer: Initializer, dtype: str) -> Initializer:
    """Return a constant as what fills a dtype, also one that is not drawn."""
    if dtype not in STORED or not isinstance(initializer, Constant):
        return initializer
    value = initializer.value
    if dtype == "float8_e8m0fnu":
        return Words(0, _BIAS + round(math.log2(value)) if value > 0 else 0)
    if dtype in ("float8_e4m3fnuz", "float8_e5m2fnuz"):
        return Words(0, int(round_narrow([2 * value], TWICE[dtype])[0]))
    return Words(0, int(np.array(int(value)).astype(STORAGE[dtype]).view(f"u{DTYPES[dtype]}")))
