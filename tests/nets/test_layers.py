"""The arrays of each layer type: names, shapes, layouts and fixed values."""

import copy
import pickle

import numpy as np
import pytest

import netinit
from netinit import Constant, Layout
from netinit.nets import (
    BasicRecurrentLayer,
    BatchNormalizationLayer,
    ConstantArrayLayer,
    ConstantPlusLayer,
    ConstantTimesLayer,
    ConvolutionLayer,
    DeconvolutionLayer,
    EmbeddingLayer,
    GatedRecurrentLayer,
    LinearLayer,
    LongShortTermMemoryLayer,
    NetArrayLayer,
    NormalizationLayer,
    ParametricRampLayer,
)
from netinit.nets.array_layer import ARRAY_NAMES, ArrayLayer
from netinit.nets.registry import LAYERS
from netinit.shapes.fans import fans


def shapes(layer):
    return {p.name: p.shape for p in layer.parameters()}


def weights(layer):
    return layer.parameters()[0]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (LinearLayer(2, input=5), {"Weights": (2, 5), "Biases": (2,)}),
        (LinearLayer((2, 3), input=(4, 5)), {"Weights": (6, 20), "Biases": (6,)}),
        (LinearLayer((), input=()), {"Weights": (1, 1), "Biases": (1,)}),
        (LinearLayer(2, input=5, biases=False), {"Weights": (2, 5)}),
        (LinearLayer(2, input=5, layout="input_output", biases=False), {"Weights": (5, 2)}),
        (EmbeddingLayer(8, 100), {"Weights": (100, 8)}),
        (ConvolutionLayer(6, 3, input=(4, 9)), {"Weights": (6, 4, 3), "Biases": (6,)}),
        (
            ConvolutionLayer(6, (3, 5), input=(4, 9, 9), channel_groups=2, biases=False),
            {"Weights": (6, 2, 3, 5)},
        ),
        (
            ConvolutionLayer(
                6, 3, input=(9, 9, 4), interleaving=True, layout="kernel_input_output", biases=False
            ),
            {"Weights": (3, 3, 4, 6)},
        ),
        (
            DeconvolutionLayer(6, 3, input=(4, 9, 9), channel_groups=2),
            {"Weights": (4, 3, 3, 3), "Biases": (6,)},
        ),
        (
            BasicRecurrentLayer(4, input=(None, 3)),
            {"InputWeights": (4, 3), "StateWeights": (4, 4), "Biases": (4,)},
        ),
        (NormalizationLayer(input=(3, 8)), {"Scaling": (3,), "Biases": (3,)}),
        (NormalizationLayer(-1, "same", input=(None, 8)), {"Scaling": (8,), "Biases": (8,)}),
        (
            NormalizationLayer(-1, "same", input=8, method="RMS", biases=False),
            {"Scaling": (8,)},
        ),
        (ParametricRampLayer(input=(3, 8)), {"Slope": (3,)}),
        (ParametricRampLayer((), input=(3, 8)), {"Slope": ()}),
        (ConstantPlusLayer(input=(3, 8)), {"Biases": (3, 8)}),
        (ConstantTimesLayer(input=4), {"Scaling": (4,)}),
        (ConstantArrayLayer((2, 3)), {"Array": (2, 3)}),
        (NetArrayLayer(3), {"Array": (3,)}),
    ],
    ids=repr,
)
def test_arrays_have_wolframs_names_and_shapes(layer, expected):
    assert shapes(layer) == expected


def test_recurrent_gates_are_arrays_of_their_own():
    gates = ("InputGate", "OutputGate", "ForgetGate", "MemoryGate")
    lstm = shapes(LongShortTermMemoryLayer(4, input=(None, 3)))
    assert list(lstm) == [
        gate + part for gate in gates for part in ("InputWeights", "StateWeights", "Biases")
    ]
    assert lstm["ForgetGateInputWeights"] == (4, 3)
    assert lstm["OutputGateStateWeights"] == (4, 4)
    gru = shapes(GatedRecurrentLayer(4, input=(None, 3)))
    assert {name.partition("Gate")[0] for name in gru} == {"Input", "Reset", "Memory"}


def test_fixed_values():
    norm = {p.name: p for p in BatchNormalizationLayer(input=(3, 8, 8)).parameters()}
    assert {name: (p.fixed, p.kind, p.shape) for name, p in norm.items()} == {
        "Scaling": (Constant(1.0), "parameter", (3,)),
        "Biases": (Constant(0.0), "parameter", (3,)),
        "MovingMean": (Constant(0.0), "buffer", (3,)),
        "MovingVariance": (Constant(1.0), "buffer", (3,)),
    }
    assert weights(ParametricRampLayer(input=3)).fixed == Constant(0.1)
    assert weights(ConstantPlusLayer(input=3)).fixed == Constant(0.0)
    assert weights(ConstantTimesLayer(input=3)).fixed == Constant(1.0)


@pytest.mark.parametrize("method", ["xavier", "orthogonal", "identity", "kaiming", "random"])
def test_moving_variance_is_one_whatever_the_method(method):
    net = netinit.initialize(BatchNormalizationLayer(input=4), method=method)
    np.testing.assert_array_equal(net["MovingVariance"], np.ones(4, np.float32))
    np.testing.assert_array_equal(net["MovingMean"], np.zeros(4, np.float32))


def test_layouts():
    assert weights(LinearLayer(6, input=4, stack=3)).layout == Layout((0,), (1,), stack=3)
    stored_across = LinearLayer(6, input=4, stack=3, layout="input_output")
    assert weights(stored_across).layout == Layout((1,), (0,), stack=3, stack_axis=1)
    grouped = ConvolutionLayer(6, 3, input=(4, 9, 9), channel_groups=2)
    assert weights(grouped).layout == Layout((0,), (1,), stack=2)
    transposed = DeconvolutionLayer(6, 3, input=(4, 9, 9), channel_groups=2)
    assert weights(transposed).layout == Layout((1,), (0,), stack=2, stack_axis=0)
    assert weights(EmbeddingLayer(8, 100)).role == "embedding"


@pytest.mark.parametrize(
    "layout",
    ["output_input_kernel", "kernel_input_output", "input_kernel_output", "OutputInputKernel"],
)
@pytest.mark.parametrize("kind", [ConvolutionLayer, DeconvolutionLayer])
def test_fans_do_not_depend_on_the_layout(kind, layout):
    options = {"input": (4, 9, 9), "channel_groups": 2}
    usual, other = (
        weights(kind(6, (3, 5), **options, **more)) for more in ({}, {"layout": layout})
    )
    assert fans(usual.shape, usual.layout) == fans(other.shape, other.layout)
    assert sorted(usual.shape) == sorted(other.shape)


def test_padding_row_is_zero():
    net = netinit.initialize(EmbeddingLayer(8, 10, padding=3))
    assert not net["Weights"][3].any()
    assert net["Weights"][2].all()


def test_every_array_name_is_in_the_table():
    given = {
        LinearLayer: (2,),
        EmbeddingLayer: (2,),
        ConvolutionLayer: (2, 3),
        DeconvolutionLayer: (2, 3),
        BasicRecurrentLayer: (2,),
        GatedRecurrentLayer: (2,),
        LongShortTermMemoryLayer: (2,),
    }
    named = set()
    for kind in LAYERS.values():
        if issubclass(kind, ArrayLayer):
            named |= set(kind(*given.get(kind, ())).infos)
    assert named == set(ARRAY_NAMES)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: LinearLayer(0), ValueError, "LinearLayer: output must be at least 1, not 0"),
        (lambda: LinearLayer(2.0), TypeError, "output must be an integer or a list"),
        (lambda: LinearLayer(True), TypeError, "output must be an integer, not True"),
        (lambda: LinearLayer(2, input=-1), ValueError, "input must be at least 1, not -1"),
        (lambda: LinearLayer(2, biases=1), TypeError, "biases must be true or false, not 1"),
        (lambda: LinearLayer(4, stack=3), ValueError, "stack must divide the output's size 4"),
        (lambda: LinearLayer(2, layout="inptu_output"), ValueError, "mean 'input_output'"),
        (lambda: LinearLayer(2, dtype="float31"), ValueError, "did you mean 'float32'"),
        (lambda: LinearLayer(2, arrays={"Weight": "w"}), ValueError, "did you mean 'Weights'"),
        (lambda: LinearLayer(2, arrays={"Weights": ""}), ValueError, "cannot be the name"),
        (lambda: LinearLayer(2, arrays=["Weights"]), TypeError, "must map array names"),
        (lambda: EmbeddingLayer(2, 5, padding=5), ValueError, "padding must be below classes"),
        (lambda: ConvolutionLayer(5, 3, channel_groups=2), ValueError, "must divide output_chan"),
        (
            lambda: ConvolutionLayer(4, 3, channel_groups=2, input=(3, 9, 9)),
            ValueError,
            "must divide the input's 3 channels",
        ),
        (lambda: ConvolutionLayer(4, (3, 3), stride=(1, 1, 1)), ValueError, "number of axes"),
        (lambda: ConvolutionLayer(4, (3, 3), input=(3, 9)), ValueError, "number of axes"),
        (
            lambda: ConvolutionLayer(4, 3, dimensionality=1, input=(3, 9, 9)),
            ValueError,
            "must be 2",
        ),
        (lambda: ConvolutionLayer(4, 3, input=(3, 2, 9)), ValueError, "does not fit"),
        (lambda: ConvolutionLayer(4, 3, padding_size="smae"), ValueError, "mean 'same'"),
        (lambda: BasicRecurrentLayer(4, input=3), ValueError, "sequence of vectors"),
        (lambda: NormalizationLayer(input=3), ValueError, "no axis to normalize over"),
        (lambda: NormalizationLayer(2, input=(3, 4)), ValueError, "names axis 2"),
        (lambda: NormalizationLayer((0, -2), input=(3, 4)), ValueError, "names an axis twice"),
        (lambda: BatchNormalizationLayer(input=()), ValueError, "channel axis"),
        (lambda: BatchNormalizationLayer(epsilon=float("nan")), ValueError, "must be finite"),
    ],
)
def test_wrong_fields_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_fields_cannot_be_changed():
    with pytest.raises(AttributeError):
        LinearLayer(2).output = 3


def test_repr_shows_shapes_and_what_is_missing():
    layer = LinearLayer(2, input=5)
    assert repr(layer) == "LinearLayer(2): 5 -> 2; uninitialized: Weights 2 x 5, Biases 2"
    layer["Biases"] = [1, 2]
    assert repr(layer) == "LinearLayer(2): 5 -> 2; Biases 2; uninitialized: Weights 2 x 5"
    assert repr(LinearLayer(2)) == "LinearLayer(2): ? -> 2; uninitialized: Weights 2 x ?, Biases 2"


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_layers_can_be_copied_and_pickled(twin):
    layer = netinit.initialize(LinearLayer(2, input=5))
    other = twin(layer)
    np.testing.assert_array_equal(other["Weights"], layer["Weights"])
    assert other["Weights"] is not layer["Weights"]
    assert repr(other) == repr(layer)
