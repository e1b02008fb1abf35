"""numpy arrays: a function for each name of the catalogue, and mappings of arrays as nets.

Each function takes the shape, its own options, and as keywords what `create` does; those that ask
for fans take `in_axis`, `out_axis` and `batch_axis` too, by default those of (out, in, *kernel).
"""

from __future__ import annotations

from netinit.numpy.adapter import ArraySpec
from netinit.numpy.create import create
from netinit.numpy.matrices import (
    bilinear,
    delta_orthogonal,
    dirac,
    eye,
    icnr,
    noisy_identity,
    orthogonal,
    sparse,
    zero_hadamard,
)
from netinit.numpy.plain import (
    constant,
    forget_bias,
    from_ppf,
    given,
    normal,
    ones,
    trunc_normal,
    truncated_normal,
    uniform,
    zeros,
)
from netinit.numpy.scaling import (
    fan_in_uniform,
    glorot_normal,
    glorot_truncated_normal,
    glorot_uniform,
    he_normal,
    he_truncated_normal,
    he_uniform,
    kaiming_normal,
    kaiming_truncated_normal,
    kaiming_uniform,
    lecun_normal,
    lecun_truncated_normal,
    lecun_uniform,
    siren,
    variance_scaling,
    xavier_normal,
    xavier_truncated_normal,
    xavier_uniform,
)

__all__ = [
    "ArraySpec",
    "bilinear",
    "constant",
    "create",
    "delta_orthogonal",
    "dirac",
    "eye",
    "fan_in_uniform",
    "forget_bias",
    "from_ppf",
    "given",
    "glorot_normal",
    "glorot_truncated_normal",
    "glorot_uniform",
    "he_normal",
    "he_truncated_normal",
    "he_uniform",
    "icnr",
    "kaiming_normal",
    "kaiming_truncated_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_truncated_normal",
    "lecun_uniform",
    "noisy_identity",
    "normal",
    "ones",
    "orthogonal",
    "siren",
    "sparse",
    "trunc_normal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_truncated_normal",
    "xavier_uniform",
    "zero_hadamard",
    "zeros",
]
