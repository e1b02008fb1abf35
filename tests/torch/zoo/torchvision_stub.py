"""What timm imports of torchvision, for an environment without it.

Only the names are there: enough to import timm and build its models, not to transform images.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from types import ModuleType
from typing import Any

from torch import nn

__all__ = ["torchvision_or_stub"]


class FrozenBatchNorm2d(nn.Module):
    """The class that timm asks whether a layer is of."""


class InterpolationMode(Enum):
    """The ways to resize an image, by the names that timm translates."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


class ToTensor:
    """A base class of timm's transforms."""


class _Module(ModuleType):
    """A module that has every name: a class without anything, for what is not used here."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _modules() -> dict[str, ModuleType]:
    names = ["", ".ops", ".ops.misc", ".transforms", ".transforms.functional", ".datasets"]
    modules = {f"torchvision{name}": _Module(f"torchvision{name}") for name in names}
    for name, module in modules.items():
        module.__path__ = []
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    modules["torchvision"].__version__ = "0"
    modules["torchvision.ops.misc"].FrozenBatchNorm2d = FrozenBatchNorm2d
    modules["torchvision.transforms"].ToTensor = ToTensor
    modules["torchvision.transforms.functional"].InterpolationMode = InterpolationMode
    return modules


@contextmanager
def torchvision_or_stub() -> Iterator[None]:
    """Within a ``with`` block, torchvision can be imported; a stub is gone after it.

    So nobody else takes the stub for the package.
    """
    if importlib.util.find_spec("torchvision") is not None:
        yield
        return
    modules = _modules()
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
