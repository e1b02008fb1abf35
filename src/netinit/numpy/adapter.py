"""Mappings of names to arrays, nested or flat, as nets.

Arrays have values already; placeholders (a shape and a dtype, no data) are replaced by new
arrays. Roles go by name and shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from netinit.arrays.dtypes import DRAWN, STORAGE, STORED, array_dtype, dtype_named
from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array, check_array, note_write
from netinit.base.checks import extents
from netinit.base.spelling import choose
from netinit.parameters.kernels import with_neighbours
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.rule import BIAS, SCALE, SHIFT, Rule
from netinit.shapes.layout import Layout, block_shape
from netinit.streams.seeds import numpy_global_seed

__all__ = ["ArraySpec", "MappingAdapter"]


_ROLES = {
    "weight": Rule("weight"),
    "embedding": Rule("embedding"),
    "bias": BIAS,
    "scale": SCALE,
    "shift": SHIFT,
}


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """The shape and dtype of an array that has no value yet.

    Parameters
    ----------
    shape : int or sequence of int
        Each extent at least 0.
    dtype : str, default "float32"
        "float32", "float64", "float16" or, with ``ml_dtypes``, "bfloat16", "float8_e4m3fn"
        or "float8_e5m2"; for method "Dummy" any of `netinit.arrays.dtypes.DTYPES`.
    layout : Layout, optional
        Which axes are outputs and inputs, where its name does not tell.
    role : {"weight", "embedding", "bias", "scale", "shift"}, optional
        What it is, where its name does not tell: "weight" if a layout is given. Scales are
        filled with 1, shifts with 0.

    Raises
    ------
    ValueError
        If an extent is negative, the dtype or the role is none of these, or the layout does not
        fit the shape or the role.
    TypeError
        If an extent is not an integer, or the layout no `netinit.Layout`.

    Examples
    --------
    >>> import netinit
    >>> net = netinit.initialize({"fc.weight": netinit.ArraySpec((2, 5))})
    >>> net["fc.weight"].shape
    (2, 5)

    A weight (in, heads, width), and an array that its name would make a weight:

    >>> query = netinit.ArraySpec((32, 4, 8), layout=netinit.Layout((1, 2), (0,)))
    >>> print(netinit.plan({"query": query}, method="Lecun")[0].initializer)
    Normal(0, 0.177)
    >>> gain = netinit.ArraySpec((4, 4), role="scale")
    >>> print(netinit.plan({"gain": gain})[0].initializer)
    Constant(1)
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    layout: Layout | None = None
    role: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", extents(self.shape))
        object.__setattr__(self, "dtype", dtype_named(self.dtype, "ArraySpec: dtype", also=STORED))
        if self.role is not None:
            object.__setattr__(self, "role", choose("ArraySpec: role", self.role, list(_ROLES)))
        if self.layout is None:
            return
        if not isinstance(self.layout, Layout):
            raise TypeError(f"ArraySpec: layout must be a netinit.Layout, not {self.layout!r}")
        if self.role not in (None, "weight", "embedding"):
            raise ValueError(f"ArraySpec: a {self.role} has no layout")
        block_shape(self.shape, self.layout)

    def describe(self, parameter: Parameter) -> Parameter:
        """Return the parameter with the layout and the role that are given here, if any are."""
        if self.layout is None and self.role is None:
            return parameter
        rule = _ROLES[self.role or "weight"]
        layout = self.layout
        if layout is None and rule.fixed is None and rule.role == parameter.role:
            layout = parameter.layout
        return replace(rule, layout=layout).describe(parameter)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Where in the (nested) mapping an array stands."""

    container: Any
    key: Any


class MappingAdapter:
    """Serves mappings of names to arrays, nested ones too; names are joined by dots.

    Parameters
    ----------
    net : mapping
        Its leaves are numpy arrays or torch tensors (initialized), or placeholders:
        `ArraySpec`, or any object with a shape and a dtype but no data. Arrays that are not
        floating-point are left alone. (A mapping with arrays of JAX is a tree of JAX instead.)

    Raises
    ------
    TypeError
        If a key is not a string or a leaf is none of these.
    """

    framework = "mapping"

    def __init__(self, net: Mapping[str, Any]) -> None:
        self._net = net
        self._parameters: list[Parameter] = []
        self._by_memory: dict[Any, int] = {}
        self._arrays: dict[str, np.ndarray] = {}
        self._wide = False
        self._walk(net, "")
        self._parameters = [_described(row) for row in with_neighbours(self._parameters)]

    def widen(self) -> None:
        """Have rows for arrays of integers and of every float8, too."""
        self._wide, self._parameters, self._by_memory = True, [], {}
        self._walk(self._net, "")

    def parameters(self) -> Sequence[Parameter]:
        """Return a row for each array, in the mapping's order, each storage once."""
        return self._parameters

    def unfinished(self) -> Sequence[str]:
        """Return no names: every array that `initialize` may fill has a row."""
        return ()

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield each array's parameter and its memory; None of a placeholder."""
        for parameter in self._parameters:
            leaf: _Leaf = parameter.target[0]
            value = leaf.container[leaf.key]
            yield parameter, None if _is_placeholder(value) else as_array(value, also=STORED)[0]

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Get memory for the placeholders; check that all arrays may be written."""
        arrays = {}
        for parameter in parameters:
            leaves: list[_Leaf] = parameter.target
            value = leaves[0].container[leaves[0].key]
            try:
                arrays[parameter.name] = self._open_one(parameter, leaves, value)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{parameter.name!r}: {error}") from None
        self._arrays = arrays

    def _open_one(self, parameter: Parameter, leaves: list[_Leaf], value: Any) -> np.ndarray:
        if not _is_placeholder(value):
            array, dtype = as_array(value, also=STORED) if self._wide else as_array(value)
            check_array(array, dtype)
            return array
        if not all(
            isinstance(leaf.container, (MutableMapping, MutableSequence)) for leaf in leaves
        ):
            raise TypeError("stands in a container that cannot be changed; give a list or a dict")
        assert parameter.shape is not None
        if STORAGE[parameter.dtype].name != parameter.dtype:
            array_dtype(parameter.dtype)  # found missing now, not when the arrays are handed over
        return aligned_empty(parameter.shape, parameter.dtype)

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the memory of a parameter, whole."""
        return (Slice(self._arrays[parameter.name], parameter.dtype),)

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Put the new arrays in the placeholders' places; return the mapping."""
        for parameter in parameters:
            leaves: list[_Leaf] = parameter.target
            value = leaves[0].container[leaves[0].key]
            if not _is_placeholder(value):
                note_write(value)
                continue
            array = self._arrays[parameter.name].view(array_dtype(parameter.dtype))
            for leaf in leaves:
                leaf.container[leaf.key] = array
        self._arrays = {}
        return self._net

    def global_seed(self) -> int:
        """Draw a seed from numpy's legacy global generator."""
        return numpy_global_seed()

    def _walk(self, container: Any, prefix: str) -> None:
        items = container.items() if isinstance(container, Mapping) else enumerate(container)
        for key, value in items:
            if isinstance(container, Mapping) and not isinstance(key, str):
                raise TypeError(f"net: the key {key!r} in {prefix or 'the mapping'!r} is no string")
            name = f"{prefix}.{key}" if prefix else str(key)
            if isinstance(value, (list, tuple)) and any(isinstance(n, int) for n in value):
                raise TypeError(
                    f"net: {name!r} must be an array or a placeholder, not {value!r}; a shape is "
                    f"given as netinit.ArraySpec({tuple(value)!r})"
                )
            if isinstance(value, (Mapping, list, tuple)):
                self._walk(value, name)
            else:
                self._leaf(name, value, _Leaf(container, key))

    def _leaf(self, name: str, value: Any, leaf: _Leaf) -> None:
        if value is None:  # a layer without this array, as in a bias that is left out
            return
        if not hasattr(value, "shape") or not hasattr(value, "dtype"):
            raise TypeError(
                f"net: {name!r} must be an array or a placeholder such as netinit.ArraySpec, "
                f"not {type(value).__name__}"
            )
        if getattr(getattr(value, "device", None), "type", None) == "meta":
            raise TypeError(
                f"net: {name!r} is a tensor without memory (on the meta device); give "
                "netinit.ArraySpec(shape, dtype) or the module itself"
            )
        placeholder = _is_placeholder(value)
        wide = self._wide and not placeholder and _name(value) in STORED
        if not placeholder and not wide and _name(value) not in DRAWN:
            return  # counters, masks, indices
        memory = _memory(value)
        if memory in self._by_memory:
            self._tie(self._by_memory[memory], name, leaf)
            return
        self._by_memory[memory] = len(self._parameters)
        dtype = _name(value)
        if placeholder:
            dtype = dtype_named(value.dtype, f"net: {name!r}: dtype", also=STORED)
        row = guess_parameter(
            name, tuple(value.shape), dtype, initialized=not placeholder, target=[leaf]
        )
        self._parameters.append(row)

    def _tie(self, index: int, name: str, leaf: _Leaf) -> None:
        """Record a second name of an array that has a row already."""
        first = self._parameters[index]
        first.target.append(leaf)
        self._parameters[index] = replace(first, aliases=(*first.aliases, name))


def _described(parameter: Parameter) -> Parameter:
    """Return a guessed parameter as its placeholder describes it, where that does."""
    leaf: _Leaf = parameter.target[0]
    value = leaf.container[leaf.key]
    return value.describe(parameter) if isinstance(value, ArraySpec) else parameter


def _is_placeholder(value: Any) -> bool:
    """Return whether an object with a shape and a dtype has no data."""
    if isinstance(value, np.ndarray):
        return False
    data = ("__array_interface__", "__array__", "__dlpack__", "__buffer__")
    return isinstance(value, ArraySpec) or not any(hasattr(value, name) for name in data)


def _name(value: Any) -> str:
    """Return the dtype's name of an array that has data, whatever its byte order and library."""
    dtype = value.dtype
    return _numpy_name(dtype) if isinstance(dtype, np.dtype) else _spelt(dtype)


@lru_cache(maxsize=256)
def _numpy_name(dtype: np.dtype[Any]) -> str:
    return _spelt(dtype)  # numpy puts its names together by functions of Python


def _spelt(dtype: Any) -> str:
    return str(getattr(dtype, "name", None) or dtype).rpartition(".")[2].lower()


def _memory(value: Any) -> Any:
    """Return what is equal for two leaves exactly if they are one array."""
    if isinstance(value, np.ndarray) and value.size:
        interface = value.__array_interface__
        return interface["data"][0], value.shape, value.strides, value.dtype.str
    if hasattr(value, "data_ptr") and value.numel():  # a tensor
        return value.data_ptr(), tuple(value.shape), tuple(value.stride()), str(value.dtype)
    return id(value)
