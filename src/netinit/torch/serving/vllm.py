"""A loader for vLLM: ``--load-format netinit`` fills a model with dummy weights by name.

vLLM calls `register` in each of its processes, by the entry point ``netinit`` of
``vllm.general_plugins``; netinit does not import it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from netinit.arrays.slice import Slice
from netinit.base.spelling import listing
from netinit.base.words import All
from netinit.methods.dummy import Dummy
from netinit.methods.vocabulary import as_method
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.plans.assignment import Assignment
from netinit.plans.plan import build_plan
from netinit.torch.arrays import as_array, dtype_name, note_write
from netinit.torch.serving.shards import Sharded, sharded
from netinit.torch.walk import find_slots, is_lazy, is_meta

__all__ = ["fill_served", "register"]

#: At most about this many bytes are made before they are copied to another device.
_STAGE = 64 << 20


def register() -> None:
    """Register the loader as vLLM's load format "netinit".

    Then ``vllm serve MODEL --load-format netinit`` runs a model with the weights of
    `netinit.methods.Dummy`, the same for any tensor, pipeline and expert parallelism. Options are
    ``--model-loader-extra-config '{"seed": 7, "method": "Dummy"}'``.

    Raises
    ------
    ImportError
        If vLLM is not installed.
    """
    from vllm.model_executor.model_loader import (  # type: ignore[import-not-found, unused-ignore]
        BaseModelLoader,
        register_model_loader,
    )

    @register_model_loader("netinit")
    class NetinitModelLoader(BaseModelLoader):  # type: ignore[misc, unused-ignore]
        """Fills parameters that are built already, on whichever device they are."""

        def download_model(self, model_config: Any) -> None:
            """Do nothing: no file is read."""

        def load_weights(self, model: nn.Module, model_config: Any) -> None:
            """Fill the parameters of a model in place."""
            extra = dict(getattr(self.load_config, "model_loader_extra_config", None) or {})
            method, seed = extra.pop("method", "Dummy"), extra.pop("seed", 1234)
            if extra:
                raise ValueError(
                    f"model_loader_extra_config has {listing(sorted(extra))}; load format netinit "
                    "takes 'method' and 'seed'"
                )
            fill_served(model, method=method, seed=seed, layers=_depth(model_config))


def _depth(model_config: Any) -> int | None:
    """Return the number of blocks of the whole model, of which a pipeline's stage has some."""
    for name in ("hf_text_config", "hf_config"):
        number = getattr(getattr(model_config, name, None), "num_hidden_layers", None)
        if isinstance(number, int):
            return number
    return None


def fill_served(
    model: nn.Module, *, method: Any = "Dummy", seed: int | str = 1234, layers: int | None = None
) -> None:
    """Fill the parameters of a model of vLLM in place, each shard with its part of the whole.

    Parameters
    ----------
    model : torch.nn.Module
        Of layers that say which shard they hold, as vLLM's (`netinit.torch.serving.shards`); all
        others are whole.
    method : default "Dummy"
        As in `netinit.initialize`. What a parameter is for goes by its name and whole shape.
    seed : int or str, default 1234
    layers : int, optional
        How many blocks the whole model has, for method Dummy; as its names tell, by default.

    Raises
    ------
    ValueError
        If a parameter has no memory, or a type that the method has no values for. Nothing has
        been written then.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch.serving.vllm import fill_served
    >>> model = torch.nn.Linear(4, 2, dtype=torch.bfloat16)
    >>> fill_served(model)
    >>> model.bias.tolist()
    [0.0, 0.0]
    """
    method = as_method(method)
    if isinstance(method, Dummy) and method.layers is None:
        method = replace(method, layers=layers)
    places = list(_places(model))
    rows = [row for row, _, _ in places]
    plan = build_plan(rows, All, method, seed)
    held = {row.name: (tensor, shards) for row, tensor, shards in places}
    for assignment in plan:
        tensor, shards = held[assignment.name]
        with torch.no_grad():
            _fill(tensor.detach(), shards, assignment)
        note_write(tensor)


def _places(model: nn.Module) -> Iterator[tuple[Parameter, torch.Tensor, Sharded]]:
    """Yield each parameter's row, the tensor here and which parts of the whole that is."""
    slots = [slot for slot in find_slots(model) if slot.is_parameter]
    bare = [slot.name for slot in slots if is_lazy(slot.tensor) or is_meta(slot.tensor)]
    if bare:
        raise ValueError(
            f"{listing(bare)} have no memory yet (weights that are quantized while they are "
            "loaded): load format netinit fills models whose weights are built already"
        )
    for slot in slots:
        dtype = dtype_name(slot.tensor.dtype, stored=True)
        if dtype is None:
            raise ValueError(f"parameter {slot.name!r} has dtype {slot.tensor.dtype}")
        shards = sharded(slot.module, slot.key, slot.tensor)
        aliases = slot.aliases
        yield guess_parameter(slot.name, shards.shape, dtype, aliases=aliases), slot.tensor, shards


def _fill(tensor: torch.Tensor, shards: Sharded, assignment: Assignment) -> None:
    """Fill the parts of a tensor, by way of the CPU's memory where it is elsewhere."""
    assert assignment.initializer is not None
    for part in shards.parts:
        here = tensor[part.where]
        for first, rows in _staged(here):
            memory = rows if _is_here(rows) else torch.empty_like(rows, device="cpu")
            array, dtype = as_array(memory, stored=True)
            start = (part.start[0] + first, *part.start[1:]) if part.start else ()
            out = Slice(array, dtype, shards.shape, start)
            assignment.initializer.fill(out, assignment.stream)
            if memory is not rows:
                rows.copy_(memory)


def _is_here(tensor: torch.Tensor) -> bool:
    return tensor.is_cpu


def _staged(tensor: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield a tensor by rows, with the number of the first: whole, where it is on the CPU."""
    if _is_here(tensor) or tensor.nbytes <= _STAGE:
        yield 0, tensor
        return
    step = max(1, _STAGE * len(tensor) // tensor.nbytes)
    for first in range(0, len(tensor), step):
        yield first, tensor[first : first + step]
