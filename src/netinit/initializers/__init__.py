"""Initializers: what an array is filled with.

Distributions draw each element by itself; the others know where in the whole array an element
stands. Each fills any slice of an array alone, and the slice is that of the whole.
"""

from __future__ import annotations

from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.complex import Cartesian
from netinit.initializers.complex_plane import (
    ComplexNormal,
    ComplexTruncatedNormal,
    ComplexUniform,
)
from netinit.initializers.diagonal import DeltaOrthogonal, Dirac, Eye
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers.gains import gain
from netinit.initializers.given import Given
from netinit.initializers.hadamard import Hadamard
from netinit.initializers.identity import Identity
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.packed import Maps, Parts
from netinit.initializers.quantile import Quantile
from netinit.initializers.recipes import initializer_from_json
from netinit.initializers.sparse import Sparse
from netinit.initializers.upsampling import ICNR, Bilinear
from netinit.initializers.words import Fnuz, Steps, Words
from netinit.initializers.zero_rows import ZeroRows

__all__ = [
    "ICNR",
    "Bilinear",
    "Cartesian",
    "ComplexNormal",
    "ComplexTruncatedNormal",
    "ComplexUniform",
    "Constant",
    "DeltaOrthogonal",
    "Dirac",
    "Distribution",
    "Eye",
    "Fnuz",
    "Given",
    "Hadamard",
    "Identity",
    "Initializer",
    "Maps",
    "Normal",
    "Orthogonal",
    "Parts",
    "Quantile",
    "Sparse",
    "Steps",
    "TruncatedNormal",
    "Uniform",
    "Words",
    "ZeroRows",
    "gain",
    "initializer_from_json",
]
