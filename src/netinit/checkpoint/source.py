"""What a checkpoint is made for: the parameters that a file or a folder describes."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

from netinit.arrays.dtypes import CODES, DRAWN, dtype_named
from netinit.base.spelling import listing
from netinit.base.words import All, Automatic
from netinit.checkpoint.contents import Contents, is_index, read_contents
from netinit.checkpoint.header import Header, Tensor, read_header
from netinit.checkpoint.json_text import quoted
from netinit.checkpoint.onnx_model import read_onnx
from netinit.errors import CheckpointError
from netinit.methods.vocabulary import as_method
from netinit.parameters.kernels import with_neighbours
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.selection import select_parameters
from netinit.plans.plan import Plan, build_plan

__all__ = ["kind_of_source", "located", "plan_source", "read_source"]

_CONFIG = "config.json"

#: Extensions of files that are not read, and what to give in their place.
_OTHERS = {
    **dict.fromkeys((".bin", ".pt", ".pth", ".ckpt", ".pkl"), "a pickle, which is not opened"),
    ".gguf": "a GGUF file",
    **dict.fromkeys((".h5", ".hdf5", ".keras"), "a Keras file"),
    **dict.fromkeys((".npz", ".npy"), "a numpy file"),
    ".msgpack": "a Flax file",
}


def plan_source(
    path: str | os.PathLike[str],
    *,
    select: str | Sequence[str] = (),
    method: Any = Automatic,
    seed: int | str = 1234,
    dtype: str | None = None,
) -> Plan:
    """Return the plan for what a file or folder describes, whose method has seen the whole net.

    Parameters
    ----------
    path, dtype
        As in `read_source`.
    select : str or sequence of str
        Name patterns; none means all.
    method : optional
        As in `netinit.initialize`. Where not given: Native, the model's own initialization, of
        a configuration of transformers, and Kaiming of all else.
    seed
        As in `netinit.initialize`.

    Raises
    ------
    CheckpointError
        If a selected tensor is of a dtype that netinit does not draw (integers, bool, complex
        numbers) and the method has no values for it, as Dummy has, or as `read_source` does.
    ImportError, TypeError, ValueError
        As `read_source` and `netinit.plan` do.
    OSError
        If the file cannot be read.
    """
    kind = kind_of_source(path)
    parameters = _read(path, kind, dtype)
    chosen: Any = ([select] if isinstance(select, str) else list(select)) if select else All
    if method is Automatic:
        method = "Native" if kind == "configuration" else "Kaiming"
    method = as_method(method)
    if not method.stores:
        _refuse_undrawable(path, select_parameters(parameters, chosen))
    return build_plan(parameters, chosen, method, seed)


def read_source(path: str | os.PathLike[str], *, dtype: str | None = None) -> list[Parameter]:
    """Return the parameters that a file or a folder describes; no array is read.

    Parameters
    ----------
    path : str or path
        One of

        - a netinit net in JSON;
        - the ``config.json`` of a model of the transformers library, or a folder that holds
          one: the model is built without memory, which needs torch and transformers;
        - any safetensors file, of which only the header is read (names, shapes and dtypes),
          also one that ends with its header;
        - a folder of safetensors files, or the index in one;
        - an ONNX model, which needs the package onnx: the names, dtypes and shapes of its
          initializers.

        What a tensor of a safetensors file is for goes by its name and shape there.
    dtype : str or dtype, optional
        Takes the place of each parameter's own, where that is one that netinit draws; by its
        name or a short one ("bf16", "f8_e4m3").

    Raises
    ------
    CheckpointError
        If a safetensors file, an index or an ONNX model is not well-formed, or an index names
        files or tensors that are not there.
    ImportError
        If a package is needed that is not installed; the message says which.
    ValueError
        If it is none of these, or `dtype` is unknown.
    OSError
        If the file cannot be read.
    """
    return _read(path, kind_of_source(path), dtype)


def _read(path: str | os.PathLike[str], kind: str, dtype: str | None) -> list[Parameter]:
    if dtype is not None:
        dtype = dtype_named(dtype)
    parameters = _READERS[kind](path)
    if dtype is None:
        return parameters
    return [dataclasses.replace(p, dtype=dtype) if p.dtype in DRAWN else p for p in parameters]


# ---- telling kinds apart


def kind_of_source(path: str | os.PathLike[str]) -> str:
    """Return what a file or folder is, by its name where that says it.

    One of "net", "configuration", "safetensors", "files" (a folder, or an index), "onnx".
    """
    where = os.fspath(path)
    if os.path.isdir(where):
        # A configuration says more of a net than the names in files do.
        return "configuration" if _has_configuration(where) else "files"
    if is_index(where):
        return "files"
    extension = os.path.splitext(where)[1].lower()
    if extension in _OTHERS:
        raise ValueError(
            f"{where}: this is {_OTHERS[extension]}; give a safetensors file or a folder of them, "
            "an ONNX model, a config.json or a net of netinit's in JSON"
        )
    if extension in (".safetensors", ".onnx"):
        return extension[1:]
    with open(path, "rb") as file:
        # A header's length, below 2**32, has zero bytes; JSON text has none.
        if extension != ".json" and b"\0" in file.read(8):
            return "safetensors"
    return _kind_of_json(where)


def _has_configuration(folder: str) -> bool:
    """Return whether a folder has a configuration, and not that of another library."""
    try:
        return _kind_of_json(os.path.join(folder, _CONFIG)) == "configuration"
    except (OSError, ValueError):
        return False


def _kind_of_json(where: str) -> str:
    """Return what a JSON text describes; a net, where it is for the reader of nets to complain."""
    with open(where, "rb") as file:
        text = file.read()
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return "net"
    if not isinstance(table, dict) or "netinit" in table:
        return "net"
    if "weight_map" in table:
        return "files"
    if "model_type" in table or "architectures" in table:
        return "configuration"
    raise ValueError(
        f'{where}: this JSON is no net of netinit\'s (it has no "netinit": 1), no configuration '
        'of a transformers model ("model_type") and no index of safetensors files ("weight_map")'
    )


# ---- reading each kind


def _of_net(path: str | os.PathLike[str]) -> list[Parameter]:
    from netinit.nets import load
    from netinit.nets.adapter import NetAdapter

    try:
        return list(NetAdapter(load(path)).parameters())
    except TypeError as error:  # a file's content is a wrong value, whatever its type
        raise ValueError(str(error)) from None


def _of_configuration(path: str | os.PathLike[str]) -> list[Parameter]:
    where = os.fspath(path)
    if os.path.isdir(where):
        where = os.path.join(where, _CONFIG)
    try:
        from netinit.torch.configured import build_configured
        from netinit.torch.modules.adapter import TorchAdapter

        return list(TorchAdapter(build_configured(where)).parameters())
    except ImportError as error:
        raise ImportError(
            f"{where}: to build the model of a configuration, {error.name or error} is needed: "
            "pip install torch transformers"
        ) from None
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _of_safetensors(path: str | os.PathLike[str]) -> list[Parameter]:
    return with_neighbours([_parameter(tensor) for tensor in read_header(path, alone=True).tensors])


def _of_files(path: str | os.PathLike[str]) -> list[Parameter]:
    return with_neighbours([_parameter(tensor) for _, _, tensor in located(path)])


def located(path: str | os.PathLike[str]) -> list[tuple[str, Header, Tensor]]:
    """Return each tensor of a folder of safetensors files, or an index: its file, where it is.

    Raises
    ------
    CheckpointError, OSError
        As `read_source` does.
    """
    contents = read_contents(path)
    headers = _headers(contents)
    found: dict[str, tuple[str, Header, Tensor]] = {}
    for file, header in headers.items():
        for tensor in header.tensors:
            if contents.index and contents.index.weight_map.get(tensor.name) != file:
                continue
            if tensor.name in found:
                raise CheckpointError(
                    f"{contents.path(file)}: tensor {quoted(tensor.name)} is in another file of "
                    "the folder too, and no index says which to take"
                )
            found[tensor.name] = contents.path(file), header, tensor
    for name, file in contents.index.weight_map.items() if contents.index else ():
        if name not in found:
            raise CheckpointError(
                f"{contents.path(file)}: it has no tensor {quoted(name)}, which "
                f"{contents.index.name if contents.index else ''} has in it"
            )
    return list(found.values())


def _headers(contents: Contents) -> dict[str, Header]:
    """Return the headers of a folder's files, or of those that its index names."""
    files = contents.files
    if contents.index is not None:
        files = tuple(sorted(set(contents.index.weight_map.values())))
        missing = [file for file in files if not os.path.exists(contents.path(file))]
        if missing:
            raise CheckpointError(
                f"{contents.path(contents.index.name)}: an index has no shapes; they are in the "
                f"headers of its files, of which {listing(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not beside it"
            )
    return {file: read_header(contents.path(file), alone=True) for file in files}


def _parameter(tensor: Tensor) -> Parameter:
    if tensor.dtype is None:  # refused later, unless it is not selected
        return Parameter(tensor.name, tensor.shape, tensor.code)
    return guess_parameter(tensor.name, tensor.shape, tensor.dtype)


_READERS = {
    "net": _of_net,
    "configuration": _of_configuration,
    "safetensors": _of_safetensors,
    "files": _of_files,
    "onnx": read_onnx,
}


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
