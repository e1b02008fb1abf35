"""numpy arrays: a function for each name of the catalogue, and mappings of arrays as nets.

Each function takes the shape, its own options, and as keywords what `create` does; those that ask
for fans take `in_axis`, `out_axis` and `batch_axis` too, by default those of (out, in, *kernel).
"""

from __future__ import annotations

# ruff: noqa: F403 (the names are those of the modules' own lists)
from netinit.numpy import matrices, plain, scaling
from netinit.numpy.adapter import ArraySpec
from netinit.numpy.create import create
from netinit.numpy.matrices import *
from netinit.numpy.plain import *
from netinit.numpy.scaling import *

__all__ = ["ArraySpec", "create"]
__all__ += matrices.__all__
__all__ += plain.__all__
__all__ += scaling.__all__
