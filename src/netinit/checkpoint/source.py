"""What a checkpoint is made for: the parameters of a net in JSON or of a safetensors file."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from netinit.arrays.dtypes import CODES, DRAWN, dtype_named
from netinit.base.words import All
from netinit.checkpoint.header import Tensor, read_header
from netinit.errors import CheckpointError
from netinit.methods.vocabulary import as_method
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.selection import select_parameters
from netinit.plans.plan import Plan, build_plan

__all__ = ["plan_source", "read_source"]


def plan_source(
    path: str | os.PathLike[str],
    *,
    select: str | Sequence[str] = (),
    method: Any = "Kaiming",
    seed: int | str = 1234,
    dtype: str | None = None,
) -> Plan:
    """Return the plan for what a file describes, whose method has seen the whole net.

    Parameters
    ----------
    path, dtype
        As in `read_source`.
    select : str or sequence of str
        Name patterns; none means all.
    method, seed
        As in `netinit.initialize`.

    Raises
    ------
    CheckpointError
        If a selected tensor is of a dtype that netinit does not draw (integers, bool) and the
        method has no values for it, as Dummy has, or as `read_source` does.
    TypeError, ValueError
        As `read_source` and `netinit.plan` do.
    OSError
        If the file cannot be read.
    """
    parameters = read_source(path, dtype=dtype)
    chosen: Any = ([select] if isinstance(select, str) else list(select)) if select else All
    method = as_method(method)
    if not method.stores:
        _refuse_undrawable(path, select_parameters(parameters, chosen))
    return build_plan(parameters, chosen, method, seed)


def read_source(path: str | os.PathLike[str], *, dtype: str | None = None) -> list[Parameter]:
    """Return the parameters that a file describes; no array is read.

    Parameters
    ----------
    path : str or path
        A netinit net in JSON, or any safetensors file, of which only the header is read:
        names, shapes and dtypes. What a tensor is for goes by its name and shape there.
    dtype : str or dtype, optional
        Takes the place of each parameter's own, where that is one that netinit draws; by its
        name or a short one ("bf16", "f8_e4m3").

    Raises
    ------
    CheckpointError
        If a safetensors file is not well-formed.
    ValueError
        If a JSON file is not a netinit net, or `dtype` is unknown.
    OSError
        If the file cannot be read.
    """
    if dtype is not None:
        dtype = dtype_named(dtype)
    parameters = _of_safetensors(path) if _is_safetensors(path) else _of_net(path)
    if dtype is None:
        return parameters
    return [dataclasses.replace(p, dtype=dtype) if p.dtype in DRAWN else p for p in parameters]


def _is_safetensors(path: str | os.PathLike[str]) -> bool:
    """Tell the two kinds of file apart, by the extension where it says."""
    extension = os.path.splitext(os.fspath(path))[1].lower()
    if extension in (".safetensors", ".json"):
        return extension == ".safetensors"
    with open(path, "rb") as file:
        # A header's length, below 2**32, has zero bytes; JSON text has none.
        return b"\0" in file.read(8)


def _of_net(path: str | os.PathLike[str]) -> list[Parameter]:
    from netinit.nets import load
    from netinit.nets.adapter import NetAdapter

    try:
        return list(NetAdapter(load(path)).parameters())
    except TypeError as error:  # a file's content is a wrong value, whatever its type
        raise ValueError(str(error)) from None


def _of_safetensors(path: str | os.PathLike[str]) -> list[Parameter]:
    return [_parameter(tensor) for tensor in read_header(path).tensors]


def _parameter(tensor: Tensor) -> Parameter:
    if tensor.dtype is None:  # refused later, unless it is not selected
        return Parameter(tensor.name, tensor.shape, tensor.code)
    return guess_parameter(tensor.name, tensor.shape, tensor.dtype)


def _refuse_undrawable(path: str | os.PathLike[str], chosen: Sequence[Parameter]) -> None:
    undrawable = [parameter for parameter in chosen if parameter.dtype not in DRAWN]
    if not undrawable:
        return
    codes = [CODES.get(parameter.dtype, parameter.dtype) for parameter in undrawable[:5]]
    named = ", ".join(f"{p.name!r} ({code})" for p, code in zip(undrawable, codes, strict=False))
    more = f" and {len(undrawable) - 5} more" if len(undrawable) > 5 else ""
    raise CheckpointError(
        f"{os.fspath(path)}: netinit draws {', '.join(DRAWN)}, and not the dtypes of {named}"
        f"{more}; select the others by name, or take method 'Dummy', which has values for them"
    )
