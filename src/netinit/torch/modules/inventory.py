"""From the tensors of a module to Parameter rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from netinit.initializers.distributions import Constant
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.torch.arrays import dtype_name, is_wrapper
from netinit.torch.modules.computed import Computed, compute_buffer
from netinit.torch.modules.layers import LAYERS, Rule, is_known, rule_for
from netinit.torch.modules.library import (
    Initialize,
    find_initializers,
    question_of,
    values_by_library,
)
from netinit.torch.modules.marks import is_marked
from netinit.torch.modules.parametrized import parametrized_rule
from netinit.torch.walk import Slot, find_slots, is_lazy, is_meta

__all__ = ["Inventory", "take_inventory"]


#: A library is asked only for the values of small parameters; large ones are drawn.
_ASKED_SIZE = 1 << 22

_LAZY = "no shape before a forward pass"


@dataclass
class Inventory:
    """The tensors of a net: those with a row, and those that netinit does not draw."""

    #: All modules by their paths.
    modules: dict[str, nn.Module]
    #: What the libraries of the modules would write, by their paths.
    initializers: dict[str, Initialize]
    rows: list[Parameter] = field(default_factory=list)
    #: Tensors without a row: integer and boolean buffers, and what nobody can complete.
    others: list[Slot] = field(default_factory=list)


def take_inventory(net: nn.Module) -> Inventory:
    """Return the rows of `net` in its own order, and the tensors that have none.

    Raises
    ------
    TypeError
        If a tensor only wraps others, as under FSDP or tensor parallelism.
    """
    return _Describer(net).describe()


class _Describer:
    """Walks one net; keeps what its libraries answered, so that none is asked twice."""

    def __init__(self, net: nn.Module) -> None:
        self.slots = find_slots(net)
        self.initializers = find_initializers(net)
        modules = dict(net.named_modules(remove_duplicate=False))
        self.inventory = Inventory(modules, self.initializers)
        self._answers: dict[object, dict[str, torch.Tensor]] = {}

    def describe(self) -> Inventory:
        _refuse_wrappers(self.slots)
        for slot in self.slots:
            row = self._row(slot)
            if row is None:
                self.inventory.others.append(slot)
            else:
                self.inventory.rows.append(row)
        return self.inventory

    def _row(self, slot: Slot) -> Parameter | None:
        dtype = dtype_name(slot.tensor.dtype)
        if dtype is None:
            return None
        row = self._parameter(slot, dtype) if slot.is_parameter else self._buffer(slot, dtype)
        if row is not None and row.shape is None:
            row = replace(row, note=_LAZY)
        return row

    def _parameter(self, slot: Slot, dtype: str) -> Parameter:
        row = self._named(slot, dtype)
        value = self._value_by_library(slot, row)
        if value is None:
            return row
        origin = f"as {type(slot.place.module).__name__} sets it"
        computed = Computed(value, origin)
        if not computed.constant:
            return _computed(row, computed)
        constant = float(value.flatten()[0])
        if row.role == "bias" and row.fixed is None and constant == 0:
            return row
        role = row.role if row.fixed is not None else "value"
        return replace(row, role=role, layout=None, fixed=Constant(constant), note=origin)

    def _buffer(self, slot: Slot, dtype: str) -> Parameter | None:
        """Return a statistic's row, or that of a buffer whose values are known now."""
        row = self._named(slot, dtype)
        if row.role == "statistic" and not (row.initialized and _is_frozen(slot.place.module)):
            return row
        if row.initialized or row.shape is None:
            return None
        if self._rule(slot, row.shape) is not None:
            return row
        place = slot.place
        value = compute_buffer(place.module, place.key, self.initializers.get(place.path))
        if value is None:
            return None
        origin = f"as {type(place.module).__name__} sets it"
        return _computed(row, Computed(value, origin))

    def _named(self, slot: Slot, dtype: str) -> Parameter:
        """Return the row by the layer's rule, or guessed where the layer is not known."""
        place, tensor = slot.place, slot.tensor
        shape = None if is_lazy(tensor) else tuple(tensor.shape)
        initialized = not (is_lazy(tensor) or is_meta(tensor) or is_marked(tensor))
        # A parameter that is frozen and has a value is not for `initialize` to overwrite.
        learnable = slot.is_parameter and (tensor.requires_grad or not initialized)
        known: dict[str, Any] = {
            "initialized": initialized,
            "kind": "parameter" if learnable else "buffer",
            "layer": type(place.module).__name__,
            "aliases": slot.aliases,
            "target": slot,
            "persistent": slot.persistent,
        }
        rule = self._rule(slot, shape)
        if rule is None:
            row = guess_parameter(slot.name, shape, dtype, **known)
        else:
            known |= {"zero_row": rule.zero_row, "note": rule.note}
            row = Parameter(slot.name, shape, dtype, rule.role, rule.layout, rule.fixed, **known)
        if slot.is_parameter and not learnable:
            return replace(row, fixed=None, note="does not require grad")
        return row

    def _rule(self, slot: Slot, shape: tuple[int, ...] | None) -> Rule | None:
        place = slot.place
        rule = parametrized_rule(place, self.inventory.modules, shape)
        if rule is None:
            rule = rule_for(place.module, place.key, place.path, shape)
        return rule

    def _value_by_library(self, slot: Slot, row: Parameter) -> torch.Tensor | None:
        """Return the value that is not random by which the owner's library begins."""
        if row.kind != "parameter" or not self._asks(slot, row):
            return None
        module = slot.place.module
        initialize = self.initializers[slot.place.path]
        question = question_of(module, initialize)
        if question not in self._answers:
            keys = [
                key
                for key, parameter in module._parameters.items()
                if parameter is not None and _small(parameter)
            ]
            self._answers[question] = values_by_library(module, keys, initialize)
        return self._answers[question].get(slot.place.key)

    def _asks(self, slot: Slot, row: Parameter) -> bool:
        """Return whether netinit's own table leaves the tensor to its library.

        That is: a layer that the table does not know, a norm known by its name only (Gemma's
        begin at 0), and the frozen tables of subclasses, such as sinusoidal positions.
        """
        if slot.place.path not in self.initializers or not _small(slot.tensor):
            return False
        if is_known(slot.place.module):
            return not slot.tensor.requires_grad and type(slot.place.module) not in LAYERS
        return row.fixed is not None or bool(row.note)


def _computed(row: Parameter, values: Computed) -> Parameter:
    """Return the row of a tensor whose values are known, a padding row's too."""
    return replace(row, role="value", layout=None, fixed=values, zero_row=None, note="")


def _small(tensor: torch.Tensor) -> bool:
    return not is_lazy(tensor) and tensor.ndim <= 2 and tensor.numel() <= _ASKED_SIZE


def _is_frozen(module: nn.Module) -> bool:
    """Return whether a normalization layer holds its affine map and statistics as constants."""
    return "Frozen" in type(module).__name__


def _refuse_wrappers(slots: Iterable[Slot]) -> None:
    for slot in slots:
        kind = type(slot.tensor).__name__
        if kind == "FlatParameter" or is_wrapper(slot.tensor):
            raise TypeError(
                f"parameter {slot.name!r} is a {kind}, which netinit does not fill: initialize "
                "the module before it is sharded, quantized or wrapped"
            )
