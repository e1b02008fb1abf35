"""Thinc: its initializers, of version 9 and of the documented array forms, drawn by netinit.

They stand in Thinc's registry of initializers as ``netinit.glorot_uniform_init.v1`` and so on,
for any config, without an import. This package itself needs numpy only.
"""

from __future__ import annotations

# ruff: noqa: F403 (the names are those of the module's own list)
from netinit.thinc import initializers
from netinit.thinc.initializers import *

__all__: list[str] = []
__all__ += initializers.__all__
