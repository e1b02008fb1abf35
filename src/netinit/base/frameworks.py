"""Which adapter serves which net. A framework is loaded by its own adapter only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from netinit.parameters.adapter import Adapter

__all__ = ["adapter_for"]


def _of_module(prefix: str) -> Callable[[Any], bool]:
    """Return a predicate: whether one of the net's classes is defined under a module."""

    def made_by(net: Any) -> bool:
        modules = (cls.__module__ for cls in type(net).__mro__)
        return any(module == prefix or module.startswith(f"{prefix}.") for module in modules)

    return made_by


def _is_mapping(net: Any) -> bool:
    return isinstance(net, Mapping)


#: What a net is, how it is told, and its adapter's module and class; the first that fits.
_ADAPTERS: list[tuple[str, Callable[[Any], bool], str, str]] = [
    (
        "a layer, chain or graph of netinit.nets",
        _of_module("netinit.nets"),
        "netinit.nets.adapter",
        "NetAdapter",
    ),
    ("a torch.nn.Module", _of_module("torch.nn.modules"), "netinit.torch.adapter", "TorchAdapter"),
    ("a mapping of names to arrays", _is_mapping, "netinit.mapping", "MappingAdapter"),
]


def adapter_for(net: Any) -> Adapter:
    """Return the adapter that walks and fills `net`.

    Raises
    ------
    TypeError
        If no adapter serves nets of this type; the message lists what is accepted.
    """
    for _, fits, module, cls in _ADAPTERS:
        if fits(net):
            adapter: Adapter = getattr(import_module(module), cls)(net)
            return adapter
    accepted = ", ".join(what for what, *_ in _ADAPTERS)
    if isinstance(net, type):
        given = f"the class {net.__name__}: make an instance of it"
    elif hasattr(net, "dtype"):
        given = f"{type(net).__name__}; to fill one array use netinit.fill"
    else:
        given = type(net).__name__
    raise TypeError(f"net must be one of: {accepted}; not {given}")
