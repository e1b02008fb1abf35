"""Every name of a method."""

from __future__ import annotations

from netinit.methods.base import Method
from netinit.methods.matrices import Identity, Orthogonal
from netinit.methods.random import Random
from netinit.methods.scaling import Kaiming, Lecun, VarianceScaling, Xavier

__all__ = ["METHODS"]


#: Every name of a method and its class; an alias is a row.
METHODS: dict[str, type[Method]] = {
    "Kaiming": Kaiming,
    "He": Kaiming,
    "Xavier": Xavier,
    "Glorot": Xavier,
    "Lecun": Lecun,
    "VarianceScaling": VarianceScaling,
    "Orthogonal": Orthogonal,
    "Random": Random,
    "Identity": Identity,
}
