"""Nets as JSON: strictness, errors that say where, and docs/nets.md itself."""

import json
import re
from pathlib import Path

import pytest

import netinit
from netinit.nets import (
    ConvolutionLayer,
    LinearLayer,
    NetChain,
    NetGraph,
    NetMapOperator,
    TotalLayer,
    from_json,
    load,
    to_json,
)
from netinit.nets.layer import checks
from netinit.nets.registry import LAYERS

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "nets.md").read_text(encoding="utf-8")


def net_text(body):
    return f'{{"netinit": 1, {body}}}'


def test_short_and_long_forms_are_the_same_net():
    short = net_text('"type": "NetChain", "input": 5, "layers": [3, "ReLU", 2]')
    net = NetChain([LinearLayer(3), "ramp", 2], input=5)
    assert to_json(from_json(short)) == to_json(net)
    assert to_json(from_json(json.loads(short))) == to_json(net)
    assert to_json(from_json(short.encode())) == to_json(net)


def test_every_field_survives():
    convolution = ConvolutionLayer(
        4, (3, 1), biases=False, stride=(2, 1), dilation=2, padding_size=((0, 1), 2),
        channel_groups=2, dimensionality=2, interleaving=True, layout="kernel_input_output",
        input=(None, 9, 6), dtype="float16", arrays={"Weights": "kernel"},
    )  # fmt: skip
    net = NetGraph(
        {
            "conv": convolution,
            "add": TotalLayer(),
            "own": LinearLayer(9, share={"Biases": "x.Biases"}),
        },
        [["left", "conv", "add", "Output"], ["right", "add"]],
        input={"left": None, "right": (None, 13, None)},
        arrays={"Biases": "b"},
        dtype="bfloat16",
    )
    own = LinearLayer(9, dtype="bfloat16")
    outer = NetGraph({"x": own, "map": NetMapOperator(9, input=(None, 3)), "graph": net})
    again = from_json(to_json(outer))
    assert to_json(again) == to_json(outer)
    assert repr(again) == repr(outer)
    assert again.parameters() == outer.parameters()
    described = json.loads(to_json(outer))["layers"]["graph"]["layers"]["conv"]
    assert set(described) - {"type"} == set(checks(ConvolutionLayer)) - {"share"}


def test_repeat():
    item = '{"repeat": 3, "layer": {"type": "NetChain", "layers": [4, "tanh"]}}'
    net = from_json(net_text(f'"type": "NetChain", "input": 2, "layers": [{item}, 1]'))
    assert len(net) == 4
    assert [p.name for p in net.parameters()][::2] == [
        "0.0.Weights", "1.0.Weights", "2.0.Weights", "3.Weights",
    ]  # fmt: skip
    netinit.initialize(net)
    assert (net["1.0.Weights"] != net["2.0.Weights"]).any()
    assert '"repeat": 3' in to_json(net)
    assert to_json(from_json(to_json(net))) == to_json(net)


def test_values_are_not_stored():
    net = NetChain([3], input=2)
    text = to_json(net)
    netinit.initialize(net)
    assert to_json(net) == text
    assert from_json(text)[0, "Weights"] is netinit.Automatic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[", "not JSON"),
        (b"\xff", "not JSON"),
        ('"x"', "an object, not 'x'"),
        ("{}", '"netinit": 1 is missing'),
        ('{"netinit": 2, "type": "NetChain"}', "version 1 of the format, not 2"),
        ('{"netinit": true, "type": "NetChain"}', "not True"),
        ('{"netinit": 1.0, "type": "NetChain"}', "not 1.0"),
        (net_text('"layers": []'), "must have a type"),
        (net_text('"type": "NetChian", "layers": []'), "type: .*mean 'NetChain'"),
        (net_text('"type": 3'), "type: layer 3 is unknown"),
        (net_text('"type": "NetChain", "layrs": []'), "field of NetChain 'layrs'.*mean 'layers'"),
        (net_text('"type": "NetChain"'), "layers"),
        (net_text('"type": "NetChain", "layers": 3'), "layers: layers must be a list"),
        (net_text('"type": "NetChain", "layers": [3, [4]]'), r"layers\[1\]: .*not \[4\]"),
        (net_text('"type": "NetChain", "layers": [null]'), r"layers\[0\]: .*None"),
        (net_text('"type": "NetChain", "layers": [3.0]'), r"layers\[0\]: .*3.0"),
        (net_text('"type": "NetChain", "layers": [0]'), r"layers\[0\]: .*at least 1, not 0"),
        (net_text('"type": "NetChain", "layers": ["rmap"]'), r"layers\[0\]: .*mean 'ramp'"),
        (
            net_text('"type": "NetChain", "layers": {"a": {"type": "LinearLayer", "output": "3"}}'),
            "layers.a: LinearLayer: output must be an integer.* not '3'",
        ),
        (
            net_text('"type": "NetChain", "layers": {"a": {"type": "NetChain", '
                     '"layers": [2], "netinit": 1}}'),
            "layers.a: field of NetChain 'netinit'",
        ),
        (net_text('"type": "LinearLayer", "output": NaN'), "NaN is not a JSON number"),
        (net_text('"type": "LinearLayer", "output": 2, "output": 3'), "the key 'output' stands tw"),
        (
            net_text('"type": "NetChain", "layers": [{"type": "LinearLayer", "type": "Net"}]'),
            r"layers\[0\]: the key 'type' stands twice",
        ),
        (net_text('"type": "NetChain", "layers": [{"repeat": 2}]'), r"layers\[0\]: repeat must"),
        (
            net_text('"type": "NetChain", "layers": [{"repeat": 0, "layer": 3}]'),
            r"layers\[0\]: repeat must be at least 1",
        ),
        (
            net_text('"type": "NetChain", "layers": [{"repeat": 2, "layers": 3}]'),
            r"layers\[0\]: field 'layers' is unknown; did you mean 'layer'",
        ),
        (
            net_text('"type": "NetChain", "layers": [{"repeat": 100000, "layer": {"type": '
                     '"NetChain", "layers": [3]}}]'),
            "repeat must be at most 20000",
        ),
        (
            net_text('"type": "NetChain", "input": 3, "layers": {"a": {"type": "NetChain", '
                     '"layers": [{"type": "LinearLayer", "output": 2, "input": 4}]}}'),
            r"layer 'a.0' \(LinearLayer\) must have shape 4, not 3",
        ),
        (
            net_text('"type": "NetChain", "layers": [{"type": "LinearLayer", "output": 2, '
                     '"share": {"Weights": "x"}}]'),
            "no net around the layer has an array 'x'",
        ),
        (net_text('"type": "LinearLayer", "output": 99999999999999999999'), "must be at most"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_where_it_stands(text, message):
    with pytest.raises((ValueError, TypeError), match=message):
        from_json(text)


def test_nesting_is_limited():
    text = '{"type": "SoftmaxLayer"}'
    for _ in range(63):
        text = f'{{"type": "NetMapOperator", "net": {text}}}'
    assert from_json(f'{{"netinit": 1, {text[1:]}').parameters() == []
    with pytest.raises(ValueError, match="more than 64 levels"):
        from_json(f'{{"netinit": 1, "type": "NetMapOperator", "net": {text}}}')
    with pytest.raises(ValueError, match="nested too deeply"):
        from_json('{"netinit": 1, "type": ' + "[" * 100_000)


def test_load_names_the_file(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(net_text('"type": "NetChain", "layers": [0]'))
    with pytest.raises(ValueError, match=r"net\.json: layers\[0\]"):
        load(path)
    path.write_text(net_text('"type": "NetChain", "layers": [2]'))
    assert len(load(path)) == 1
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")


# ---- docs/nets.md


def test_examples_of_the_documentation_are_nets():
    blocks = re.findall(r"(?:^    .*\n)+", DOCS, re.M)
    texts = [block for block in blocks if '"netinit"' in block]
    assert len(texts) == 2
    for text in texts:
        net = from_json(text)
        assert from_json(to_json(net)).parameters() == net.parameters()
        assert all(p.shape is not None for p in net.parameters())


def documented_fields():
    """Return {type: {field: default text}} from the tables of docs/nets.md."""
    fields: dict[str, dict[str, str]] = {}
    types: list[str] = []
    for line in DOCS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 5 or cells[0] in ("type", "---"):
            continue
        types = cells[0].split(", ") if cells[0] else types
        for name in types:
            entry = fields.setdefault(name, {})
            if cells[1].startswith("`"):
                entry[cells[1].strip("`")] = cells[3].strip("`")
            elif cells[1]:
                entry.update(fields[cells[1].removeprefix("as ")])
    return fields


def test_documentation_lists_every_layer_and_field():
    common = {"input", "arrays", "share", "dtype"}
    documented = documented_fields()
    nets = {"NetChain", "NetGraph", "NetMapOperator"}
    assert set(documented) == set(LAYERS) - nets
    for name, fields in documented.items():
        assert set(fields) == set(checks(LAYERS[name])) - common, name
    for name in nets:
        assert set(checks(LAYERS[name])) - {"arrays", "dtype", "input"} <= {
            "layers",
            "edges",
            "net",
        }


def test_documentation_gives_the_defaults():
    for name, fields in documented_fields().items():
        required = {
            "output": 4, "size": 4, "output_channels": 4, "kernel_size": 3, "count": 2,
        }  # fmt: skip
        given = {field: required[field] for field, text in fields.items()
                 if text == "required" and field in required}  # fmt: skip
        if "function" in fields and fields["function"] == "required":
            given["function"] = {"ThreadingLayer": "plus"}.get(name, "tanh")
        layer = LAYERS[name](**given)
        for field, text in fields.items():
            if text == "required" or (name, field) == ("DeconvolutionLayer", "layout"):
                continue
            value = getattr(layer, field)
            assert json.loads(text) == (list(value) if isinstance(value, tuple) else value), field
