"""From what a net's own code does to a tensor to an initializer that does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from netinit.initializers.distributions import Constant
from netinit.initializers.zero_rows import ZeroRows
from netinit.parameters.learned import Learned
from netinit.torch.arrays import dtype_name
from netinit.torch.learning.values import Computed, Expression
from netinit.torch.recording.geometry import Geometry, geometry_of
from netinit.torch.recording.steps import Draw, Operation, Read, Step, Take, all_of, draws_of

__all__ = ["of_steps", "of_values"]

_aten = torch.ops.aten


def of_values(values: torch.Tensor, dtype: torch.dtype, origin: str) -> Learned:
    """Return what fills a tensor of a dtype with values that are known."""
    computed = Computed(values.detach().to(dtype), origin)
    if dtype_name(dtype) is not None and computed.constant:
        return Learned(Constant(float(values.flatten()[0])))
    return Learned(computed)


def of_steps(
    name: str, steps: Sequence[Step], nbytes: int, tensor: torch.Tensor, dtype: torch.dtype
) -> Learned:
    """Return what fills a tensor of a dtype as some steps fill another one.

    Parameters
    ----------
    name : str
        The tensor's.
    steps : sequence of Step
        What is done to the storage of `tensor`; their draws are named.
    nbytes : int
        That storage's size.
    tensor : torch.Tensor
        What the code fills.
    dtype : torch.dtype
        That of what is to be filled.
    """
    first, *rest = steps
    whole = geometry_of(tensor)
    if isinstance(first, Draw) and first.geometry == whole and not dtype.is_complex:
        stream, number = first.named or (name, 0)
        rows = _zero_rows(rest, whole)
        if first.initializer is not None and number == 0 and rows is not None:
            initializer = first.initializer
            for row in rows:
                initializer = ZeroRows(initializer, row, row + 1)
            return Learned(initializer, True, stream if stream != name else "")
    constant = _constant(steps, whole)
    if constant is not None:
        return Learned(Constant(constant))
    random = any(True for _ in draws_of(steps))
    return Learned(Expression(steps, nbytes, whole, dtype, text_of(steps)), random)


def _constant(steps: Sequence[Step], whole: Geometry) -> float | None:
    """Return the number that the only step writes to a whole tensor, or None."""
    if len(steps) != 1 or not isinstance(steps[0], Operation):
        return None
    return _written(steps[0], whole)


def _written(step: Step, place: Geometry | None = None) -> float | None:
    """Return the number that a step writes, and nothing else, to a place; None if it does else."""
    if not isinstance(step, Operation) or not isinstance(step.args[0], Read):
        return None
    if place is not None and step.args[0].geometry != place:
        return None
    if step.func is _aten.zero_.default:
        return 0.0
    return float(step.args[1]) if step.func is _aten.fill_.Scalar else None


def _zero_rows(steps: Sequence[Step], whole: Geometry) -> list[int] | None:
    """Return the rows that some steps set to 0; None where they do something else."""
    rows = []
    for step in steps:
        if _written(step) != 0 or not whole.stride:
            return None
        place: Geometry = step.args[0].geometry  # type: ignore[union-attr]
        row, rest = divmod(place.offset - whole.offset, whole.stride[0])
        one = (place.size, place.stride) in (
            (whole.size[1:], whole.stride[1:]),
            ((1, *whole.size[1:]), whole.stride),
        )
        if rest or not one:
            return None
        rows.append(row)
    return rows


def text_of(steps: Sequence[Step]) -> str:
    """Return what is done, draws first, for a reader."""
    draws = dict.fromkeys(draw for draw, _ in draws_of(steps))
    drawn = ", ".join(draw.text for draw in draws)
    done = " ".join(dict.fromkeys(_operators(steps)))
    return f"{drawn} by {done}" if done else drawn


def _operators(steps: Sequence[Step]) -> Iterator[str]:
    for step, _ in all_of(steps):
        if not isinstance(step, Draw):
            operation = step.operation if isinstance(step, Take) else step
            func: Any = operation.func
            yield func.overloadpacket.__name__.strip("_")
