"""What an operator would return, told by torch on tensors without memory."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["results_on_meta"]

#: What operators return, by all that it depends on. Layers repeat, and torch takes ms for one
#: that it takes apart in Python.
_known: dict[Any, list[torch.Tensor] | None] = {}
_MOST_KNOWN = 4096


def results_on_meta(func: Any, args: Any, kwargs: dict[str, Any]) -> list[torch.Tensor] | None:
    """Return tensors without memory of the shapes that an operator would give; None if unknown.

    They are others' too, and not to be changed.
    """
    try:
        key = func, torch.get_default_dtype(), _looks(args), _looks(tuple(kwargs.items()))
        if key in _known:
            return _known[key]
    except TypeError:  # an argument has no hash, or its value counts
        return _results(func, args, kwargs)
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[key] = _results(func, args, kwargs)
    return _known[key]


def _looks(argument: Any) -> Any:
    """Return what an operator's results on the meta device depend on, of one of its arguments.

    Raises
    ------
    TypeError
        If that is the value of a tensor.
    """
    if isinstance(argument, torch.Tensor):
        if _is_number(argument):
            raise TypeError
        return argument.dtype, argument.shape, argument.stride()
    if isinstance(argument, (list, tuple)):
        return type(argument), *map(_looks, argument)
    return type(argument), argument  # 1 and 1.0 lead to different types


def _is_number(tensor: torch.Tensor) -> bool:
    """Return whether a tensor is a number, on which a shape may depend."""
    return not tensor.ndim and not tensor.dtype.is_floating_point


def _on_meta(argument: Any) -> Any:
    """Return an operator's argument with tensors of the same shapes that have no memory."""
    if isinstance(argument, torch.Tensor):
        if _is_number(argument):
            return argument
        return torch.empty_strided(
            argument.shape, argument.stride(), dtype=argument.dtype, device="meta"
        )
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_on_meta, argument))
    return argument


def _results(func: Any, args: Any, kwargs: dict[str, Any]) -> list[torch.Tensor] | None:
    try:
        given = {name: _on_meta(value) for name, value in kwargs.items()}
        if given.get("device") is not None:
            if torch.device(given["device"]).type != "cpu":
                return None
            given["device"] = torch.device("meta")
        made = func(*map(_on_meta, args), **given)
    except (RuntimeError, NotImplementedError, TypeError):
        return None  # it depends on the values, or torch cannot tell
    results = made if isinstance(made, (list, tuple)) else [made]
    kinds = {type(result) for result in results}
    return list(results) if kinds == {torch.Tensor} and all(r.is_meta for r in results) else None
