"""The plan's table: folded, as wide as it may be; and the plan filtered, sorted and given out."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netinit
from netinit import ArraySpec
from netinit.base.table import aligned, fitted, fold_names
from netinit.plans.table import _of_pieces


def plan(layers=4):
    net = {"embed.weight": ArraySpec((100, 16))}
    for i in range(layers):
        net |= {f"layers.{i}.up.weight": ArraySpec((64, 16)), f"layers.{i}.up.bias": ArraySpec(64)}
    return netinit.plan(net | {"head.weight": ArraySpec((100, 16), "bfloat16")})


def test_repeated_layers_are_one_line():
    lines = str(plan()).splitlines()
    names = [line.split("  ")[0] for line in lines[:5]]
    assert names == [
        "name", "embed.weight", "layers.{0-3}.up.weight x 4", "layers.{0-3}.up.bias x 4",
        "head.weight",
    ]  # fmt: skip
    assert "10 of 10 parameters" in lines[-1]
    assert len(plan().table(fold=False).splitlines()) == 1 + 10 + 2


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        (["a.0.w", "a.1.w", "a.2.w"], ["a.{0-2}.w"]),
        (["a.0.w", "a.2.w"], ["a.{0,2}.w"]),
        (["a.3.w"], ["a.3.w"]),
        (["a.0.b.0", "a.0.b.1", "a.1.b.0", "a.1.b.1"], ["a.{0-1}.b.{0-1}"]),
        (["a.0.b.0", "a.0.b.1", "a.1.b.0"], ["a.0.b.0", "a.0.b.1", "a.1.b.0"]),
        (["w1", "w2", "x"], ["w1", "w2", "x"]),
        (["0", "1"], ["{0-1}"]),
        (["a.0.w", "b", "a.1.w"], ["a.{0-1}.w", "b"]),
    ],
)
def test_folding(names, folded):
    assert [name for name, _ in fold_names([(name, ()) for name in names])] == folded


def test_what_differs_is_not_folded():
    rows = [("a.0.w", ("3",)), ("a.1.w", ("3",)), ("a.2.w", ("4",))]
    assert fold_names(rows) == [("a.{0-1}.w", (0, 1)), ("a.2.w", (2,))]


NAMES = st.lists(
    st.lists(st.sampled_from(["a", "b", "0", "1", "2"]), min_size=1, max_size=4).map(".".join),
    unique=True,
)


@given(NAMES)
def test_every_row_is_in_one_fold(names):
    folded = fold_names([(name, ()) for name in names])
    assert sorted(k for _, which in folded for k in which) == list(range(len(names)))


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_is_asked_for(width):
    lines = plan().table(width).splitlines()[:-1]
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("name")
    assert "Norm" in lines[1]


def test_a_table_that_fits_is_left_alone():
    table = [("name", "n"), ("a", "10")]
    assert fitted(table, 80, ["n"]) == fitted(table, None, ["n"]) == aligned(table, ["n"])


def test_empty_columns_go_first():
    table = [("name", "empty column", "note"), ("aaaaaaaaaaaaaa", "", "bbbbbbbbbbbbbb")]
    assert fitted(table, 30) == ["name            note", "aaaaaaaaaaaaaa  bbbbbbbbbbbbbb"]


def test_a_terminal_is_not_overrun():
    leader, follower = pty.openpty()
    code = "import netinit; print(netinit.plan({f'layers.{i}.a_long_name_of_a_layer.weight':"
    code += " netinit.ArraySpec((3000, 4000)) for i in (1, 3)}, 'l*', method='Xavier'))"
    environment = {**os.environ, "COLUMNS": "70"}
    subprocess.run([sys.executable, "-c", code], stdout=follower, env=environment, check=True)
    os.close(follower)
    text = os.read(leader, 100_000).decode()
    os.close(leader)
    table = text.replace("\r", "").split("\n\n")[0].splitlines()
    assert len(table) == 2
    assert max(map(len, table)) <= 70


def test_patterns_and_conditions_give_plans():
    whole = plan()
    layers = whole["layers.*"]
    assert isinstance(layers, netinit.Plan)
    assert [row.name for row in layers] == [
        f"layers.{i}.up.{x}" for i in range(4) for x in ("weight", "bias")
    ]
    assert whole["layers.[01].*.bias"][1].name == "layers.1.up.bias"
    assert whole["embed.weight"].name == "embed.weight"
    assert "8 of 8 parameters" in str(layers)
    assert [row.name for row in whole.where(lambda row: row.dtype == "bfloat16")] == ["head.weight"]
    assert layers.to_json()["tensors"].keys() == {row.name for row in layers}
    with pytest.raises(KeyError, match="layer"):
        whole["layer.*"]
    with pytest.raises(KeyError, match=r"'embed\.weight'"):
        whole["embed.weigh"]


def test_rows_have_what_the_table_shows():
    row = plan()["embed.weight"]
    assert (row.shape, row.dtype, row.fan_in, row.fan_out) == ((100, 16), "float32", 16, 100)
    assert row.rule == "Normal(0, 0.354)"


def test_sorting():
    whole = plan()
    assert [row.name for row in whole.sorted()][:2] == ["embed.weight", "head.weight"]
    sizes = [row.parameter.size for row in whole.sorted("size", reverse=True)]
    assert sizes == sorted(sizes, reverse=True)
    assert [row.fan_out for row in whole.sorted("fan_out")][:6] == [64] * 4 + [100] * 2
    with pytest.raises(ValueError, match="did you mean 'fan_in'"):
        whole.sorted("fanin")


def test_guessed_rows():
    torch = pytest.importorskip("torch")

    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.own_weight = torch.nn.Parameter(torch.empty(3, 4))
            self.fc = torch.nn.Linear(3, 4)

    with torch.device("meta"):
        net = Own()
    with pytest.warns(UserWarning, match="guessed"):
        whole = netinit.plan(net)
    assert [row.name for row in whole.guessed] == ["own_weight"]


def test_as_a_dict():
    whole = plan(1)
    found = json.loads(json.dumps(whole.to_dict()))
    assert found["seed"] == 1234
    assert found["rows"][0] == {
        "name": "embed.weight", "shape": [100, 16], "dtype": "float32", "role": "weight",
        "fan_in": 16, "fan_out": 100, "rule": "Normal(0, 0.354)", "mean": 0.0,
        "std": pytest.approx(0.125 * 8**0.5),
        "note": "role guessed from name and shape: (out, in, ...)",
    }  # fmt: skip
    assert found["rows"][2]["fan_in"] is None


def test_as_html():
    text = plan()._repr_html_()
    assert text.count("<tr>") == 5
    assert '<td style="text-align: left">layers.{0-3}.up.weight x 4</td>' in text
    assert netinit.plan({"<b>.weight": ArraySpec((2, 3))})._repr_html_().count("&lt;b&gt;") == 1


def test_as_a_data_frame():
    pandas = pytest.importorskip("pandas")
    made = plan()
    frame = made.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    rows = made.to_dict()["rows"]
    assert frame.index.tolist() == [row["name"] for row in rows]
    assert list(frame.columns)[:2] == ["shape", "dtype"]
    for column in ("shape", "dtype", "role", "rule"):
        assert frame[column].tolist() == [row[column] for row in rows]
    assert frame["std"].dropna().tolist() == [row["std"] for row in rows if row["std"] is not None]


def test_without_pandas_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match="to_pandas needs pandas: pip install pandas"):
        plan().to_pandas()


def test_a_fan_that_all_maps_of_a_weight_have_is_told_once():
    packed = netinit.Layout((0,), (1,), pieces=(64, 16, 16))
    weight = netinit.Parameter("qkv", (96, 48), layout=packed)
    assert (_of_pieces(weight, "fan_in"), _of_pieces(weight, "fan_out")) == ("48", "64, 16, 16")
