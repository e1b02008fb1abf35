"""A net's own code: what builds it again, and what its modules initialize themselves with."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import torch
from torch import nn

from netinit.torch.walk import class_of, is_lazy

__all__ = [
    "configured",
    "constructors_unasked",
    "has_methods",
    "has_own_code",
    "initialized_stand_in",
]

#: Methods without arguments by which modules initialize themselves, in the order of the calls.
_METHODS = (
    "reset_parameters",
    "_reset_parameters",
    "init_weights",
    "initialize_weights",
    "init_non_persistent_buffers",
)
#: A method that initializes the module that it is called with, for `torch.nn.Module.apply`.
_OF_MODULE = "_init_weights"


def configured(net: nn.Module) -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    """Yield the path of each part of a net that its configuration builds, with what builds it.

    Those are the models of the transformers library, where one within another is the other's,
    and modules of anybody's that hold nothing but buffers: rotary embeddings, mostly.
    """
    found: list[str] = []
    for path, module in net.named_modules():
        within = any(not above or path.startswith(f"{above}.") for above in found)
        if not within and _has_configuration(module):
            found.append(path)
            yield path, partial(_build, module)


def _has_configuration(module: nn.Module) -> bool:
    if type(module).__module__.startswith("torch.nn.") and "config" not in vars(module):
        return False  # at once: torch takes a while to say that it has no such attribute
    if getattr(module, "config", None) is None:
        return False
    if any(base.__name__ == "PreTrainedModel" for base in type(module).__mro__):
        return True
    return bool(module._buffers) and next(module.parameters(), None) is None


def _build(model: Any) -> nn.Module:
    made: nn.Module = class_of(model)(copy.deepcopy(model.config))
    return made


def has_own_code(net: nn.Module) -> bool:
    """Return whether a module that is none of torch's has a method that initializes it."""
    kinds = set(map(class_of, net.modules()))
    return any(map(_own_methods, kinds))


@lru_cache(maxsize=4096)
def _own_methods(kind: Any) -> tuple[str, ...]:
    """Return the methods by which modules of a class, none of torch's, initialize themselves."""
    own = []
    for name in (*_METHODS, _OF_MODULE):
        method = inspect.getattr_static(kind, name, None)
        if not callable(method) or _is_torchs(kind, name):
            continue
        needed = [
            parameter
            for parameter in list(inspect.signature(method).parameters.values())[1:]
            if parameter.default is parameter.empty
            and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        if len(needed) == (name == _OF_MODULE):
            own.append(name)
    return tuple(own)


def _is_torchs(kind: type, name: str) -> bool:
    """Return whether a method is that of a class of torch's own."""
    owner = next(base for base in kind.__mro__ if name in vars(base))
    return owner.__module__.startswith("torch.")


@lru_cache(maxsize=4096)
def _all_methods(kind: Any) -> tuple[str, ...]:
    """Return the methods by which modules of a class initialize themselves, torch's own too."""
    own = _own_methods(kind)
    torchs = (name for name in _METHODS[:2] if hasattr(kind, name) and _is_torchs(kind, name))
    return own or tuple(torchs)


def has_methods(module: nn.Module) -> bool:
    """Return whether a module has a method that initializes it, of torch's or its own."""
    return bool(_all_methods(class_of(module)))


def constructors_unasked(net: nn.Module) -> list[str]:
    """Return the classes, none of torch's, within which no code but constructors can tell.

    That is: neither they nor a module around them have a method that initializes them.
    """
    found: dict[str, None] = {}
    waiting = [net]
    while waiting:
        module = waiting.pop()
        kind = class_of(module)
        if not _own_methods(kind):
            waiting.extend(child for child in module._modules.values() if child is not None)
            if module._modules and not kind.__module__.startswith("torch."):
                found[kind.__name__] = None
    return list(found)


def _run_own_code(net: nn.Module) -> None:
    """Have modules initialize themselves, the inner before the outer ones."""
    for module in reversed(list(net.modules())):
        kind = class_of(module)
        for name in _all_methods(kind):
            if name == _OF_MODULE:
                module.apply(getattr(module, name))
            else:
                getattr(module, name)()


def initialized_stand_in(net: nn.Module) -> nn.Module:
    """Return a net like `net` with new memory on the CPU, whose modules initialized themselves."""
    made = _stand_in(net)
    _run_own_code(made)
    return made


def _stand_in(net: nn.Module) -> nn.Module:
    """Return a net like `net` with new memory on the CPU, to which nothing is written.

    Its other attributes are the net's own: copying them could copy anything.
    """
    made: dict[int, Any] = {}

    def replaced(tensor: torch.Tensor | None) -> torch.Tensor | None:
        if tensor is None or is_lazy(tensor):
            return tensor
        if id(tensor) not in made:
            empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
            if isinstance(tensor, nn.Parameter):
                empty = nn.Parameter(empty, requires_grad=tensor.requires_grad)
            made[id(tensor)] = empty
        return made[id(tensor)]  # type: ignore[no-any-return]

    def copied(original: nn.Module | None) -> nn.Module | None:
        if original is None:
            return None
        if id(original) not in made:
            kind = class_of(original)
            new = made[id(original)] = kind.__new__(kind)
            own = vars(original)
            new.__dict__.update(own)
            for table in ("_parameters", "_buffers"):
                new.__dict__[table] = {key: replaced(value) for key, value in own[table].items()}
            children = own["_modules"].items()
            new.__dict__["_modules"] = {key: copied(child) for key, child in children}
        return made[id(original)]  # type: ignore[no-any-return]

    result = copied(net)
    assert result is not None
    return result
