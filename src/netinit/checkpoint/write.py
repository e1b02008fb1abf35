"""Writing a plan into safetensors files, a piece at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from netinit.arrays.dtypes import CODES
from netinit.base.checks import check_threads
from netinit.checkpoint.stream import Progress, write_target
from netinit.checkpoint.target import Metadata, folder_target, target_of
from netinit.checkpoint.tensors import StreamedTensor
from netinit.plans.assignment import Assignment
from netinit.plans.plan import Plan

__all__ = ["RECIPE_KEY", "write"]

#: The entry of a file's metadata that holds the recipe.
RECIPE_KEY = "netinit"


def write(
    path: str | os.PathLike[str],
    plan: Plan,
    *,
    max_shard_size: int | str | None = None,
    config: Any = None,
    resume: bool = False,
    rank: int = 0,
    world_size: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the tensors of `plan` into a new safetensors file, or a folder of them.

    The model is never in memory: several threads make and write a MiB at a time (a tensor of
    a matrix rule, such as an orthogonal one, is made whole, one at a time). Each file appears
    whole or not at all; files of the same names are replaced only at the end. The metadata of
    each keeps the recipe from which `check` can make its tensors again.

    The files hold what the plan gives a value to, but for buffers that are not persistent: with
    ``netinit.plan(net, netinit.All)`` of a PyTorch module on the meta device, what its
    ``state_dict()`` holds. Tied tensors are written once, under their first name; integer buffers
    (counters, indices), which netinit does not draw, are not written.

    Parameters
    ----------
    path : str or path
        The file to write; with `max_shard_size` the folder, which is made if there is none.
    plan : Plan
        From `netinit.plan`; every shape must be known.
    max_shard_size : int or str, optional
        The most bytes of tensors in a file, as "5GB". Then names, split and index are those of
        ``save_pretrained`` of transformers, and ``from_pretrained`` loads the folder.
    config : optional
        What goes into the folder as ``config.json``: a mapping, JSON text, or the ``config`` of a
        transformers model.
    resume : bool, optional
        Whether files that are there, and hold what would be written, are kept. They are read,
        and their values made again, to know.
    rank, world_size : int, optional
        Which of how many processes this is: each writes a share of the shards, alike in bytes,
        and the last to end the index; they need not know of each other.
    threads : int, optional
        How many threads make and write. Default: as many as the processors allow.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` after each piece, from this thread.

    Returns
    -------
    int
        The bytes of the files of tensors that are this process's.

    Raises
    ------
    UnresolvedShapeError
        If a parameter's shape is not known yet.
    ValueError
        If the plan is empty, a number does not fit a dtype, `threads` or `max_shard_size` is less
        than 1, `rank` is not less than `world_size`, or the header would be larger than the
        format allows.
    TypeError
        If `plan` is no plan, an option is for folders and no `max_shard_size` is given, or a
        distribution cannot be kept in a recipe (one known by its `ppf` only).
    FileExistsError
        If the folder holds the files of another split.
    CheckpointError
        If somebody else replaces shards meanwhile.
    OSError
        If a file cannot be written; nothing is left of it then.

    Examples
    --------
    >>> import os, tempfile, netinit, netinit.checkpoint
    >>> plan = netinit.plan({"w": netinit.ArraySpec((3, 2)), "v": netinit.ArraySpec((2, 2))})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     size = netinit.checkpoint.write(f"{folder}/w.safetensors", plan)
    ...     netinit.checkpoint.check(f"{folder}/w.safetensors")
    []
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     size = netinit.checkpoint.write(folder, plan, max_shard_size=24)
    ...     sorted(os.listdir(folder))[1:]
    ['model-00002-of-00002.safetensors', 'model.safetensors.index.json']
    """
    check_threads(threads)
    if not isinstance(plan, Plan):
        raise TypeError(
            "plan must be a netinit.Plan, as netinit.plan(net, netinit.All) returns, not "
            f"{type(plan).__name__}"
        )
    recipe = plan.to_json()  # raises for shapes that are not known
    written = [assignment for assignment in plan if assignment.parameter.persistent]
    rows = [(a.name, CODES[a.dtype], a.parameter.known_shape) for a in written]
    if max_shard_size is None:
        _refuse_folder_options(config=config, rank=rank, world_size=world_size)
        target = target_of(path, rows, _metadata(recipe), None)
    else:
        target = folder_target(
            path, rows, _metadata(recipe), max_shard_size,
            rank=rank, world_size=world_size, config=_config_text(config),
            parameters=sum(a.parameter.size for a in written if a.parameter.kind == "parameter"),
        )  # fmt: skip
    sources = {assignment.name: _source(assignment, threads) for assignment in written}
    return write_target(target, sources, resume=resume, threads=threads, progress=progress)


def _refuse_folder_options(**options: Any) -> None:
    for name, value in options.items():
        if value != {"config": None, "rank": 0, "world_size": 1}[name]:
            raise TypeError(f"{name} is for a folder of files: give max_shard_size too, as '5GB'")


def _config_text(config: Any) -> str | None:
    """Return what is written as config.json.

    Raises
    ------
    TypeError, ValueError
        If it is neither a mapping, JSON text of one, nor says itself what its JSON is.
    """
    if config is None:
        return None
    if isinstance(config, Mapping):
        return json.dumps(config, indent=2, sort_keys=True) + "\n"
    text = config if isinstance(config, str) else getattr(config, "to_json_string", lambda: None)()
    if not isinstance(text, str):
        raise TypeError(
            f"config must be a mapping, JSON text or a config of transformers, not {config!r}"
        )
    try:
        if isinstance(json.loads(text), dict):
            return text
    except ValueError as error:
        raise ValueError(f"config is not valid JSON: {error}") from None
    raise ValueError("config must be JSON text of an object")


def _metadata(recipe: Mapping[str, Any]) -> Metadata:
    """Return what gives each file its metadata: the recipe of the tensors in it."""

    def metadata(names: Sequence[str]) -> dict[str, str]:
        tensors = {name: recipe["tensors"][name] for name in names}
        return {"format": "pt", RECIPE_KEY: json.dumps({**recipe, "tensors": tensors})}

    return metadata


def _source(assignment: Assignment, threads: int | None) -> StreamedTensor:
    """Return what makes an assignment's tensor, its ranges with one thread each."""
    parameter = assignment.parameter
    assert assignment.initializer is not None
    made = assignment.initializer, assignment.stream, parameter.known_shape, parameter.dtype
    return StreamedTensor(*made, threads)
