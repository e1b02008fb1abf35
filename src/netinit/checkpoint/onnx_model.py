"""The parameters of an ONNX model: the initializers of its main graph, by dims alone."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from netinit.arrays.dtypes import DTYPES
from netinit.base.spelling import listing
from netinit.checkpoint.json_text import quoted
from netinit.errors import CheckpointError
from netinit.initializers.distributions import Constant
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.shapes.layout import DENSE, Layout

__all__ = ["read_onnx"]

#: ONNX's names of the types that netinit draws.
_NAMES = {
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "FLOAT16": "float16",
    "BFLOAT16": "bfloat16",
    "FLOAT8E4M3FN": "float8_e4m3fn",
    "FLOAT8E5M2": "float8_e5m2",
}

#: More than numpy's arrays may have is no array's number of axes.
_MOST_AXES = 64

_TRANSPOSED = Layout((1,), (0,))
#: What the inputs of a normalization are, after the first.
_NORMALIZATION = (("scale", 1.0), ("shift", 0.0), ("statistic", 0.0), ("statistic", 1.0))
_NORMALIZATIONS = {
    "BatchNormalization",
    "GroupNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "RMSNormalization",
}
#: How many maps the weights of a recurrent operator hold, along axis 1.
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def read_onnx(path: str | os.PathLike[str]) -> list[Parameter]:
    """Return the initializers of an ONNX model as parameters; no data is looked at.

    What each is for is known from the operator that uses it, and else guessed from its name
    and shape. Data in files beside the model need not be there.

    Raises
    ------
    ImportError
        If the package onnx is not installed.
    CheckpointError
        If the file is no ONNX model, or two of its initializers have one name or one has none.
    OSError
        If the file cannot be read.
    """
    where = os.fspath(path)
    try:
        import onnx
    except ImportError:
        raise ImportError(
            f"{where}: to read an ONNX model the package onnx is needed: pip install onnx"
        ) from None
    try:
        model: Any = onnx.load(where, load_external_data=False)
    except OSError:
        raise
    except Exception as error:  # the parser's own, which is no public type
        raise CheckpointError(f"{where}: it is not an ONNX model: {error}") from None
    graph = model.graph
    if not graph.initializer:
        raise CheckpointError(f"{where}: it is not an ONNX model, or has no initializers")
    counts = Counter(tensor.name for tensor in graph.initializer)
    wrong = [name for name, count in counts.items() if count > 1 or not name]
    if wrong:
        raise CheckpointError(f"{where}: not one initializer alone has the name {listing(wrong)}")
    uses = _uses(graph, counts.keys())
    kinds = {number: name for name, number in onnx.TensorProto.DataType.items()}
    return [
        _parameter(where, tensor, kinds.get(tensor.data_type, str(tensor.data_type)), uses)
        for tensor in graph.initializer
    ]


def _uses(graph: Any, names: Collection[str]) -> dict[str, tuple[Any, int]]:
    """Return the first operator that uses each initializer, and as which of its inputs."""
    uses: dict[str, tuple[Any, int]] = {}
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name in names:
                uses.setdefault(name, (node, place))
    return uses


def _parameter(
    where: str, tensor: Any, kind: str, uses: Mapping[str, tuple[Any, int]]
) -> Parameter:
    shape = tuple(tensor.dims)
    sizes = [n or 1 for n in shape[:_MOST_AXES]]
    if len(shape) > _MOST_AXES or min(sizes, default=1) < 0 or math.prod(sizes) >= 1 << 60:
        raise CheckpointError(
            f"{where}: initializer {quoted(tensor.name)}: its shape is no array's"
        )
    dtype = _NAMES.get(kind, kind)
    if dtype not in DTYPES:  # refused later, unless it is not selected
        return Parameter(tensor.name, shape, dtype)
    node, place = uses.get(tensor.name, (None, 0))
    known = None if node is None else _known(node, place, shape)
    if known is None:
        return guess_parameter(tensor.name, shape, dtype)
    return Parameter(tensor.name, shape, dtype, layer=node.op_type, **known)


def _known(node: Any, place: int, shape: tuple[int, ...]) -> dict[str, Any] | None:
    """Return what is known of a parameter by its place in an operator; None where nothing is."""
    axes, operator = len(shape), node.op_type
    if operator in _NORMALIZATIONS and 1 <= place <= len(_NORMALIZATION):
        role, value = _NORMALIZATION[place - 1]
        kind = "buffer" if role == "statistic" else "parameter"
        return {"role": role, "fixed": Constant(value), "kind": kind}
    if operator in ("Conv", "ConvTranspose", "Gemm") and place == 2:
        return {"role": "bias"}
    if operator in _GATES and place == 3:
        return {"role": "bias"}
    layout = _layout(node, place, axes)
    return None if layout is None else {"layout": layout, "role": _role(operator)}


def _role(operator: str) -> str:
    return "embedding" if operator == "Gather" else "weight"


def _layout(node: Any, place: int, axes: int) -> Layout | None:
    """Return how the axes of a weight form a linear map, by the operator that uses it."""
    operator = node.op_type
    if operator == "MatMul" and axes >= 2:  # axes before the last two are a stack, as a kernel
        return Layout((axes - 1,), (axes - 2,)) if place == 1 else Layout((axes - 2,), (axes - 1,))
    if operator == "Gemm" and axes == 2:
        turned = bool(_attribute(node, "transB" if place == 1 else "transA", 0))
        return DENSE if turned == (place == 1) else _TRANSPOSED
    if operator in ("Conv", "ConvTranspose") and place == 1 and axes >= 3:
        groups = _attribute(node, "group", 1)
        first = DENSE if operator == "Conv" else _TRANSPOSED
        return Layout(first.out_axes, first.in_axes, stack=groups)
    if operator in _GATES and place in (1, 2) and axes == 3:
        return Layout((1,), (2,), stack=_GATES[operator], stack_axis=1)
    if operator == "Gather" and place == 0 and axes == 2:
        return DENSE
    return None


def _attribute(node: Any, name: str, default: int) -> int:
    return next((int(found.i) for found in node.attribute if found.name == name), default)
