"""The modules that a block builds, and which of them are nets: part of no other."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn.modules import module as hooks

__all__ = ["Modules", "roots_of"]


class Modules:
    """The modules that something is registered in by this thread, while watched."""

    def __init__(self) -> None:
        #: In the order of the registrations; one for all that a module makes without a pause.
        self._seen: list[weakref.ref[nn.Module]] = []
        self._thread = threading.get_ident()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Within a ``with`` block, take note of modules."""
        handles = [
            hooks.register_module_parameter_registration_hook(self._note),
            hooks.register_module_buffer_registration_hook(self._note),
            hooks.register_module_module_registration_hook(self._note),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _note(self, module: nn.Module, name: str, value: Any) -> None:
        if threading.get_ident() == self._thread:
            reference = weakref.ref(module)  # the same object as long as there is one
            if not self._seen or self._seen[-1] is not reference:
                self._seen.append(reference)

    def alive(self) -> list[nn.Module]:
        """Return the modules that are alive, in the order in which they were first seen."""
        found = (reference() for reference in self._seen)
        return list({id(module): module for module in found if module is not None}.values())

    @staticmethod
    def everywhere() -> list[nn.Module]:
        """Return all modules of the process."""
        return [item for item in gc.get_objects() if issubclass(type(item), nn.Module)]


def roots_of(modules: Iterable[nn.Module]) -> list[nn.Module]:
    """Return those of some modules that are within no other of them."""
    modules = list(modules)
    within: set[int] = set()
    for module in modules:
        if id(module) in within:
            continue
        waiting = [child for child in module._modules.values() if child is not None]
        while waiting:
            child = waiting.pop()
            if id(child) not in within and child is not module:
                within.add(id(child))
                waiting.extend(c for c in child._modules.values() if c is not None)
    return [module for module in modules if id(module) not in within]
