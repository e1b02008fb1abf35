"""Checking a checkpoint against the recipe in its own metadata."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.arrays.narrow import read_numbers
from netinit.base.checks import check_threads
from netinit.checkpoint.header import Header, Tensor, read_header
from netinit.checkpoint.tensors import CHUNK_BYTES, TensorBytes, TensorDigest
from netinit.checkpoint.write import RECIPE_KEY
from netinit.errors import CheckpointError
from netinit.initializers.zero_rows import ZeroRows
from netinit.plans.recipe import read_recipe
from netinit.streams.stream import STREAM_VERSION

__all__ = ["Difference", "check"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A tensor that is not what its recipe makes.

    Attributes
    ----------
    name : str
        The tensor.
    reason : str
        What differs, in words.
    index : tuple of int, or None
        The first differing element; None where the tensor as a whole is missing or unknown.
    found, expected : float or None
        Its value in the file, and by the recipe.
    """

    name: str
    reason: str
    index: tuple[int, ...] | None = None
    found: float | None = None
    expected: float | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def check(
    path: str | os.PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Difference]:
    """Make every tensor of a checkpoint again from its recipe; return those that differ.

    The comparison is of bytes, a chunk at a time; the checkpoint is never in memory. A large
    tensor that a framework's library computed is compared by the digest of its bytes.

    Parameters
    ----------
    path : str or path
        A file that `write` or ``netinit init`` wrote.
    threads : int, optional
        How many threads draw; as `netinit.fill` takes it.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` after each chunk.

    Returns
    -------
    list of Difference
        In the order of the file, and then what the recipe has and the file has not; empty
        where all is equal.

    Raises
    ------
    CheckpointError
        If the file is not a well-formed safetensors file, or it has no recipe, a damaged one,
        or one of another stream version.
    ValueError
        If `threads` is less than 1.
    OSError
        If the file cannot be read.
    """
    check_threads(threads)
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a text or a path, not {type(path).__name__}")
    with open(path, "rb") as file:
        header = read_header(file)
        try:
            recipe = _read_recipe(header)
            entries = recipe["tensors"]
            sources = {
                tensor.name: _source(tensor, recipe["seed"], entries, threads)
                for tensor in header.tensors
            }
        except CheckpointError as error:
            raise CheckpointError(f"{os.fspath(path)}: {error}") from None
        differences = _compare_all(file, header, sources, progress)
    missing = [name for name in entries if name not in sources]
    return differences + [
        Difference(name, "it is in the recipe but not in the file") for name in missing
    ]


def _read_recipe(header: Header) -> dict[str, Any]:
    """Return the recipe in the metadata, its outer form and stream version checked."""
    if RECIPE_KEY not in header.metadata:
        raise CheckpointError(
            f"its metadata has no entry {RECIPE_KEY!r}, so there is no recipe to check it by; "
            "netinit did not write this file"
        )
    try:
        recipe = json.loads(header.metadata[RECIPE_KEY])
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the recipe in its metadata is not valid JSON: {error}") from None
    if not isinstance(recipe, dict):
        raise CheckpointError("the recipe in its metadata is not a JSON object")
    version = recipe.get("stream")
    if type(version) is not int:
        raise CheckpointError(f"the recipe in its metadata has the stream version {version!r}")
    if version != STREAM_VERSION:
        raise CheckpointError(
            f"its recipe is of stream version {version}, and this netinit draws version "
            f"{STREAM_VERSION}; it was written by netinit {recipe.get('netinit')}"
        )
    if type(recipe.get("seed")) not in (int, str):
        raise CheckpointError(f"the recipe in its metadata has the seed {recipe.get('seed')!r}")
    if not isinstance(recipe.get("tensors"), dict):
        raise CheckpointError("the recipe in its metadata has no table of tensors")
    return recipe


def _source(
    tensor: Tensor, seed: int | str, entries: dict[str, Any], threads: int | None
) -> TensorBytes | TensorDigest | Difference:
    """Return what makes `tensor` again or tells it, or the Difference that nothing does."""
    if tensor.name not in entries:
        return Difference(tensor.name, "it is in the file but not in the recipe")
    if tensor.dtype is None:
        return Difference(tensor.name, f"its dtype {tensor.code} is none that netinit draws")
    try:
        entry = dict(entries[tensor.name])
        if "sha256" in entry:
            return TensorDigest(**entry)
        initializer, stream = read_recipe(entry, seed, tensor.name)
        if isinstance(initializer, ZeroRows):
            initializer.check_rows(tensor.shape[0] if tensor.shape else 0)
    except (LookupError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"the recipe of tensor {tensor.name!r} in its metadata is damaged: {error}"
        ) from None
    try:
        initializer.check(tensor.shape, tensor.dtype)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return Difference(tensor.name, f"its recipe does not fit it: {error}")
    return TensorBytes(initializer, stream, tensor.shape, tensor.dtype, threads)


def _compare_all(
    file: BinaryIO,
    header: Header,
    sources: dict[str, TensorBytes | TensorDigest | Difference],
    progress: Progress | None,
) -> list[Difference]:
    buffers = np.empty((2, min(CHUNK_BYTES, header.data_bytes)), np.uint8)
    differences = []
    for tensor in sorted(header.tensors, key=lambda tensor: (tensor.begin, tensor.end)):
        source = sources[tensor.name]
        if isinstance(source, TensorBytes):
            difference = _compare(file, header, tensor, source, buffers, progress)
        elif isinstance(source, TensorDigest):
            difference = _compare_digest(file, header, tensor, source, buffers[0], progress)
        else:
            difference = source
        if difference is not None:
            differences.append(difference)
        if progress is not None:
            progress(tensor.end, header.data_bytes)
    return differences


def _compare(
    file: BinaryIO,
    header: Header,
    tensor: Tensor,
    source: TensorBytes,
    buffers: np.ndarray,
    progress: Progress | None,
) -> Difference | None:
    """Return the first difference of one tensor from what `source` makes, or None."""
    bits = f"u{DTYPES[source.dtype]}"  # bytes, not values, are compared: NaNs and -0 count
    for begin in range(0, source.nbytes, CHUNK_BYTES):
        expected, found = buffers[:, : min(CHUNK_BYTES, source.nbytes - begin)]
        try:
            source.write(expected, begin)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            return Difference(tensor.name, f"its recipe does not fit it: {error}")
        _read_at(file, found, header.data_start + tensor.begin + begin)
        differing = expected.view(bits) != found.view(bits)
        if differing.any():
            place = int(differing.argmax())
            first = begin // DTYPES[source.dtype] + place
            values = (_value(array, source.dtype, place) for array in (found, expected))
            return _difference(tensor, first, *values)
        if progress is not None:
            progress(tensor.begin + begin + len(expected), header.data_bytes)
    return None


def _compare_digest(
    file: BinaryIO,
    header: Header,
    tensor: Tensor,
    source: TensorDigest,
    buffer: np.ndarray,
    progress: Progress | None,
) -> Difference | None:
    """Return the difference of a tensor from what was computed when it was written, or None."""
    digest = hashlib.sha256()
    for begin in range(tensor.begin, tensor.end, CHUNK_BYTES):
        found = buffer[: min(CHUNK_BYTES, tensor.end - begin)]
        _read_at(file, found, header.data_start + begin)
        digest.update(found.data)
        if progress is not None:
            progress(begin + len(found), header.data_bytes)
    if digest.hexdigest() == source.sha256:
        return None
    return Difference(tensor.name, "its bytes are not those that were written: another SHA-256")


def _read_at(file: BinaryIO, out: np.ndarray, place: int) -> None:
    file.seek(place)
    if file.readinto(out.data) != len(out):  # type: ignore[attr-defined]
        raise CheckpointError(f"{file.name}: the file became shorter while it was read")


def _value(array: np.ndarray, dtype: str, place: int) -> float:
    """Return element `place` of an array of bytes as a float."""
    element = array.view(STORAGE[dtype])[place : place + 1]
    return float(read_numbers(element, dtype)[0])


def _difference(tensor: Tensor, first: int, found: float, expected: float) -> Difference:
    index = tuple(int(axis) for axis in np.unravel_index(first, tensor.shape))
    place = f"element [{', '.join(map(str, index))}]" if index else "its value"
    reason = f"{place} is {found!r}, and the recipe makes {expected!r}"
    return Difference(tensor.name, reason, index, found, expected)
