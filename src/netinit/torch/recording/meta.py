"""What an operator would return, told by torch on tensors without memory."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["results_on_meta"]


def _on_meta(argument: Any) -> Any:
    """Return an operator's argument with tensors of the same shapes that have no memory."""
    if isinstance(argument, torch.Tensor):
        if not argument.ndim and argument.dtype.is_floating_point is False:
            return argument  # a number, on which a shape may depend
        return torch.empty_strided(
            argument.shape, argument.stride(), dtype=argument.dtype, device="meta"
        )
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_on_meta, argument))
    return argument


def results_on_meta(func: Any, args: Any, kwargs: dict[str, Any]) -> list[torch.Tensor] | None:
    """Return tensors without memory of the shapes that an operator would give; None if unknown."""
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
