"""Texts made to hurt the readers of nets and of recipes: bounded work, short messages."""

import time

import pytest

import netinit
from netinit.initializers.recipes import initializer_from_json
from netinit.nets import LinearLayer, NetChain, from_json, to_json

LONG = "x" * 300_000
NETS = {
    "type": f'{{"netinit": 1, "type": "{LONG}"}}',
    "field": f'{{"netinit": 1, "type": "NetChain", "{LONG}": 1}}',
    "input": f'{{"netinit": 1, "type": "NetChain", "input": "{LONG}", "layers": [3]}}',
    "layer": f'{{"netinit": 1, "type": "NetChain", "layers": ["{LONG}"]}}',
    "twice": f'{{"netinit": 1, "{LONG}": 1, "{LONG}": 2}}',
    "digits": f'{{"netinit": 1, "type": "NetChain", "layers": [{"9" * 4000}]}}',
    "name": f'{{"netinit": 1, "type": "NetChain", "layers": {{"{LONG}": -1}}}}',
}
RECIPES = {
    "kind": {LONG: 1},
    "pattern": {"pattern": LONG},
    "distribution": {"distribution": LONG},
    "number": {"distribution": "normal", LONG: 1},
    "text": {"distribution": "normal", "mean": LONG},
    "of": {"pattern": "sparse", "of": LONG, "sparsity": 0.5},
    "list": {"pattern": "sparse", "of": [LONG], "sparsity": 0.5},
    "digits": {"pattern": "given", "values": [10**4000]},
    "layout": {"matrix": "orthogonal", "gain": 1, "layout": {"out_axes": LONG, "in_axes": [1]}},
    "infinite": {"matrix": "orthogonal", "gain": 1, "layout": {"out_axes": [1e400], "in_axes": []}},
}


@pytest.mark.parametrize("what", NETS)
def test_messages_of_nets_are_short(what):
    begin = time.process_time()
    with pytest.raises((ValueError, TypeError)) as caught:
        from_json(NETS[what])
    assert len(str(caught.value)) <= 1000
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("what", RECIPES)
def test_messages_of_recipes_are_short(what):
    with pytest.raises(ValueError, match=r"\w") as caught:
        initializer_from_json(RECIPES[what])
    assert len(str(caught.value)) <= 600


def test_a_long_message_has_its_end_too():
    with pytest.raises(ValueError, match=r"(?s)type: layer 'xxx.*\.\.\..*'\.$"):
        from_json(NETS["type"])


def test_recipes_nested_deeply():
    recipe = {"distribution": "constant", "value": 0}
    for _ in range(5000):
        recipe = {"pattern": "sparse", "of": recipe, "sparsity": 0.5}
    with pytest.raises(ValueError, match="nested too deeply"):
        initializer_from_json(recipe)


def test_a_small_text_that_repeats():
    text = '{"netinit": 1, "type": "NetChain", "layers": [{"repeat": %d, "layer": 3}]}'
    begin = time.process_time()
    with pytest.raises(ValueError, match="at most 20000"):
        from_json(text % 99_999)
    with pytest.raises(ValueError, match="more than 20000 layers"):
        from_json(text % 20_000)  # with the chain it is one too many
    assert time.process_time() - begin < 20


def test_an_input_without_axes():
    layer = '{"type": "ConvolutionLayer", "output_channels": 2, "kernel_size": [3]}'
    with pytest.raises(ValueError, match="ConvolutionLayer"):
        from_json(f'{{"netinit": 1, "type": "NetChain", "input": [], "layers": [{layer}]}}')


@pytest.mark.parametrize(
    "layer",
    [
        '"type": "ConvolutionLayer", "output_channels": 2, "kernel_size": 4',
        '"type": "DeconvolutionLayer", "output_channels": 2, "kernel_size": 4',
        '"type": "LongShortTermMemoryLayer", "size": 3',
        '"type": "GatedRecurrentLayer", "size": 3',
        '"type": "BasicRecurrentLayer", "size": 3',
    ],
)
def test_a_layer_of_an_input_without_axes(layer):
    with pytest.raises(ValueError, match=r"not scalar|input scalar has no spatial axis"):
        from_json(f'{{"netinit": 1, {layer}, "input": []}}')


def test_an_array_of_2_63_bytes_is_too_large():
    net = netinit.nets.LinearLayer(1 << 31, input=1 << 29)  # of 2^60 elements, 2^62 bytes
    assert netinit.plan(net)["Weights"].parameter.size == 1 << 60
    with pytest.raises(ValueError, match=r"'Weights' of shape .* is too large"):
        netinit.plan(netinit.nets.LinearLayer(1 << 31, input=1 << 30))


@pytest.mark.parametrize("name", ["a.b", "", "Output", 3])
def test_names_that_an_input_cannot_have(name):
    with pytest.raises(ValueError, match="cannot be the name of an input"):
        netinit.nets.NetGraph({"f": "tanh"}, [[str(name), "f"]], input={name: 3})


def test_a_net_may_have_the_most_layers_and_none_more(monkeypatch):
    text = to_json(NetChain([LinearLayer(3), LinearLayer(2)], input=4))  # three with the chain
    monkeypatch.setattr("netinit.nets.reader._MOST_LAYERS", 3)
    assert to_json(from_json(text)) == text
    monkeypatch.setattr("netinit.nets.reader._MOST_LAYERS", 2)
    with pytest.raises(ValueError, match="the net has more than 2 layers"):
        from_json(text)
