"""Files and folders, looked at tensor by tensor within bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from netinit.checkpoint.contents import is_index, misfits, read_contents
from netinit.checkpoint.header import Header, Tensor, read_header
from netinit.checkpoint.recorded import sources_of
from netinit.checkpoint.tensors import TensorBytes
from netinit.checkpoint.write import RECIPE_KEY
from netinit.errors import CheckpointError
from netinit.parameters.kernels import with_neighbours
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.plans.plan import Plan
from netinit.verification.expected import Expected, by_plan
from netinit.verification.findings import Finding, finding
from netinit.verification.judge import judge
from netinit.verification.report import Verification, equal_shards
from netinit.verification.source import InFile, OneFile, Source

__all__ = ["verify_files"]

Progress = Callable[[int, int], None]


def verify_files(
    path: str | os.PathLike[str], plan: Plan | None, threads: int | None, progress: Progress | None
) -> Verification:
    """Return what is wrong with a safetensors file, or those of a folder.

    Where several files of a folder have tensors of the same names, and no index says which to
    take, they are those of several ranks: each is judged for itself, and then their tensors are
    compared.
    """
    where = os.fspath(path)
    if not (os.path.isdir(where) or is_index(where)):
        with OneFile() as files:
            headers = {where: read_header(where)}
            return _judged(headers, files, plan, threads, progress, [])
    contents = read_contents(where)
    found: list[Finding] = []
    headers = {}
    for name in contents.files:
        try:
            headers[contents.path(name)] = read_header(contents.path(name))
        except (CheckpointError, OSError) as error:
            found.append(finding("file", name, str(error).removeprefix(f"{contents.path(name)}: ")))
    names = {os.path.basename(file): header for file, header in headers.items()}
    ranks = contents.index is None and _shared(headers)
    with OneFile() as files:
        if ranks:
            return _of_ranks(headers, files, plan, threads, found)
        found += [
            finding("file", one.file or one.name, one.reason) for one in misfits(contents, names)
        ]
        return _judged(headers, files, plan, threads, progress, found)


def _shared(headers: Mapping[str, Header]) -> bool:
    """Return whether tensors of one name are in several files."""
    every = [tensor.name for header in headers.values() for tensor in header.tensors]
    return len(set(every)) < len(every)


def _of_ranks(
    headers: Mapping[str, Header],
    files: OneFile,
    plan: Plan | None,
    threads: int | None,
    found: list[Finding],
) -> Verification:
    each = [
        _judged({file: header}, files, plan, threads, None, []) for file, header in headers.items()
    ]
    rows = tuple(row for one in each for row in one.arrays)
    every = [one for verification in each for one in verification.findings]
    every += [*equal_shards(each), *found]
    return Verification(rows, tuple(sorted(every, key=lambda one: one.severity)))


def _judged(
    headers: Mapping[str, Header],
    files: OneFile,
    plan: Plan | None,
    threads: int | None,
    progress: Progress | None,
    found: list[Finding],
) -> Verification:
    expected: dict[str, Expected] = {}
    if plan is None:
        for path, header in headers.items():
            try:
                expected |= _by_recipe(header)
            except CheckpointError as error:
                found.append(finding("file", os.path.basename(path), str(error)))
    else:
        expected = by_plan(plan)
    return judge(_arrays(headers, files), expected, plan, threads, found, progress)


def _by_recipe(header: Header) -> dict[str, Expected]:
    """Return what a file's own recipe says of its tensors; nothing, where it has none."""
    if RECIPE_KEY not in header.metadata:
        return {}
    sources, _ = sources_of(header, None)
    return {
        name: Expected(one.initializer, one.stream, one.shape, one.dtype, "recipe", True, name)
        for name, one in sources.items()
        if isinstance(one, TensorBytes)
    }


def _arrays(
    headers: Mapping[str, Header], files: OneFile
) -> Iterator[tuple[Parameter, Source | None]]:
    tensors = [(path, h, tensor) for path, h in headers.items() for tensor in h.tensors]
    tensors = [one for one in tensors if one[2].dtype is not None]
    rows = with_neighbours([_row(tensor) for _, _, tensor in tensors])
    for row, (path, header, tensor) in zip(rows, tensors, strict=True):
        begin = header.data_start + tensor.begin
        yield row, InFile(files, path, begin, tensor.shape, row.dtype)


def _row(tensor: Tensor) -> Parameter:
    assert tensor.dtype is not None
    return guess_parameter(tensor.name, tensor.shape, tensor.dtype, initialized=True)
