"""A net of mappings with its plan, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import netinit
from netinit import Constant, Parameter
from netinit.numpy.adapter import ArraySpec
from netinit.plans.plan import Plan, build_plan
from netinit.shapes.layout import DENSE, Layout

__all__ = ["PLANTED", "Net", "made", "plan_of"]

Net = dict[str, np.ndarray]

_LAYER = {"q": (64, 64), "k": (64, 64), "v": (64, 64), "up": (256, 64), "down": (64, 256)}
PARAMETERS = [
    Parameter("embed.weight", (500, 64), role="embedding", layout=Layout((0,), (1,)), zero_row=0,
              aliases=("head.weight",)),
    *(
        Parameter(f"layers.{i}.{name}.weight", shape, layout=DENSE)
        for i in (0, 1)
        for name, shape in _LAYER.items()
    ),
    *(Parameter(f"layers.{i}.up.bias", (256,), role="bias") for i in (0, 1)),
    *(Parameter(f"layers.{i}.norm.weight", (64,), role="scale", fixed=Constant(1)) for i in (0, 1)),
    Parameter("layers.0.q.lora_A.weight", (16, 64), layout=DENSE),
    Parameter("layers.0.q.lora_B.weight", (64, 16), role="value", fixed=Constant(0)),
    Parameter("experts.weight", (4, 32, 48), "float16", layout=DENSE),
    Parameter("router.weight", (64, 64), "float8_e4m3fn", layout=DENSE),
    Parameter("rotation.weight", (64, 64), layout=DENSE),
]  # fmt: skip
RULES = {
    "*.k.weight": netinit.TruncatedNormal(0, 0.02),
    "*.v.weight": netinit.Uniform(-0.1, 0.1),
    "rotation.weight": "orthogonal",
    "*": "Kaiming",
}


def plan_of(seed: int = 1) -> Plan:
    """Return the plan of the net."""
    return build_plan(PARAMETERS, netinit.All, RULES, seed)


def made(seed: int = 2) -> Net:
    """Return the net as the plan of a seed makes it."""
    net: Net = {}
    specs = {p.name: ArraySpec(p.shape or (), p.dtype) for p in PARAMETERS}
    filled = netinit.initialize(specs, netinit.All, method=RULES, seed=seed)
    for p in PARAMETERS:
        net[p.name] = filled[p.name]
        if p.fixed is not None:
            net[p.name][...] = p.fixed.mean
    net["embed.weight"][0] = 0
    net["head.weight"] = net["embed.weight"]
    return net


def _memory(net: Net, name: str, words: object) -> None:
    """Have the bytes of an array be those of eight-byte words, again and again."""
    flat = net[name].reshape(-1).view(np.uint64)
    flat[...] = words


def _change(name: str, change: Callable[[np.ndarray], object]) -> Callable[[Net], object]:
    return lambda net: change(net[name])


def _put(name: str, value: Callable[[Net], np.ndarray]) -> Callable[[Net], object]:
    def put(net: Net) -> None:
        net[name][...] = value(net)

    return put


def _set(index: object, value: float) -> Callable[[np.ndarray], None]:
    def put(x: np.ndarray) -> None:
        x[index] = value

    return put


def _draw(std: float, shape: tuple[int, ...], seed: int = 9) -> np.ndarray:
    return std * np.random.default_rng(seed).standard_normal(shape)


def _stack_rows(net: Net) -> None:
    net["layers.0.up.weight"][128:] = net["layers.0.up.weight"][:128]


def _untie(net: Net) -> None:
    net["head.weight"] = net["head.weight"].copy()


def _redraw_tied(net: Net) -> None:
    net["head.weight"] = _draw(0.125 * 2**0.5, (500, 64)).astype("f4")
    net["head.weight"][0] = 0


UP, DOWN, Q, K, V = (f"layers.1.{name}.weight" for name in ("up", "down", "q", "k", "v"))
NORM, BIAS, LORA = "layers.1.norm.weight", "layers.1.up.bias", "layers.0.q.lora_B.weight"
_HEAP = np.array([0x00007F3A12345678, 0x21, 0, 0x00007F3A12345690] * 2048, np.uint64)

#: What is done, in which array it is to be found, as which kind, and a word that is to be said.
PLANTED: dict[str, tuple[Callable[[Net], object], str, str, str]] = {
    "NaN boxes": (lambda net: _memory(net, UP, 0x7FFFFFFF7FFFFFFF), UP, "untouched", "NaN"),
    "heap": (lambda net: _memory(net, UP, _HEAP), UP, "untouched", "subnormal"),
    "0xCB": (lambda net: _memory(net, UP, 0xCBCBCBCBCBCBCBCB), UP, "untouched", "large"),
    "one word": (lambda net: _memory(net, UP, 0x3D4000003CC00000), UP, "untouched", "words"),
    "huge": (_change(UP, lambda x: np.multiply(x, 1e9, out=x)), UP, "untouched", "large"),
    "a NaN": (_change(UP, _set((3, 5), np.nan)), UP, "nan", "1 of 16,384"),
    "an infinity": (_change(UP, _set((3, 5), np.inf)), UP, "infinite", "1 of"),
    "float16 overflow": (
        _change("experts.weight", _set((0, 1, 2), np.inf)), "experts.weight", "overflow", "float16",
    ),
    "clamped at the largest": (
        _change("experts.weight", _set((0, 1, 2), 65504)), "experts.weight", "overflow",
        "largest",
    ),
    "float8 NaN": (
        _change("router.weight", lambda x: x.view(np.uint8).__setitem__((2, 3), 0x7F)),
        "router.weight", "nan", "code",
    ),
    "norm at 0": (_change(NORM, lambda x: x.fill(0)), NORM, "value", "planned 1"),
    "scales drawn": (_put(NORM, lambda net: _draw(0.02, (64,))), NORM, "noisy", "std"),
    "bias drawn": (_put(BIAS, lambda net: _draw(0.02, (256,))), BIAS, "noisy", "bias"),
    "bias at 1": (_change(BIAS, lambda x: x.fill(1)), BIAS, "value", "planned 0"),
    "lora_B drawn": (_put(LORA, lambda net: _draw(0.02, (64, 16))), LORA, "noisy", "planned 0"),
    "zeroed": (_change(DOWN, lambda x: x.fill(0)), DOWN, "not drawn", "every element is 0"),
    "constant": (_change(DOWN, lambda x: x.fill(0.01)), DOWN, "not drawn", "0.01"),
    "duplicated layer": (_put(Q, lambda net: net["layers.0.q.weight"]), Q, "duplicate", "0.q"),
    "equal rows": (_stack_rows, "layers.0.up.weight", "equal rows", "2 rows"),
    "fans of a shard": (_change(DOWN, lambda x: np.multiply(x, 8**0.5, out=x)), DOWN, "std", "8"),
    "fans swapped": (_change(DOWN, lambda x: np.multiply(x, 2, out=x)), DOWN, "std", "transposed"),
    "gain 1": (_change(Q, lambda x: np.multiply(x, 0.5**0.5, out=x)), Q, "std", "gain of 1"),
    "Xavier for Kaiming": (
        _put(DOWN, lambda net: _draw((2 / 320) ** 0.5, (64, 256))), DOWN, "std", "Xavier",
    ),
    "bound for std": (
        _put(V, lambda net: np.random.default_rng(3).uniform(-(0.03**0.5), 0.03**0.5, (64, 64))),
        V, "std", "bound",
    ),
    "not truncated": (_put(K, lambda net: _draw(0.02, (64, 64))), K, "std", "truncated"),
    "outlier beyond bounds": (_change(K, _set((0, 1), 2.0)), K, "bounds", "within"),
    "outlier of a normal": (_change(Q, _set((0, 1), 8.0)), Q, "outliers", "std from the mean"),
    "normal for uniform": (
        _put(V, lambda net: _draw(0.1 / 3**0.5, (64, 64))), V, "bounds", "within",
    ),
    "uniform for normal": (
        _put(UP, lambda net: np.random.default_rng(3).uniform(-1, 1, (256, 64)) * (6 / 64) ** 0.5),
        UP, "distribution", "Normal",
    ),
    "mean shifted": (_change(UP, lambda x: np.add(x, 0.05, out=x)), UP, "mean", "planned 0"),
    "padding row": (
        _put("embed.weight", lambda net: _draw(0.125 * 2**0.5, (500, 64))),
        "embed.weight", "padding row", "row 0",
    ),
    "tie broken": (_untie, "head.weight", "tie", "same values"),
    "tie redrawn": (_redraw_tied, "head.weight", "tie", "another tensor"),
    "not orthogonal": (
        _put("rotation.weight", lambda net: _draw(0.125, (64, 64))),
        "rotation.weight", "orthogonal", "products",
    ),
    "missing": (lambda net: net.pop(NORM), NORM, "missing", "not there"),
    "shape": (
        lambda net: net.update({Q: net[Q][:32].copy()}), Q, "shape", "32 x 64, planned 64 x 64",
    ),
    "dtype": (
        lambda net: net.update({Q: net[Q].astype("f2")}), Q, "dtype", "float16, planned float32",
    ),
}  # fmt: skip
