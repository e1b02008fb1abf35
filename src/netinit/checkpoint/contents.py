"""What a folder of safetensors files holds: its index, its files, and how they fit each other.

The form is Hugging Face's: files ``model-0000i-of-0000N.safetensors`` beside an index that says
which tensor is in which of them. Nothing in an index leads out of its folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netinit.base.spelling import listing
from netinit.checkpoint.difference import Difference
from netinit.checkpoint.header import MAX_HEADER, Header
from netinit.checkpoint.json_text import parse_object, quoted, short
from netinit.checkpoint.shards import INDEX_NAME
from netinit.errors import CheckpointError

__all__ = ["Contents", "Index", "is_index", "misfits", "read_contents", "read_index"]

_ENDING = ".safetensors.index.json"


@dataclass(frozen=True, slots=True)
class Index:
    """Which tensor is in which file of a folder.

    Attributes
    ----------
    name : str
        The index's own file name.
    weight_map : dict of str to str
        The file of each tensor, by its plain name.
    metadata : dict
        The rest: ``total_size``, mostly.
    """

    name: str
    weight_map: dict[str, str]
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder holds.

    Attributes
    ----------
    folder : str
        The folder.
    index : Index or None
        Its index, if it has one.
    files : tuple of str
        The names of its safetensors files, in order.
    """

    folder: str
    index: Index | None
    files: tuple[str, ...]

    def path(self, name: str) -> str:
        """Return the path of a file of the folder."""
        return os.path.join(self.folder, name)


def is_index(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is an index by its name."""
    return os.fspath(path).endswith(_ENDING)


def read_index(path: str | os.PathLike[str]) -> Index:
    """Return the index that a file holds, checked by itself.

    Raises
    ------
    CheckpointError
        If it is not a JSON object with a ``weight_map`` of tensors' names to names of files in
        the same folder: one with a separator in it, ``..`` or none is refused.
    OSError
        If the file cannot be read.
    """
    where = os.fspath(path)
    with open(path, "rb") as file:
        text = file.read(MAX_HEADER + 1)
    if len(text) > MAX_HEADER:
        raise CheckpointError(f"{where}: an index has at most {MAX_HEADER:,} bytes; this has more")
    try:
        table = parse_object(text, "the index")
        files, metadata = table.get("weight_map"), table.get("metadata", {})
        if not isinstance(files, dict) or not files:
            raise CheckpointError("the index has no weight_map of tensors' names to files")
        if not isinstance(metadata, dict):
            raise CheckpointError(f"the index's metadata is {short(metadata)}, not an object")
        for tensor, name in files.items():
            _check_plain(tensor, name)
    except CheckpointError as error:
        raise CheckpointError(f"{where}: {error}") from None
    return Index(os.path.basename(where), files, metadata)


def _check_plain(tensor: str, name: object) -> None:
    """Raise CheckpointError unless what an index has for a tensor is a file's plain name."""
    if not isinstance(name, str):
        raise CheckpointError(f"the index has for tensor {quoted(tensor)} {short(name)}, no file")
    plain = name.isprintable() and not any(separator in name for separator in "/\\:")
    if not plain or not name.endswith(".safetensors") or len(os.fsencode(name)) > 255:
        raise CheckpointError(
            f"the index has for tensor {quoted(tensor)} the file {quoted(name)}; it must be the "
            "plain name of a .safetensors file in the index's own folder"
        )


def read_contents(path: str | os.PathLike[str]) -> Contents:
    """Return what a folder holds, given it or the index in it.

    Raises
    ------
    CheckpointError
        If it has no safetensors file and no index, several indexes, or a damaged one.
    OSError
        If the folder cannot be read.
    """
    folder, index = os.fspath(path), ""
    if not os.path.isdir(folder):
        folder, index = os.path.split(folder)
    names = sorted(os.listdir(folder or os.curdir))
    indexes = [name for name in names if is_index(name) and not name.startswith(".")]
    if not index and indexes:
        index = INDEX_NAME if INDEX_NAME in indexes else indexes[0]
        if index != INDEX_NAME and len(indexes) > 1:
            raise CheckpointError(f"{folder}: it has the indexes {listing(indexes)}; give one")
    files = tuple(n for n in names if n.endswith(".safetensors") and _is_data(folder, n))
    if not files and not index:
        raise CheckpointError(
            f"{folder}: there is no .safetensors file in this folder, nor {INDEX_NAME}"
        )
    return Contents(folder, read_index(os.path.join(folder, index)) if index else None, files)


def _is_data(folder: str, name: str) -> bool:
    """Return whether a name is that of a file, or a link whose end is for the reader to find."""
    if name.startswith("."):
        return False
    try:
        return stat.S_ISREG(os.stat(os.path.join(folder, name)).st_mode)
    except OSError:  # a link to nowhere, or in a circle
        return True


def misfits(contents: Contents, headers: Mapping[str, Header]) -> list[Difference]:
    """Return how a folder's index and files do not fit each other.

    Parameters
    ----------
    contents : Contents
    headers : mapping of str to Header
        Those of the files that could be read, by their names.
    """
    holders: dict[str, list[str]] = {}
    for file, header in headers.items():
        for tensor in header.tensors:
            holders.setdefault(tensor.name, []).append(file)
    found = [
        Difference(name, f"it is in {listing(files)}, and must be in one file", file=files[0])
        for name, files in holders.items()
        if len(files) > 1
    ]
    if contents.index is None:
        return found + _without_index(contents)
    return found + _against_index(contents, contents.index, headers, holders)


def _without_index(contents: Contents) -> list[Difference]:
    parts = [name for name in contents.files if "-of-" in name]
    if not parts:
        return []
    reason = f"it is missing, which says what is in each of {listing(parts, 2)}"
    return [Difference("", reason, file=INDEX_NAME)]


def _against_index(
    contents: Contents,
    index: Index,
    headers: Mapping[str, Header],
    holders: Mapping[str, list[str]],
) -> list[Difference]:
    found, expected = [], dict.fromkeys(index.weight_map.values(), 0)
    for file in index.weight_map.values():
        expected[file] += 1
    for file, count in sorted(expected.items()):
        if file not in contents.files:
            found.append(
                Difference("", f"it is missing; {count:,} tensors should be in it", file=file)
            )
    for file in contents.files:
        if file not in expected:
            found.append(Difference("", f"{index.name} does not name this file", file=file))
    for name, file in index.weight_map.items():
        there = holders.get(name, [])
        if file in headers and file not in there:
            where = f"it is in {there[0]}" if there else "no file has it"
            found.append(Difference(name, f"{index.name} has it in this file; {where}", file=file))
    for name, files in holders.items():
        if name not in index.weight_map and files[0] in expected:
            found.append(Difference(name, f"{index.name} does not name it", file=files[0]))
    return found + _wrong_total(index, headers, expected)


def _wrong_total(
    index: Index, headers: Mapping[str, Header], expected: Mapping[str, int]
) -> list[Difference]:
    """Return that the index's total is wrong, where that can be told."""
    total = index.metadata.get("total_size")
    if total is None or any(file not in headers for file in expected):
        return []
    size = sum(headers[file].data_bytes for file in expected)
    if type(total) in (int, float) and total == size:
        return []
    reason = f"its total_size is {short(total)}, and the files have {size} bytes of tensors"
    return [Difference("", reason, file=index.name)]
