"""Nets applied to numpy arrays: every layer type against torch, batches, what is refused."""

import numpy as np
import pytest

import netinit
from netinit import Normal, Uniform
from netinit.nets import (
    BatchNormalizationLayer,
    ConstantArrayLayer,
    ElementwiseLayer,
    EmbeddingLayer,
    GatedRecurrentLayer,
    Layer,
    LinearLayer,
    LongShortTermMemoryLayer,
    NetChain,
    NetGraph,
    NetMapOperator,
    SoftmaxLayer,
    to_torch,
)
from netinit.nets.registry import LAYERS
from tests.nets.cases import CASES

torch = pytest.importorskip("torch")


def drawn(shape, name, dtype="float32"):
    return netinit.create(shape, Normal(), name=name, dtype=dtype)


def filled(layer):
    """Return a copy of a layer whose every array is drawn, those that start at 0 or 1 too."""
    net = layer.copy()
    for parameter in net.parameters():
        spread = Uniform(0.5, 1.5) if parameter.name.endswith("Variance") else Normal()
        net[parameter.name] = netinit.create(parameter.shape, spread, name=parameter.name)
    return net


def examples(layer, shapes, batch=3):
    if isinstance(layer, EmbeddingLayer):
        return [np.arange(batch * 5).reshape(batch, 5) % 7]
    inputs = [drawn((batch, *shape), f"x{i}") for i, shape in enumerate(shapes)]
    positive = isinstance(layer, ElementwiseLayer) and layer.function in ("log", "sqrt")
    return [np.abs(x) + 0.1 if positive else x for x in inputs]


def kinds(layer):
    yield type(layer)
    for inner in layer:
        yield from kinds(inner)
    if isinstance(layer, NetMapOperator):
        yield from kinds(layer.net)


def test_every_layer_type_has_a_case():
    assert {kind for layer, _ in CASES for kind in kinds(layer)} == set(LAYERS.values())


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=lambda value: repr(value)[:60])
def test_a_layer_computes_what_torch_does(layer, shapes):
    net = filled(layer)
    inputs = examples(layer, shapes)
    out = net(*inputs)
    assert out.dtype == np.float32
    lead = (3,) if shapes else ()
    expected = layer.output_shape
    assert out.ndim == len(lead) + len(expected)
    assert all(e in (None, s) for e, s in zip(expected, out.shape[len(lead) :], strict=True))
    module = to_torch(net).eval()
    with torch.no_grad():
        theirs = module(*map(torch.from_numpy, inputs)).numpy()
    np.testing.assert_allclose(out, theirs if lead else theirs[0], rtol=2e-5, atol=2e-5)
    if shapes:  # one example alone
        alone = net(*(x[0] for x in inputs))
        np.testing.assert_allclose(alone, out[0], rtol=1e-5, atol=1e-5)


def test_recurrent_layers_are_torchs():
    x = drawn((2, 5, 3), "x")
    for kind, theirs, gates in (
        (LongShortTermMemoryLayer, torch.nn.LSTM, ("Input", "Forget", "Memory", "Output")),
        (GatedRecurrentLayer, torch.nn.GRU, ("Reset", "Input", "Memory")),
    ):
        net = filled(kind(4, input=(None, 3)))
        module = theirs(3, 4, batch_first=True)
        with torch.no_grad():
            for name, part in (
                ("weight_ih_l0", "InputWeights"),
                ("weight_hh_l0", "StateWeights"),
                ("bias_ih_l0", "Biases"),
            ):
                rows = [net[f"{gate}Gate{part}"] for gate in gates]
                getattr(module, name).copy_(torch.from_numpy(np.concatenate(rows)))
            module.bias_hh_l0.zero_()
            expected = module(torch.from_numpy(x))[0].numpy()
        np.testing.assert_allclose(net(x), expected, rtol=1e-5, atol=1e-6)


def test_examples_may_stand_in_any_number_of_axes():
    net = netinit.initialize(NetChain([4, "tanh", 2], input=3))
    x = drawn((2, 5, 3), "x")
    np.testing.assert_allclose(net(x), net(x.reshape(10, 3)).reshape(2, 5, 2), rtol=1e-6)
    assert net(x[:0]).shape == (0, 5, 2)
    assert ElementwiseLayer("square")(3) == 9.0


def test_inputs_of_a_graph_by_name():
    net = NetGraph(
        {"d": netinit.nets.ThreadingLayer("subtract")},
        [["a", "d"], ["b", "d"]],
        input={"b": 2, "a": 2},
    )
    np.testing.assert_array_equal(net({"a": [5, 7], "b": [1, 2]}), [4, 5])
    with pytest.raises(ValueError, match="inputs are 'b', 'a', not 'a', 'c'"):
        net({"a": [5, 7], "c": [1, 2]})


def test_dtypes():
    x = drawn((2, 3), "x", "float64")
    outs = {}
    for dtype in ("float32", "float64", "float16", "bfloat16"):
        net = netinit.initialize(LinearLayer(4, input=3, dtype=dtype))
        outs[dtype] = net(x)
        assert outs[dtype].dtype == (np.float64 if dtype == "float64" else np.float32)
        with torch.no_grad():
            theirs = to_torch(net)(torch.from_numpy(x.astype(outs[dtype].dtype))).numpy()
        np.testing.assert_allclose(outs[dtype], theirs, rtol=1e-6, atol=1e-6)


def test_the_output_is_the_callers_own():
    net = netinit.initialize(ConstantArrayLayer((2, 3)))
    out = net()
    out[...] = 7
    assert not (net["Array"] == 7).any()
    x = np.ones((2, 3), np.float32)
    ElementwiseLayer("ramp", input=3)(x)[...] = 5
    netinit.nets.DropoutLayer(input=3)(x)[...] = 5
    assert (x == 1).all()


def test_one_net_and_others_made_of_it():
    net = NetChain([8, "tanh", LinearLayer(())], input=())
    net2 = netinit.initialize(net.copy())
    net3 = netinit.initialize(net.copy(), seed="other")
    again = netinit.initialize(net.copy())
    assert net[0, "Weights"] is netinit.Automatic
    np.testing.assert_array_equal(net2(0.5), again(0.5))
    assert net2(0.5) != net3(0.5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: LinearLayer(2, input=3)([1, 2, 3]), ValueError, "no values for 'Weights', 'Bia"),
        (lambda: ready()([1, 2]), ValueError, "the input of LinearLayer must have shape 3, not 2"),
        (lambda: ready()(1.0), ValueError, "must have shape 3, or axes that count examples"),
        (lambda: ready()([1, 2, 3], [1, 2, 3]), ValueError, "takes 1 inputs, not 2"),
        (lambda: ready()(["a", "b", "c"]), TypeError, "array of real numbers, not of <U1"),
        (lambda: SoftmaxLayer(input=2)([1j, 2]), TypeError, "real numbers, not of complex128"),
        (lambda: words()([0, 5]), ValueError, "integers from 0 to 4, not 0 to 5"),
        (lambda: words()([0.5]), ValueError, "integers from 0 to 4"),
        (
            lambda: netinit.nets.DotLayer()(np.ones((3, 2)), np.ones((3, 2))),
            ValueError,
            "axis of input 1",
        ),
        (
            lambda: NetGraph({"a": "ramp", "b": "tanh"}, [["Input", "a"], ["Input", "b"]])(1.0),
            ValueError,
            "has no one output: a, b lead nowhere",
        ),
        (
            lambda: NetGraph({"a": "ramp"}, [["a", "Output"]])(),
            ValueError,
            "layer 'a' .ElementwiseLayer. gets no input",
        ),
    ],
)
def test_wrong_inputs_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def ready() -> Layer:
    return netinit.initialize(LinearLayer(2, input=3))


def words() -> Layer:
    return netinit.initialize(EmbeddingLayer(2, 5, input=(None,)))


def test_what_explodes_is_seen_without_a_warning():
    net = netinit.initialize(LinearLayer(2, input=3), method=("Random", {"weights": 1e30}))
    assert not np.isfinite(net(np.full(3, 1e20))).all()


# ---- modules of torch


def test_modules_have_the_nets_names_and_train():
    net = NetChain(
        {
            "wte": EmbeddingLayer(8, 11),
            "norm": BatchNormalizationLayer(interleaving=True),
            "head": NetMapOperator(
                LinearLayer(11, biases=False, share={"Weights": "wte.weight"}),
            ),
        },
        input=(None,),
        arrays={"Weights": "weight"},
    )
    net = netinit.initialize(net)
    module = to_torch(net)
    state = module.state_dict()
    assert list(state) == [
        *("wte.weight", "norm.Scaling", "norm.Biases", "norm.MovingMean", "norm.MovingVariance"),
        "head.weight",
    ]
    assert dict(module.named_buffers()).keys() == {"norm.MovingMean", "norm.MovingVariance"}
    assert module.head.weight is module.wte.weight
    tokens = torch.arange(12).reshape(3, 4) % 11
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    before = None
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(module(tokens).flatten(0, 1), tokens.flatten())
        before = before or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < before / 2
    for name, values in module.state_dict().items():
        net[name] = values
    with torch.no_grad():
        theirs = module.eval()(tokens).numpy()
    np.testing.assert_allclose(net(tokens.numpy()), theirs, rtol=1e-4, atol=1e-5)


def test_names_with_dots_are_the_modules_too():
    net = netinit.initialize(LinearLayer(2, input=3, arrays={"Weights": "self.weight"}))
    module = to_torch(net)
    assert list(module.state_dict()) == ["Biases", "self.weight"]
    np.testing.assert_allclose(
        module(torch.ones(1, 3)).detach().numpy()[0], net(np.ones(3)), rtol=1e-6
    )


def test_what_cannot_be_a_module_is_refused():
    with pytest.raises(ValueError, match=r"no values for '0\.Weights'"):
        to_torch(NetChain([3], input=2))
    with pytest.raises(TypeError, match="layer, chain or graph"):
        to_torch({"w": np.ones(3)})


def test_inputs_of_unequally_many_examples():
    net = netinit.nets.NetGraph(
        {"d": netinit.nets.ThreadingLayer("subtract")},
        [["b", "d"], ["a", "d"]],
        input={"b": 2, "a": 2},
    )
    with pytest.raises(ValueError, match="equally many examples, not 5 and 3"):
        net({"b": np.ones((5, 2)), "a": np.ones((3, 2))})
