"""A safetensors file that is written by whoever has the values, in any order."""

from __future__ import annotations

import bisect
import math
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from netinit.base.checks import integer
from netinit.base.frameworks import view_function
from netinit.base.spelling import listing, unknown
from netinit.checkpoint.atomic import Pending
from netinit.checkpoint.elements import code_of, kept_in
from netinit.checkpoint.header import Tensor
from netinit.checkpoint.publication import Publication
from netinit.checkpoint.stream import read_metadata, read_rows
from netinit.checkpoint.target import Shard, target_of
from netinit.checkpoint.workers import PIECE_BYTES

__all__ = ["Writer"]


class Writer:
    """A safetensors file, or a folder of them, whose tensors are given in parts, in any order.

    Names, dtypes and shapes come first, values later, from any number of threads. The values go
    to the disk at once. The files appear when the block ends, if every element has been written;
    where it ends by an exception, nothing is left.

    Parameters
    ----------
    path : str or path
        The file; with `max_shard_size` the folder, which is made if there is none.
    tensors : mapping of str to (dtype, shape)
        As `stream` takes them.
    metadata : mapping of str to str, optional
        The ``__metadata__`` of each file. By default ``{"format": "pt"}``.
    max_shard_size : int or str, optional
        The most bytes of tensors in a file, as "5GB".

    Raises
    ------
    TypeError, ValueError, OSError
        As `stream` does.

    Examples
    --------
    >>> import tempfile, numpy as np, netinit.checkpoint
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tensors = {"w": ("F32", (4, 2)), "b": ("BF16", 2)}
    ...     with netinit.checkpoint.Writer(f"{folder}/x.safetensors", tensors) as writer:
    ...         writer.write("b", np.zeros(2, np.uint16))
    ...         writer.write("w", np.ones((3, 2), np.float32), start=2)
    ...         writer.write("w", np.zeros((1, 2), np.float32))
    ...     netinit.checkpoint.read_header(f"{folder}/x.safetensors").data_bytes
    36
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        tensors: Mapping[str, tuple[Any, int | Sequence[int]]],
        *,
        metadata: Mapping[str, str] | None = None,
        max_shard_size: int | str | None = None,
    ) -> None:
        texts = read_metadata(metadata)
        target = target_of(path, read_rows(tensors), lambda _: texts, max_shard_size)
        self._files = [_File(shard) for shard in target.shards]
        self._tensors = {t.name: (file, t) for file in self._files for t in file.header.tensors}
        self._written = {name: _Ranges() for name in self._tensors}
        self._publication = Publication(target, target.shards, together=True)
        self._lock = threading.Lock()
        self._closed = False
        self._publication.prepare()

    def write(self, name: str, values: Any, start: int = 0) -> None:
        """Write elements of a tensor, each of them once.

        Parameters
        ----------
        name : str
            The tensor.
        values : array
            Of the tensor's dtype: a numpy array or a CPU tensor of PyTorch; of the whole
            tensor's shape, some of its rows, or any elements on one axis. What numpy has no dtype
            for may be its bits in unsigned integers as wide; types narrower than a byte are given
            as packed bytes.
        start : int, optional
            The index of the first of them, counted in C order over the whole tensor; of types
            narrower than a byte, the number of the first byte.

        Raises
        ------
        TypeError, ValueError
            If there is no such tensor, `values` do not fit it, or were written before.
        OSError
            If they cannot be written.
        """
        if self._closed:
            raise ValueError("the writer is closed")
        if name not in self._tensors:
            raise ValueError(unknown("tensor", name, self._tensors))
        file, tensor = self._tensors[name]
        data = _bytes_of(values, tensor)
        begin = integer("start", start, least=0) * kept_in(tensor.code).itemsize
        if begin + len(data) > tensor.end - tensor.begin:
            raise ValueError(
                f"tensor {name!r} of shape {tensor.shape} has no room for "
                f"{len(data) // kept_in(tensor.code).itemsize} elements from {start} on"
            )
        with self._lock:
            if not self._written[name].add(begin, begin + len(data)):
                raise ValueError(f"elements of tensor {name!r} from {start} on are written twice")
            pending = file.opened(self._publication)
        place = file.header.data_start + tensor.begin + begin
        for low in range(0, len(data), PIECE_BYTES):
            pending.put(data[low : low + PIECE_BYTES].data, place + low)
        with self._lock:
            file.missing -= len(data)
            whole = file.missing == 0 and not file.ready
            file.ready = file.ready or whole
        if whole:
            self._publication.ready(pending)

    def close(self) -> None:
        """Have the files appear.

        Raises
        ------
        ValueError
            If elements have not been written; nothing is left then.
        OSError
            If the files cannot be forced to disk or named.
        """
        if self._closed:
            return
        try:
            self._refuse_gaps()
            for file in self._files:
                if not file.ready:  # of empty tensors alone
                    self._publication.ready(file.opened(self._publication))
            self._closed = True
            self._publication.complete()
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Leave nothing of what has not appeared."""
        self._closed = True
        self._publication.discard()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def _refuse_gaps(self) -> None:
        gaps = [
            name
            for name, (_, tensor) in self._tensors.items()
            if self._written[name].total < tensor.end - tensor.begin
        ]
        if gaps:
            raise ValueError(f"not all elements of {listing(gaps)} have been written")
        if any(file.missing for file in self._files):
            raise ValueError("not all elements have been written: a write failed")


class _File:
    """One file, opened when its first element comes."""

    def __init__(self, shard: Shard) -> None:
        self._shard, self.header = shard, shard.header
        self.pending: Pending | None = None
        self.missing, self.ready = shard.header.data_bytes, False

    def opened(self, publication: Publication) -> Pending:
        if self.pending is None:
            self.pending = publication.open(self._shard)
        return self.pending


class _Ranges:
    """Ranges of bytes, none of which meet."""

    def __init__(self) -> None:
        self.total = 0
        self._begins: list[int] = []
        self._ends: list[int] = []

    def add(self, begin: int, end: int) -> bool:
        """Add a range; say no where it meets another."""
        at = bisect.bisect_left(self._begins, begin)
        before = at > 0 and self._ends[at - 1] > begin
        if begin < end and (before or (at < len(self._begins) and self._begins[at] < end)):
            return False
        if begin < end:
            self._insert(at, begin, end)
        return True

    def _insert(self, at: int, begin: int, end: int) -> None:
        self.total += end - begin
        if at < len(self._begins) and self._begins[at] == end:  # joined with what follows
            end = self._ends[at]
            del self._begins[at], self._ends[at]
        if at > 0 and self._ends[at - 1] == begin:  # and with what comes before
            self._ends[at - 1] = end
        else:
            self._begins.insert(at, begin)
            self._ends.insert(at, end)


def _bytes_of(values: Any, tensor: Tensor) -> np.ndarray:
    """Return the little-endian bytes of values for a tensor.

    Raises
    ------
    TypeError, ValueError
        If they are of another dtype, or of a shape that is no part of the tensor's.
    """
    kept = kept_in(tensor.code)
    array, code = _bits_of(values)
    if array.dtype != kept or code not in (None, tensor.code):
        raise TypeError(
            f"the values of tensor {tensor.name!r} are {code or array.dtype}, and the file has "
            f"{tensor.code}, which is {kept} in numpy; convert them first"
        )
    packed = math.prod(tensor.shape) * kept.itemsize != tensor.end - tensor.begin
    if array.ndim > 1 and (packed or array.shape[1:] != tensor.shape[1:]):
        raise ValueError(
            f"values of shape {array.shape} are no part of tensor {tensor.name!r}, of shape "
            f"{tensor.shape}: give it whole, some of its rows, or elements on one axis"
        )
    flat = np.ascontiguousarray(array).reshape(-1)
    if sys.byteorder == "big":
        flat = flat.byteswap()
    return flat.view(np.uint8)


def _bits_of(values: Any) -> tuple[np.ndarray, str | None]:
    """Return values as an array of numpy's own dtypes, and the code of what its bits are.

    None where the dtype says that, or nobody does.
    """
    view = view_function(type(values))
    if view is not None and values.dtype.is_floating_point:
        array, name = view(values.detach())
        return array, code_of(name)
    array = np.asarray(values)
    if array.dtype.kind in "biufc":
        return array, None
    code = code_of(array.dtype)  # of ml_dtypes
    return array.view(kept_in(code)), code
