"""explore: the page's values are Python's, bit for bit; its curve is the net's."""

from __future__ import annotations

import numpy as np
import pytest

import netinit
from netinit.inspect import explore
from netinit.nets import ConvolutionLayer, ElementwiseLayer, LinearLayer, NetChain
from netinit.nets.layers.elementwise import FUNCTIONS
from tests.inspect.pages import WASM, in_node, needs_node, needs_wasm

pytestmark = pytest.mark.filterwarnings("ignore::netinit.errors.SymmetryWarning")

UNIFORM = {"distribution": "uniform"}
METHODS = {
    "Random, normal": "Random",
    "Random, uniform": ("Random", {"weights": netinit.Uniform(-(3**0.5), 3**0.5)}),
    "Kaiming": "Kaiming",
    "Kaiming, uniform": ("Kaiming", UNIFORM),
    "Xavier": "Xavier",
    "Xavier, uniform": ("Xavier", UNIFORM),
    "Lecun": "Lecun",
    "Lecun, uniform": ("Lecun", UNIFORM),
    "Orthogonal": "Orthogonal",
    "Identity": "Identity",
}


def case8():
    return NetChain([30, "tanh", 8, "tanh", LinearLayer(())], input=())


def ramps():
    return NetChain([5, "ramp", NetChain([40, "relu"]), 3], input=2)


def bits(net):
    return {p.name: net[p.name].tobytes().hex() for p in net.parameters()}


def plain(net, x):
    """Apply a chain of ramps with one product and one sum at a time."""
    for layer in net:
        if isinstance(layer, NetChain):
            x = plain(layer, x)
        elif isinstance(layer, ElementwiseLayer):
            x = np.maximum(x, 0)
        else:
            out = np.zeros((len(x), layer.output), np.float32)
            for i, column in enumerate(layer["Weights"].T):
                out = out + column * x[:, i : i + 1]
            x = out + layer["Biases"]
    return x


@needs_wasm
@needs_node
@pytest.mark.parametrize("make", [case8, ramps])
def test_without_biases_the_values_are_the_method_s(tmp_path, make):
    net = make()
    states = [{"method": name, "weights": 1, "biases": 0} for name in METHODS]
    for found, method in zip(in_node(net, tmp_path, states), METHODS.values(), strict=True):
        assert found["values"] == bits(netinit.initialize(net.copy(), method=method))


@needs_wasm
@needs_node
@pytest.mark.parametrize("make", [case8, ramps])
def test_the_call_that_the_page_shows_gives_its_values(tmp_path, make):
    rng = np.random.default_rng(20)
    seeds = ["7", "-3", 'a text, ünd \U0001f600 "quotes"', str(2**70), "1234"]
    states = [
        {"method": name, "weights": weights, "biases": biases, "seed": seeds[i % len(seeds)]}
        for i, name in enumerate(METHODS)
        for weights, biases in [(0, 0), (4, 4), *(rng.integers(1, 80, (3, 2)) * 0.05).tolist()]
    ]
    seen = set()
    for found, state in zip(in_node(make(), tmp_path, states), states, strict=True):
        net = eval(found["python"], {"netinit": netinit, "net": make()})
        assert found["values"] == bits(net), state
        seen.add(found["values"]["0.Weights"])
    assert len(seen) > 40


@needs_wasm
@needs_node
@pytest.mark.parametrize("moved", [0, 1])
def test_the_curve_is_a_plain_loop_s(tmp_path, moved):
    states = [{"method": "Kaiming", "weights": w, "biases": 0.5, "moved": moved} for w in (1, 3)]
    for found in in_node(ramps(), tmp_path, states):
        net = eval(found["python"], {"netinit": netinit, "net": ramps()})
        x = np.zeros((401, 2), np.float32)
        x[:, moved] = found["x"]
        y = np.array(found["y"], np.float32).T
        assert (x[0, moved], x[-1, moved]) == (-2, 2)
        assert np.array_equal(y, plain(net, x))
        assert np.abs(y - net(x)).max() <= 1e-6 * np.abs(y).max()


@needs_wasm
@needs_node
def test_the_curve_is_the_net_s(tmp_path):
    states = [
        {"weights": weights, "biases": biases, "seed": str(seed)}
        for weights in (0, 0.5, 1, 2, 4)
        for biases in (0, 1, 4)
        for seed in range(5)
    ]
    for found in in_node(case8(), tmp_path, states):
        net = eval(found["python"], {"netinit": netinit, "net": case8()})
        y = net(np.array(found["x"], np.float32))
        assert np.abs(y - found["y"][0]).max() <= 3e-5 * max(np.abs(y).max(), 1e-30)


@needs_wasm
@needs_node
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_numpy_s(tmp_path, function):
    net = NetChain([6, function], input=1)
    (found,) = in_node(net, tmp_path, [{"weights": 4, "biases": 2}])
    net = eval(found["python"], {"netinit": netinit, "net": net})
    expected = net(np.array(found["x"], np.float32)[:, None])
    y = np.array(found["y"], np.float64).T  # null, which is NaN, where numpy's is
    size = np.maximum(np.abs(expected), 1)
    assert np.array_equal(np.isnan(y), np.isnan(expected))
    assert np.nanmax(np.abs(y - expected) / size) <= 5e-7


def test_a_page_loads_nothing(tmp_path):
    (tmp_path / "netinit.wasm").write_bytes(b"")
    (tmp_path / "netinit.mjs").write_text("")
    explore(case8(), tmp_path / "net.html", wasm=tmp_path / "netinit.wasm")
    page = (tmp_path / "net.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert not [word for word in ("src=", "href=", "@import", "url(") if word in page]
    assert "1 → 30 → tanh → 8 → tanh → 1" in page


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (ConvolutionLayer(2, 3, input=(1, 8)), "ConvolutionLayer"),
        (NetChain([3, NetChain([LinearLayer(4, stack=2)])], input=1), "'1.0'.*stack"),
        (NetChain([LinearLayer(4, layout="input_output")], input=1), "'0'.*layout"),
        (NetChain([3], input=1, dtype="float16"), "float32, not float16"),
    ],
)
def test_layers_that_the_page_does_not_know_are_named(tmp_path, layer, words):
    with pytest.raises(TypeError, match=words):
        explore(layer, tmp_path / "net.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("net", "interval", "words"),
    [
        (NetChain([3]), (-1, 1), "input="),
        (NetChain(["tanh"], input=3), (-1, 1), "no arrays"),
        (NetChain([3], input=17), (-1, 1), "17 numbers in; the page takes 16"),
        (NetChain([9], input=1), (-1, 1), "9 numbers out; the page takes 8"),
        (NetChain([300, 300, 1], input=1), (-1, 1), "elements of arrays"),
        (NetChain([3], input=1), (1, 1), "interval must go from less to more"),
        (NetChain([3], input=1), (float("nan"), 1), "interval's end"),
    ],
)
def test_what_does_not_fit_a_page_is_said(tmp_path, net, interval, words):
    with pytest.raises(ValueError, match=words):
        explore(net, tmp_path / "net.html", interval=interval)
    assert not list(tmp_path.iterdir())


def test_what_makes_the_core_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="cmake -S wasm -B build/wasm"):
        explore(case8(), tmp_path / "net.html", wasm=tmp_path / WASM.name)
