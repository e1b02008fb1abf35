"""Megatron-Core: its sharded state as the arrays of a plan, and its weights drawn in parts.

Megatron itself is not imported: what is known of it are the attributes of its ``ShardedTensor``
and ``ShardedTensorFactory``, and one function's signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.selection import Selection
from netinit.plans.plan import Plan, build_plan
from netinit.shapes.fans import fans
from netinit.shapes.layout import Layout
from netinit.torch.arrays import DTYPE_NAMES
from netinit.torch.engines.serving import Part, by_name, write_parts

__all__ = ["fill", "plan"]


def plan(
    sharded_state: Any,
    select: Selection = "uninitialized",
    method: Any = "Kaiming",
    seed: int | str = 1234,
) -> Plan:
    """Return the plan for a Megatron model, the same under tensor and pipeline parallelism.

    A parameter has the name and the shape that its sharded tensor has in checkpoints: those of the
    whole model, with an axis for the layers where Megatron stacks them, each a map of its own.

    Parameters
    ----------
    sharded_state : dict
        What ``model.sharded_state_dict()`` returns; of several model chunks a dict or list of
        them.
    select : default "uninitialized"
        As in `netinit.initialize`. Arrays of two axes and more, those of layers and experts
        apart, count as uninitialized; norms and biases keep what Megatron's constructors gave.
    method, seed
        As in `netinit.initialize`. What a parameter is for goes by its name and shape.

    Returns
    -------
    Plan
        Of the parameters of this process's pipeline stage.

    Raises
    ------
    TypeError
        If a tensor is of a floating-point type that netinit does not draw.
    ValueError
        If there is no sharded tensor, two of one key have different shapes, or a matrix rule
        (``orthogonal``) is to fill arrays that are stacked twice (layers of experts).

    Examples
    --------
    >>> import torch
    >>> from types import SimpleNamespace
    >>> from netinit.torch.engines import megatron
    >>> half = SimpleNamespace(  # what the second of two tensor-parallel processes holds of layer 3
    ...     key="layers.fc.weight", data=torch.zeros(2, 6), dtype=torch.float32, local_shape=(2, 6),
    ...     global_shape=(8, 4, 6), global_offset=(3, 2, 0), prepend_axis_num=1)
    >>> planned = megatron.plan({"fc": half}, method="Kaiming", seed=7)
    >>> planned["layers.fc.weight"].shape, planned["layers.fc.weight"].fan_in
    ((8, 4, 6), 6)
    >>> megatron.fill({"fc": half}, planned)
    >>> bool((half.data != 0).all())
    True
    """
    rows: dict[str, Parameter] = {}
    stacked: dict[str, int] = {}
    for tensor in _tensors(sharded_state):
        if not tensor.dtype.is_floating_point:
            continue
        row = _row(tensor)
        known = rows.setdefault(row.name, row)
        if known.shape != row.shape:
            raise ValueError(
                f"sharded tensors of the key {row.name!r} are of arrays of different shapes: "
                f"{known.shape} and {row.shape}"
            )
        stacked[row.name] = tensor.prepend_axis_num
    if not rows:
        raise ValueError(
            "sharded_state has no ShardedTensor: give what model.sharded_state_dict() returns"
        )
    made = build_plan(list(rows.values()), select, method, seed)
    for assignment in made:
        assert assignment.initializer is not None
        shape = assignment.parameter.known_shape
        if stacked[assignment.name] > 1 and assignment.initializer.flat(shape) is None:
            raise ValueError(
                f"parameter {assignment.name!r}: {assignment.initializer} fills arrays that are "
                f"stacked once, and {shape} has {stacked[assignment.name]} axes of layers"
            )
    return made


def fill(sharded_state: Any, plan: Plan, *, threads: int | None = None) -> None:
    """Fill what this process holds of a Megatron model, in place.

    Parameters
    ----------
    sharded_state : dict
        As in `plan`; its tensors are the parameters' own memory. Tensors that the plan does not
        fill are left as they are.
    plan : Plan
        As `plan` makes it.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Raises
    ------
    TypeError, ValueError
        If a tensor that the plan fills has no data, or other shapes than in the plan. Nothing
        has been written then.
    """
    assignments = by_name(plan)
    parts = []
    for tensor in _tensors(sharded_state):
        if tensor.key not in assignments:
            continue
        if tensor.data is None:
            raise ValueError(f"the sharded tensor {tensor.key!r} has no data to be filled")
        data = tensor.data.detach()[(None,) * tensor.prepend_axis_num]
        parts.append(Part(tensor.key, data, tuple(tensor.global_shape), tensor.global_offset))
    write_parts(assignments, parts, threads)


def _tensors(state: Any) -> Iterator[Any]:
    """Yield the sharded tensors of a state, those that its factories build as well."""
    if isinstance(state, Mapping):
        for value in state.values():
            yield from _tensors(value)
    elif isinstance(state, (list, tuple)):
        for value in state:
            yield from _tensors(value)
    elif hasattr(state, "build") and hasattr(state, "merge_fn"):  # a gated unit's halves, mostly
        yield from _tensors(state.build())
    elif hasattr(state, "prepend_axis_num"):
        yield state


def _row(tensor: Any) -> Parameter:
    """Return what a sharded tensor's whole array is, its maps stacked along axes before them."""
    dtype = DTYPE_NAMES.get(tensor.dtype)
    if dtype is None:
        allowed = ", ".join(DTYPE_NAMES.values())
        raise TypeError(f"the sharded tensor {tensor.key!r} is of {tensor.dtype}, not {allowed}")
    count, shape = tensor.prepend_axis_num, tuple(tensor.global_shape)
    row = guess_parameter(tensor.key, shape[count:], dtype, initialized=len(shape) < count + 2)
    if row.layout is None:
        return replace(row, shape=shape)
    if not count:
        return row
    out_axes, in_axes = (
        tuple(axis + count for axis in axes) for axes in (row.layout.out_axes, row.layout.in_axes)
    )
    layout = Layout(out_axes, in_axes, stack=shape[0], stack_axis=0)
    return replace(row, shape=shape, layout=layout, fans=fans(shape[count:], row.layout))
