"""DeepSpeed's ZeRO-3: flat partitions of parameters as ranges of a plan's arrays.

DeepSpeed itself is not imported: what is known of it are the attributes of its parameters.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from netinit.plans.assignment import Assignment
from netinit.plans.plan import Plan
from netinit.torch.engines.serving import Part, by_name, check_tensor, write_flat, write_parts
from netinit.torch.walk import find_slots

__all__ = ["fill"]


def fill(net: nn.Module, plan: Plan, *, threads: int | None = None) -> None:
    """Fill the partitions of a net that ``deepspeed.zero.Init`` has divided, in place.

    Each process fills what it holds of each flattened parameter: of n elements those from
    ``rank * m``, where m is ``ds_numel`` of the partition. No parameter is gathered. Of what is
    no distribution (``orthogonal``, ``identity``) the whole array is made, one at a time.

    Parameters
    ----------
    net : torch.nn.Module
        Built within ``deepspeed.zero.Init()``, and not yet given to ``deepspeed.initialize``,
        which copies its values for the optimizer.
    plan : Plan
        For a net that is not divided: `netinit.plan` of one on the meta device. Parameters and
        buffers that it does not fill are left as they are.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Raises
    ------
    TypeError
        If `plan` is no plan, or a partition is quantized.
    ValueError
        If the net has none of the plan's parameters, one of them has another shape, is gathered
        at the moment, has been moved to a disk, or has a second partition (ZeRO++). Nothing has
        been written then.

    Examples
    --------
    ::

        with torch.device("meta"):
            plan = netinit.plan(Net(), method="Xavier", seed=7)
        with deepspeed.zero.Init():
            net = Net()
        netinit.torch.engines.deepspeed.fill(net, plan)
        engine, *_ = deepspeed.initialize(model=net, ...)
    """
    assignments = by_name(plan)
    flat: list[tuple[Assignment, Any]] = []
    parts: list[Part] = []
    for slot in find_slots(net):
        names = (slot.name, *slot.aliases)
        name = next((name for name in names if name in assignments), None)
        if name is None:
            continue
        tensor: Any = slot.tensor
        if hasattr(tensor, "ds_tensor"):
            _check(name, tensor, assignments[name].parameter.known_shape)
            flat.append((assignments[name], tensor))
        else:
            plain = tensor.detach()
            parts.append(Part(name, plain, tuple(plain.shape), (0,) * plain.dim()))
    if not flat and not parts:
        raise ValueError(f"the net has none of the parameters of the plan: {list(assignments)[:5]}")
    write_parts(assignments, parts, threads)
    for assignment, tensor in flat:
        _fill(assignment, tensor, threads)


def _fill(assignment: Assignment, tensor: Any, threads: int | None) -> None:
    partition = tensor.ds_tensor
    first = partition.ds_numel * tensor.ds_zero_partition_rank
    held = min(partition.ds_numel, tensor.ds_numel - first)
    if held > 0:  # what follows pads the partition
        write_flat(assignment, partition.detach()[:held], first, threads)


def _check(name: str, tensor: Any, shape: tuple[int, ...]) -> None:
    """Raise unless the partition of a parameter can be filled."""
    if tuple(tensor.ds_shape) != shape:
        raise ValueError(
            f"parameter {name!r} has the shape {tuple(tensor.ds_shape)}, and the plan fills one "
            f"of {shape}"
        )
    if tensor.numel():
        raise ValueError(
            f"parameter {name!r} is gathered: leave deepspeed.zero.GatheredParameters first"
        )
    if tensor.ds_tensor.status.name != "AVAILABLE":
        raise ValueError(f"the partition of parameter {name!r} has been moved to a disk")
    if getattr(tensor, "ds_secondary_tensor", None) is not None:
        raise ValueError(
            f"parameter {name!r} has a second partition, made from the first: fill it before the "
            "first step"
        )
    check_tensor(name, tensor.ds_tensor)
