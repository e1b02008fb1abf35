"""What each of torch's operators does with memory, told from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import torch

__all__ = ["Kind", "in_place_of", "kind_of", "tensors_in"]

_aten = torch.ops.aten

#: They make memory that nothing is written to.
_EMPTY = {
    _aten.empty.memory_format,
    _aten.empty_like.default,
    _aten.empty_strided.default,
    _aten.empty_permuted.default,
    _aten.new_empty.default,
    _aten.new_empty_strided.default,
}
#: They give a tensor other memory or another shape, and write nothing.
_RELOCATING = {
    _aten.set_.source_Tensor,
    _aten.set_.source_Storage,
    _aten.set_.source_Storage_storage_offset,
    _aten.set_.default,
    _aten._reshape_alias.default,
    _aten._unsafe_view.default,
    _aten.lift_fresh.default,
}


class Kind:
    """What an operator does.

    Attributes
    ----------
    passive : bool
        Whether it reads and writes no elements: it makes views or moves a tensor elsewhere.
    empty : bool
        Whether it makes memory that nothing is written to.
    random : bool
    in_place : bool
        Whether it returns its first argument, which it writes to.
    writes : tuple of (int, str)
        The places and names of the arguments that it writes to.
    """

    __slots__ = ("empty", "in_place", "passive", "random", "writes")

    def __init__(self, func: Any) -> None:
        schema = func._schema
        aliases = [result.alias_info for result in schema.returns]
        self.empty = func in _EMPTY
        views = bool(aliases) and all(alias and not alias.is_write for alias in aliases)
        self.passive = views or func in _RELOCATING
        self.random = torch.Tag.nondeterministic_seeded in func.tags
        self.writes = tuple(
            (place, argument.name)
            for place, argument in enumerate(schema.arguments)
            if argument.alias_info and argument.alias_info.is_write
        )
        first = bool(self.writes) and self.writes[0][0] == 0
        self.in_place = first and len(self.writes) == 1 and len(aliases) == 1

    def written(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[torch.Tensor]:
        """Yield the tensors that a call writes to."""
        for place, name in self.writes:
            yield from tensors_in(args[place] if place < len(args) else kwargs.get(name))


@cache
def kind_of(func: Any) -> Kind:
    """Return what an operator does."""
    return Kind(func)


@cache
def in_place_of(func: Any) -> Any:
    """Return the operator that does the same to its first argument's memory, or None."""
    namespace, _, name = func._schema.name.partition("::")
    packet = getattr(getattr(torch.ops, namespace), f"{name}_", None)
    found = getattr(packet, func._overloadname, None)
    return found if found is not None and kind_of(found).in_place else None


def tensors_in(argument: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors of an operator's argument, or of several in a tuple."""
    if isinstance(argument, torch.Tensor):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for item in argument:
            yield from tensors_in(item)
