"""Netinit's initializers in the place of torch's, for code that calls torch's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from netinit.torch.init import constants, deprecated, gains, matrices, random
from netinit.torch.init.theirs import THEIRS

__all__ = ["holders", "installed"]

#: Where torch keeps its initializers: modules that imported them by name have their own.
_MODULES = ("torch.nn.init", "torch.nn.modules.activation", "torch.nn.modules.transformer")


def _replacements() -> dict[int, Callable[..., Any]]:
    """Return netinit's function for each of torch's, which is known by its identity."""
    found = {}
    for module in (constants, deprecated, gains, matrices, random):
        for name in module.__all__:
            if hasattr(THEIRS, name):
                found[id(getattr(THEIRS, name))] = getattr(module, name)
    return found


_OURS = _replacements()


def holders() -> list[ModuleType | MutableMapping[str, Any]]:
    """Return the loaded modules that have functions of ``torch.nn.init``, and their tables.

    Of the tables there is one: transformers 5 keeps the functions that it calls in it.
    """
    modules = [module for module in sys.modules.values() if isinstance(module, ModuleType)]
    found: list[ModuleType | MutableMapping[str, Any]] = [m for m in modules if _holds(m)]
    table = getattr(sys.modules.get("transformers.initialization"), "TORCH_INIT_FUNCTIONS", None)
    return found if table is None else [*found, table]


#: How many names a module had when it was looked through and had none of the functions.
_without: WeakKeyDictionary[ModuleType, int] = WeakKeyDictionary()


def _holds(module: ModuleType) -> bool:
    """Return whether a module has one of the functions.

    A process has thousands of modules, whose names hardly change: one that had none is looked
    through again when it has more or fewer names. Meanwhile a function that took the place of
    another value is not found, and what it does is seen operator by operator.
    """
    names = vars(module)
    if _without.get(module) == len(names):
        return False
    held = not _OURS.keys().isdisjoint(map(id, list(names.values())))
    if not held:
        _without[module] = len(names)
    return held


@contextmanager
def installed(*namespaces: ModuleType | MutableMapping[str, Any]) -> Iterator[None]:
    """Within a ``with`` block, torch's initializers are netinit's, in the whole process.

    So code that calls ``torch.nn.init`` itself needs no change: the constructors of torch's
    layers, for one.

    Parameters
    ----------
    *namespaces : module or dict
        Where functions of ``torch.nn.init`` are replaced, besides that module and the
        layers of torch which imported them by name. A module of the caller's that did
        ``from torch.nn.init import normal_`` has to be named.

    Raises
    ------
    TypeError
        If a namespace is neither a module nor a dict.
    ValueError
        If one has no function of ``torch.nn.init``. Nothing has been replaced then.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> with init.installed():
    ...     _ = torch.manual_seed(0)
    ...     layer = torch.nn.Linear(30, 20)
    >>> _ = torch.manual_seed(0)
    >>> torch.equal(layer.weight, init.kaiming_uniform_(torch.empty(20, 30), a=5**0.5))
    True

    The models of transformers 5 keep torch's functions in a table:

    ::

        from transformers.initialization import TORCH_INIT_FUNCTIONS

        with init.installed(TORCH_INIT_FUNCTIONS):
            model = GPT2LMHeadModel(GPT2Config())
    """
    for namespace in namespaces:
        if not isinstance(namespace, (ModuleType, MutableMapping)):
            raise TypeError(f"a namespace must be a module or a dict, not {namespace!r}")
        table = namespace if isinstance(namespace, Mapping) else vars(namespace)
        if not any(id(v) in _OURS or any(v is o for o in _OURS.values()) for v in table.values()):
            raise ValueError(
                f"{getattr(namespace, '__name__', 'a namespace')} has no function of torch.nn.init "
                "by name, so there is nothing to replace in it"
            )
    places = [importlib.import_module(name) for name in _MODULES] + list(namespaces)
    tables: list[Any] = [p if isinstance(p, Mapping) else vars(p) for p in places]
    changed = [
        (table, name, value)
        for table in tables
        for name, value in table.items()
        if id(value) in _OURS
    ]
    try:
        for table, name, value in changed:
            table[name] = _OURS[id(value)]
        yield
    finally:
        for table, name, value in changed:
            table[name] = value
