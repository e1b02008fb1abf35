r"""Kernels of Flax: which of their axes are outputs and inputs, by the arrays beside them.

A kernel is (\*kernel, in, out), but a map's inputs and outputs may have several axes each, as
attention's (in, heads, width), and layers that are scanned over hold one kernel each along axis 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from netinit.parameters.parameter import Parameter
from netinit.parameters.rule import Rule, kernel, repeated
from netinit.shapes.layout import Layout

__all__ = ["flax_kernel", "with_neighbours"]

#: The parts of an attention layer in Flax, of which each is a child by this name.
_ATTENTION = {"query", "key", "value", "out"}

_Path = tuple[str, ...]
_Shape = tuple[int, ...]


def flax_kernel(path: _Path, shape: _Shape, shapes: Mapping[_Path, _Shape]) -> Rule:
    """Return the rule of a kernel.

    Parameters
    ----------
    path, shape : tuple
        The kernel's; two axes at least.
    shapes : mapping
        The shape of each array of the net, by its path.

    Examples
    --------
    >>> from netinit.parameters.kernels import flax_kernel
    >>> shapes = {("head", "kernel"): (8, 2, 4), ("head", "bias"): (2, 4)}
    >>> layout = flax_kernel(("head", "kernel"), (8, 2, 4), shapes).layout
    >>> layout.out_axes, layout.in_axes
    ((1, 2), (0,))
    """
    part = path[-2:][0]
    if part in _ATTENTION and len(shape) >= 3 and _is_attention(path, shapes):
        layout = Layout((2,), (0, 1)) if part == "out" else Layout((1, 2), (0,))
        return repeated(Rule("weight", layout), shape, 3)
    return _by_bias(shape, shapes.get((*path[:-1], "bias"), ()))


def _is_attention(path: _Path, shapes: Mapping[_Path, _Shape]) -> bool:
    """Return whether a kernel's neighbours are attention's, or nothing says that it is not."""
    if all((*path[:-2], part, "kernel") in shapes for part in _ATTENTION):
        return True
    bias = (*path[:-1], "bias")
    return path[-2] != "out" and len(shapes[path]) == 3 and bias not in shapes


def _by_bias(shape: _Shape, bias: _Shape) -> Rule:
    """Return a kernel's rule: its bias has the outputs' axes, after those of a stack."""
    axes, said = len(shape), len(bias)
    for stacked in reversed(range(said)) if said < axes else ():
        outputs = said - stacked
        if bias != shape[:stacked] + shape[axes - outputs :]:
            continue
        inner = axes - stacked
        rule = kernel(inner)
        if outputs > 1:
            into = inner - outputs
            rule = Rule("weight", Layout(tuple(range(into, inner)), tuple(range(into))))
        return repeated(rule, shape, inner)
    return kernel(axes)


def with_neighbours(parameters: Sequence[Parameter]) -> list[Parameter]:
    """Return parameters that went by their names alone, kernels with what their neighbours say."""
    shapes = {_path(p): p.shape for p in parameters if p.shape is not None}
    return [_told(p, shapes) for p in parameters]


def _told(parameter: Parameter, shapes: Mapping[_Path, _Shape]) -> Parameter:
    path, shape = _path(parameter), parameter.shape
    if path[-1] != "kernel" or parameter.role != "weight" or shape is None or len(shape) < 3:
        return parameter
    rule = flax_kernel(path, shape, shapes)
    if rule.layout == parameter.layout:
        return parameter
    return replace(
        parameter,
        layout=rule.layout,
        fans=rule.fans,
        note="role guessed from the names and shapes around it",
    )


def _path(parameter: Parameter) -> _Path:
    return tuple(parameter.name.replace("/", ".").split("."))
