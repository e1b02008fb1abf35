"""What a module's own library sets its tensors to.

A model of the transformers library (5.x) knows by ``_init_weights`` what it would write into
each of its modules, buffers included. It is asked about a stand-in of the module, whose other
tensors have no memory, so that nothing of the net itself can change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

from netinit.torch.modules.marks import MODULE_ATTRIBUTE

__all__ = ["Initialize", "find_initializers", "question_of", "values_by_library"]


_log = logging.getLogger(__name__)

Initialize = Callable[[nn.Module], Any]

#: What every module has and no library asks for.
_COMMON = set(nn.Module().__dict__) - {"training"} | {MODULE_ATTRIBUTE}


def find_initializers(net: nn.Module) -> dict[str, Initialize]:
    """Return, for the path of each module in a transformers model, its model's `_init_weights`.

    The nearest enclosing model decides, as in transformers itself.
    """
    found: dict[str, Initialize] = {}
    for path, module in net.named_modules(remove_duplicate=False):
        if any(base.__name__ == "PreTrainedModel" for base in type(module).__mro__):
            found[path] = module._init_weights
        elif path:
            parent = path.rpartition(".")[0]
            if parent in found:
                found[path] = found[parent]
    return found


def question_of(module: nn.Module, initialize: Initialize) -> object:
    """Return a key that is equal for two modules only if `initialize` cannot tell them apart.

    A deep net has hundreds of norms that differ in nothing; one of them is asked.
    """
    if module._modules:
        return id(module)
    tensors = tuple(
        (key, type(tensor), tensor.shape, tensor.dtype)
        for table in (module._parameters, module._buffers)
        for key, tensor in table.items()
        if tensor is not None
    )
    attributes = tuple(
        (key, type(value), value if isinstance(value, (int, float, str)) else id(value))
        for key, value in module.__dict__.items()
        if key not in _COMMON
    )
    return type(module), initialize, tensors, attributes


def values_by_library(
    module: nn.Module, keys: Iterable[str], initialize: Initialize
) -> dict[str, torch.Tensor]:
    """Return the values that `initialize` gives to tensors of `module`, on the CPU.

    Only tensors that it writes completely and not at random are returned: two runs, from
    different memory and different generator states, have to agree in every byte. An
    `initialize` that fails gives no values.

    Parameters
    ----------
    module : torch.nn.Module
        The owner; it stays as it is.
    keys : iterable of str
        The names of the tensors in `module._parameters` and `module._buffers`.
    initialize : callable
        What writes into a module in place.
    """
    keys = list(keys)
    try:
        first, second = (_run(module, keys, initialize, byte) for byte in (0, 1))
    except Exception as error:
        # Code of any library runs here: whatever stops it means that it cannot tell.
        _log.debug("%s could not be asked for %s: %r", type(module).__name__, keys, error)
        return {}
    return {key: first[key] for key in keys if torch.equal(_raw(first[key]), _raw(second[key]))}


def _run(
    module: nn.Module, keys: Iterable[str], initialize: Initialize, byte: int
) -> Mapping[str, torch.Tensor]:
    """Run `initialize` on a stand-in whose tensors `keys` hold `byte` in every byte."""
    with torch.random.fork_rng(devices=[]), torch.no_grad(), torch.device("cpu"):
        torch.default_generator.manual_seed(byte)
        asked = {key: _filled_with(_tensor(module, key), byte) for key in keys}
        initialize(_stand_in(module, asked))
    return asked


def _stand_in(module: nn.Module, asked: Mapping[str, torch.Tensor]) -> nn.Module:
    """Return a module like `module` that holds `asked`, and otherwise tensors without memory.

    Its other attributes are the module's own: copying them could copy anything.
    """
    own = {id(_tensor(module, key)): value for key, value in asked.items()}

    def replaced(tensor: torch.Tensor | None) -> torch.Tensor | None:
        if tensor is None:
            return None
        if id(tensor) not in own:
            own[id(tensor)] = _without_memory(tensor)
        return own[id(tensor)]

    def copied(original: nn.Module) -> nn.Module:
        new = original.__class__.__new__(original.__class__)
        new.__dict__.update(original.__dict__)
        for table in ("_parameters", "_buffers"):
            new.__dict__[table] = {k: replaced(t) for k, t in original.__dict__[table].items()}
        children = original.__dict__["_modules"].items()
        new.__dict__["_modules"] = {k: None if m is None else copied(m) for k, m in children}
        return new

    return copied(module)


def _tensor(module: nn.Module, key: str) -> torch.Tensor:
    tensor: torch.Tensor | None = module._parameters.get(key)
    if tensor is None:
        tensor = module._buffers[key]
    assert tensor is not None
    return tensor


def _without_memory(tensor: torch.Tensor) -> torch.Tensor:
    empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, requires_grad=False)
    return empty


def _filled_with(tensor: torch.Tensor, byte: int) -> torch.Tensor:
    filled = torch.zeros(tensor.shape, dtype=tensor.dtype, device="cpu")
    if filled.numel():
        _raw(filled).fill_(byte)
    return nn.Parameter(filled, requires_grad=False) if isinstance(tensor, nn.Parameter) else filled


def _raw(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().reshape(-1).view(torch.uint8)
