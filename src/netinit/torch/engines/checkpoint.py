"""A checkpoint of initial values for torch.distributed.checkpoint that is in no storage."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch.distributed.checkpoint.metadata import (
    ChunkStorageMetadata,
    Metadata,
    TensorProperties,
    TensorStorageMetadata,
)
from torch.distributed.checkpoint.planner import LoadPlan, LoadPlanner, ReadItem
from torch.distributed.checkpoint.storage import StorageReader
from torch.futures import Future

from netinit.base.checks import check_threads
from netinit.plans.assignment import Assignment
from netinit.plans.plan import Plan
from netinit.torch.engines.serving import TORCH_DTYPES, Part, by_name, write_parts
from netinit.torch.sharded import is_distributed, pieces

__all__ = ["VirtualCheckpoint"]


class VirtualCheckpoint(StorageReader):
    """The checkpoint that a plan describes: ``torch.distributed.checkpoint.load`` reads it.

    Nothing is stored, and nothing is sent: each process makes what it holds of each tensor, in
    its own memory, and gets the values that a checkpoint of the whole net would have there. So a
    net begins with the same values under any layout: FSDP2, HSDP, tensor, pipeline and expert
    parallelism.

    Parameters
    ----------
    plan : Plan
        Of the whole net (of which a process may hold a part), under the names that the loaded
        state has: `netinit.plan` of the net on the meta device.
    prefix : str, default ""
        What stands before the plan's names in the loaded state: "model." for
        ``{"model": net.state_dict(), ...}``.
    threads : int, optional
        At most this many threads a process; the values do not depend on it.

    Raises
    ------
    TypeError
        If `plan` is no plan, or `prefix` no text.
    ValueError
        If the plan fills nothing, a parameter's shape is not known, or `threads` is less than 1.

    Notes
    -----
    Values are drawn in the plan's dtype, and rounded once where the loaded tensor has another.
    All names of tied parameters are served.

    While loading, a name that the plan has not, or another shape, is an error of the load
    planner's, and a tensor of integers or one without memory is one of ours; each names the
    tensor. ``DefaultLoadPlanner(allow_partial_load=True)`` leaves what the plan has not as it
    is: optimizers' states, counters. A DTensor that is sharded in strides in a way that torch
    reports wrongly to load planners is refused as well.

    With ``no_dist=True`` no collective operation is issued (torch warns that it takes the
    process to be alone); without it, three for the whole load, that exchange plans.

    Examples
    --------
    >>> import netinit, torch, warnings
    >>> import torch.distributed.checkpoint as dcp
    >>> with torch.device("meta"):
    ...     net = torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.Linear(20, 10))
    >>> plan = netinit.plan(net, method=0.02, seed=7)
    >>> state = net.to_empty(device="cpu").state_dict()
    >>> with warnings.catch_warnings(action="ignore"):
    ...     dcp.load(state, storage_reader=netinit.torch.VirtualCheckpoint(plan), no_dist=True)
    >>> again = netinit.create((10, 20), 0.02, seed=7, name="1.weight")
    >>> bool((net[1].weight.detach().numpy() == again).all())
    True
    """

    def __init__(self, plan: Plan, *, prefix: str = "", threads: int | None = None) -> None:
        if not isinstance(prefix, str):
            raise TypeError(f"prefix must be a text, not {prefix!r}")
        check_threads(threads)
        self._assignments = by_name(plan, prefix)
        self._threads = threads

    def reset(self, checkpoint_id: str | os.PathLike[str] | None = None) -> None:
        """Begin another load; there is nothing to forget."""

    @classmethod
    def validate_checkpoint_id(cls, checkpoint_id: str | os.PathLike[str]) -> bool:
        """Return False: no path leads here."""
        return False

    def read_metadata(self, *args: Any, **kwargs: Any) -> Metadata:
        """Return the names, shapes and dtypes of the plan."""
        return Metadata(
            {name: _metadata(assignment) for name, assignment in self._assignments.items()},
            planner_data={name: (name,) for name in self._assignments},
        )

    def set_up_storage_reader(
        self, metadata: Metadata, is_coordinator: bool, *args: Any, **kwargs: Any
    ) -> None:
        """Prepare for the reads; there is nothing to prepare."""

    def prepare_local_plan(self, plan: LoadPlan) -> LoadPlan:
        """Return a process's reads as they are."""
        return plan

    def prepare_global_plan(self, plans: list[LoadPlan]) -> list[LoadPlan]:
        """Return the reads of all processes as they are."""
        return plans

    def read_data(self, plan: LoadPlan, planner: LoadPlanner) -> Future[None]:
        """Make what is to be read, in the memory that the planner has for it.

        Raises
        ------
        TypeError
            If a tensor is not of floating-point numbers.
        ValueError
            If a tensor is on the meta device, or is distributed in a way that torch reports
            wrongly. Nothing has been written then.
        """
        for name, value in getattr(planner, "state_dict", {}).items():
            if name in self._assignments and is_distributed(value):
                _refuse_misreported(name, value)
        targets = [planner.resolve_tensor(item).detach() for item in plan.items]
        parts = [self._part(*both) for both in zip(plan.items, targets, strict=True)]
        write_parts(self._assignments, parts, self._threads)
        for item, target in zip(plan.items, targets, strict=True):
            planner.commit_tensor(item, target)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def _part(self, item: ReadItem, target: torch.Tensor) -> Part:
        index = item.storage_index
        chunk = index.offset if index.offset is not None else (0,) * target.dim()
        start = tuple(a + b for a, b in zip(chunk, item.storage_offsets, strict=True))
        shape = self._assignments[index.fqn].parameter.known_shape
        return Part(index.fqn, target, shape, start)


def _metadata(assignment: Assignment) -> TensorStorageMetadata:
    size = torch.Size(assignment.parameter.known_shape)
    whole = ChunkStorageMetadata(torch.Size([0] * len(size)), size)
    return TensorStorageMetadata(TensorProperties(TORCH_DTYPES[assignment.dtype]), size, [whole])


def _refuse_misreported(name: str, tensor: Any) -> None:
    """Raise if torch tells load planners of another part of a DTensor than the one it holds.

    It does where an axis is sharded in strides and the part has several runs: it tells the first
    alone, or one as long as all of them.
    """
    strided = any(type(placement).__name__ == "_StridedShard" for placement in tensor.placements)
    axes = [placement.dim for placement in tensor.placements if hasattr(placement, "dim")]
    outside = tensor.device_mesh.get_coordinate() is None
    if outside or (not strided and len(set(axes)) == len(axes)):
        return
    local = tensor.to_local()
    told = [(tuple(chunk.offsets), tuple(chunk.sizes)) for chunk in tensor.__create_chunk_list__()]
    held = [(start, tuple(local[index].shape)) for index, start in pieces(tensor)]
    if [part for part in told if 0 not in part[1]] != [part for part in held if 0 not in part[1]]:
        raise ValueError(
            f"parameter {name!r} is distributed as {tensor.placements}, of which torch's load "
            "planners are told a wrong part; redistribute it first, or give its values by "
            "netinit.torch.named or the functions of netinit.torch.init"
        )
