"""Rules: what an array is, by its place in its layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.parameters.parameter import Parameter
from netinit.shapes.fans import Fans, fans
from netinit.shapes.layout import Layout

__all__ = ["BIAS", "MEAN", "SCALE", "SHIFT", "VARIANCE", "Rule", "kernel", "repeated"]


@dataclass(frozen=True)
class Rule:
    """The part of a `Parameter` that an array's place in its layer decides.

    The attributes are those of `Parameter`.
    """

    role: str
    layout: Layout | None = None
    fixed: Initializer | None = None
    zero_row: int | None = None
    note: str = ""
    kind: str = "parameter"
    fans: Fans | None = None

    def describe(self, parameter: Parameter) -> Parameter:
        """Return the parameter as this rule has it."""
        return replace(parameter, **vars(self))


BIAS = Rule("bias")

SCALE = Rule("scale", fixed=Constant(1.0))

SHIFT = Rule("shift", fixed=Constant(0.0))

MEAN = Rule("statistic", fixed=Constant(0.0), kind="buffer")

VARIANCE = Rule("statistic", fixed=Constant(1.0), kind="buffer")


def kernel(axes: int, *, gates: int = 1, transposed: bool = False) -> Rule:
    r"""Return the rule of a weight (\*kernel, in, out), or (\*kernel, out, in) if transposed.

    Parameters
    ----------
    axes : int
        How many the array has, at least 2.
    gates : int, default 1
        How many maps of equal size are packed along the last axis: gates, or groups.
    transposed : bool, default False
        Whether the last axis is the input's.
    """
    out, into = (axes - 2, axes - 1) if transposed else (axes - 1, axes - 2)
    return Rule("weight", Layout((out,), (into,), stack=gates, stack_axis=axes - 1))


def repeated(rule: Rule, shape: tuple[int, ...], axes: int) -> Rule:
    """Return the rule of an array that holds one of `axes` axes many times, along leading axes.

    Layers that a framework maps or scans over have such arrays: one for all of the layers.
    """
    extra = len(shape) - axes
    layout = rule.layout
    if extra <= 0 or layout is None:
        return rule
    moved = replace(
        layout,
        out_axes=tuple(axis + extra for axis in layout.out_axes),
        in_axes=tuple(axis + extra for axis in layout.in_axes),
        stack_axis=layout.stack_axis + extra,
        piece_axis=layout.piece_axis + extra,
    )
    if extra == 1 and layout.stack == 1:
        return replace(rule, layout=replace(moved, stack=shape[0], stack_axis=0))
    return replace(rule, layout=moved, fans=fans(shape[extra:], layout))
