"""From the tensors of a module to Parameter rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import nn

from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.initializers.distributions import Constant
from netinit.parameters.learned import Learned
from netinit.parameters.parameter import Parameter, made, with_layer_fans
from netinit.parameters.quantized import part_of
from netinit.parameters.roles import guess_parameter
from netinit.parameters.rule import Rule
from netinit.torch.arrays import dtype_name
from netinit.torch.following.net import NetSurroundings
from netinit.torch.learning.authors import Authors
from netinit.torch.learning.values import Computed
from netinit.torch.modules.computed import compute_buffer
from netinit.torch.modules.layers import rule_for
from netinit.torch.modules.marks import is_marked
from netinit.torch.modules.parametrized import is_plain, parametrized_rule
from netinit.torch.modules.present import DEFAULTS, Present, looks_written
from netinit.torch.modules.wrapped import refuse_wrapped
from netinit.torch.sharded import local_part
from netinit.torch.walk import Slot, class_of, find_modules, find_slots, is_lazy, is_meta

__all__ = ["Inventory", "take_inventory"]


_LAZY = "no shape before a forward pass"
#: The second matrices of peft's low-rank adapters, by the names of their modules. Hu et al.: LoRA,
#: 2021, section 4.1: with them at 0 a tuned net begins as the one that was trained.
_CLOSED = {"lora_B", "lora_embedding_B"}
#: The types of quantized weights.
_CODES = {
    *(torch.int8, torch.uint8, torch.int16, torch.int32, torch.float8_e4m3fn, torch.float8_e5m2),
    *(torch.float8_e4m3fnuz, torch.float8_e5m2fnuz),
}
_UNKNOWN = "not known what for: kept as it is"
#: What every row is made from.
_BLANK = Parameter("", None)


@dataclass
class Inventory:
    """The tensors of a net: those with a row, and those that netinit does not draw."""

    #: All modules by their paths.
    modules: dict[str, nn.Module]
    #: What the net's own code tells.
    authors: Authors
    #: What its vectors tell.
    present: Present
    rows: list[Parameter] = field(default_factory=list)
    #: Tensors without a row: integer and boolean buffers, and what nobody can complete.
    others: list[Slot] = field(default_factory=list)

    @cached_property
    def derives(self) -> bool:
        """Whether a module may compute tensors from others, under a parametrization."""
        return not all(map(is_plain, self.modules.values()))


def take_inventory(net: nn.Module, *, wide: bool = False) -> Inventory:
    """Return the rows of `net` in its own order, and the tensors that have none.

    With `wide` there are rows for parameters of every type, and for the buffers in which
    quantized layers keep their weights.

    Raises
    ------
    TypeError, ValueError
        If the memory of a tensor is not the net's, or not that of its values.
    """
    return _Describer(net, wide).describe()


class _Describer:
    """Walks one net, and asks its code what its layers' types do not tell."""

    def __init__(self, net: nn.Module, wide: bool) -> None:
        self._net, self._wide = net, wide
        self.slots = find_slots(net)
        self.authors = Authors(net, self.slots)
        modules = {path: module for path, _, module in find_modules(net)}
        self.inventory = Inventory(modules, self.authors, Present(self.slots))
        self._surroundings = NetSurroundings(net)
        #: What all rows have in common.
        self._common = {"native": self.authors.of_all, "settled": not self.inventory.derives}
        #: Rows that others differ from in what is their own alone, with their rules, which keeps
        #: the rules' numbers theirs.
        self._alike: dict[tuple[Any, ...], tuple[Rule, Parameter]] = {}

    def describe(self) -> Inventory:
        refuse_wrapped(self.inventory.modules, self.slots)
        _warn_of_strays(self.slots, self.authors)
        for slot in self.slots:
            row = self._row(slot)
            if row is None:
                self.inventory.others.append(slot)
            else:
                self.inventory.rows.append(row)
        self.inventory.rows = with_layer_fans(self.inventory.rows)
        return self.inventory

    def _row(self, slot: Slot) -> Parameter | None:
        if self._wide and not is_lazy(slot.tensor) and _is_of_quantized(slot):
            return _stored(slot)
        dtype = dtype_name(slot.tensor.dtype)
        if dtype is None:
            return None
        row = self._parameter(slot, dtype) if slot.is_parameter else self._buffer(slot, dtype)
        if row is not None and row.shape is None:
            row = replace(row, note=_LAZY)
        return row

    def _parameter(self, slot: Slot, dtype: str) -> Parameter:
        row, told = self._named(slot, dtype)
        present = self.inventory.present.of(slot, row.role) if row.initialized and told else None
        learned = self.authors.of(slot.name) if row.shape is not None else None
        if present is not None and not (learned and self.inventory.present.doubtful):
            return row if present == DEFAULTS[row.role] else _as_present(row, present)
        if learned is None:
            if told or row.kind != "parameter":
                return row
            return _of_unknown(row)
        if told and _is_methods(row, learned):
            return row
        return _as_meant(row, learned, slot)

    def _buffer(self, slot: Slot, dtype: str) -> Parameter | None:
        """Return a statistic's row, or that of a buffer whose values are known now."""
        row, told = self._named(slot, dtype)
        if row.role == "statistic" and not (row.initialized and _is_frozen(slot.module)):
            return row
        if row.initialized or row.shape is None:
            return None
        learned = self.authors.of(slot.name)
        if told or learned is not None:
            return row if learned is None else _as_meant(row, learned, slot)
        value = compute_buffer(slot.module, slot.key)
        if value is None:
            return None
        return _as_meant(row, Learned(Computed(value, _origin(slot))), slot)

    def _named(self, slot: Slot, dtype: str) -> tuple[Parameter, bool]:
        """Return the row by the layer's rule, or guessed, and whether there is such a rule."""
        module, tensor = slot.module, slot.tensor
        shape = None if is_lazy(tensor) else tuple(tensor.shape)
        initialized = not (is_lazy(tensor) or is_meta(tensor) or is_marked(tensor))
        # A parameter that is frozen and has a value is not for `initialize` to overwrite.
        learnable = slot.is_parameter and (tensor.requires_grad or not initialized or self._wide)
        rule = self._rule(slot, shape)
        own: dict[str, Any] = {
            "aliases": slot.aliases,
            "target": slot,
            "persistent": slot.persistent,
        }
        same = id(rule), shape, dtype, initialized, learnable, type(module)
        if rule is not None and same in self._alike:
            return made(self._alike[same][1], name=slot.name, **own), True
        own |= self._common | {
            "initialized": initialized,
            "kind": "parameter" if learnable else "buffer",
            "layer": class_of(module).__name__,
            "surroundings": self._surroundings,
        }
        if rule is None:
            row = made(guess_parameter(slot.name, shape, dtype), **own)
        else:
            own |= {"name": slot.name, "shape": shape, "dtype": dtype}
            row = made(
                _BLANK,
                role=rule.role,
                layout=rule.layout,
                fixed=rule.fixed,
                zero_row=rule.zero_row,
                note=rule.note,
                **own,
            )
            if learnable or not slot.is_parameter:
                self._alike[same] = rule, row
        if slot.is_parameter and not learnable:
            return replace(row, fixed=None, note="does not require grad"), True
        return row, rule is not None

    def _rule(self, slot: Slot, shape: tuple[int, ...] | None) -> Rule | None:
        modules = self.inventory.modules
        if "lora_" in slot.path and not _CLOSED.isdisjoint(slot.path.split(".")):
            return Rule("value", fixed=Constant(0.0), note="low-rank adapter: begins at 0")
        rule = parametrized_rule(slot, modules, shape)
        if rule is None:
            rule = rule_for(slot.module, slot.key, slot.path, shape, modules)
        return rule


def _is_of_quantized(slot: Slot) -> bool:
    """Return whether a tensor is a parameter of a type that is not drawn, or such a buffer."""
    dtype, module = slot.tensor.dtype, slot.module
    if dtype_name(dtype, stored=True) is None:
        return False
    if slot.is_parameter:
        return dtype_name(dtype) is None
    if not part_of(slot.name):
        return False
    beside = [*module._parameters.values(), *module._buffers.values()]
    return any(tensor is not None and tensor.dtype in _CODES for tensor in beside)


def _stored(slot: Slot) -> Parameter:
    """Return the row of a part of a quantized layer, which may be in a buffer."""
    initialized = not (is_meta(slot.tensor) or is_marked(slot.tensor))
    dtype = dtype_name(slot.tensor.dtype, stored=True)
    assert dtype is not None
    return guess_parameter(
        slot.name,
        tuple(slot.tensor.shape),
        dtype,
        initialized=initialized,
        kind="parameter",
        layer=type(slot.module).__name__,
        aliases=slot.aliases,
        target=slot,
        persistent=slot.persistent,
    )


def _origin(slot: Slot) -> str:
    return f"as {class_of(slot.module).__name__} sets it"


def _is_methods(row: Parameter, learned: Learned) -> bool:
    """Return whether a method decides on a tensor of a known layer, or its layer's type does.

    A weight that its authors draw is the method's; one that they set is not, as the matrix B of
    low-rank adapters. A bias is the method's where they set it to 0 or draw it around 0; a
    layer's fixed value is theirs where it differs.
    """
    initializer = learned.initializer
    if row.role in ("weight", "embedding") or (row.role == "value" and row.fixed is None):
        return learned.random
    if row.role == "bias":
        return initializer.mean == 0 and (learned.random or initializer == Constant(0.0))
    return row.fixed == initializer


def _as_meant(row: Parameter, learned: Learned, slot: Slot) -> Parameter:
    """Return the row of a tensor that is what its authors made it, under every method."""
    fixed = learned.initializer
    role = row.role if row.fixed is not None and fixed.constant else "value"
    note = "" if isinstance(fixed, Computed) else _origin(slot)
    return replace(row, role=role, layout=None, fixed=fixed, zero_row=None, note=note)


def _as_present(row: Parameter, value: float) -> Parameter:
    """Return the row of a tensor that is as its net's constructor set it, to all appearance."""
    return replace(row, fixed=Constant(value), note="as the net has it")


def _of_unknown(row: Parameter) -> Parameter:
    """Return the row of a parameter of which only the name and the shape can tell anything.

    Without a value, what is called a weight or a bias and has its shape is taken for one.
    """
    last = row.name.rpartition(".")[2].lower()
    plain = last.endswith("bias") if row.role == "bias" else last.endswith(("weight", "kernel"))
    if not row.initialized and plain and row.fixed is None:
        return replace(row, guessed=True)
    return replace(row, known=False, fixed=None, layout=None, role="value", note=_UNKNOWN)


def _warn_of_strays(slots: Iterable[Slot], authors: Authors) -> None:
    """Warn of parameters with memory in a net of the meta device that nobody can have written.

    Those are told by zeros, or by what no code would write, where the net's own code draws.
    """
    own = [slot for slot in slots if slot.is_parameter and not is_lazy(slot.tensor)]
    if not any(is_meta(slot.tensor) for slot in own):
        return
    strays = [
        slot.name
        for slot in own
        if not is_meta(slot.tensor) and not is_marked(slot.tensor) and _is_garbage(slot, authors)
    ]
    if strays:
        warn(
            f"{listing(strays)} are on the CPU in a net of the meta device, and look as if nobody "
            "had written them: torch.Tensor(n) and torch.FloatTensor(n) ignore the device. If so, "
            "select them too: netinit.All, or netinit.torch.mark_uninitialized"
        )


def _is_garbage(slot: Slot, authors: Authors) -> bool:
    learned = authors.of(slot.name)
    if learned is None or looks_written(slot.tensor):
        return False
    begins_at_zero = not learned.random and learned.initializer == Constant(0.0)
    return not begins_at_zero or bool(local_part(slot.tensor).detach().any())


def _is_frozen(module: nn.Module) -> bool:
    """Return whether a normalization layer holds its affine map and statistics as constants."""
    return "Frozen" in class_of(module).__name__
