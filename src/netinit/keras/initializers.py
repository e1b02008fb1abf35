"""Every initializer of Keras 3, drawn by netinit: import this module in place of Keras's.

Each class derives from Keras's own of the same name, so arguments, configuration, errors and
``isinstance`` are Keras's; the random ones are drawn by netinit's streams. An integer seed gives
the same values at every call, None is a random integer chosen when the initializer is made,
and a ``keras.random.SeedGenerator`` gives other values at every call. Values are equal on all
of Keras's backends, and in every dtype that netinit draws, half precision included.
"""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

from keras.initializers import Initializer, serialize

from netinit.keras.constants import STFT, Constant, Identity, Ones, Zeros
from netinit.keras.names import deserialize, get
from netinit.keras.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros
