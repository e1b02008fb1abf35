"""The layers of torch's own whose constructors only make parameters and initialize them."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from operator import attrgetter, itemgetter
from pathlib import Path
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any, Protocol

import torch
from torch import nn

__all__ = ["called", "here", "likeness", "pristine", "watched"]

_NAMES = (
    "BatchNorm1d BatchNorm2d BatchNorm3d Bilinear Conv1d Conv2d Conv3d ConvTranspose1d "
    "ConvTranspose2d ConvTranspose3d Embedding EmbeddingBag GroupNorm GRU GRUCell LayerNorm "
    "Linear LSTM LSTMCell PReLU RMSNorm RNN RNNCell"
)
#: They make empty parameters (norms: buffers of constants too), call `reset_parameters`, no more.
_KINDS: tuple[type[nn.Module], ...] = tuple(getattr(nn, name) for name in _NAMES.split())

#: Code that may be relied on lies in torch's folder or netinit's: what replaces it does not.
_FOLDERS = (str(Path(torch.__file__).parent), str(Path(__file__).parents[2]))
_BUILT_IN = (BuiltinFunctionType, MethodDescriptorType)

#: What the code of these layers may call, by where it is looked up.
_CALLED: list[tuple[Any, set[str]]] = [
    (torch, {"empty", "zeros", "ones", "tensor"}),
    (nn.init, {name for name, value in vars(nn.init).items() if callable(value)}),
    (torch.Tensor, {"fill_", "zero_"}),
]


class _Builder(Protocol):
    """What builds the layers of a thread that is within a block: `Constructors`."""

    module: nn.Module | None

    def begin(self, kind: type[nn.Module], module: nn.Module) -> bool: ...

    def end(self) -> None: ...

    def reset(self, module: nn.Module, reset: Callable[[nn.Module], None]) -> None: ...


class _Here(threading.local):
    constructors: _Builder | None = None


here = _Here()

_lock = threading.Lock()
_users = 0
#: The methods of each watched class: the name, what stands there, and the class's own if any.
_replaced: dict[type[nn.Module], list[tuple[str, Any, Any]]] = {}
_NONE = object()
#: What gets the flags of a layer, by its class, one of torch's own, and its number of attributes.
_flags: dict[tuple[type[nn.Module], int], Callable[[dict[str, Any]], Any]] = {}


def called(kind: Any) -> list[Any]:
    """Return what a layer's constructor calls, from where code may have replaced it."""
    return [get(where) for get, where in _looked_up(kind)]


@cache
def _looked_up(kind: Any) -> list[tuple[Callable[[Any], Any], Any]]:
    """Return what gets the functions that a layer's constructor calls, and from where."""
    bases = kind.__mro__[1:-1]
    functions = [kind.__init__, kind.reset_parameters, *(base.__init__ for base in bases[:-1])]
    codes = [inspect.unwrap(function).__code__ for function in functions]
    names = {name for code in codes for name in code.co_names}
    methods = {n for n in names if not n.startswith("__") and callable(getattr(kind, n, None))}
    found = [(attrgetter("__setattr__", "register_parameter", *sorted(methods)), kind)]
    found += [(attrgetter("__init__"), base) for base in bases]
    known = [(where, sorted(names & may)) for where, may in _CALLED]
    return found + [(attrgetter(*mine), where) for where, mine in known if mine]


def likeness(module: nn.Module, tensors: Iterable[torch.Tensor]) -> tuple[Any, ...]:
    """Return all that init code of torch's depends on: a layer's class, flags, and tensors.

    Raises
    ------
    KeyError, TypeError
        If the layer has a flag of another name than the first of its class with as many, or one
        that has no hash.
    """
    kind, table = type(module), vars(module)
    same = kind, len(table)
    flags = _flags.get(same)
    if flags is None:
        flags = _flags[same] = itemgetter(*(name for name in table if name[0] != "_"))
    return *same, flags(table), *((type(t), t.dtype, t.is_cpu, t.shape) for t in tensors)


def pristine() -> list[type[nn.Module]]:
    """Return the watched classes whose constructors call only what torch and netinit have there."""
    return [kind for kind in _replaced if all(map(_is_own, called(kind)))]


def _is_own(function: Any) -> bool:
    if isinstance(function, tuple):
        return all(map(_is_own, function))
    code = getattr(function, "__code__", None)
    if code is None:
        return isinstance(function, _BUILT_IN)
    return code.co_filename.startswith(_FOLDERS)  # type: ignore[no-any-return]


@contextmanager
def watched() -> Iterator[None]:
    """Within a ``with`` block, ask `here` about constructors of layers, in the whole process."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _watch()
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _leave()


def _watch() -> None:
    kind: Any
    for kind in _KINDS:
        init, reset = kind.__init__, kind.reset_parameters
        if not (_is_own(init) and _is_own(reset)):
            continue
        methods = {"__init__": _building(kind, init), "reset_parameters": _resetting(reset)}
        _replaced[kind] = [(n, new, vars(kind).get(n, _NONE)) for n, new in methods.items()]
        for name, method in methods.items():
            setattr(kind, name, method)


def _leave() -> None:
    """Give classes their own methods again, but for those that code has replaced meanwhile."""
    for kind, methods in _replaced.items():
        for name, method, own in methods:
            if vars(kind).get(name) is not method:
                continue
            if own is _NONE:
                delattr(kind, name)
            else:
                setattr(kind, name, own)
    _replaced.clear()


def _building(kind: type[nn.Module], init: Callable[..., None]) -> Callable[..., None]:
    @wraps(init)
    def building(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        builder = here.constructors
        if builder is None or type(self) is not kind or not builder.begin(kind, self):
            init(self, *args, **kwargs)
            return
        try:
            init(self, *args, **kwargs)
        finally:
            builder.end()

    return building


def _resetting(reset: Callable[[nn.Module], None]) -> Callable[[nn.Module], None]:
    @wraps(reset)
    def resetting(self: nn.Module) -> None:
        builder = here.constructors
        if builder is None or builder.module is not self:
            reset(self)
        else:
            builder.reset(self, reset)

    return resetting
