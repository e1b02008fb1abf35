"""Megatron-Core's weights on the CPU, of which each process draws its part alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from netinit.initializers.base import Initializer
from netinit.parameters.parameter import Parameter
from netinit.plans.assignment import Assignment
from netinit.torch.engines.serving import Part, write_parts
from netinit.torch.learning.recipe import of_steps, of_values
from netinit.torch.recording.recorder import Recorder
from netinit.torch.seeds import draw_seed

__all__ = ["initialize_affine_weight_cpu", "installed"]

#: What it is called in Megatron, and where.
_FUNCTION, _MODULE = "_initialize_affine_weight_cpu", "megatron.core.tensor_parallel.layers"
#: What names the stream of each weight; the seed is another for each.
_NAME = "weight"


@contextmanager
def installed() -> Iterator[None]:
    """Within a ``with`` block, Megatron's weights on the CPU are drawn by netinit, in parts.

    ``_initialize_affine_weight_cpu`` is replaced by `initialize_affine_weight_cpu`, in every
    loaded module that has it. It is called under ``use_cpu_initialization=True``.

    Raises
    ------
    ValueError
        If no loaded module has the function: ``megatron.core`` is to be imported before.

    Examples
    --------
    ::

        with installed():
            model = GPTModel(config, ...)
    """
    theirs = getattr(sys.modules.get(_MODULE), _FUNCTION, None)
    if theirs is None:
        raise ValueError(f"{_MODULE}, which has the function {_FUNCTION}, is not loaded")
    holders = [m for m in list(sys.modules.values()) if vars(m).get(_FUNCTION) is theirs]
    try:
        for module in holders:
            setattr(module, _FUNCTION, initialize_affine_weight_cpu)
        yield
    finally:
        for module in holders:
            setattr(module, _FUNCTION, theirs)


def initialize_affine_weight_cpu(
    weight: torch.Tensor,
    output_size: int,
    input_size: int,
    per_partition_size: int,
    partition_dim: int,
    init_method: Callable[[torch.Tensor], Any],
    stride: int = 1,
    return_master_weight: bool = False,
    *,
    params_dtype: torch.dtype = torch.float32,
    rank: int | None = None,
    world_size: int | None = None,
    skip_set_tensor_parallel_attributes: bool = False,
) -> torch.Tensor | None:
    """Fill the part of a weight that this process holds, and draw nothing else.

    Megatron's function of the same arguments makes the whole weight in every process and keeps a
    part. Here `init_method` runs over memory that nothing is written to and so tells what it
    draws; the process then draws its own part of that. The seed is a number of 63 bits from
    torch's default generator, which all processes of a tensor-parallel group have in the same
    state, as with Megatron's; the values are not torch's.

    Parameters
    ----------
    weight : torch.Tensor
        The process's part; values are drawn in float32 and rounded once to its dtype.
    output_size, input_size : int
        The whole weight's shape.
    per_partition_size : int
        The part's extent along `partition_dim`.
    partition_dim : int
        The axis that is divided among the processes: 0 or 1.
    init_method : callable
        Fills the whole weight: ``config.init_method``.
    stride : int, default 1
        How many runs of the whole axis the part consists of.
    return_master_weight : bool, default False
        Whether the whole weight is made as well, in `params_dtype`, and returned.
    params_dtype : torch.dtype, default torch.float32
    rank, world_size : int, optional
        The process's place among those that share the weight; Megatron's own where not given.
    skip_set_tensor_parallel_attributes : bool, default False
        Whether the weight does not get the attributes by which Megatron knows how it is divided.

    Raises
    ------
    ValueError
        If `stride` does not divide `per_partition_size`, or `init_method` fills nothing. Nothing
        has been written then.

    Examples
    --------
    >>> import torch
    >>> from functools import partial
    >>> from netinit.torch.engines.megatron_weights import initialize_affine_weight_cpu
    >>> def part(rank, world_size):
    ...     _ = torch.manual_seed(0)
    ...     weight = torch.empty(8 // world_size, 6)
    ...     initialize_affine_weight_cpu(
    ...         weight, 8, 6, 8 // world_size, 0, partial(torch.nn.init.normal_, std=0.02),
    ...         rank=rank, world_size=world_size)
    ...     return weight
    >>> bool((torch.cat([part(0, 2), part(1, 2)]) == part(0, 1)).all())
    True
    """
    if per_partition_size % stride:
        raise ValueError(
            f"stride = {stride} does not divide per_partition_size, which is {per_partition_size}"
        )
    if rank is None or world_size is None:
        from megatron.core import parallel_state

        rank = parallel_state.get_tensor_model_parallel_rank()
        world_size = parallel_state.get_tensor_model_parallel_world_size()
    shape = (output_size, input_size)
    seed = draw_seed(torch.default_generator)
    drawn = _learned(init_method, shape, seed)
    parameter = Parameter(_NAME, shape)
    assignments = {_NAME: Assignment(parameter, drawn.of_seed(seed), seed)}
    run = per_partition_size // stride
    parts = []
    for number in range(stride):
        piece = weight.detach().narrow(partition_dim, number * run, run)
        start = [0, 0]
        start[partition_dim] = (number * world_size + rank) * run
        parts.append(Part(_NAME, piece, shape, tuple(start)))
    write_parts(assignments, parts)
    if not skip_set_tensor_parallel_attributes:
        _set_attributes(weight, partition_dim, stride)
    if not return_master_weight:
        return None
    whole = torch.empty(shape, dtype=params_dtype)
    write_parts(assignments, [Part(_NAME, whole, shape, (0, 0))])
    return whole


def _set_attributes(weight: torch.Tensor, partition_dim: int, stride: int) -> None:
    attributes = {
        "tensor_model_parallel": True,
        "partition_dim": partition_dim,
        "partition_stride": stride,
    }
    for name, value in attributes.items():
        setattr(weight, name, value)


def _learned(
    init_method: Callable[[torch.Tensor], Any], shape: tuple[int, int], seed: int
) -> Initializer:
    """Return what fills an array as a function fills a tensor."""
    stand_in = nn.Module()
    recorder = Recorder(lambda: seed)
    with torch.random.fork_rng(devices=[]), torch.no_grad(), recorder.recording():
        torch.default_generator.manual_seed(seed)
        stand_in.weight = nn.Parameter(torch.empty(shape, device="cpu"), requires_grad=False)
        init_method(stand_in.weight)
    outcome = recorder.outcomes(stand_in).get(_NAME)
    if outcome is None:
        raise ValueError(f"init_method, {init_method!r}, fills nothing")
    tensor, steps, nbytes = outcome
    if not steps:
        return of_values(tensor, tensor.dtype, "as init_method sets it").initializer
    return of_steps(_NAME, steps, nbytes, tensor, tensor.dtype).initializer
