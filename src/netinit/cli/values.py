"""The values that a file holds, or that a plan gives: one array at a time, each when it is seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from netinit.arrays.dtypes import DRAWN, STORAGE
from netinit.arrays.narrow import read_numbers
from netinit.base.words import All
from netinit.checkpoint.header import Header, Tensor, read_header
from netinit.checkpoint.recorded import sources_of
from netinit.checkpoint.source import kind_of_source, located
from netinit.checkpoint.tensors import TensorBytes
from netinit.checkpoint.write import RECIPE_KEY
from netinit.initializers.base import Initializer
from netinit.parameters.kernels import with_neighbours
from netinit.parameters.roles import guess_parameter
from netinit.parameters.selection import select_parameters
from netinit.plans.assignment import Assignment
from netinit.plans.execute import FlatRanges, refuse_unresolved
from netinit.plans.plan import Plan
from netinit.verification.source import InFile, OneFile

__all__ = ["Lazy", "drawn_values", "holds_values", "values_of_files"]

#: A tensor, with its file and that file's header.
_Placed = tuple[str, Header, Tensor]


class Lazy(Mapping[str, np.ndarray]):
    """Arrays by their names, each of which is made when it is asked for, and not kept.

    Parameters
    ----------
    makers : mapping of str to callable
    """

    def __init__(self, makers: Mapping[str, Callable[[], np.ndarray]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> np.ndarray:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _with_files(path: Path) -> list[_Placed]:
    """Return the tensors of a file, of a folder or of an index, whose data may be missing."""
    if path.is_dir() or kind_of_source(path) == "files":
        return located(path)
    header = read_header(path, alone=True)
    return [(os.fspath(path), header, tensor) for tensor in header.tensors]


def holds_values(path: Path) -> bool:
    """Return whether a source is safetensors files with values, not a description of a net."""
    if path.is_dir():
        return any(one.suffix == ".safetensors" for one in path.iterdir())
    kind = kind_of_source(path)
    if kind != "safetensors":
        return kind == "files"
    return path.stat().st_size > read_header(path, alone=True).data_start


def values_of_files(
    path: Path, select: Sequence[str], files: OneFile
) -> tuple[Lazy, dict[str, Initializer]]:
    """Return the numbers in files, of the types that netinit draws, and what their recipes plan.

    Parameters
    ----------
    path : Path
        A safetensors file, a folder of them, or an index.
    select : sequence of str
        Name patterns; none means all.
    files : OneFile
        What opens the files.
    """
    placed = {one[2].name: one for one in _with_files(path) if one[2].dtype in DRAWN}
    rows = [guess_parameter(t.name, t.shape, t.dtype or "") for _, _, t in placed.values()]
    chosen = select_parameters(with_neighbours(rows), list(select) if select else All)
    planned: dict[str, Initializer] = {}
    for header in {file: header for file, header, _ in placed.values()}.values():
        if RECIPE_KEY in header.metadata:
            made = sources_of(header, None)[0].items()
            planned |= {n: one.initializer for n, one in made if isinstance(one, TensorBytes)}
    return Lazy({p.name: _reader(placed[p.name], files) for p in chosen}), planned


def _reader(placed: _Placed, files: OneFile) -> Callable[[], np.ndarray]:
    path, header, tensor = placed
    assert tensor.dtype is not None
    source = InFile(files, path, header.data_start + tensor.begin, tensor.shape, tensor.dtype)

    def read() -> np.ndarray:
        flat = source.read(0, int(np.prod(source.shape, dtype=np.int64)))
        return read_numbers(flat, source.dtype).reshape(source.shape)

    return read


def drawn_values(plan: Plan, threads: int | None = None) -> Lazy:
    """Return the values that a plan gives its parameters."""
    refuse_unresolved(plan.assignments)
    return Lazy(
        {
            a.name: _drawer(a, threads)
            for a in plan
            if a.dtype in DRAWN and a.parameter.kind == "parameter"
        }
    )


def _drawer(a: Assignment, threads: int | None) -> Callable[[], np.ndarray]:
    def draw() -> np.ndarray:
        assert a.initializer is not None
        assert a.shape is not None
        ranges = FlatRanges(a.initializer, a.stream, a.shape, a.dtype, threads)
        made = np.empty(ranges.size, STORAGE[a.dtype])
        ranges.fill(made, 0)
        return read_numbers(made, a.dtype).reshape(a.shape)

    return draw
