"""Keras models in initialize and plan: names, fans, roles, values."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import netinit  # noqa: E402
from netinit.keras.probe import _as_numpy  # noqa: E402
from tests.keras.digits import noisy_digits  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, of every kind

L = keras.layers
TRAINS = keras.backend.backend() != "numpy"


def build():
    """Return a model with a layer of each kind that has variables."""
    image = keras.Input((8, 8, 4))
    x = L.Conv2D(24, 3, kernel_initializer="lecun_normal")(image)
    x = L.BatchNormalization()(x)
    x = L.DepthwiseConv2D(3, depth_multiplier=2)(x)
    x = L.SeparableConv2D(20, 2)(x)
    x = L.Conv2DTranspose(30, 2)(L.Conv2D(20, 1, groups=2)(x))
    x = L.PReLU()(L.Reshape((-1, 30))(x))
    x = L.Bidirectional(L.LSTM(10, return_sequences=True))(x)
    x = L.MultiHeadAttention(4, 16)(x, x)
    x = L.GroupQueryAttention(4, 4, 2)(x, x)
    x = L.GRU(14, return_sequences=True)(L.Dropout(0.5)(x))
    x = L.TimeDistributed(L.Dense(40))(L.LayerNormalization()(x))
    x = L.EinsumDense("abc,cde->abde", (None, 7, 9))(x)
    x = L.EinsumDense("abcd,cde->abce", (None, 7, 5))(x)
    x = L.Dense(6, name="first")(L.Flatten()(x[:, 0]))
    return keras.Model(image, L.Dense(3)(L.Dense(2)(x)))


MODEL = build()


def bits(model):
    return {a.name: np.asarray(value_of(a)).tobytes() for a in netinit.plan(model, netinit.All)}


def value_of(assignment):
    return keras.ops.convert_to_numpy(assignment.parameter.target)


def test_values_are_those_of_the_names():
    model = build()
    assert netinit.initialize(model, netinit.All, method="Xavier", seed=7) is model
    for a in netinit.plan(model, netinit.All, method="Xavier", seed=7):
        expected = netinit.create(a.parameter.shape, a.initializer, seed=7, name=a.name)
        assert (value_of(a) == expected).all()
    out = keras.ops.convert_to_numpy(model(np.ones((1, 8, 8, 4), "f4")))
    assert np.isfinite(out).all()


def test_equal_models_have_equal_names_and_values():
    """Keras numbers the second one's layers on; names that somebody chose stay."""
    models = [netinit.initialize(build(), netinit.All) for _ in range(2)]
    assert models[0].layers[-1].name != models[1].layers[-1].name
    assert bits(models[0]) == bits(models[1])
    names = list(bits(models[0]))
    assert {"first.kernel", "dense.kernel", "dense_1.kernel", "conv2d_1.bias"} <= set(names)
    assert "bidirectional.backward_lstm.lstm_cell.recurrent_kernel" in names
    assert "multi_head_attention.attention_output.kernel" in names
    assert "time_distributed.dense.kernel" in names
    assert not [name for name in names if "seed" in name]


#: Initializers of std sqrt(2 / (fan_in + fan_out)), as Keras's default is.
GLOROT = [
    "conv2d_1.kernel",
    "separable_conv2d.pointwise_kernel",
    "conv2d_transpose.kernel",
    *(f"multi_head_attention.{part}.kernel" for part in ("query", "key", "value")),
    "multi_head_attention.attention_output.kernel",
    *(f"grouped_query_attention.{part}.kernel" for part in ("query", "key", "value")),
    "time_distributed.dense.kernel",
    "einsum_dense.kernel",
    "first.kernel",
]


def test_fans_are_those_of_keras():
    plan = netinit.plan(MODEL, netinit.All, method="Xavier")
    for name in GLOROT:
        a = plan[name]
        fan_in, fan_out = a.parameter.fan_in, a.parameter.fan_out
        if name == "conv2d_1.kernel":  # of one of two groups; Keras counts the outputs of both
            fan_out *= 2
        std = (2 / (fan_in + fan_out)) ** 0.5
        assert value_of(a).std() == pytest.approx(std, rel=3 / (2 * a.parameter.size) ** 0.5)
    lecun = netinit.plan(MODEL, "conv2d.kernel", method="Lecun")[0]
    assert value_of(lecun).std() == pytest.approx(lecun.std, rel=0.1)


@pytest.mark.parametrize(
    ("name", "fans"),
    [
        ("depthwise_conv2d.kernel", (9, 18)),  # Keras has 9 x 24 inputs, which no output has
        ("separable_conv2d.depthwise_kernel", (4, 4)),
        ("conv2d_1.kernel", (10, 10)),
        ("conv2d_transpose.kernel", (80, 120)),
        ("bidirectional.forward_lstm.lstm_cell.kernel", (30, 10)),  # of one of four gates
        ("bidirectional.forward_lstm.lstm_cell.recurrent_kernel", (10, 10)),
        ("gru.gru_cell.kernel", (20, 14)),
        ("multi_head_attention.query.kernel", (20, 64)),
        ("multi_head_attention.attention_output.kernel", (64, 20)),
        ("grouped_query_attention.attention_output.kernel", (16, 20)),
        ("einsum_dense.kernel", (40, 63)),
        ("einsum_dense_1.kernel", (9, 5)),  # a map for each of 7
    ],
)
def test_fans_of_maps_that_are_packed(name, fans):
    parameter = netinit.plan(MODEL, name)[0].parameter
    assert (parameter.fan_in, parameter.fan_out) == fans


def test_roles():
    roles = {
        a.name: (a.parameter.role, str(a.initializer), a.parameter.layer, a.parameter.kind)
        for a in netinit.plan(MODEL, netinit.All)
    }
    norm = "BatchNormalization"
    assert roles["batch_normalization.gamma"] == ("scale", "Constant(1)", norm, "parameter")
    assert roles["batch_normalization.beta"] == ("shift", "Constant(0)", norm, "parameter")
    assert roles["batch_normalization.moving_mean"] == ("statistic", "Constant(0)", norm, "buffer")
    assert roles["batch_normalization.moving_variance"][:2] == ("statistic", "Constant(1)")
    assert roles["gru.gru_cell.bias"][:2] == ("bias", "Constant(0)")
    assert roles["p_re_lu.alpha"][:2] == ("slope", "Constant(0)")
    assert [a.name for a in netinit.plan(MODEL, L.SeparableConv2D)] == [
        "separable_conv2d.depthwise_kernel",
        "separable_conv2d.pointwise_kernel",
        "separable_conv2d.bias",
    ]


def test_forget_gates_are_found():
    layer = L.LSTM(3)
    layer.build((2, 4, 5))
    netinit.initialize(layer, netinit.All, method="ForgetBias")
    forget = keras.ops.convert_to_numpy(layer.cell.bias)
    assert forget.tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "layer",
    [
        L.Conv1D(3, 3), L.Conv3D(3, 1), L.Conv1DTranspose(3, 2), L.Conv3DTranspose(3, 1),
        L.DepthwiseConv1D(2), L.SeparableConv1D(3, 2), L.SimpleRNN(3), L.ConvLSTM1D(3, 2),
        L.Embedding(5, 3), L.GroupNormalization(2), L.RMSNormalization(),
        L.SpectralNormalization(L.Dense(3)), L.Attention(use_scale=True), L.AdditiveAttention(),
        L.StackedRNNCells([L.GRUCell(2), L.LSTMCell(2)]), L.ReversibleEmbedding(5, 3),
    ],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_no_layer_of_keras_is_guessed(layer):
    name = type(layer).__name__
    axes = {"LSTM1D": 4, "1D": 3, "3D": 5, "RNN": 3, "3DTranspose": 5, "1DTranspose": 3}
    shape = (4,) * next((n for end, n in axes.items() if name.endswith(end)), 2)
    layer.build([shape, shape] if "Attention" in name else shape)
    rows = netinit.plan(layer, netinit.All).parameters
    assert len(rows) >= len(layer.trainable_variables)
    assert not [p for p in rows if p.note]
    netinit.initialize(layer, netinit.All, method="Orthogonal")


def test_layers_of_ones_own_go_by_the_names_of_keras():
    class Own(L.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(3, 30, 50), name="mixing")
            self.scale = self.add_weight(shape=(5,), name="gamma")
            self.count = self.add_weight(shape=(2, 2), name="codes", trainable=False)
            self.unnamed = self.add_weight(shape=(2,))

        def call(self, x):
            return x

    class Wide(L.Dense):
        pass

    model = keras.Sequential([keras.Input((5,)), Wide(4), Own(), Own()])
    plan = netinit.plan(model, netinit.All)
    assert plan["own.mixing"].parameter.fan_in == 90
    assert "guessed" in plan["own.mixing"].parameter.note
    assert str(plan["own_1.gamma"].initializer) == "Constant(1)"
    assert "own.codes" not in [a.name for a in plan]
    assert "own.variable" in [a.name for a in plan]
    assert plan["wide.kernel"].parameter.fan_in == 5
    assert len(netinit.plan(model, L.Dense)) == 2


def test_a_shared_layer_is_one():
    layer, given = L.Dense(4), keras.Input((4,))
    inner = keras.Sequential([given, layer], name="inner")
    model = keras.Sequential([keras.Input((4,)), layer, inner])
    plan = netinit.plan(model, netinit.All)
    assert [a.name for a in plan] == ["dense.kernel", "dense.bias"]
    assert plan[0].parameter.aliases == ("inner.dense.kernel",)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_types_are_kept(dtype):
    if keras.backend.backend() == "jax" and dtype == "float64":
        pytest.skip("JAX has none")
    layer = L.Dense(3, dtype=dtype)
    layer.build((2, 50))
    netinit.initialize(layer, netinit.All, method="Lecun")
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == dtype
    values = keras.ops.convert_to_numpy(keras.ops.cast(layer.kernel, "float32"))
    expected = netinit.create((50, 3), netinit.Normal(0, 50**-0.5), dtype=dtype, name="kernel")
    assert (values == np.asarray(expected, "f4")).all()


def test_what_is_not_built_says_how_to_build_it():
    model = keras.Sequential([L.Dense(3), L.ReLU(), L.Dense(2)])
    assert [p.name for p in netinit.plan(model).parameters] == ["dense", "dense_1"]
    message = r"shapes of 'dense', 'dense_1' are not known.*build\(input_shape\) of a Keras model"
    with pytest.raises(netinit.errors.UnresolvedShapeError, match=message):
        netinit.initialize(model)
    model.build((None, 5))
    with pytest.warns(netinit.errors.NothingToInitializeWarning, match=r"give netinit\.All"):
        netinit.initialize(model)
    assert len(netinit.plan(netinit.initialize(model, netinit.All), netinit.All)) == 4


def test_a_layer_that_a_model_never_calls_can_be_left_out():
    class Half(keras.Model):
        def __init__(self):
            super().__init__()
            self.used, self.unused = L.Dense(3), L.Dense(3)

        def call(self, x):
            return self.used(x)

    model = Half()
    model(np.ones((2, 5), "f4"))
    with pytest.raises(netinit.errors.UnresolvedShapeError, match="'dense_1'"):
        netinit.initialize(model, netinit.All)
    netinit.initialize(model, "dense.*")


def test_what_is_no_model_is_refused():
    for other in (keras.initializers.Zeros(), MODEL.layers[1].kernel):
        with pytest.raises(TypeError, match="must be a Keras model or layer, not"):
            netinit.initialize(other)


def test_inherited_seeds_are_those_of_keras():
    seeds = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        seeds.append(netinit.plan(MODEL, netinit.All, seed=netinit.Inherited).seed)
    assert seeds[0] == seeds[1] != seeds[2]


@pytest.mark.skipif(not TRAINS, reason="Keras does not train on numpy")
def test_a_trained_model_is_initialized_anew_in_part():
    digits, labels = noisy_digits(each=5)
    model = keras.Sequential(
        [keras.Input((64,)), L.Dense(20), L.BatchNormalization(), L.Dropout(0.1), L.Dense(10)]
    )
    netinit.initialize(model, netinit.All)
    fresh = bits(model)
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(True))
    model.fit(digits, labels, epochs=2, verbose=0)
    before = bits(model)
    assert not set(before.items()) & set(fresh.items())
    state = [np.asarray(keras.ops.convert_to_numpy(v)) for v in model.non_trainable_variables]
    netinit.initialize(model, ["dense_1.*", "BatchNormalization"])
    after = bits(model)
    anew = {n for n in after if n.startswith(("dense_1.", "batch_normalization."))}
    for name in after:
        assert after[name] == (fresh if name in anew else before)[name]
    seed = keras.ops.convert_to_numpy(model.non_trainable_variables[-1])
    assert (seed == state[-1]).all()
    model.fit(digits, labels, epochs=1, verbose=0)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="goes by float32 there")
def test_what_is_watched_keeps_the_types_that_numpy_computes_in():
    kept = {t: _as_numpy(np.ones(3, t)).dtype.name for t in ("float16", "float32", "float64")}
    assert kept == {"float16": "float32", "float32": "float32", "float64": "float64"}
