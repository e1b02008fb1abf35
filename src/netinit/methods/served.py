"""What the names, shapes and dtypes of a served net tell: its depth, routers, packed weights."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from netinit.methods.places import RESIDUAL_OUTPUTS, named
from netinit.parameters.parameter import Parameter
from netinit.parameters.quantized import part_of, weight_of
from netinit.shapes.layout import DENSE

__all__ = ["Served", "is_embedding", "is_residual_output"]

#: The end of a weight's name, packed or not.
_END = re.compile(r"[._]?(qweight|weight_packed|weight|blocks)$")
_EMBEDDING = re.compile(r"embed|(^|\.)(wte|wpe)\.")
#: A block's number in a name.
_NUMBER = re.compile(r"(^|.*?\.)(\d+)\.")
#: The layer whose experts a name is of, and the weight of a router, after that layer's name.
_EXPERTS = re.compile(r"^((?:.*?\.)?)[^.]*experts?[^.]*\.")
_ROUTER = re.compile(r"^(.*?)(^|\.)(gate|router)(\.\w+)?\.weight$")


def _as_weight(name: str) -> str:
    """Return the name that a weight would have if it were not packed, or stacked."""
    return f"{_END.sub('', name)}.weight"


def is_residual_output(name: str) -> bool:
    """Return whether a weight is the last linear map of a residual branch, by its name."""
    return named(_as_weight(name), RESIDUAL_OUTPUTS)


def is_embedding(parameter: Parameter) -> bool:
    """Return whether a parameter is a table of embeddings, by its role or its name."""
    return parameter.role == "embedding" or bool(
        len(parameter.known_shape) == 2 and _EMBEDDING.search(parameter.name)
    )


@dataclass(frozen=True, slots=True)
class Served:
    """The parameters of a net, by their names.

    Attributes
    ----------
    parameters : dict
        Those of known shapes.
    bits : int
        How many bits each number of a packed weight has, where its dtype does not say.
    """

    parameters: dict[str, Parameter] = field(default_factory=dict)
    bits: int = 4
    #: The scale of each weight that has one.
    scales: dict[str, Parameter] = field(default_factory=dict)
    #: The names of layers of experts, with their last dot.
    experts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, parameters: Iterable[Parameter], bits: int) -> Served:
        """Return what is known of a net of these parameters."""
        known = {p.name: p for p in parameters if p.shape is not None}
        scales: dict[str, Parameter] = {}
        for name, parameter in known.items():
            weight = weight_of(name, known) if part_of(name) == "scale" else ""
            if weight:
                scales.setdefault(weight, parameter)
        experts = filter(None, map(_EXPERTS.match, known))
        return cls(known, bits, scales, frozenset(found[1] for found in experts))

    @property
    def depth(self) -> int:
        """How many blocks have residual branches; at least 1."""
        blocks = set()
        for name in self.parameters:
            number = _NUMBER.match(name)
            if number and is_residual_output(name):
                blocks.add((number[1], number[2]))
        return max(1, len(blocks))

    def is_router(self, parameter: Parameter) -> bool:
        """Return whether a weight gives the logits by which tokens choose among experts."""
        found = _ROUTER.match(parameter.name)
        shape = parameter.known_shape
        if found is None or len(shape) != 2 or shape[0] > shape[1]:
            return False
        return found[3] == "router" or found[1] + found[2] in self.experts

    def weight_of(self, name: str) -> Parameter | None:
        """Return the weight that a scale, zero point or index belongs to, if there is one."""
        return self.parameters.get(weight_of(name, self.parameters))

    def scale_of(self, weight: str) -> Parameter | None:
        """Return the scale of a weight, if it has one."""
        return self.scales.get(weight)

    def packed_along_inputs(self, weight: Parameter) -> bool:
        """Return whether a weight (in, out) has several inputs in a word, as GPTQ's, not AWQ's."""
        scale = self.scale_of(weight.name)
        return scale is not None and scale.known_shape[-1:] == weight.known_shape[-1:]

    def per_word(self, weight: Parameter) -> int:
        """Return how many numbers an element of a packed weight holds."""
        width = {"int32": 32, "uint32": 32, "uint8": 8}.get(weight.dtype)
        return 1 if width is None else max(1, width // self.bits)

    def fan_in(self, weight: Parameter) -> float:
        """Return from how many numbers each output of a weight is made.

        Of stacked experts, whose orientation their shape does not tell, the geometric mean of
        the last two axes stands for it.
        """
        shape = weight.known_shape
        part, last = part_of(weight.name), weight.name.rpartition(".")[2]
        each = self.per_word(weight)
        if each > 1 or part == "codes":
            if last.endswith("qweight") and len(shape) > 1:
                along = self.packed_along_inputs(weight)
                return shape[-2] * (each if along else 1)
            blocks = shape[-2] if last.endswith("_blocks") and len(shape) > 1 else 1
            return shape[-1] * blocks * each if shape else 1
        if last in ("w13_weight", "w2_weight"):  # vLLM's experts, (experts, out, in)
            return shape[-1]
        if len(shape) == 3 and weight.layout in (None, DENSE) and "expert" in weight.name:
            return math.sqrt(shape[-1] * shape[-2])
        if weight.layout is None and len(shape) != 2:
            return shape[-1] if shape else 1
        return replace(weight, fans=None).fan_in
