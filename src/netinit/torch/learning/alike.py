"""What torch's own layers begin with: each is asked for itself, and of those alike only one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from torch import nn

from netinit.parameters.learned import Learned
from netinit.torch.learning.code import has_methods
from netinit.torch.learning.values import Expression
from netinit.torch.recording.layers import likeness
from netinit.torch.walk import Slot, find_modules, is_lazy

__all__ = ["Ask", "of_layers"]

#: Asks the code of a module, which has a path in the net, what it fills some tensors with.
Ask = Callable[[str, nn.Module, Sequence[Slot]], dict[str, Learned]]

#: Asking one by one takes as long for so many as asking all at once for a thousand.
_MANY = 50


@dataclass
class _Part:
    """A module whose code may fill the tensors of those within it."""

    path: str
    module: nn.Module
    slots: list[Slot] = field(default_factory=list)


def of_layers(net: nn.Module, slots: Sequence[Slot], ask: Ask) -> dict[str, Learned] | None:
    """Return what each tensor is filled with, as far as code tells, by name.

    None where layers cannot be asked one by one: they share tensors, or too many differ.

    Parameters
    ----------
    net : torch.nn.Module
        Each of whose modules initializes itself, and what is within it, by torch's own methods.
    slots : sequence of Slot
        The net's.
    ask : callable
        Given the path of a module, the module and its slots.
    """
    if any(slot.further or slot.shares for slot in slots):
        return None
    within = _parts(net)
    found: dict[str, Learned] = {}
    known: dict[Any, dict[str, Learned]] = {}
    asked = 0
    for _, grouped in groupby(slots, lambda slot: id(slot.module)):
        group = list(grouped)
        module = group[0].module
        part = within.get(id(module))
        if part is not None:
            part.slots += group
        elif has_methods(module):
            key = _key(module, group)
            learned = known.get(key)
            if learned is None:
                learned, asked = _asked(module, group, ask), asked + 1
                if key is not None and all(map(_for_others, learned.values())):
                    known[key] = learned
            found |= {s.name: learned[s.key] for s in group if s.key in learned}
        if asked > _MANY:
            return None
    parts = {id(part): part for part in within.values()}.values()
    if asked + len(parts) > _MANY:
        return None
    for part in parts:
        found |= ask(part.path, part.module, part.slots)
    return found


def _parts(net: nn.Module) -> dict[int, _Part]:
    """Return the outermost modules with methods and modules within, for each module in them."""
    found: dict[int, _Part] = {}
    part, within = None, ""
    for path, plain, module in find_modules(net):
        if part is None or not path.startswith(within):
            composed = module._modules and has_methods(module)
            part = _Part(plain, module) if composed else None
            within = f"{path}." if path else ""
        if part is not None:
            found[id(module)] = part
    return found


def _key(module: nn.Module, slots: Sequence[Slot]) -> Any:
    """Return what is the same of layers that are alike; None where that is not known."""
    if not type(module).__module__.startswith("torch.nn.") or any(is_lazy(s.tensor) for s in slots):
        return None
    try:
        key = likeness(module, [slot.tensor for slot in slots])
        hash(key)
    except (KeyError, TypeError):  # it has a flag of another kind than layers of its class
        return None
    return key, tuple(slot.key for slot in slots)


def _asked(module: nn.Module, slots: Sequence[Slot], ask: Ask) -> dict[str, Learned]:
    """Return what a layer's code fills its tensors with, by their names in it."""
    key = slots[0].key
    path = slots[0].name.removesuffix(key).removesuffix(".")
    learned = ask(path, module, slots)
    return {slot.key: learned[slot.name] for slot in slots if slot.name in learned}


def _for_others(learned: Learned) -> bool:
    """Return whether what a tensor is filled with says nothing of its name."""
    return not learned.stream and not isinstance(learned.initializer, Expression)
