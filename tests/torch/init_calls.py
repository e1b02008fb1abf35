"""Functions of torch.nn.init with arguments after the tensor, which the tests of them share."""

from __future__ import annotations

from typing import Any

#: Functions that draw random values; a matrix will do for all of them.
RANDOM: dict[str, tuple[Any, ...]] = {
    "uniform_": (-1.0, 2.0),
    "normal_": (1.0, 2.0),
    "trunc_normal_": (0.5, 2.0, -1.0, 3.0),
    "xavier_uniform_": (2.0,),
    "xavier_normal_": (),
    "kaiming_uniform_": (),
    "kaiming_normal_": (0.1, "fan_out"),
    "orthogonal_": (2.0,),
    "sparse_": (0.3, 2.0),
}
#: The others besides; `dirac_` wants at least three axes.
CALLS: dict[str, tuple[Any, ...]] = {
    **RANDOM,
    "constant_": (0.5,),
    "ones_": (),
    "zeros_": (),
    "eye_": (),
    "dirac_": (2,),
}
