"""Which file of a folder holds which tensor: the split, the names and the index of the hub.

They are those of ``split_torch_state_dict_into_shards`` of huggingface_hub and of
``save_pretrained`` of transformers, so that their readers find what they expect.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from netinit.base.checks import integer
from netinit.base.spelling import listing

__all__ = [
    "INDEX_NAME",
    "index_text",
    "refuse_others",
    "shard_size",
    "share_of",
    "split",
]

INDEX_NAME = "model.safetensors.index.json"

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {f"{unit}IB": 1 << 10 * power for power, unit in enumerate("KMGT", 1)}

_SIZE = re.compile(r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*([A-Za-z]*)\s*")

#: The files of a model in a folder: one, the shards of a split, and their index.
_MODEL_FILE = re.compile(r"model(-[0-9]{5,}-of-[0-9]{5,})?\.safetensors|" + re.escape(INDEX_NAME))


def shard_size(size: int | str) -> int:
    """Return the most bytes of a shard, given as an integer or as text.

    Parameters
    ----------
    size : int or str
        Bytes, or a number with KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (of 1024).

    Raises
    ------
    TypeError, ValueError
        If it is neither, or less than 1.

    Examples
    --------
    >>> shard_size("5GB"), shard_size("1.5 MiB")
    (5000000000, 1572864)
    """
    if not isinstance(size, str):
        return integer("max_shard_size", size, least=1)
    found = _SIZE.fullmatch(size)
    if found is None or found[2].upper() not in _UNITS:
        raise ValueError(
            "max_shard_size must be a number of bytes, or one with a unit (KB, MB, GB, TB, KiB, "
            f"MiB, GiB, TiB), as '5GB', not {size!r}"
        )
    return integer("max_shard_size", int(float(found[1]) * _UNITS[found[2].upper()]), least=1)


def split(sizes: Mapping[str, int], most: int) -> dict[str, list[str]]:
    """Return the names of the files and the tensors of each.

    Tensors go into a file in their order, until the next would make it larger than `most`; one
    larger than that has a file of its own.

    Parameters
    ----------
    sizes : mapping of str to int
        The bytes of each tensor.
    most : int
        The most bytes of tensors in a file.

    Examples
    --------
    >>> split({"a": 6, "b": 2, "c": 9, "d": 2, "e": 6}, 8)["model-00002-of-00003.safetensors"]
    ['a', 'b']
    """
    files: list[list[str]] = []
    current: list[str] = []
    room = most
    for name, size in sizes.items():
        if size > most:  # the others go on around it
            files.append([name])
            continue
        if size > room:
            files.append(current)
            current, room = [], most
        current.append(name)
        room -= size
    if current:
        files.append(current)
    if len(files) == 1:
        return {"model.safetensors": files[0]}
    count = len(files)
    return {f"model-{n:05d}-of-{count:05d}.safetensors": f for n, f in enumerate(files, 1)}


def index_text(files: Mapping[str, Sequence[str]], metadata: Mapping[str, object]) -> str:
    """Return the text of the index, which says where each tensor is."""
    places = {name: file for file, names in files.items() for name in names}
    index = {"metadata": dict(metadata), "weight_map": places}
    return json.dumps(index, indent=2, sort_keys=True) + "\n"


def share_of(sizes: Mapping[str, int], rank: int, world_size: int) -> list[str]:
    """Return the files that one of several processes writes, such that all have alike to do.

    The largest file that is left goes to the process that has the fewest bytes, so each knows its
    own without asking (R. L. Graham, 1969: at most 4/3 of the best).

    Raises
    ------
    TypeError, ValueError
        If `world_size` is less than 1, or `rank` is not less than it.

    Examples
    --------
    >>> share_of({"a": 3, "b": 5, "c": 2, "d": 1}, 1, 2)
    ['a', 'c']
    """
    integer("world_size", world_size, least=1)
    if integer("rank", rank, least=0) >= world_size:
        raise ValueError(f"rank must be less than world_size, {world_size}, not {rank}")
    loads = [0] * world_size
    mine = set()
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        least = loads.index(min(loads))
        loads[least] += sizes[name]
        if least == rank:
            mine.add(name)
    return [name for name in sizes if name in mine]


def refuse_others(folder: Path, expected: Collection[str]) -> None:
    """Raise FileExistsError if a folder holds files of a model that is split otherwise.

    Readers that take all the files in a folder would load both.
    """
    try:
        found = sorted(os.listdir(folder))
    except FileNotFoundError:
        return
    others = [name for name in found if _MODEL_FILE.fullmatch(name) and name not in expected]
    if others:
        raise FileExistsError(
            f"{folder}: it holds {listing(others)}, which is not how this model is split; delete "
            "what is old, or choose another folder"
        )
