"""The drop-in for torch.nn.init beside torch: same errors, warnings, formulas, distributions."""

from __future__ import annotations

import math
import warnings
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")
stats = pytest.importorskip("scipy.stats")

from torch import nn  # noqa: E402

from netinit import Normal, Uniform  # noqa: E402
from netinit.torch import init  # noqa: E402
from netinit.torch.init import random  # noqa: E402

P_VALUE = 1e-4
SHAPES = [
    *[(), (0,), (5,), (4, 3), (3, 4), (0, 3), (3, 0), (0, 0), (1, 1)],
    *[(4, 3, 2), (4, 3, 3), (4, 0, 3), (4, 3, 0), (0, 3, 3), (4, 2, 3, 3), (6, 3, 2, 4)],
    *[(4, 3, 3, 0), (2, 3, 3, 3, 3), (6, 2, 2, 1, 4), (2, 2, 2, 2, 2, 2)],
]
REALS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
DTYPES = [
    *REALS,
    *(torch.complex64, torch.complex128, torch.int64, torch.bool, torch.float8_e4m3fn),
]
NAN, INF = math.nan, math.inf

#: Arguments of each function, right and wrong ones.
CALLS = {
    "uniform_": [
        *[(), (0, 1), (-2.0, -2.0), (2, 1), (NAN, 1.0), (0.0, NAN), (-INF, 0.0), (0.0, INF)],
        *[("a",), (None,), (0, "b"), (True,), (-1e5, 1e5), (-4e4, 4e4), (-3e38, 3e38), (1j,)],
        *[(0.0, 1.0, 3), (0.0, 1.0, "x"), (10**400,), (1.0001, 1.0002)],
    ],
    "normal_": [
        *[(), (1, 2), (0.0, 0.0), (0, -1), (0.0, NAN), (0.0, "s"), ("m",), (None,), (0, None)],
        *[(0.0, 1.0, 3), (1j,), (10**400,), (0.0, 10**400), (True, False)],
    ],
    "trunc_normal_": [
        *[(), (1, 1, 0, 3), (0.0, -1.0), (0, 1, 2, -2), (0.0, 1.0, 1.0, 1.0), ("m",), (0, "s")],
        *[(0.0, 1.0, NAN), (0.0, 1.0, 0.0, NAN), (0.0, 0.02), (0.0, 1.0, INF, -INF)],
        *[(0.0, 1.0, -INF, INF), (5.0, 1.0), (-5.0, 1.0), (0.0, 1.0, -2.0, 2.0, 3)],
        *[(np.array(0.5),), (0, np.array(1.0)), (0.0, 9.0, np.array(0.5)), (0.0, -1.0, 2.0, -2.0)],
        *[(0.0, 1.0, INF, INF), (0, 1, None), (0.0, 1.0, -1e6, 1e6), (0.0, 10.0, 3.0, 4.0)],
    ],
    "constant_": [(0.5,), (2,), (-INF,), (NAN,), ("v",), (None,), (1j,), (True,), (10**400,)],
    "ones_": [()],
    "zeros_": [()],
    "eye_": [()],
    "dirac_": [(), (2,), (3,), (0,), (-1,), (-2,), (2.0,), ("g",), (True,), (4,), (100,)],
    "xavier_uniform_": [(), (2.0,), (0,), (-1,), (NAN,), (INF,), ("g",), (None,), (1.0, 3)],
    "xavier_normal_": [(), (2.0,), (0,), (-1,), (NAN,), ("g",), (None,), (1.0, 3)],
    "kaiming_uniform_": [
        *[(), (1,), (0.5, "fan_out"), (0, "FAN_IN", "relu"), (0, "fan_avg"), (0, 3)],
        *[(0, "fan_in", "swish"), (0, "fan_in", []), (0, "fan_in", None), ("a",), (True,)],
        *[(0, "fan_in", "tanh"), (0, "fan_in", "Relu"), ("a", "fan_in", "selu"), (NAN,)],
        *[(1e200,), (INF,), (None,), (0, None), (0, "fan_in", "relu", 3)],
    ],
    "orthogonal_": [(), (2.0,), (0,), (-1,), (INF,), ("g",), (None,), (1, 3), (1e40,)],
    "sparse_": [
        *[(0.0,), (0.3,), (1,), (1.5,), (-0.5,), (-3,), (NAN,), (INF,), ("x",), (None,)],
        *[(0.3, 0.0), (0.3, -1), (0.3, NAN), (0.3, "s"), (0.3, 1.0, 3), (), (0.07,)],
        *[(0.3, INF), (0.3, 1e308), (0.3, 1e5), (NAN, -1)],
    ],
}
CALLS["kaiming_normal_"] = CALLS["kaiming_uniform_"]
#: What torch says where it fails and netinit works.
MENDED = ('"geqrf_cpu" not implemented for', "view size is not compatible")


def outcome(function, tensor, args):
    """Return what happens: the error or the warnings, and the tensor's values."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(tensor, *args)
        except Exception as error:
            said = str(error)
            if isinstance(error, TypeError) and "invalid combination" in said:
                said = said.partition("\n")[0]
            return (type(error).__name__, said), [str(w.message) for w in caught]
    assert result is tensor
    return None, [(w.category.__name__, str(w.message)) for w in caught]


def pairs():
    for name, calls in CALLS.items():
        for args in calls:
            yield pytest.param(name, args, id=f"{name}{args!r}"[:60])


@pytest.mark.parametrize(("name", "args"), list(pairs()))
def test_errors_and_warnings_are_equal(name, args):
    for dtype in DTYPES:
        for shape in SHAPES:
            pair = [torch.zeros(shape, dtype=dtype) for _ in range(2)]
            theirs = outcome(getattr(nn.init, name), pair[0], args)
            ours = outcome(getattr(init, name), pair[1], args)
            mended = theirs[0] is not None and theirs[0][1].startswith(MENDED)
            if mended:
                theirs = outcome(getattr(nn.init, name), torch.zeros(shape), args)
            assert ours == theirs, (dtype, shape)
            if ours[0] is None and not mended:
                same_but_for_the_draws(name, *pair)


def same_but_for_the_draws(name, theirs, ours):
    """Compare what does not depend on the draws."""
    if name in ("constant_", "ones_", "zeros_", "eye_", "dirac_"):
        assert raw(theirs) == raw(ours)
    elif theirs.dtype in REALS:
        for kind in (torch.isnan, torch.isinf):
            assert kind(theirs).all() == kind(ours).all()
        if theirs.numel() > 8 and (theirs == theirs.flatten()[0]).all():
            assert torch.equal(theirs, ours)


def raw(tensor):
    """Return bytes, so that NaN equals NaN and zeros keep their sign."""
    return bytes(tensor.flatten().view(torch.uint8).tolist())


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("value", [5, None, "tensor", [1.0]], ids=repr)
def test_what_is_no_tensor(name, value):
    args = CALLS[name][0]
    theirs = outcome(getattr(nn.init, name), value, args)
    assert theirs[0] is not None
    assert outcome(getattr(init, name), value, args) == theirs


@pytest.mark.parametrize("name", ["_no_grad_uniform_", "_no_grad_normal_", "_no_grad_fill_"])
def test_private_functions_are_as_strict(name):
    for args in [(0.0,), (0.0, -1.0), ("a", 1.0), (0.0, 1.0, 4)]:
        theirs = outcome(getattr(nn.init, name), torch.zeros(3), args)
        ours = outcome(getattr(init, name), torch.zeros(3), args)
        assert (ours[0] is None) == (theirs[0] is None)
        if theirs[0] is not None and "missing" not in theirs[0][1]:
            assert ours == theirs


@pytest.mark.parametrize("args", [("leaky_relu", True), ("leaky_relu", "a"), ("gelu",), ("ReLU",)])
def test_gains_refuse_alike(args):
    messages = []
    for module in (nn.init, init):
        with pytest.raises(ValueError, match=r"not a valid number|Unsupported") as raised:
            module.calculate_gain(*args)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


# -- formulas ---------------------------------------------------------------------------------


class Recorder:
    """Stands for a tensor and remembers what it is asked to be filled with."""

    def __init__(self, shape):
        self.shape = torch.Size(shape)

    def dim(self):
        return len(self.shape)

    def size(self, axis):
        return self.shape[axis]

    def uniform_(self, a, b, generator=None):
        self.numbers = ("uniform", a, b)
        return self

    def normal_(self, mean, std, generator=None):
        self.numbers = ("normal", mean, std)
        return self


FORMULAS = [
    *[("xavier_uniform_", (gain,)) for gain in (1.0, 0.3, 5 / 3)],
    *[("xavier_normal_", (gain,)) for gain in (1.0, 0.3, 5 / 3)],
    *[
        (f"kaiming_{distribution}_", (a, mode, nonlinearity))
        for distribution in ("uniform", "normal")
        for a in (0, 0.2, 5**0.5)
        for mode in ("fan_in", "fan_out")
        for nonlinearity in ("leaky_relu", "relu", "tanh", "linear", "selu")
    ],
]


@pytest.mark.parametrize("shape", [(3, 5), (64, 64), (6, 4, 3), (8, 3, 5, 5), (2, 7, 3, 1, 4)])
def test_standard_deviations_and_bounds_are_torchs(shape, monkeypatch):
    asked = []
    monkeypatch.setattr(
        random, "fill_", lambda tensor, initializer, _: asked.append(initializer) or tensor
    )
    for name, args in FORMULAS:
        recorder = Recorder(shape)
        getattr(nn.init, name)(recorder, *args)
        getattr(init, name)(torch.empty(shape), *args)
        kind, first, second = recorder.numbers
        expected = {"uniform": Uniform, "normal": Normal}[kind](first, second)
        assert asked.pop() == expected


# -- distributions ----------------------------------------------------------------------------


def normal_cdf(mean, std):
    return stats.norm(mean, std).cdf


def uniform_cdf(a, b):
    return stats.uniform(a, b - a).cdf


def truncated_cdf(mean, std, a, b):
    return stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std).cdf


BIG = {1: (20000,), 2: (100, 200), 3: (40, 50, 10), 4: (16, 50, 5, 5), 5: (20, 10, 4, 5, 5)}


def law(name, args, shape):
    """Return the exact distribution function of a call on a tensor of `shape`."""
    receptive = math.prod(shape[2:])
    fan_in, fan_out = shape[1] * receptive, shape[0] * receptive
    if name == "xavier_uniform_":
        bound = args[0] * math.sqrt(6 / (fan_in + fan_out))
        return uniform_cdf(-bound, bound)
    if name == "xavier_normal_":
        return normal_cdf(0, args[0] * math.sqrt(2 / (fan_in + fan_out)))
    a, mode = args
    std = math.sqrt(2 / (1 + a * a) / {"fan_in": fan_in, "fan_out": fan_out}[mode])
    if name == "kaiming_normal_":
        return normal_cdf(0, std)
    return uniform_cdf(-math.sqrt(3) * std, math.sqrt(3) * std)


LAWS = [
    ("uniform_", (), uniform_cdf(0, 1)),
    ("uniform_", (-3.5, 2.0), uniform_cdf(-3.5, 2.0)),
    ("normal_", (), normal_cdf(0, 1)),
    ("normal_", (5.0, 0.5), normal_cdf(5, 0.5)),
    ("trunc_normal_", (), truncated_cdf(0, 1, -2, 2)),
    ("trunc_normal_", (1.0, 2.0, -0.5, 2.0), truncated_cdf(1, 2, -0.5, 2)),
    ("trunc_normal_", (0.0, 10.0, -1.0, 2.0), truncated_cdf(0, 10, -1, 2)),
    ("trunc_normal_", (0.0, -1.0, -1.0, 2.0), truncated_cdf(0, 1, -1, 2)),
    ("trunc_normal_", (0.0, 1.0, 2.5, INF), truncated_cdf(0, 1, 2.5, INF)),
]
LAW_IDS = [f"{name}{args}" for name, args, _ in LAWS]


def values(function, shape, dtype, args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generator = torch.Generator().manual_seed(7)
        tensor = function(torch.empty(shape, dtype=dtype), *args, generator=generator)
    found = tensor.double().numpy().ravel()
    if dtype.itemsize > 2:
        return found
    # Spread over the interval that was rounded to each value: the laws are continuous.
    step = torch.finfo(dtype).eps * 2.0 ** np.floor(np.log2(np.abs(found) + 1e-9))
    return found + step * (np.random.default_rng(1).random(found.size) - 0.5)


@pytest.mark.parametrize("dtype", REALS, ids=str)
@pytest.mark.parametrize(("name", "args", "cdf"), LAWS, ids=LAW_IDS)
def test_distributions_are_exact(name, args, cdf, dtype):
    for shape in BIG.values():
        found = values(getattr(init, name), shape, dtype, args)
        assert stats.kstest(found, cdf).pvalue > P_VALUE


@pytest.mark.parametrize("dtype", REALS, ids=str)
@pytest.mark.parametrize(("name", "args", "cdf"), LAWS[:-1], ids=LAW_IDS[:-1])
def test_distributions_are_torchs(name, args, cdf, dtype):
    ours, theirs = (values(getattr(m, name), BIG[2], dtype, args) for m in (init, nn.init))
    assert stats.ks_2samp(ours, theirs).pvalue > P_VALUE


@pytest.mark.parametrize("dtype", REALS, ids=str)
@pytest.mark.parametrize("ndim", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        *[("xavier_uniform_", (1.0,)), ("xavier_normal_", (0.5,))],
        *[("kaiming_uniform_", (0, "fan_in")), ("kaiming_uniform_", (0.5, "fan_out"))],
        *[("kaiming_normal_", (0, "fan_in")), ("kaiming_normal_", (0.5, "fan_out"))],
    ],
)
def test_scaled_distributions_are_exact(name, args, ndim, dtype):
    shape = BIG[ndim]
    call = partial(getattr(init, name))
    found = (
        values(call, shape, dtype, args)
        if name.startswith("xavier")
        else values(call, shape, dtype, (*args, "leaky_relu"))
    )
    assert stats.kstest(found, law(name, args, shape)).pvalue > P_VALUE


@pytest.mark.parametrize("dtype", REALS, ids=str)
@pytest.mark.parametrize(("name", "args", "cdf"), LAWS[:6], ids=LAW_IDS[:6])
def test_scalars_follow_the_distribution(name, args, cdf, dtype):
    generator = torch.Generator().manual_seed(2)
    scalars = [
        float(getattr(init, name)(torch.empty((), dtype=dtype), *args, generator=generator))
        for _ in range(500)
    ]
    assert stats.kstest(scalars, cdf).pvalue > P_VALUE


@pytest.mark.parametrize("name", ["normal_", "uniform_"])
def test_complex_distributions_are_torchs(name):
    args = (0.5, 2.0)
    for part in (np.real, np.imag):
        found = [
            part(
                getattr(m, name)(
                    torch.empty(BIG[3], dtype=torch.complex64),
                    *args,
                    generator=torch.Generator().manual_seed(7),
                ).numpy()
            ).ravel()
            for m in (init, nn.init)
        ]
        assert stats.ks_2samp(*found).pvalue > P_VALUE


@pytest.mark.parametrize("shape", [(6, 6), (4, 7), (7, 4), (4, 2, 3), (5, 1, 2, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_orthogonal_matrices_are_torchs(shape, dtype):
    generator = torch.Generator().manual_seed(1)
    found = [
        np.stack(
            [
                m.orthogonal_(torch.empty(shape, dtype=dtype), 2.0, generator).flatten(1).numpy()
                for _ in range(150)
            ]
        )
        for m in (init, nn.init)
    ]
    for q in found[0][:5]:
        gram = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
        assert np.allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)
    for statistic in (lambda q: q[:, 0, 0], lambda q: q[:, -1, -1], lambda q: np.trace(q, 0, 1, 2)):
        assert stats.ks_2samp(*map(statistic, found)).pvalue > P_VALUE


@pytest.mark.parametrize("sparsity", [0.0, 0.07, 0.1, 0.5, 0.93, 1.0])
@pytest.mark.parametrize("shape", [(100, 40), (7, 300), (1, 5)])
def test_sparse_matrices(sparsity, shape):
    matrix = init.sparse_(torch.empty(shape), sparsity, 0.3, torch.Generator().manual_seed(3))
    assert (matrix == 0).sum(0).tolist() == [math.ceil(sparsity * shape[0])] * shape[1]
    theirs = nn.init.sparse_(torch.empty(shape), sparsity, 0.3)
    assert torch.equal((matrix == 0).sum(0), (theirs == 0).sum(0))
    drawn = matrix[matrix != 0].numpy()
    if drawn.size:
        assert stats.kstest(drawn, normal_cdf(0, 0.3)).pvalue > P_VALUE


def test_the_zeros_of_sparse_matrices_are_anywhere():
    matrix = init.sparse_(torch.empty(20, 5000), 0.25, generator=torch.Generator().manual_seed(4))
    by_row = (matrix == 0).sum(1).numpy()
    # Of 5000 columns each row is zero in a quarter: 1250 +- 30.6.
    assert np.abs(by_row - 1250).max() < 4.5 * 30.6


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("ndim", [3, 4, 5])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_dirac_preserves_the_input(groups, ndim, kernel):
    weight = init.dirac_(torch.empty(4 * groups, 4, *[kernel] * (ndim - 2)), groups)
    convolve = {3: nn.functional.conv1d, 4: nn.functional.conv2d, 5: nn.functional.conv3d}[ndim]
    x = torch.rand(2, 4 * groups, *[6] * (ndim - 2))
    assert torch.equal(convolve(x, weight, padding=kernel // 2, groups=groups), x)
    assert weight.sum() == 4 * groups
