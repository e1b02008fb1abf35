"""Values of a net's arrays: reading, setting, initializing, sharing, dtypes."""

import numpy as np
import pytest

import netinit
from netinit.arrays.dtypes import DRAWN
from netinit.arrays.narrow import NARROW
from netinit.nets import (
    ConstantArrayLayer,
    EmbeddingLayer,
    LinearLayer,
    NetChain,
    NetMapOperator,
)


def tied():
    head = LinearLayer(10, biases=False, share={"Weights": "wte.Weights"})
    return NetChain({"wte": EmbeddingLayer(4, 10), "head": NetMapOperator(head)}, input=(None,))


def test_a_linear_layer_before_and_after():
    net = LinearLayer(2, input=5)
    assert net["Weights"] is netinit.Automatic
    assert net["Biases"] is netinit.Automatic
    assert netinit.initialize(net) is net
    assert net["Weights"].shape == (2, 5)
    assert net["Weights"].dtype == np.float32
    assert net["Weights"].any()
    assert not net["Biases"].any()


def test_all_ways_to_an_array():
    net = netinit.initialize(NetChain({"a": NetChain([3, "tanh", 2])}, input=4))
    array = net["a", 0, "Weights"]
    assert array.shape == (3, 4)
    for same in (net["a.0.Weights"], net["a"][0]["Weights"], net[0, "0"]["Weights"]):
        assert same is array
    assert net[-1, -1, "Weights"].shape == (2, 3)
    renamed = LinearLayer(2, input=5, arrays={"Weights": "self.w"})
    netinit.initialize(renamed)
    assert renamed["self.w"] is renamed["Weights"]


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        ("0.Wieghts", KeyError, "did you mean 'Weights'"),
        ((0, "Weights", "x"), KeyError, "unknown"),
        (7, IndexError, "has 3 layers, no 7"),
        ("7", KeyError, "layer '7' is unknown"),
        ((1, "Weights"), KeyError, "ElementwiseLayer has no arrays"),
        (1.5, TypeError, "named by text or a position"),
    ],
)
def test_wrong_keys(key, error, message):
    with pytest.raises(error, match=message):
        NetChain([3, "tanh", 2], input=4)[key]


def test_setting_by_hand_initializes():
    net = NetChain([3, 2], input=4)
    given = np.arange(12.0).reshape(3, 4)
    net[0, "Weights"] = given
    np.testing.assert_array_equal(net[0, "Weights"], given)
    assert net[0, "Weights"].dtype == np.float32
    given[:] = -1
    assert net[0, "Weights"].max() == 11, "the value is a copy"
    netinit.initialize(net)
    assert net[0, "Weights"].max() == 11, "and initialize keeps it"
    netinit.initialize(net, netinit.All)
    assert net[0, "Weights"].max() < 11
    net[0, "Weights"] = netinit.Automatic
    assert net[0, "Weights"] is netinit.Automatic


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.zeros((4, 3)), ValueError, r"must have shape \(3, 4\), not \(4, 3\)"),
        (0.0, ValueError, "must have shape"),
        (np.zeros((3, 4), complex), TypeError, "real numbers"),
        (np.full((3, 4), "x"), TypeError, "real numbers"),
        (np.full((3, 4), None), TypeError, "real numbers"),
    ],
)
def test_wrong_values_are_refused(value, error, message):
    net = NetChain([3], input=4)
    with pytest.raises(error, match=message):
        net[0, "Weights"] = value
    assert net[0, "Weights"] is netinit.Automatic


def test_unresolved_shapes():
    net = NetChain([3, 2])
    assert [p.shape for p in net.parameters()] == [None, (3,), (2, 3), (2,)]
    with pytest.raises(netinit.errors.UnresolvedShapeError, match=r"0\.Weights"):
        netinit.initialize(net)
    assert net[1, "Weights"] is netinit.Automatic
    with pytest.raises(ValueError, match="give the net's input first"):
        net[0, "Weights"] = np.zeros((3, 4))
    with pytest.raises(TypeError, match="cannot be replaced"):
        net[0] = LinearLayer(3)
    given = net.with_input(4)
    assert netinit.initialize(given)[0, "Weights"].shape == (3, 4)
    assert net[0].input_shapes == (None,)


def test_a_new_input_must_fit_the_arrays():
    net = netinit.initialize(NetChain([3], input=4))
    with pytest.raises(ValueError, match=r"initialized with shape 3 x 4.* asks for 3 x 5"):
        net.with_input(5)


def test_a_varying_input_is_explained_in_the_plan():
    row = LinearLayer(3, input=(None, 4)).parameters()[0]
    assert row.shape is None
    assert "NetMapOperator" in row.note


def test_nets_hold_copies():
    layer = netinit.initialize(LinearLayer(4, input=4))
    net = NetChain([layer] * 2)
    assert net[0] is not net[1]
    np.testing.assert_array_equal(net[1, "Weights"], layer["Weights"])
    net[0, "Weights"][:] = 0
    assert layer["Weights"].any()
    assert net[1, "Weights"].any()


def test_initializing_all_leaves_extracted_arrays_alone():
    net = netinit.initialize(NetChain([3], input=4))
    before = net[0, "Weights"]
    kept = before.copy()
    netinit.initialize(net, netinit.All, seed=netinit.Automatic)
    np.testing.assert_array_equal(before, kept)
    assert (net[0, "Weights"] != kept).any()


def test_inherited_seed_is_numpys():
    nets = []
    for _ in range(2):
        np.random.seed(7)
        nets.append(netinit.initialize(LinearLayer(3, input=4), seed=netinit.Inherited))
    np.testing.assert_array_equal(nets[0]["Weights"], nets[1]["Weights"])
    third = netinit.initialize(LinearLayer(3, input=4), seed=netinit.Inherited)
    assert (third["Weights"] != nets[0]["Weights"]).any()


def test_nothing_left_to_initialize_warns():
    net = netinit.initialize(NetChain([3], input=4))
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize(net)


def test_sharing():
    net = tied()
    (row,) = net.parameters()
    assert (row.name, row.aliases, row.shape) == ("wte.Weights", ("head.Weights",), (10, 4))
    netinit.initialize(net)
    assert net["head.Weights"] is net["wte.Weights"]
    net["head.Weights"] = np.ones((10, 4))
    assert net["wte.Weights"].min() == 1
    assert "shared: Weights is wte.Weights" in repr(net)


def test_sharing_is_looked_up_from_inside_outwards():
    inner = tied()
    net = NetChain({"wte": EmbeddingLayer(4, 99), "inner": inner})
    aliases = {p.name: p.aliases for p in NetChain({"inner": inner}).parameters()}
    assert aliases == {"inner.wte.Weights": ("inner.head.Weights",)}
    assert [p.name for p in net["inner"].parameters()] == ["wte.Weights"]
    outer = NetChain(
        {"a": LinearLayer(4), "b": NetChain([LinearLayer(4, share={"Biases": "a.Biases"})])}
    )
    assert {p.name: p.aliases for p in outer.parameters()}["a.Biases"] == ("b.0.Biases",)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"a": 2, "b": LinearLayer(2, share={"Biases": "a.Bises"})}, "did you mean 'a.Biases'"),
        ({"a": 2, "b": LinearLayer(3, share={"Biases": "a.Biases"})}, "has shape 3, but"),
        (
            {"a": 2, "b": LinearLayer(2, dtype="float64", share={"Biases": "a.Biases"})},
            "is float64, but",
        ),
        (
            {
                "a": LinearLayer(2, share={"Biases": "b.Biases"}),
                "b": LinearLayer(2, share={"Biases": "a.Biases"}),
            },
            "circle",
        ),
        ({"a": LinearLayer(2, arrays={"Weights": "x", "Biases": "x"})}, "two arrays are named"),
    ],
)
def test_wrong_sharing_and_naming(layers, message):
    with pytest.raises(ValueError, match=message):
        NetChain(layers, input=2).parameters()


def test_part_of_a_net_cannot_share_with_the_outside():
    with pytest.raises(ValueError, match="outside of this net"):
        tied()["head"].parameters()


def test_names_go_by_the_innermost_rule():
    inner = NetChain([2, LinearLayer(2, arrays={"Weights": "w"})], arrays={"Biases": "bias"})
    net = NetChain({"x": inner}, input=3, arrays={"Weights": "weight", "Biases": "b"})
    assert [p.name for p in net.parameters()] == ["x.0.weight", "x.0.bias", "x.1.w", "x.1.bias"]
    with pytest.raises(ValueError, match="did you mean 'Weights'"):
        NetChain([2], arrays={"Wieghts": "weight"})


@pytest.mark.parametrize("dtype", [dtype for dtype in DRAWN if dtype != "float32"])
def test_dtypes(dtype):
    net = NetChain([3, LinearLayer(3, dtype="float32")], input=4, dtype=dtype)
    assert [p.dtype for p in net.parameters()] == [dtype] * 2 + ["float32"] * 2
    netinit.initialize(net)
    # Values of types that numpy lacks are read as float32.
    assert net[0, "Weights"].dtype == ("float32" if dtype in NARROW else dtype)
    assert net[0, "Weights"].any()
    kept = NetChain({"in": net}, dtype="float64")
    assert kept.parameters()[0].dtype == dtype, "an array with a value keeps its dtype"


def test_bfloat16_values_are_rounded_to_nearest_even():
    net = ConstantArrayLayer(6, dtype="bfloat16")
    ulp = 2.0**-7
    net["Array"] = [1 + ulp / 2, 1 + 3 * ulp / 2, np.nan, np.inf, -1e-45, 3.4e38]
    np.testing.assert_array_equal(net["Array"], [1, 1 + 2 * ulp, np.nan, np.inf, -0.0, np.inf])
    with pytest.raises(ValueError, match="too large"):
        ConstantArrayLayer((2**40, 2**40)).parameters()
