"""`netinit.inspect.explore`: a page with sliders, which draws a net's values by the core itself."""

from __future__ import annotations

import base64
import gzip
import html
import json
import math
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any

from netinit.base.checks import number
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Normal, Uniform
from netinit.initializers.identity import Identity as NoisyIdentity
from netinit.initializers.orthogonal import Orthogonal as RandomMatrix
from netinit.methods.base import Method
from netinit.methods.matrices import Identity, Orthogonal
from netinit.methods.random import Random
from netinit.methods.scaling import Kaiming, Lecun, Xavier
from netinit.nets.chain import NetChain
from netinit.nets.layer import Layer
from netinit.nets.layers.linear import LinearLayer
from netinit.nets.layers.stateless import ElementwiseLayer
from netinit.nets.shapes import product
from netinit.parameters.parameter import Parameter

__all__ = ["explore"]

_PAGE = Path(__file__).parent / "page"

#: What the page has to choose from: the method whose numbers the slider of weights multiplies.
_METHODS: dict[str, Method] = {
    "Random, normal": Random(),
    "Random, uniform": Random(weights=Uniform(-math.sqrt(3), math.sqrt(3))),
    "Kaiming": Kaiming(),
    "Kaiming, uniform": Kaiming(distribution="uniform"),
    "Xavier": Xavier(),
    "Xavier, uniform": Xavier(distribution="uniform"),
    "Lecun": Lecun(),
    "Lecun, uniform": Lecun(distribution="uniform"),
    "Orthogonal": Orthogonal(),
    "Identity": Identity(),
}

#: What the slider of weights is, by the type of the method.
_WORDS = {Random: "Weights: standard deviation", Identity: "Weights: noise, times 0.01"}
_TIMES = "Weights: times the method's"

_MOST_ELEMENTS, _MOST_INPUTS, _MOST_OUTPUTS, _POINTS = 1 << 16, 16, 8, 401


def explore(
    net: Layer,
    path: str | PathLike[str],
    *,
    interval: tuple[float, float] = (-2.0, 2.0),
    wasm: str | PathLike[str] | None = None,
) -> Path:
    """Write a page with sliders on which a net is initialized anew, with the values of Python.

    The page is one file that needs no network. It has sliders for weights and biases from 0 to
    4, methods and a seed; it shows the net's output over an interval and a histogram of each
    array. The values are drawn by netinit's core, compiled to WebAssembly: they are those of
    Python, bit for bit, by the call that the page shows.

    Parameters
    ----------
    net : LinearLayer, ElementwiseLayer or NetChain
        Linear layers of float32 in the usual layout, functions of one element, and chains of
        these; of 1 to 16 numbers, in at most 65,536 elements, to 1 to 8 numbers. Its own
        values, if it has any, play no part.
    path : path-like
        Where the page is written.
    interval : pair of float, default (-2, 2)
        What the input goes through. Of an input of several numbers one does, and the others
        are 0.
    wasm : path-like, optional
        ``netinit.wasm``, with its loader ``netinit.mjs`` beside it. Not given: those that the
        installed package carries, if it was built with ``NETINIT_WASM``.

    Returns
    -------
    pathlib.Path
        The path of the page.

    Raises
    ------
    TypeError
        If the net has another layer, or an option of a layer that the page does not know; the
        message names it.
    ValueError
        If shapes are unknown or too large, or the interval is empty or not finite.
    FileNotFoundError
        If there is no ``netinit.wasm``; the message says how it is built.

    Notes
    -----
    The slider of weights is the standard deviation of Random's; of other methods it multiplies
    the standard deviation, the bound or the gain, and of Identity the noise. Biases are normal.
    The page computes outputs in float32, one product and one sum at a time, where numpy calls
    matrix products and functions of its own: they agree to rounding errors (docs/inspect.md).

    Examples
    --------
    A page of a chain is written by
    ``explore(NetChain([30, "tanh", 1], input=1), "net.html", wasm="build/wasm/netinit.wasm")``.

    >>> from netinit.inspect import explore
    >>> from netinit.nets import NetChain
    >>> explore(NetChain([30, "tanh", 1]), "net.html")
    Traceback (most recent call last):
    ValueError: explore: the shape of the net's input must be known; give it input=
    """
    text = _text(net, interval, wasm)
    page = Path(path)
    page.write_text(text, encoding="utf-8")
    return page


def _text(net: Layer, interval: tuple[float, float], wasm: str | PathLike[str] | None) -> str:
    """Return the page."""
    data = _data(net, interval)
    module = _PAGE / "netinit.wasm" if wasm is None else Path(wasm)
    loader = module.with_name("netinit.mjs")
    for file in (module, loader):
        if not file.is_file():
            raise FileNotFoundError(
                f"there is no {file}: netinit's sources make netinit.wasm and netinit.mjs by "
                "'cmake -S wasm -B build/wasm && cmake --build build/wasm' (with clang, lld and "
                "wasi-libc); then give wasm='build/wasm/netinit.wasm'"
            )
    return Template((_PAGE / "page.html").read_text("utf-8")).substitute(
        about=html.escape(_about(data)),
        net=json.dumps(data).replace("<", "\\u003c"),
        wasm=base64.b64encode(gzip.compress(module.read_bytes(), mtime=0)).decode(),
        script="\n".join(
            file.read_text("utf-8") for file in (loader, _PAGE / "net.js", _PAGE / "page.js")
        ),
    )


def _data(net: Layer, interval: tuple[float, float]) -> dict[str, Any]:
    """Return what the page has to know of a net."""
    low, high = (number("interval's end", end) for end in interval)
    if not low < high:
        raise ValueError(f"interval must go from less to more, not from {low} to {high}")
    leaves = list(_leaves(net, ""))
    shapes = (net.input_shapes[0], net.output_shape)
    inputs, outputs = (None if shape is None else product(shape) for shape in shapes)
    if inputs is None or outputs is None:
        raise ValueError("explore: the shape of the net's input must be known; give it input=")
    parameters = net.parameters()
    if not parameters:
        raise ValueError("explore: the net has no arrays to be initialized")
    for what, count, most in (
        ("numbers in", inputs, _MOST_INPUTS),
        ("numbers out", outputs, _MOST_OUTPUTS),
        ("elements of arrays", sum(p.size for p in parameters), _MOST_ELEMENTS),
    ):
        if count > most:
            raise ValueError(f"explore: the net has {count} {what}; the page takes {most} at most")
    return {
        "inputs": inputs,
        "interval": [low, high],
        "points": _POINTS,
        "seed": 1234,
        "methods": list(_METHODS),
        "words": {name: _WORDS.get(type(m), _TIMES) for name, m in _METHODS.items()},
        "layers": [_layer(path, leaf) for path, leaf in leaves],
        "arrays": [_array(parameter) for parameter in parameters],
    }


def _leaves(layer: Layer, path: str) -> Iterator[tuple[str, LinearLayer | ElementwiseLayer]]:
    """Yield the layers of a chain in order, with their paths; raise TypeError for others."""
    where = layer.where(path)
    if isinstance(layer, NetChain):
        for name, inner in layer.children().items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(layer, ElementwiseLayer):
        yield path, layer
    elif isinstance(layer, LinearLayer):
        dtypes = {layer.given_dtype(name) for name in layer.infos}
        if layer.stack != 1 or layer.layout != "output_input" or layer.share:
            raise TypeError(f"explore: {where} must be without stack, layout and share")
        if dtypes != {"float32"}:
            raise TypeError(f"explore: {where} must be of float32, not {min(dtypes)}")
        yield path, layer
    else:
        raise TypeError(
            f"explore: {where} is not a LinearLayer, an ElementwiseLayer or a NetChain of these"
        )


def _layer(path: str, leaf: LinearLayer | ElementwiseLayer) -> dict[str, Any]:
    if isinstance(leaf, ElementwiseLayer):
        return {"function": leaf.function}
    names = {name: ".".join(filter(None, (path, leaf.given_name(name)))) for name in leaf.infos}
    return {
        "outputs": product(leaf.output_shape or ()),
        "weights": names["Weights"],
        "biases": names.get("Biases"),
    }


def _array(parameter: Parameter) -> dict[str, Any]:
    """Return an array's name, shape and rule by every method; None for biases."""
    rules = None
    if parameter.role == "weight":
        rules = {name: _rule(method.weight(parameter)) for name, method in _METHODS.items()}
    return {"name": parameter.name, "shape": parameter.known_shape, "rules": rules}


def _rule(initializer: Initializer) -> tuple[str, float]:
    """Return how the page draws an array, and the number that the slider multiplies."""
    match initializer:
        case Normal():
            return "normal", initializer.std
        case Uniform():
            return "uniform", initializer.high
        case RandomMatrix():
            return "orthogonal", initializer.gain
        case NoisyIdentity(noise=Normal(std=std)):
            return "identity", std
    raise TypeError(f"explore: the page cannot draw {initializer}")


def _about(data: dict[str, Any]) -> str:
    """Return a net in a line: 1 → 30 → tanh → 1."""
    steps = [str(layer.get("function", layer.get("outputs"))) for layer in data["layers"]]
    return " → ".join([str(data["inputs"]), *steps])
