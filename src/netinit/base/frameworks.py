"""All that is known of frameworks outside of their own folders: a table of texts.

A row says by what package a class is told, and which function of the framework's folder serves
objects of that class. Nothing is imported to look: whoever has an object of a framework has
loaded it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from os import PathLike
from typing import Any, NamedTuple

__all__ = [
    "adapter_for",
    "converter_to",
    "probe_for",
    "seed_function",
    "view_function",
    "written_function",
]


class Framework(NamedTuple):
    """What is known of the classes that are defined under a package.

    Attributes
    ----------
    prefix : str
        The package.
    net : str
        What a net of it is called; "" where another row says it, or its objects are no nets.
    holds : str
        "module:name" of what tells whether an object of another's class, as a dict, is a net of
        it; "" where classes alone tell.
    adapter, view, written, seed, converts, probe : str
        "module:name" of what walks a net, of what gives an array's own memory, of what is told
        of a write to that, of what draws a seed from a generator, of what makes a net of
        netinit's own one of the framework's, and of what watches a net at work; "" where there
        is none.
    """

    prefix: str
    net: str = ""
    holds: str = ""
    adapter: str = ""
    view: str = ""
    written: str = ""
    seed: str = ""
    converts: str = ""
    probe: str = ""


_TREE = "netinit.jax.trees.adapter:TreeAdapter"
_TABLE = (
    Framework(
        "netinit.nets",
        net="a layer, chain or graph of netinit.nets",
        adapter="netinit.nets.adapter:NetAdapter",
        probe="netinit.nets.probe:NetProbe",
    ),
    # Before torch: a layer of Keras is a module of it, where Keras runs on torch.
    Framework(
        "keras",
        net="a Keras model or layer",
        adapter="netinit.keras.adapter:KerasAdapter",
        probe="netinit.keras.probe:KerasProbe",
    ),
    Framework("thinc", net="a Thinc model", adapter="netinit.thinc.adapter:ThincAdapter"),
    Framework(
        "torch.nn.modules",
        net="a torch.nn.Module",
        adapter="netinit.torch.modules.adapter:TorchAdapter",
        probe="netinit.torch.probe:TorchProbe",
    ),
    Framework(
        "torch",
        view="netinit.torch.arrays:as_array",
        written="netinit.torch.arrays:note_write",
        seed="netinit.torch.seeds:seed_source",
        converts="netinit.torch.nets:module_of",
    ),
    Framework(
        "jax",
        net="a tree of JAX arrays or jax.ShapeDtypeStructs",
        holds="netinit.jax.trees.walk:holds_arrays",
        adapter=_TREE,
        view="netinit.jax.trees.walk:refuse_array",
        seed="netinit.jax.keys:seed_source",
    ),
    Framework(
        "jaxlib",
        adapter=_TREE,
        view="netinit.jax.trees.walk:refuse_array",
        seed="netinit.jax.keys:seed_source",
    ),
    # Before mappings: a module of MLX's is one.
    Framework("mlx", net="an mlx.nn.Module", adapter="netinit.mlx.adapter:MLXAdapter"),
    Framework(
        "paddle",
        net="a paddle.nn.Layer",
        adapter="netinit.paddle.adapter:PaddleAdapter",
        view="netinit.paddle.arrays:as_array",
        written="netinit.paddle.arrays:note_write",
    ),
    Framework(
        "flax",
        net="a module or state of flax.nnx",
        adapter=_TREE,
        probe="netinit.jax.probe:FlaxProbe",
    ),
    Framework("equinox", net="an Equinox module", adapter=_TREE),
)
#: Mappings are told by what they can do, not by who made them.
_MAPPING = Framework(
    "", net="a mapping of names to arrays", adapter="netinit.numpy.adapter:MappingAdapter"
)


@lru_cache(maxsize=1024)
def _place(kind: type, column: str) -> str:
    """Return what the first row that fits a class, or one it is derived from, has in a column."""
    modules = [cls.__module__ for cls in kind.__mro__]
    for row in _TABLE:
        place: str = getattr(row, column)
        if place and any(f"{module}.".startswith(f"{row.prefix}.") for module in modules):
            return place
    return ""


@cache
def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _function(kind: type, column: str) -> Callable[..., Any] | None:
    place = _place(kind, column)
    return _load(place) if place else None


def view_function(kind: type) -> Callable[..., tuple[Any, str]] | None:
    """Return what gives the memory of arrays of a class, and its dtype's name; or None."""
    return _function(kind, "view")


def written_function(kind: type) -> Callable[[Any], None] | None:
    """Return what is to be told of a write to the memory of arrays of a class, or None."""
    return _function(kind, "written")


def seed_function(kind: type) -> Callable[[Any], Any] | None:
    """Return what makes a seed of generators or keys of a class, or None."""
    return _function(kind, "seed")


def converter_to(prefix: str) -> Callable[[Any], Any]:
    """Return what makes a net of netinit's own one of the framework of a package."""
    (place,) = (row.converts for row in _TABLE if row.prefix == prefix and row.converts)
    function: Callable[[Any], Any] = _load(place)
    return function


def probe_for(net: Any) -> Any:
    """Return what watches a net at work (a module of flax.linen comes with its variables).

    Raises
    ------
    TypeError
        If nothing does; the message lists what is accepted.
    """
    kind = type(net[0]) if isinstance(net, tuple) and len(net) == 2 else type(net)
    make = _function(kind, "probe")
    if make is None:
        raise TypeError(
            "net must be a torch.nn.Module, a layer, chain or graph of netinit.nets, a module of "
            "flax.nnx, a pair of a module of flax.linen and its variables, or a Keras model; not "
            f"{type(net).__name__}"
        )
    return make(net)


def _adapter_of_arrays(net: Any) -> Callable[..., Any] | None:
    """Return the adapter of the framework whose arrays a net of another's class holds."""
    for row in _TABLE:
        if row.holds and row.prefix in sys.modules and _load(row.holds)(net):
            adapter: Callable[..., Any] = _load(row.adapter)
            return adapter
    return None


def adapter_for(net: Any) -> Any:
    """Return the adapter (`netinit.parameters.adapter.Adapter`) that walks and fills `net`.

    Raises
    ------
    TypeError
        If no adapter serves nets of this type; the message lists what is accepted.
    """
    make = _function(type(net), "adapter") or _adapter_of_arrays(net)
    if make is None and isinstance(net, Mapping):
        make = _load(_MAPPING.adapter)
    if make is not None:
        return make(net)
    accepted = ", ".join(row.net for row in (*_TABLE, _MAPPING) if row.net)
    if isinstance(net, type):
        given = f"the class {net.__name__}: make an instance of it"
    elif isinstance(net, (str, PathLike)):
        given = f"{net!r}; files are for netinit.checkpoint.plan_source and the command netinit"
    elif isinstance(net, Iterator):
        given = f"{type(net).__name__}; give the net itself, which has its parameters' names"
    elif hasattr(net, "dtype"):
        given = f"{type(net).__name__}; to fill one array use netinit.fill"
    else:
        given = type(net).__name__
    raise TypeError(f"net must be one of: {accepted}; not {given}")
