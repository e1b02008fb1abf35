"""Weights that pack several maps: the rules of blocks of equal size, and of cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netinit.parameters.rule import Rule
from netinit.shapes.layout import DENSE, Layout

__all__ = ["WEIGHT", "blocks", "cut"]


WEIGHT = Rule("weight", DENSE)


def blocks(what: str, count: int, layout: Layout = DENSE, axis: int = 0) -> Rule:
    """Return the rule of a weight that packs `count` maps of equal size, one after the other."""
    if count < 2:
        return Rule("weight", layout)
    stacked = replace(layout, stack=count, stack_axis=axis)
    return Rule("weight", stacked, note=f"{what} stacked: {count}")


def cut(rule: Rule, names: str, sizes: Sequence[int], shape: Sequence[int], axis: int) -> Rule:
    """Return the rule of a weight that is cut along an axis into maps of their own.

    Parameters
    ----------
    rule : Rule
        What the weight is without the cut: stacked at most along another axis.
    names : str
        What the maps are, as "q, k, v".
    sizes : sequence of int
        Their extents, which fill the axis once or in equal rounds. Where they do not, the rule
        is returned as it is: the layer is not what its name says.
    shape : sequence of int
        The weight's.
    axis : int

    Examples
    --------
    >>> from netinit.torch.modules.packing import WEIGHT, cut
    >>> cut(WEIGHT, "q, k, v", (64, 16, 16), (96, 64), 0).note
    'q, k, v stacked: 64, 16, 16 rows'
    """
    layout, extent, once = rule.layout, shape[axis], sum(sizes)
    if layout is None or min(sizes) < 1 or extent % once:
        return rule
    rounds = extent // once
    lines = "columns" if 0 < axis == len(shape) - 1 else "rows"
    extents = ", ".join(str(rounds * n) for n in sizes)
    turns = "stacked" if rounds == 1 else f"in turn, {rounds} times"
    notes = [rule.note] if rule.note else []
    note = "; ".join([*notes, f"{names} {turns}: {extents} {lines}"])
    if rounds == 1 and layout.stack == 1 and len(set(sizes)) == 1:
        packed = replace(layout, stack=len(sizes), stack_axis=axis)
    else:
        packed = replace(layout, pieces=tuple(sizes), piece_axis=axis)
    return replace(rule, layout=packed, note=note)
