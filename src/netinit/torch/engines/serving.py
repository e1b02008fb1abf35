"""Writing what a plan says into tensors that others own, wherever in an array they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from netinit.arrays.slice import Slice
from netinit.arrays.views import check_array
from netinit.base.spelling import listing, unknown
from netinit.parameters.parameter import Parameter
from netinit.plans.assignment import Assignment
from netinit.plans.execute import FlatRanges, fill_all, refuse_unresolved
from netinit.plans.plan import Plan
from netinit.torch.arrays import DTYPE_NAMES, as_array, is_wrapper, note_write

__all__ = ["TORCH_DTYPES", "Part", "by_name", "check_tensor", "write_flat", "write_parts"]

#: The torch dtypes of what a plan draws, by their names.
TORCH_DTYPES = {name: dtype for dtype, name in DTYPE_NAMES.items()}
#: How many elements are drawn at a time where the tensor cannot be written as it is.
_BLOCK = 1 << 21


class Part(NamedTuple):
    """A tensor that is a part of an array of a plan.

    Attributes
    ----------
    name : str
        The array's, or an alias of it.
    tensor : torch.Tensor
        Of any device and floating-point dtype; it has as many axes as the array.
    shape : tuple of int
        The whole array's, as the tensor's owner knows it.
    start : tuple of int
        The multi-index in the whole array of the tensor's first element.
    """

    name: str
    tensor: torch.Tensor
    shape: tuple[int, ...]
    start: tuple[int, ...]


def by_name(plan: Plan, prefix: str = "") -> dict[str, Assignment]:
    """Return the assignments of a plan by all of their names, each after a prefix.

    Raises
    ------
    TypeError
        If it is no plan.
    ValueError
        If it fills nothing, or a parameter's shape is not known.
    """
    if not isinstance(plan, Plan):
        raise TypeError(
            f"plan must be a netinit.Plan, as netinit.plan(net, netinit.All) makes it, "
            f"not {type(plan).__name__}"
        )
    if not len(plan):
        kept = listing([parameter.name for parameter in plan.parameters])
        raise ValueError(
            f"the plan fills nothing{f', it keeps {kept}' if kept else ''}: "
            "netinit.plan(net, netinit.All) plans parameters that have a value too"
        )
    refuse_unresolved(plan)
    return {
        prefix + name: assignment
        for assignment in plan
        for name in (assignment.name, *assignment.parameter.aliases)
    }


def write_parts(
    assignments: dict[str, Assignment], parts: Sequence[Part], threads: int | None = None
) -> None:
    """Fill parts with what their arrays have there.

    The values are drawn in the plan's dtype, and rounded once where the tensor has another.

    Raises
    ------
    KeyError
        If a name is not among the assignments.
    TypeError, ValueError
        If a tensor cannot be written, is not a part of the array, or has another array's shape.
        Nothing has been written then.
    """
    grouped: dict[str, list[Part]] = {}
    for part in parts:
        _check(part, assignments)
        grouped.setdefault(part.name, []).append(part)
    for name, group in grouped.items():
        fill_all([assignments[name]], partial(_memory, assignments[name], group), threads)


def write_flat(
    assignment: Assignment,
    tensor: torch.Tensor,
    first: int,
    threads: int | None = None,
) -> None:
    """Fill a tensor of one axis with the elements from `first` of an array in row-major order.

    It is one for which `check_tensor` holds. What is no distribution is made whole for it, in
    memory of its own.
    """
    assert assignment.initializer is not None
    ranges = FlatRanges(
        assignment.initializer,
        assignment.stream,
        assignment.parameter.known_shape,
        assignment.dtype,
        threads,
    )
    for block, begin in _blocks(tensor, assignment.dtype):
        with _written(block, assignment.dtype) as array:
            ranges.fill(array, first + begin)


def _memory(assignment: Assignment, parts: Sequence[Part], parameter: Parameter) -> Iterator[Slice]:
    """Yield the memory of parts to be filled; it is in its place when the next is asked for."""
    assert assignment.initializer is not None
    divisible = assignment.initializer.flat(parameter.known_shape) is not None
    for part in parts:
        dtype, whole = assignment.dtype, [(part.tensor, 0)]
        for block, begin in _blocks(part.tensor, dtype) if divisible else whole:
            start = (part.start[0] + begin, *part.start[1:]) if part.start else ()
            with _written(block, dtype) as array:
                yield Slice(array, dtype, part.shape, start)


def _blocks(tensor: torch.Tensor, dtype: str) -> Iterator[tuple[torch.Tensor, int]]:
    """Yield what is drawn at a time of a tensor, with its first index along the first axis."""
    if _is_written(tensor, dtype) or not tensor.dim() or tensor.numel() <= _BLOCK:
        yield tensor, 0
        return
    step = max(1, _BLOCK * len(tensor) // tensor.numel())
    for begin in range(0, len(tensor), step):
        yield tensor[begin : begin + step], begin


@contextmanager
def _written(tensor: torch.Tensor, dtype: str) -> Iterator[np.ndarray]:
    """Within a ``with`` block, give memory of a dtype, whose values are then the tensor's."""
    if _is_written(tensor, dtype):
        yield as_array(tensor)[0]
        note_write(tensor)
        return
    made = torch.empty(tensor.shape, dtype=TORCH_DTYPES[dtype], device="cpu")
    yield as_array(made)[0]
    with torch.inference_mode(tensor.is_inference()), torch.no_grad():
        tensor.copy_(made)


def _is_written(tensor: torch.Tensor, dtype: str) -> bool:
    """Return whether a tensor's own memory is of a dtype and can be written."""
    return _has_memory(tensor) and DTYPE_NAMES.get(tensor.dtype) == dtype


def _has_memory(tensor: torch.Tensor) -> bool:
    return not is_wrapper(tensor) and tensor.is_cpu and tensor.layout is torch.strided


def _check(part: Part, assignments: dict[str, Assignment]) -> None:
    assignment = assignments.get(part.name)
    if assignment is None:
        raise KeyError(unknown("parameter", part.name, assignments))
    check_tensor(part.name, part.tensor)
    planned = assignment.parameter.known_shape
    if tuple(part.shape) != planned:
        raise ValueError(
            f"parameter {part.name!r} has the shape {tuple(part.shape)}, and the plan fills one "
            f"of {planned}"
        )


def check_tensor(name: str, tensor: torch.Tensor) -> None:
    """Raise TypeError or ValueError, with a parameter's name, if a tensor cannot be written."""
    if not tensor.is_floating_point():
        raise TypeError(
            f"parameter {name!r} has dtype {tensor.dtype}, into which floating-point numbers "
            "of a plan are not written"
        )
    if tensor.is_meta:
        raise ValueError(
            f"parameter {name!r} is on the meta device: give it memory first, as "
            'net.to_empty(device="cpu") does'
        )
    if _has_memory(tensor) and tensor.dtype in DTYPE_NAMES:
        try:
            check_array(*as_array(tensor))
        except ValueError as error:
            raise ValueError(f"parameter {name!r}: {error}") from None
