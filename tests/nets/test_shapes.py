"""Shape inference through chains, graphs and operators."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinit.nets import (
    AggregationLayer,
    AttentionLayer,
    CatenateLayer,
    ConstantArrayLayer,
    ConvolutionLayer,
    DeconvolutionLayer,
    DotLayer,
    DropoutLayer,
    ElementwiseLayer,
    EmbeddingLayer,
    FlattenLayer,
    LinearLayer,
    LongShortTermMemoryLayer,
    NetChain,
    NetGraph,
    NetMapOperator,
    NormalizationLayer,
    PoolingLayer,
    ReplicateLayer,
    ReshapeLayer,
    SequenceIndicesLayer,
    SequenceLastLayer,
    SequenceReverseLayer,
    SoftmaxLayer,
    SummationLayer,
    ThreadingLayer,
    TotalLayer,
    TransposeLayer,
    from_json,
    to_json,
)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (LinearLayer(3), (4, 5), (3,)),
        (LinearLayer(()), 4, ()),
        (EmbeddingLayer(8, 10), (None,), (None, 8)),
        (EmbeddingLayer(8, 10), (), (8,)),
        (ConvolutionLayer(6, 3), (3, 32, 30), (6, 30, 28)),
        (ConvolutionLayer(6, 3, stride=2, padding_size=1), (3, 32, 31), (6, 16, 16)),
        (ConvolutionLayer(6, 3, dilation=2), (3, 32), (6, 28)),
        (ConvolutionLayer(6, 3, padding_size="same", stride=2), (3, 5), (6, 3)),
        (ConvolutionLayer(6, 3, padding_size=((0, 2), 1)), (3, 5, 5), (6, 5, 5)),
        (ConvolutionLayer(6, 3, interleaving=True), (8, 8, 3), (6, 6, 6)),
        (ConvolutionLayer(6, 3), (3, None), (6, None)),
        (DeconvolutionLayer(6, 3, stride=2), (3, 5), (6, 11)),
        (DeconvolutionLayer(6, 4, stride=2, padding_size=1), (3, 5), (6, 10)),
        (DeconvolutionLayer(6, 4, stride=2, padding_size="same"), (3, 5), (6, 10)),
        (PoolingLayer(2, 2), (3, 7, 8), (3, 3, 4)),
        (LongShortTermMemoryLayer(8), (None, 3), (None, 8)),
        (SequenceLastLayer(), (None, 3), (3,)),
        (SequenceReverseLayer(), (None, 3), (None, 3)),
        (SequenceIndicesLayer(), (None, 3), (None,)),
        (SoftmaxLayer(), 3, (3,)),
        (DropoutLayer(), (2, 3), (2, 3)),
        (FlattenLayer(), (2, 3), (6,)),
        (FlattenLayer(), (2, None), (None,)),
        (ReshapeLayer((3, 2)), 6, (3, 2)),
        (TransposeLayer(), (2, 3), (3, 2)),
        (TransposeLayer((2, 0, 1)), (2, 3, 4), (4, 2, 3)),
        (AggregationLayer("mean"), (2, 3, 4), (2,)),
        (AggregationLayer("mean", -1), (2, 3, 4), (2, 3)),
        (SummationLayer(), (2, 3), ()),
        (ReplicateLayer(5), 3, (5, 3)),
        (AttentionLayer(2, packed=True), (None, 12), (None, 4)),
        (NetMapOperator(4), (None, 3), (None, 4)),
        (NetMapOperator(NetMapOperator(4)), (None, 2, 3), (None, 2, 4)),
        (NormalizationLayer(), (None, 3), (None, 3)),
    ],
    ids=lambda value: repr(value).partition(":")[0],
)
def test_output_shapes(layer, shape, expected):
    net = NetChain([layer], input=shape)
    assert net.output_shape == expected
    assert net[0].output_shape == expected


@pytest.mark.parametrize(
    ("layer", "shapes", "expected"),
    [
        (TotalLayer(), [(2, None), (None, 3)], (2, 3)),
        (ThreadingLayer("times"), [3, 3, 3], (3,)),
        (CatenateLayer(), [(2, 5), (3, None)], (5, 5)),
        (CatenateLayer(-1), [(2, 5), (None, 1)], (2, 6)),
        (CatenateLayer(), [3, (None,)], (None,)),
        (DotLayer(), [(2, 3), (3, 4)], (2, 4)),
        (AttentionLayer(2), [(7, 4), (7, 6), (None, 4)], (None, 6)),
    ],
)
def test_layers_of_several_inputs(layer, shapes, expected):
    ports = {f"in{i}": shape for i, shape in enumerate(shapes)}
    net = NetGraph({"x": layer}, [[name, "x"] for name in ports], input=ports)
    assert net.output_shape == expected


@pytest.mark.parametrize(
    ("layer", "shapes", "message"),
    [
        (TotalLayer(), [2, 3], "input 1 must have shape 2, not 3"),
        (CatenateLayer(), [(2, 5), (2, 4)], "beside axis 0"),
        (CatenateLayer(1), [2, 2], "has no axis 1"),
        (DotLayer(), [(2, 3), (2, 4)], "must have shape 3, not 2"),
        (DotLayer(), [(2, 3)], "takes 2 inputs, not 1"),
        (DotLayer(), [(), 2], "scalar"),
        (AttentionLayer(3), [(7, 4), (7, 6), (5, 4)], "heads must divide"),
        (AttentionLayer(), [(7, 4), (6, 6), (5, 4)], "the values' length"),
        (AttentionLayer(), [7, 7, 7], "sequences of vectors"),
        (AttentionLayer(packed=True), [(7, 4)], "not three vectors"),
        (TransposeLayer(), [(2, 3, 4)], "must name all 3 axes"),
        (ReshapeLayer((2, 2)), [3], "cannot become"),
        (NetMapOperator(3), [()], "must be a sequence"),
        (LinearLayer(2, input=3), [4], r"layer 'x' \(LinearLayer\) must have shape 3, not 4"),
        (DeconvolutionLayer(2, 2, padding_size=4), [(2, 3)], "leaves nothing"),
    ],
)
def test_shapes_that_do_not_fit(layer, shapes, message):
    ports = {f"in{i}": shape for i, shape in enumerate(shapes)}
    with pytest.raises(ValueError, match=message):
        NetGraph({"x": layer}, [[name, "x"] for name in ports], input=ports)


def test_errors_name_the_layer_deep_inside():
    inner = NetChain({"fc": LinearLayer(2, input=3)})
    with pytest.raises(ValueError, match=r"layer 'body.0.fc' \(LinearLayer\) must have shape 3"):
        NetChain({"body": NetChain([inner])}, input=4)


def test_what_a_layer_declares_is_the_nets_input():
    assert NetChain([LinearLayer(2, input=3), 4]).input_shapes == ((3,),)
    layers = {"ramp": "ramp", "fc": LinearLayer(2, input=3)}
    net = NetGraph(layers, [["Input", "ramp", "Output"], ["Input", "fc"]])
    assert net.input_shapes == ((3,),)
    assert net["ramp"].output_shape == (3,), "the other layers hear of it"


def test_graph_with_several_inputs_inside_another():
    inner = NetGraph({"sum": TotalLayer()}, [["a", "sum"], ["b", "sum"]], input={"a": 3, "b": None})
    net = NetGraph(
        {"x": 3, "y": 3, "in": inner}, [["Input", "x", "in"], ["Input", "y", "in"]], input=2
    )
    assert net.output_shape == (3,)
    assert net["in"].input_shapes == ((3,), (3,))


def test_graph_runs_in_the_order_of_its_edges():
    net = NetGraph({"last": 2, "first": 5}, [["Input", "first", "last"]], input=3)
    assert net.output_shape == (2,)
    assert net["last"].input_shapes == ((5,),)
    assert net.parameters()[0].name == "last.Weights", "rows in the layers' order"


def test_graph_without_edges_and_with_constants():
    assert NetGraph({"a": LinearLayer(2, input=3)})["a"].input_shapes == ((3,),)
    position = {"wpe": ConstantArrayLayer((7, 4)), "add": TotalLayer()}
    net = NetGraph(position, [["Input", "add"], ["wpe", "add"]], input=(None, 4))
    assert net.output_shape == (7, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NetGraph({"fc": 2}, [["Input", "fcc"]]), "did you mean 'fc'"),
        (lambda: NetGraph({"fc": 2}, [["Inptu", "fc"]]), "'Inptu' is unknown"),
        (lambda: NetGraph({"fc": 2}, [["fc", "Input"]]), "'Input' is unknown"),
        (lambda: NetGraph({"a": 2, "b": 2}, [["a", "b"], ["b", "a"]]), "circle: "),
        (lambda: NetGraph({"a": 2}, [["Input"]]), "two or more names"),
        (lambda: NetGraph({"a": 2}, "Input"), "list of paths"),
        (lambda: NetGraph({"a": 2}, [], input=3), "no edge starts at the input 'Input'"),
        (lambda: NetGraph({"Input": 2}, [["Input", "Output"]]), "names an input or output"),
        (lambda: NetGraph({"a": 2, "b": 2}, [["a", "Output"], ["b", "Output"]]), "only one edge"),
        (lambda: NetGraph({"a.b": 2}), "without dots"),
        (lambda: NetGraph({"": 2}), "without dots"),
        (lambda: NetChain([2.5]), "must be a layer"),
        (lambda: NetChain("ramp"), "must be a list or a mapping"),
        (lambda: NetChain({1: 2}), "must be text"),
        (lambda: ElementwiseLayer("rmap"), "did you mean 'ramp'"),
    ],
)
def test_wrong_nets_are_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_function_names_in_any_spelling():
    for name in ("ReLU", "relu", "Ramp", "RAMP"):
        assert ElementwiseLayer(name).function == "ramp"
    assert ElementwiseLayer("LogisticSigmoid").function == "logistic_sigmoid"


def test_repr_folds_equal_neighbours():
    text = repr(NetChain([NetChain([4, "ramp"])] * 3, input=4))
    assert "  0 to 2: NetChain: 4 -> 4\n    0: LinearLayer(4): 4 -> 4" in text
    assert len(text.splitlines()) == 4


sizes = st.integers(1, 5)
vector_layers = st.one_of(
    sizes,
    st.sampled_from(["tanh", "ramp"]),
    st.builds(LinearLayer, sizes, biases=st.booleans(), layout=st.just("input_output")),
    st.builds(DropoutLayer, st.floats(0, 1)),
    st.builds(NormalizationLayer, st.just(-1), st.just("same"), biases=st.booleans()),
    st.builds(ReplicateLayer, sizes).map(lambda layer: NetChain([layer, FlattenLayer()])),
    st.builds(lambda n: NetChain([NetMapOperator(n)]).copy(), sizes).map(
        lambda operator: NetChain([ReplicateLayer(2), operator, SequenceLastLayer()])
    ),
)
names = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=4)
chain_layers = st.recursive(
    vector_layers,
    lambda inner: st.one_of(
        st.builds(NetChain, st.lists(inner, max_size=4)),
        st.builds(NetChain, st.dictionaries(names, inner, max_size=3)),
    ),
    max_leaves=8,
)
chains = st.builds(NetChain, st.lists(chain_layers, max_size=5), input=st.none() | sizes)


@given(chains)
def test_random_chains_round_trip(chain):
    text = to_json(chain)
    again = from_json(text)
    assert to_json(again) == text
    assert repr(again) == repr(chain)
    assert again.parameters() == chain.parameters()


@given(chains, sizes)
def test_random_chains_infer_the_same_shapes_early_and_late(chain, size):
    early = NetChain(list(chain), input=size)
    late = chain.with_input(None).with_input(size)
    assert early.output_shape == late.output_shape
    assert early.parameters() == late.parameters()
    assert all(p.shape is not None for p in early.parameters())
    # Each layer's input is the output of the one before.
    shape = (size,)
    for layer in early:
        assert layer.input_shapes == (shape,)
        shape = layer.output_shape
    assert shape == early.output_shape
