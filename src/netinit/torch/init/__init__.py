"""The initializers of ``torch.nn.init``: same names, arguments, distributions and errors.

To use them, change the import::

    from netinit.torch import init  # for: from torch.nn import init

    init.kaiming_normal_(layer.weight, nonlinearity="relu")

Every function fills a tensor in place, outside of autograd, and returns it. What differs from
torch:

- The values come from netinit's stream (docs/stream.md), whose key is drawn from `generator`,
  or from torch's default generator, which ``torch.manual_seed`` governs. Each call advances it
  once, whatever the tensor's size. The values depend on the tensor's shape and dtype, not on
  its strides, its device or the number of threads; torch's own bits are not reproduced.
- `generator` is honoured everywhere, for the places of `sparse_`'s zeros too.
- A DTensor is filled shard by shard with the values of the whole tensor, so that they do not
  depend on the number of processes, whose generators have to be in the same state (as after
  ``torch.manual_seed`` with the same seed).
- A tensor of another device than the CPU gets its values from the CPU. Its generator is its
  device's where one is given, else torch's default generator, the CPU's.
- Where torch fails, loops or draws something else, netinit works: `trunc_normal_` with any
  bounds and with std = 0, `orthogonal_` in half precision and with any strides, `eye_` and
  `dirac_` of a DTensor.

Errors and warnings are torch's, by type and text. Tensors that netinit does not draw (of
integers, sparse, quantized, on the meta device, fake) are left to torch, and so is all that is
traced by torch.compile or transformed by torch.func.
"""

from __future__ import annotations

# Other packages import some private names, which are therefore here too.
# ruff: noqa: F401
from netinit.torch.init.constants import (
    _no_grad_fill_,
    _no_grad_zero_,
    constant_,
    dirac_,
    eye_,
    ones_,
    zeros_,
)
from netinit.torch.init.deprecated import (
    constant,
    dirac,
    eye,
    kaiming_normal,
    kaiming_uniform,
    normal,
    orthogonal,
    sparse,
    uniform,
    xavier_normal,
    xavier_uniform,
)
from netinit.torch.init.gains import (
    _calculate_correct_fan,
    _calculate_fan_in_and_fan_out,
    _FanMode,
    _NonlinearityType,
    calculate_gain,
)
from netinit.torch.init.installation import installed
from netinit.torch.init.matrices import orthogonal_, sparse_
from netinit.torch.init.random import (
    _no_grad_normal_,
    _no_grad_trunc_normal_,
    _no_grad_uniform_,
    kaiming_normal_,
    kaiming_uniform_,
    normal_,
    trunc_normal_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
)

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "installed",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]
