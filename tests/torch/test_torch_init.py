"""The drop-in for torch.nn.init: names, signatures, gains, generators, and what is filled how."""

from __future__ import annotations

import inspect
import math
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from netinit import Normal, Stream  # noqa: E402
from netinit.arrays.slice import Slice  # noqa: E402
from netinit.torch import init  # noqa: E402
from netinit.torch.init.theirs import THEIRS  # noqa: E402
from tests.torch.init_calls import RANDOM  # noqa: E402

HALVES = [torch.float16, torch.bfloat16]
REALS = [torch.float32, torch.float64, *HALVES]
COMPLEX = [torch.complex64, torch.complex128]

PRIVATE = [
    "_calculate_correct_fan",
    "_calculate_fan_in_and_fan_out",
    "_no_grad_fill_",
    "_no_grad_normal_",
    "_no_grad_trunc_normal_",
    "_no_grad_uniform_",
    "_no_grad_zero_",
]
DEPRECATED = [name for name in nn.init.__all__ if f"{name}_" in nn.init.__all__]


def draw(name, tensor, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return getattr(init, name)(tensor, *RANDOM[name], generator=generator, **options)


# -- names and signatures ---------------------------------------------------------------------


def test_every_public_name_is_there():
    assert set(nn.init.__all__) | {"installed"} == set(init.__all__)


@pytest.mark.parametrize("name", [*nn.init.__all__, *PRIVATE])
def test_signatures_are_equal(name):
    ours, theirs = (inspect.signature(getattr(m, name)) for m in (init, nn.init))
    described = [
        [(p.name, p.kind, p.default) for p in s.parameters.values()] for s in (ours, theirs)
    ]
    assert described[0] == described[1]
    assert getattr(init, name).__name__ == name


@pytest.mark.parametrize("name", [n for n in nn.init.__all__ if n.endswith("_")])
def test_functions_are_documented(name):
    text = inspect.getdoc(getattr(init, name))
    assert "Examples\n--------" in text
    assert THEIRS.__dict__[name].__doc__ not in text


@pytest.mark.parametrize("name", DEPRECATED)
def test_deprecated_names_warn_and_work(name):
    assert len(DEPRECATED) == 11
    shape = (4, 4, 3) if name == "dirac" else (4, 4)
    args = {"constant": (0.5,), "sparse": (0.5,)}.get(name, ())
    torch.manual_seed(3)
    with pytest.warns(FutureWarning) as caught:
        old = getattr(init, name)(torch.empty(shape), *args)
    (record,) = caught
    assert record.filename == __file__
    expected = f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`."
    assert str(record.message) == expected
    torch.manual_seed(3)
    assert torch.equal(old, getattr(init, f"{name}_")(torch.empty(shape), *args))


# -- gains and fans ---------------------------------------------------------------------------

NONLINEARITIES = [
    *("linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"),
    *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
]


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
@pytest.mark.parametrize("param", [None, 0, 0.2, -3, 10])
def test_gains_are_equal(nonlinearity, param):
    ours = init.calculate_gain(nonlinearity, param)
    theirs = nn.init.calculate_gain(nonlinearity, param)
    assert ours == theirs
    assert type(ours) is type(theirs)


@pytest.mark.parametrize(
    "shape", [(3, 5), (4, 2, 3), (4, 2, 3, 5), (1, 2, 3, 4, 5), (0, 3), (2, 0)]
)
def test_fans_are_equal(shape):
    tensor = torch.empty(shape)
    fans = init._calculate_fan_in_and_fan_out(tensor)
    assert fans == nn.init._calculate_fan_in_and_fan_out(tensor)
    for mode, fan in zip(("fan_in", "FAN_OUT"), fans, strict=True):
        assert init._calculate_correct_fan(tensor, mode) == fan


# -- generators and seeds ---------------------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
def test_values_are_the_generators(name):
    first, again, other = (draw(name, torch.empty(20, 30), seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first == 0, other == 0) or name != "sparse_"


@pytest.mark.parametrize("name", RANDOM)
def test_the_default_generator_is_the_one_without(name):
    function = getattr(init, name)
    torch.manual_seed(5)
    first, second = (function(torch.empty(9, 7), *RANDOM[name]) for _ in range(2))
    assert torch.equal(first, draw(name, torch.empty(9, 7), 5))
    assert not torch.equal(first, second)
    torch.manual_seed(5)
    assert torch.equal(first, function(torch.empty(9, 7), *RANDOM[name]))


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_of_ones_own_leaves_the_default_one_alone(name):
    state = torch.get_rng_state()
    draw(name, torch.empty(9, 7))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", RANDOM)
def test_every_call_advances_the_generator_alike(name):
    states = []
    for shape in [(2, 3), (50, 60)]:
        generator = torch.Generator().manual_seed(4)
        getattr(init, name)(torch.empty(shape), *RANDOM[name], generator=generator)
        states.append(generator.get_state())
    assert torch.equal(*states)


def test_a_prefix_of_rows_does_not_depend_on_their_number():
    long, short = (draw("normal_", torch.empty(rows, 6)) for rows in (100, 7))
    assert torch.equal(long[:7], short)


def test_the_stream_is_two_numbers_of_the_generator():
    tensor = draw("normal_", torch.empty(5, 7), 8)
    words = torch.empty(2, dtype=torch.int64).random_(generator=torch.Generator().manual_seed(8))
    expected = np.empty((5, 7), np.float32)
    Normal(1, 2).fill(Slice(expected, "float32"), Stream.from_key(*words.tolist()))
    assert np.array_equal(tensor.numpy(), expected)


# -- dtypes and layouts -----------------------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("dtype", REALS, ids=str)
def test_values_do_not_depend_on_strides(name, dtype):
    plain = draw(name, torch.empty(12, 10, dtype=dtype))
    wide = torch.zeros(24, 31, dtype=dtype)
    views = {
        "transposed": torch.empty(10, 12, dtype=dtype).t(),
        "strided": wide[1::2, 1::3],
        "as_strided": torch.empty(300, dtype=dtype).as_strided((12, 10), (1, 20)),
    }
    for view in views.values():
        assert draw(name, view) is view
        assert torch.equal(view, plain)
    assert torch.count_nonzero(wide) <= 120


@pytest.mark.parametrize("name", [name for name in RANDOM if name != "sparse_"])
@pytest.mark.parametrize(
    ("shape", "memory_format"),
    [((6, 4, 3, 5), torch.channels_last), ((6, 4, 3, 2, 2), torch.channels_last_3d)],
)
def test_values_do_not_depend_on_memory_format(name, shape, memory_format):
    tensor = torch.empty(shape).to(memory_format=memory_format)
    assert draw(name, tensor) is tensor
    assert tensor.is_contiguous(memory_format=memory_format)
    assert torch.equal(tensor, draw(name, torch.empty(shape)))


UNBOUNDED = ["normal_", "xavier_normal_", "kaiming_normal_", "orthogonal_", "sparse_"]


@pytest.mark.parametrize("name", UNBOUNDED)
@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_half_precision_is_single_precision_rounded_once(name, dtype):
    half, single = (draw(name, torch.empty(30, 20, dtype=d)) for d in (dtype, torch.float32))
    assert torch.equal(half, single.to(dtype))


@pytest.mark.parametrize("name", ["uniform_", "normal_", "trunc_normal_"])
def test_scalars(name):
    scalar = draw(name, torch.empty(()))
    assert scalar.shape == ()
    assert scalar == draw(name, torch.empty(1))


@pytest.mark.parametrize("dtype", COMPLEX, ids=str)
def test_complex_numbers(dtype):
    z = init.normal_(torch.empty(200, 200, dtype=dtype), 1.0, 2.0, torch.Generator())
    for part in (z.real, z.imag):
        assert float(part.mean()) == pytest.approx(1, abs=0.03)
        assert float(part.std()) == pytest.approx(math.sqrt(2), abs=0.02)
    assert abs(float(torch.corrcoef(torch.stack([z.real.ravel(), z.imag.ravel()]))[0, 1])) < 0.02
    z = init.uniform_(z, 2, 3)
    assert all(((part >= 2) & (part < 3)).all() for part in (z.real, z.imag))
    z = init.sparse_(z, 0.3)
    assert ((z.real == 0) == (z.imag == 0)).all()
    assert ((z == 0).sum(0) == 60).all()
    conjugate = torch.empty(200, 200, dtype=dtype).conj()
    assert torch.equal(draw("normal_", conjugate), draw("normal_", z))


# -- autograd ---------------------------------------------------------------------------------


ALL = {
    **RANDOM,
    **{"constant_": (0.5,), "ones_": (), "zeros_": (), "eye_": ()},
}


@pytest.mark.parametrize("name", ALL)
def test_parameters_are_written_outside_of_autograd(name):
    parameter = nn.Parameter(torch.full((6, 5), 7.0))
    version = parameter._version
    assert getattr(init, name)(parameter, *ALL[name]) is parameter
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert parameter.grad_fn is None
    assert parameter._version > version
    (parameter.sum() * 2).backward()
    assert (parameter.grad == 2).all()
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", ALL)
def test_a_write_is_seen_by_autograd(name):
    weight = torch.rand(6, 5)
    factor = torch.ones(6, 5, requires_grad=True)
    product = (weight * factor).sum()
    getattr(init, name)(weight, *ALL[name])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()


@pytest.mark.parametrize("name", ALL)
def test_views_of_parameters(name):
    parameter = nn.Parameter(torch.full((8, 5), 7.0))
    getattr(init, name)(parameter[2:], *ALL[name])
    assert (parameter[:2] == 7).all()
    assert not (parameter[2:] == 7).any()


@pytest.mark.parametrize("name", ALL)
def test_no_grad_stays_as_it_was(name):
    with torch.no_grad():
        getattr(init, name)(nn.Parameter(torch.empty(6, 5)), *ALL[name])
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        tensor = getattr(init, name)(torch.full((6, 5), 7.0), *ALL[name])
    assert tensor.is_inference()
    assert not (tensor == 7).any()


# -- what torch cannot do ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", REALS, ids=str)
@pytest.mark.parametrize(("a", "b"), [(6, 7), (-40, -39.5), (9, math.inf), (-1e30, -20)])
def test_far_tails(dtype, a, b):
    with pytest.warns(UserWarning, match="mean is more than 2 std from") as caught:
        w = init.trunc_normal_(torch.empty(500, dtype=dtype), a=a, b=b)
    assert caught[0].filename == __file__
    assert ((a <= w) & (w <= b)).all()
    near = min(abs(a), abs(b))  # the tail beyond a bound t has the mean t + 1/t, nearly
    room = 0.05 if dtype in HALVES else 0.01
    assert abs(float(w.double().mean())) == pytest.approx(near + 1 / near, abs=room + 0.3 / near)


@pytest.mark.parametrize(("mean", "value"), [(0.5, 0.5), (5, 2), (-5, -2)])
def test_truncation_without_spread(mean, value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        w = init.trunc_normal_(torch.empty(5), mean, 0.0)
        assert (w == value).all()
        uniform = init.trunc_normal_(torch.empty(5000), mean, math.inf, generator=torch.Generator())
    assert -2 <= uniform.min() < -1.9
    assert 1.9 < uniform.max() <= 2


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("shape", [(9, 16), (16, 9), (12, 2, 3, 3)])
def test_orthogonal_in_half_precision(dtype, shape):
    w = init.orthogonal_(torch.empty(shape, dtype=dtype)).flatten(1).double()
    gram = w @ w.t() if w.shape[0] <= w.shape[1] else w.t() @ w
    assert torch.allclose(gram, torch.eye(len(gram), dtype=torch.float64), atol=0.02)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_truncation_refuses(number):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="mean must be a finite number"):
            init.trunc_normal_(torch.empty(3), number)
    with pytest.raises(ValueError, match="std must be a finite number, not nan"):
        init.trunc_normal_(torch.empty(3), 0, math.nan)
