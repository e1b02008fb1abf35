"""Weights behind weight_norm, spectral_norm and other parametrizations of torch.nn.utils.

A parametrized layer owns an original in place of its weight. The original is what is drawn, by
the layer's own rule, so that the weight the layer computes has the planned values: under
weight_norm the magnitude becomes the norm of the direction as drawn. What is derived in this
way (that magnitude, the singular vectors of spectral_norm) is set once the original is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrizations
from torch.nn.utils.parametrize import ParametrizationList
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from netinit.initializers.distributions import Constant
from netinit.parameters.rule import Rule
from netinit.torch.modules.layers import rule_for
from netinit.torch.sharded import is_distributed, local_part, shard_of
from netinit.torch.walk import Place, Slot, is_meta

__all__ = ["check_derivable", "finish", "is_plain", "parametrized_rule", "refresh"]


_POWER_ITERATIONS = 15

_MAGNITUDE = Rule("magnitude", fixed=Constant(1.0), note="set to the norm of the direction")

_SINGULAR = Rule("statistic", fixed=Constant(1.0), note="set by power iteration on the weight")


def parametrized_rule(
    place: Place | Slot, modules: dict[str, nn.Module], shape: tuple[int, ...] | None
) -> Rule | None:
    """Return the rule of a tensor that stands behind a parametrization, else None.

    Parameters
    ----------
    place : Place or Slot
        Where the tensor is.
    modules : dict of str to torch.nn.Module
        All modules of the net by their paths.
    shape : tuple of int or None
        The tensor's shape.
    """
    module, key = place.module, place.key
    if is_plain(module):
        return None
    if isinstance(module, parametrizations._SpectralNorm):
        return _SINGULAR
    if isinstance(module, ParametrizationList):
        owner, _, name = place.path.rpartition(".parametrizations.")
        if place.path.startswith("parametrizations."):
            owner, name = "", place.path.removeprefix("parametrizations.")
        if not _keeps_shape(module, key):
            return _MAGNITUDE if _weight_norm_of(module) and key == "original0" else None
        kinds = ", ".join(type(parametrization).__name__.strip("_") for parametrization in module)
        rule = rule_for(modules[owner], name, owner, shape, modules)
        return _noted(rule, f"parametrized by {kinds}")
    for hook in _old_hooks(module):
        if key == f"{hook.name}_g":
            return _MAGNITUDE
        if isinstance(hook, SpectralNorm) and key in _vectors(hook):
            return _SINGULAR
        if key in (f"{hook.name}_v", f"{hook.name}_orig"):
            kind = f"parametrized by {type(hook).__name__}"
            return _noted(rule_for(module, hook.name, place.path, shape, modules), kind)
    return None


def check_derivable(place: Place, modules: dict[str, nn.Module]) -> None:
    """Raise unless each process can derive what follows from a tensor from its own part of it.

    Raises
    ------
    ValueError
        If the norms, or the singular vectors, of a distributed weight would take a collective.
    """
    module, key = place.module, place.key
    if is_plain(module):
        return
    if isinstance(module, ParametrizationList) and (norm := _weight_norm_of(module)):
        _check_norms(place, *_parts_of(module), norm.dim)
    elif isinstance(module, parametrizations._SpectralNorm):
        _check_whole(place, _original_of(place, modules).original)
    for hook in _old_hooks(module):
        if key in (f"{hook.name}_g", f"{hook.name}_v") and isinstance(hook, WeightNorm):
            magnitude, direction = (getattr(module, f"{hook.name}{end}") for end in ("_g", "_v"))
            _check_norms(place, magnitude, direction, hook.dim)
        elif isinstance(hook, SpectralNorm) and key in _vectors(hook):
            _check_whole(place, getattr(module, f"{hook.name}_orig"))


def _check_norms(place: Place, magnitude: Any, direction: Any, dim: int | None) -> None:
    """Raise unless both are distributed alike, along the axis that the norms keep or not at all."""
    if not is_distributed(magnitude) and not is_distributed(direction):
        return
    if is_distributed(magnitude) and is_distributed(direction):
        axes = {p.dim for p in direction.placements if not p.is_replicate()}
        alike = magnitude.placements == direction.placements
        if alike and magnitude.device_mesh == direction.device_mesh and axes <= {dim}:
            return
    raise ValueError(
        f"{place.plain_name!r} belongs to weight_norm, whose magnitudes are norms of the whole "
        f"direction for each index of axis {dim}, and processes have parts of it: shard both along "
        "that axis, or initialize the module before it is sharded"
    )


def _check_whole(place: Place, weight: Any) -> None:
    if is_distributed(weight) and not all(p.is_replicate() for p in weight.placements):
        raise ValueError(
            f"{place.plain_name!r} holds a singular vector of a whole weight, and each process has "
            "a part of that: initialize the module before it is sharded, or select the others"
        )


def finish(place: Place, modules: dict[str, nn.Module]) -> None:
    """Set a derived tensor of a parametrization from the original, which has been written."""
    module, key = place.module, place.key
    if is_plain(module):
        return
    if isinstance(module, ParametrizationList) and (norm := _weight_norm_of(module)):
        magnitude, direction = _parts_of(module)
        _set_magnitude(magnitude, direction, norm.dim)
        if key == "original1":
            _set_direction(direction, norm.dim)
    elif isinstance(module, parametrizations._SpectralNorm):
        weight = _input_of(_original_of(place, modules), module)
        if not is_meta(weight):
            _set_singular(module._reshape_weight_to_matrix(weight), module._u, module._v)
    for hook in _old_hooks(module):
        if key == f"{hook.name}_g":
            direction = getattr(module, f"{hook.name}_v")
            _set_magnitude(getattr(module, key), direction, hook.dim)
        elif key == f"{hook.name}_v":
            _set_direction(getattr(module, key), hook.dim)
        elif isinstance(hook, SpectralNorm) and key in _vectors(hook):
            weight = local_part(getattr(module, f"{hook.name}_orig"))
            if not is_meta(weight):
                left, right = (getattr(module, name) for name in _vectors(hook))
                _set_singular(hook.reshape_weight_to_matrix(weight), left, right)


def refresh(module: nn.Module) -> None:
    """Let a layer with old-style hooks compute its weight again from the new tensors.

    Where they are distributed that would take a collective; the next forward pass does it.
    """
    for hook in _old_hooks(module):
        if any(map(is_distributed, module._parameters.values())):
            continue
        if isinstance(hook, WeightNorm):
            weight = hook.compute_weight(module)
        else:
            weight = hook.compute_weight(module, do_power_iteration=False)
        setattr(module, hook.name, weight.detach())


def is_plain(module: nn.Module) -> bool:
    """Return whether a module has nothing to do with parametrizations, as nearly all."""
    kind: Any = type(module)
    return not module._forward_pre_hooks and not _is_part(kind)


@lru_cache(maxsize=4096)
def _is_part(kind: type) -> bool:
    return issubclass(kind, ParametrizationList | parametrizations._SpectralNorm)


def _noted(rule: Rule | None, note: str) -> Rule | None:
    if rule is None:
        return None
    return replace(rule, note=f"{rule.note}; {note}" if rule.note else note)


def _old_hooks(module: nn.Module) -> Iterator[Any]:
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm | SpectralNorm):
            yield hook


def _vectors(hook: SpectralNorm) -> tuple[str, str]:
    return f"{hook.name}_u", f"{hook.name}_v"


def _weight_norm_of(module: ParametrizationList) -> Any:
    """Return the weight_norm of a list of parametrizations, or None."""
    kinds = [p for p in module if isinstance(p, parametrizations._WeightNorm)]
    return kinds[0] if kinds else None


def _keeps_shape(module: ParametrizationList, key: str) -> bool:
    """Return whether the original `key` has the place of the weight that it stands behind."""
    return key == ("original1" if _weight_norm_of(module) else "original")


def _parts_of(module: ParametrizationList) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the magnitude and the direction of a weight_norm."""
    return module.get_parameter("original0"), module.get_parameter("original1")


def _original_of(place: Place, modules: dict[str, nn.Module]) -> Any:
    """Return the list of parametrizations that one of them, a module of its own, is in."""
    return modules[place.path.rpartition(".")[0]]


def _input_of(module: Any, parametrization: nn.Module) -> torch.Tensor:
    """Return what comes into one parametrization of a chain."""
    value = local_part(module.original)
    for step in module:
        if step is parametrization:
            break
        value = step(value)
    return value


def _norm(direction: torch.Tensor, dim: int | None) -> torch.Tensor:
    """Return the norms, in float64: the rounded result does not depend on the sum's order."""
    return torch.norm_except_dim(direction.double(), 2, -1 if dim is None else dim)


def _set_magnitude(magnitude: torch.Tensor, direction: torch.Tensor, dim: int | None) -> None:
    local = local_part(direction)
    if not is_meta(local) and local.numel():
        local_part(magnitude).copy_(_norm(local, dim))


def _set_direction(direction: torch.Tensor, dim: int | None) -> None:
    """Set a direction that was drawn as zeros to ones, once its magnitude of 0 is set.

    The weight is 0 then, as planned; 0 / 0 would make it NaN.
    """
    local = local_part(direction)
    if not is_meta(local) and local.numel():
        local.masked_fill_(_norm(local, dim) == 0, 1)


def _set_singular(matrix: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> None:
    """Approach the first singular vectors of `matrix`, from a start that draws nothing."""
    u = torch.full(left.shape, 1 / math.sqrt(max(left.numel(), 1)), dtype=torch.float64)
    v = torch.full(right.shape, 1 / math.sqrt(max(right.numel(), 1)), dtype=torch.float64)
    wide = matrix.to("cpu", torch.float64)
    for _ in range(_POWER_ITERATIONS):
        u = nn.functional.normalize(wide @ v, dim=0, eps=1e-12)
        v = nn.functional.normalize(wide.T @ u, dim=0, eps=1e-12)
    for vector, values in ((left, u), (right, v)):
        part = shard_of(values, vector) if is_distributed(vector) else values
        local_part(vector).copy_(part)
