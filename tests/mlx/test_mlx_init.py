"""netinit's initializers beside MLX's own: names, numbers, distributions, errors, seeds."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

mx = pytest.importorskip("mlx.core")
stats = pytest.importorskip("scipy.stats")

from mlx import nn  # noqa: E402
from mlx.nn import init as theirs  # noqa: E402

import netinit  # noqa: E402
from netinit.catalogue.equivalents import PEERS  # noqa: E402
from netinit.mlx import init  # noqa: E402

NAN, INF = math.nan, math.inf
SHAPES = [(), (5,), (0,), (3, 4), (0, 3), (3, 0), (4, 3, 2), (4, 3, 2, 5)]
DTYPES = [mx.float32, mx.float16, mx.bfloat16, mx.float64, mx.complex64, mx.int32]
#: Every function with its arguments, right and wrong ones, and those of what it returns.
CALLS = {
    "normal": [
        *[(), (1.0, 2.0), (0, 0), (0, -1.0), (0, NAN), (0.0, INF), (1e39,), ("m",), (0, None)],
        *[(None, 1.0)],
    ],
    "uniform": [
        *[(), (-1.0, 2), (2.0, 2.0), (2.0, 1.0), (0.0, INF), (NAN,), ("l",), (0, None)],
    ],
    "glorot_normal": [()],
    "glorot_uniform": [()],
    "he_normal": [()],
    "he_uniform": [()],
    "sparse": [(0.0,), (0.3,), (1,), (1.5,), (-0.5,), (0.3, 1.0, 0.1), (0.5, 0, -1.0), ("s",)],
    "orthogonal": [(), (2.0,), (0,), (-1.0,), ("g",)],
    "constant": [(0.5,), (2,), ("v",)],
    "identity": [()],
}
FURTHER = {
    "glorot": [(), (2.0,), (0.0,), (-1.0,), ("g",), (None,)],
    "he": [(), ("fan_out",), ("fan_out", 3.0), ("fan_avg",), (None,), ("fan_in", "g")],
}
CASES = [
    (name, arguments, further)
    for name, each in CALLS.items()
    for arguments in each
    for further in FURTHER.get(name.partition("_")[0], [()])
]


def made(module, name, arguments, further, shape, dtype=mx.float32):
    result = getattr(module, name)(*arguments, dtype=dtype)(mx.zeros(shape), *further)
    mx.eval(result)
    return result


def outcome(*call):
    """Return what a call gives: shape and dtype, or its error."""
    try:
        result = made(*call)
    except Exception as error:
        return type(error).__name__, str(error)
    return result.shape, result.dtype


def numpy_of(array):
    return np.array(array.astype(mx.float32)).astype("f8")


def test_names_and_signatures_are_those_of_mlx():
    public = {
        name
        for name, value in vars(theirs).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    assert set(init.__all__) == public == set(PEERS["mlx.nn.init"])
    for name in public:
        for pair in (
            [getattr(module, name) for module in (init, theirs)],
            [getattr(module, name)(*CALLS[name][0]) for module in (init, theirs)],
        ):
            ours, expected = (inspect.signature(each).parameters.values() for each in pair)
            assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in expected]


@pytest.mark.parametrize(("name", "arguments", "further"), CASES, ids=str)
def test_errors_shapes_and_dtypes_are_those_of_mlx(name, arguments, further):
    for dtype in DTYPES:
        for shape in SHAPES:
            expected = outcome(theirs, name, arguments, further, shape, dtype)
            found = outcome(init, name, arguments, further, shape, dtype)
            if found == expected:
                continue
            # MLX draws no uniform float64; its QR and sort take no matrix without elements.
            assert found == (shape, dtype), (dtype, shape, found, expected)
            assert dtype == mx.float64 or (name in ("orthogonal", "sparse") and 0 in shape)


@pytest.mark.parametrize(("name", "arguments", "further"), CASES, ids=str)
@pytest.mark.parametrize("shape", [(90, 160), (12, 3, 5, 80)])
def test_values_are_distributed_as_those_of_mlx(name, arguments, further, shape):
    mx.random.seed(5)
    if name == "orthogonal" or isinstance(outcome(theirs, name, arguments, further, shape)[0], str):
        return
    expected, found = (
        numpy_of(made(module, name, arguments, further, shape)).ravel() for module in (theirs, init)
    )
    if not np.isfinite(expected).all():
        assert not np.isfinite(found).any()
    elif expected.std() == 0 or name in ("constant", "identity"):
        assert np.array_equal(found, expected, equal_nan=True)
    else:
        assert stats.ks_2samp(found, expected).pvalue > 1e-4


@pytest.mark.parametrize("dtype", [mx.float64, mx.float16, mx.bfloat16], ids=str)
@pytest.mark.parametrize("name", ["normal", "uniform", "glorot_normal", "he_uniform"])
def test_other_dtypes_hold_the_same_distribution(name, dtype):
    mx.random.seed(6)
    wide, narrow = (numpy_of(made(init, name, (), (), (200, 300), d)) for d in (mx.float32, dtype))
    assert narrow.std() == pytest.approx(wide.std(), rel=0.02)
    assert abs(narrow.mean() - wide.mean()) < 0.02 * wide.std()


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2)])
def test_orthogonal_matrices_are_distributed_as_those_of_mlx(shape):
    mx.random.seed(7)
    entries = [
        [numpy_of(made(m, "orthogonal", (2.0,), (), shape)).ravel()[[0, -1]] for _ in range(300)]
        for m in (theirs, init)
    ]
    for pair in np.transpose(entries, (2, 0, 1)):
        assert stats.ks_2samp(*pair).pvalue > 1e-4


@pytest.mark.parametrize("sparsity", [0.0, 0.07, 0.3, 0.5, 1.0, 1.5, -0.4])
@pytest.mark.parametrize("dtype", [mx.float32, mx.bfloat16], ids=str)
def test_each_row_has_as_many_zeros_as_mlx_gives_it(sparsity, dtype):
    zeros = [
        (numpy_of(made(module, "sparse", (sparsity,), (), (20, 15), dtype)) == 0).sum(axis=1)
        for module in (init, theirs)
    ]
    np.testing.assert_array_equal(*zeros)


def test_the_places_of_zeros_are_spread_evenly():
    mx.random.seed(8)
    count = np.zeros(10)
    for _ in range(20):
        count += (numpy_of(made(init, "sparse", (0.3,), (), (100, 10))) == 0).sum(axis=0)
    assert stats.chisquare(count).pvalue > 1e-4


# -- seeds and memory -------------------------------------------------------------------------


def test_the_seed_of_mlx_governs_the_values():
    def two():
        return [np.array(made(init, "normal", (), (), (30, 40))) for _ in range(2)]

    mx.random.seed(11)
    first = two()
    after = np.array(mx.random.uniform(shape=(3,)))
    mx.random.seed(11)
    np.testing.assert_array_equal(first, two())
    np.testing.assert_array_equal(after, np.array(mx.random.uniform(shape=(3,))))
    assert (first[0] != first[1]).any()


def test_a_call_advances_the_state_as_mlx_does():
    states = []
    for module in (theirs, init):
        mx.random.seed(11)
        made(module, "normal", (), (), (30, 40))
        states.append(np.array(mx.random.uniform(shape=(3,))))
    np.testing.assert_array_equal(*states)


def test_values_are_those_of_a_stream_at_the_key():
    mx.random.seed(11)
    key = np.array(mx.random.split(mx.random.state[0])[1])
    found = made(init, "normal", (), (), (30, 40))
    stream = netinit.Stream.from_key(int(key[0]) << 32 | int(key[1]))
    want = np.empty((30, 40), "f4")
    netinit.Normal().fill(netinit.arrays.slice.Slice(want, "float32"), stream)
    np.testing.assert_array_equal(np.array(found), want)


def test_models_are_initialized_by_apply():
    model = nn.Sequential(nn.Linear(100, 200), nn.ReLU(), nn.Linear(200, 10))
    glorot = init.glorot_uniform()
    model.apply(lambda a: glorot(a) if a.ndim == 2 else a)
    bound = math.sqrt(6 / 300)
    weight = np.array(model.layers[0].weight)
    assert bound * 0.99 < np.abs(weight).max() <= bound


def test_in_a_compiled_function_values_are_mlx_own():
    def draw(a):
        return init.normal()(a)

    compiled = mx.compile(draw, inputs=mx.random.state, outputs=mx.random.state)
    mx.random.seed(3)
    pair = [np.array(compiled(mx.zeros((4,)))) for _ in range(2)]
    mx.random.seed(3)
    np.testing.assert_array_equal(pair[0], np.array(theirs.normal()(mx.zeros((4,)))))
    assert (pair[0] != pair[1]).any()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "complex64"])
def test_arrays_are_filled_where_they_lie(dtype):
    out = mx.zeros((4, 6), dtype=getattr(mx, dtype))
    view = memoryview(out)
    assert netinit.fill(out, 1.0, name="w") is out
    want = netinit.create((4, 6), 1.0, name="w", dtype=dtype, seed=1234)
    assert bytes(view) == want.tobytes()
    assert bytes(memoryview(out)) == want.tobytes()


def test_arrays_that_cannot_be_filled_are_refused():
    with pytest.raises(ValueError, match="out overlaps itself"):
        netinit.fill(mx.broadcast_to(mx.zeros((4,)), (3, 4)), 1.0)
    with pytest.raises(ValueError, match="of bfloat16, must be contiguous"):
        netinit.fill(mx.zeros((3, 4), dtype=mx.bfloat16).T, 1.0)
    with pytest.raises(TypeError, match=r"dtype float32, .*, not int32"):
        netinit.fill(mx.zeros((3,), dtype=mx.int32), 1.0)
