"""The header of a safetensors file: a strict reader, and the writer's bytes.

A safetensors file is 8 bytes with the length of the header (little-endian), the header (a
JSON object, padded with spaces), and the arrays' bytes without gaps. The reader accepts
nothing that the `safetensors` library refuses, and refuses more; docs/checkpoints.md says what.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from netinit.arrays.dtypes import CODES
from netinit.checkpoint.json_text import is_text, parse_object, quoted, short
from netinit.errors import CheckpointError

__all__ = [
    "ALL_CODES",
    "MAX_HEADER",
    "Header",
    "Tensor",
    "layout_tensors",
    "nbytes_of",
    "read_header",
]

#: The longest header that readers of the format accept, in bytes.
MAX_HEADER = 100_000_000

_METADATA = "__metadata__"
_FIELDS = ("dtype", "shape", "data_offsets")

#: Bits per element of every dtype code of the format.
_BITS = {
    "BOOL": 8,
    "F4": 4,
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("U8", "I8"), 8),
    **dict.fromkeys(("F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("C64", "F64", "I64", "U64"), 64),
}

#: Every dtype code of the format, in the order of the safetensors library.
ALL_CODES = tuple(_BITS)

#: The order of tensors in the data: wider elements first, so that each lies aligned.
_RANK = {code: -number for number, code in enumerate(ALL_CODES)}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One array in a file.

    Attributes
    ----------
    name : str
        The array's name.
    code : str
        Its dtype's code in the format, such as "F32" or "BF16".
    shape : tuple of int
        Its shape; () for a scalar.
    begin, end : int
        Its first byte, and the one after its last, counted from the end of the header.
    """

    name: str
    code: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def dtype(self) -> str | None:
        """The dtype's name if netinit draws it ("float32", ...), else None."""
        return _DTYPES_BY_CODE.get(self.code)


_DTYPES_BY_CODE = {code: dtype for dtype, code in CODES.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself.

    Attributes
    ----------
    tensors : tuple of Tensor
        In the order in which the header names them.
    metadata : dict of str to str
        The header's ``__metadata__``; empty where there is none.
    data_start : int
        Where the arrays' bytes begin in the file.
    """

    tensors: tuple[Tensor, ...]
    metadata: dict[str, str]
    data_start: int

    @property
    def data_bytes(self) -> int:
        """The number of bytes of all arrays together."""
        return max((tensor.end for tensor in self.tensors), default=0)

    def to_bytes(self) -> bytes:
        """Return the file's first `data_start` bytes: the length, the JSON text, the padding."""
        text = _encode(self.tensors, self.metadata)
        return (self.data_start - 8).to_bytes(8, "little") + text.ljust(self.data_start - 8)


def layout_tensors(
    arrays: Iterable[tuple[str, str, tuple[int, ...]]], metadata: Mapping[str, str]
) -> Header:
    """Return the header of a file with `arrays`, in the order and alignment of the format.

    Parameters
    ----------
    arrays : iterable of (name, dtype, shape)
        Each dtype one that netinit draws ("float32"), or a code of the format ("I64").
    metadata : mapping of str to str
        The file's ``__metadata__``.

    Raises
    ------
    ValueError
        If there is no array, a name is given twice, is ``__metadata__`` or is not Unicode text
        (lone surrogates), elements narrower than a byte do not fill whole ones, or the header
        would exceed ``MAX_HEADER`` bytes.

    Examples
    --------
    >>> header = layout_tensors([("b", "float16", (3,)), ("w", "float32", (3, 2))], {})
    >>> [(tensor.name, tensor.begin, tensor.end) for tensor in header.tensors]
    [('w', 0, 24), ('b', 24, 30)]
    >>> len(header.to_bytes()) % 8
    0
    """
    coded = [(name, CODES.get(dtype, dtype), shape) for name, dtype, shape in arrays]
    rows = sorted(coded, key=lambda row: (_RANK[row[1]], row[0]))
    if not rows:
        raise ValueError("there is no tensor to write; a checkpoint needs at least one")
    tensors: list[Tensor] = []
    begin = 0
    for name, code, shape in rows:
        end = begin + nbytes_of(name, code, shape)
        tensors.append(Tensor(name, code, shape, begin, end))
        begin = end
    _check_names(tensors)
    length = -(-len(_encode(tensors, metadata)) // 8) * 8
    if length > MAX_HEADER:
        raise ValueError(
            f"the header of {len(tensors):,} tensors would have {length:,} bytes; readers of the "
            f"format accept at most {MAX_HEADER:,}"
        )
    return Header(tuple(tensors), dict(metadata), 8 + length)


def nbytes_of(name: str, code: str, shape: tuple[int, ...]) -> int:
    """Return the number of bytes of an array of elements of a code.

    Raises
    ------
    ValueError
        If elements narrower than a byte do not fill whole ones.
    """
    bits = math.prod(shape) * _BITS[code]
    if bits % 8:
        raise ValueError(
            f"tensor {name!r} of shape {shape} and {code} has {bits} bits, which are not whole "
            "bytes; give it a shape that is"
        )
    return bits // 8


def _check_names(tensors: Iterable[Tensor]) -> None:
    seen: set[str] = set()
    for tensor in tensors:
        name = tensor.name
        if name == _METADATA:
            raise ValueError(f"a tensor cannot be named {name!r}: the format keeps that name")
        if name in seen:
            raise ValueError(f"the tensor name {name!r} is given twice")
        if not is_text(name):
            raise ValueError(f"the tensor name {name!r} is not valid Unicode text")
        seen.add(name)


def _encode(tensors: Iterable[Tensor], metadata: Mapping[str, str]) -> bytes:
    table: dict[str, Any] = {_METADATA: dict(metadata)} if metadata else {}
    for tensor in tensors:
        values = (tensor.code, tensor.shape, (tensor.begin, tensor.end))
        table[tensor.name] = dict(zip(_FIELDS, values, strict=True))
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def read_header(file: str | os.PathLike[str] | BinaryIO, *, alone: bool = False) -> Header:
    """Return the header of a safetensors file, checked in full; no array is read.

    Parameters
    ----------
    file : path or binary file
        The file; an open one is read from its first byte and left open.
    alone : bool, default False
        Whether the file may end where its header does: one without the arrays.

    Raises
    ------
    CheckpointError
        If the file is not a well-formed safetensors file; the message names the file, the
        tensor and what is wrong.
    OSError
        If the file cannot be read.
    """
    if isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as opened:
            return read_header(opened, alone=alone)
    path = str(file.name)
    file.seek(0)
    size = os.fstat(file.fileno()).st_size
    if size < 8:
        raise CheckpointError(f"{path}: {size} bytes are too few for a safetensors file")
    begin = file.read(8)
    length = int.from_bytes(begin, "little")
    if length > MAX_HEADER and begin.isascii() and b"\0" not in begin:
        raise CheckpointError(
            f"{path}: this is a text, which begins with {begin.decode()!r}, and not a safetensors "
            "file; of a net in JSON, `netinit init` makes one"
        )
    if length > MAX_HEADER:
        raise CheckpointError(
            f"{path}: this is not a safetensors file: its first 8 bytes say that the header has "
            f"{length:,} bytes, and {MAX_HEADER:,} are allowed"
        )
    if length > size - 8:
        raise CheckpointError(
            f"{path}: the header should have {length:,} bytes, but only {size - 8:,} follow; "
            "the file is cut off or is not a safetensors file"
        )
    try:
        return _parse(file.read(length), size - 8 - length, alone)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None


def _parse(text: bytes, data_bytes: int, alone: bool) -> Header:
    """Return the header that `text` holds, for a file with `data_bytes` bytes after it."""
    table = _decode(text)
    metadata = _metadata(table.pop(_METADATA, {}))
    tensors = tuple(_tensor(name, fields) for name, fields in table.items())
    _check_data(tensors, None if alone and not data_bytes else data_bytes)
    return Header(tensors, metadata, 8 + len(text))


def _decode(text: bytes) -> dict[str, Any]:
    if not text.startswith(b"{"):
        raise CheckpointError("the header does not begin with '{', as the format wants")
    return parse_object(text, "the header", integer=_integer)


def _integer(digits: str) -> int | float:
    """Convert a JSON integer; ``-0`` and what exceeds 64 bits by far become floats: no sizes."""
    return float(digits) if digits == "-0" or len(digits) > 20 else int(digits)


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise CheckpointError(f"the header's {_METADATA} is {short(value)}, not an object")
    for key, text in value.items():
        if not isinstance(text, str):
            raise CheckpointError(
                f"the header's {_METADATA} entry {quoted(key)} is {short(text)}, not text"
            )
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise CheckpointError(
                f"the header's {_METADATA} entry {quoted(key)} is not Unicode text"
            ) from None
    return value


def _tensor(name: str, fields: Any) -> Tensor:
    """Return the tensor of one header entry, each field checked by itself."""

    def wrong(what: str) -> CheckpointError:
        return CheckpointError(f"tensor {quoted(name)}: {what}")

    if not isinstance(fields, dict):
        raise wrong(f"its entry is {short(fields)}, not an object")
    if set(fields) != set(_FIELDS):
        found = ", ".join(map(quoted, list(fields)[:5])) or "nothing"
        raise wrong(f"its entry has {found}; it must have {', '.join(_FIELDS)}")
    code, shape, offsets = (fields[field] for field in _FIELDS)
    if not isinstance(code, str) or code not in _BITS:
        raise wrong(f"its dtype {short(code)} is unknown; known are {', '.join(_BITS)}")
    if not isinstance(shape, list) or not all(map(_is_size, shape)):
        raise wrong(f"its shape {short(shape)} is not a list of sizes from 0 to 2**63 - 1")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
        raise wrong(f"its data_offsets {short(offsets)} are not two sizes from 0 to 2**63 - 1")
    # Zero axes do not excuse the others: other readers multiply from the left and overflow.
    if not _is_size(_product(extent or 1 for extent in shape) * _BITS[code]):
        raise wrong(f"its shape {short(shape)} has more elements than a file can hold")
    bits = _product(shape) * _BITS[code]
    if bits % 8:
        raise wrong(f"its {bits // _BITS[code]} elements of {code} do not fill whole bytes")
    begin, end = offsets
    if end - begin != bits // 8:
        raise wrong(
            f"its data_offsets [{begin}, {end}] span {end - begin} bytes, but shape "
            f"{short(shape)} of {code} has {bits // 8}"
        )
    return Tensor(name, code, tuple(shape), begin, end)


def _product(extents: Iterable[int]) -> int:
    """Return the product, or the first one on the way that no size can be.

    The whole product of a long list is a number of millions of digits: its time is quadratic.
    """
    product = 1
    for extent in extents:
        product *= extent
        if product >= 1 << 63:
            break
    return product


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def _check_data(tensors: Iterable[Tensor], data_bytes: int | None) -> None:
    """Raise unless the tensors cover the file's data from 0 to its end, each byte once.

    Without `data_bytes` the file may have any number of bytes, or none.
    """
    reached = 0
    for tensor in sorted(tensors, key=lambda tensor: (tensor.begin, tensor.end)):
        if tensor.begin != reached:
            what = "leaves a hole" if tensor.begin > reached else "overlaps the tensor before it"
            raise CheckpointError(
                f"tensor {quoted(tensor.name)}: it begins at byte {tensor.begin:,} of the data, "
                f"which {what}: {reached:,} was expected"
            )
        reached = tensor.end
    if data_bytes is not None and reached != data_bytes:
        what = "the file is cut off" if reached > data_bytes else "bytes follow the last tensor"
        raise CheckpointError(
            f"the tensors have {reached:,} bytes, but {data_bytes:,} follow the header: {what}"
        )
