"""netinit's initializers where Paddle takes one: layers, attributes, lazy tensors, programs."""

from __future__ import annotations

import numpy as np
import pytest

paddle = pytest.importorskip("paddle")

import netinit  # noqa: E402
from netinit.paddle import init, initializer  # noqa: E402
from netinit.paddle.arrays import as_array  # noqa: E402


def test_layers_take_them_as_attributes():
    attr = paddle.ParamAttr(initializer=initializer.KaimingNormal(nonlinearity="relu"))
    layer = paddle.nn.Conv2D(16, 32, 3, weight_attr=attr, bias_attr=initializer.Constant(0.5))
    assert float(layer.weight.std()) == pytest.approx((2 / 144) ** 0.5, rel=0.05)
    assert not layer.weight.stop_gradient
    assert (layer.bias == 0.5).all()
    layer(paddle.ones([1, 16, 5, 5])).sum().backward()
    assert layer.weight.grad is not None


def test_a_global_initializer_is_what_layers_get():
    initializer.set_global_initializer(initializer.Uniform(2, 3), initializer.Constant(4.0))
    try:
        layer = paddle.nn.Linear(30, 40)
    finally:
        initializer.set_global_initializer(None)
    assert bool(((layer.weight >= 2) & (layer.weight < 3)).all())
    assert (layer.bias == 4).all()


@pytest.mark.parametrize("name", ["Normal", "KaimingUniform", "XavierNormal"])
def test_lazy_tensors_are_drawn_when_they_are_initialized(name):
    rule = getattr(initializer, name)()
    with paddle.LazyGuard():
        layer = paddle.nn.Linear(30, 40, weight_attr=rule)
    assert not layer.weight._is_initialized()
    with pytest.raises(
        ValueError, match=r"no memory yet, as under paddle.LazyGuard: call its init"
    ):
        netinit.fill(layer.weight, 1.0)
    paddle.seed(3)
    layer.weight.initialize()
    paddle.seed(3)
    same = paddle.nn.Linear(30, 40, weight_attr=rule)
    assert (layer.weight == same.weight).all()


def test_programs_are_left_to_paddle():
    paddle.enable_static()
    try:
        program, start = paddle.static.Program(), paddle.static.Program()
        with paddle.static.program_guard(program, start):
            weight = paddle.create_parameter(
                [30, 40], "float32", default_initializer=initializer.Normal(2.0, 0.1)
            )
            executor = paddle.static.Executor(paddle.CPUPlace())
            executor.run(start)
            (values,) = executor.run(program, fetch_list=[weight])
    finally:
        paddle.disable_static()
    assert values.mean() == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("name", ["uniform_", "normal_", "trunc_normal_", "orthogonal_"])
def test_functions_fill_as_their_classes_do(name):
    classes = {"trunc_normal_": "TruncatedNormal"}
    options = {"low": 0.0} if name == "uniform_" else {}
    pair = [paddle.empty([30, 40]) for _ in range(2)]
    paddle.seed(3)
    assert getattr(init, name)(pair[0]) is None
    paddle.seed(3)
    getattr(initializer, classes.get(name, name[:-1].title()))(**options)(pair[1])
    assert (pair[0] == pair[1]).all()


@pytest.mark.parametrize(
    ("name", "arguments", "same"),
    [
        (
            "kaiming_normal_",
            (0.3, "fan_out"),
            ("KaimingNormal", None, 0.3, "leaky_relu", "fan_out"),
        ),
        ("kaiming_uniform_", (), ("KaimingUniform", None, 0.0, "relu", "fan_in")),
        ("xavier_normal_", (2.0, 5, 6), ("XavierNormal", 5, 6, 2.0)),
        ("xavier_uniform_", (2.0,), ("XavierUniform", None, None, 2.0)),
    ],
)
def test_scaled_functions_hand_their_arguments_on(name, arguments, same):
    pair = [paddle.empty([30, 40, 3]) for _ in range(2)]
    paddle.seed(3)
    getattr(init, name)(pair[0], *arguments)
    paddle.seed(3)
    getattr(initializer, same[0])(*same[1:])(pair[1])
    assert (pair[0] == pair[1]).all()


# -- netinit.fill -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "float8_e4m3fn"])
def test_tensors_are_filled_where_they_lie(dtype):
    tensor = paddle.zeros([4, 6], dtype="float32").astype(dtype)
    memory, name = as_array(tensor)
    assert name == dtype
    assert memory.__array_interface__["data"][0] == tensor.data_ptr()
    version = tensor.inplace_version
    assert netinit.fill(tensor, 1.0, name="w") is tensor
    assert tensor.inplace_version == version + 1
    want = netinit.create((4, 6), 1.0, name="w", dtype=dtype, seed=1234)
    assert memory.tobytes() == want.tobytes()


def test_parameters_and_views_are_filled_where_they_lie():
    weight = paddle.nn.Linear(4, 6).weight
    address = weight.data_ptr()
    netinit.fill(weight, 1.0, name="w")
    assert weight.data_ptr() == address
    np.testing.assert_array_equal(weight.numpy(), netinit.create((4, 6), 1.0, name="w"))
    whole = paddle.zeros([6, 4])
    netinit.fill(whole.T, 1.0, name="w")
    np.testing.assert_array_equal(whole.numpy().T, netinit.create((4, 6), 1.0, name="w"))


def test_integers_are_refused():
    with pytest.raises(TypeError, match=r"dtype float32, .*, not int32"):
        netinit.fill(paddle.zeros([3], dtype="int32"), 1.0)
