"""What is refused is refused before the first element is written."""

import numpy as np
import pytest

import netinit
from netinit import initializers as init
from netinit.initializers import quantile


class Failing:
    """A distribution whose quantile function fails when it is asked for the second time."""

    def __init__(self, result):
        self.result, self.calls = result, 0

    def ppf(self, q):
        self.calls += q.size > 0
        if self.calls < 2:
            return q
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(q)


REFUSED = {
    "delta": (init.DeltaOrthogonal(1e39), (3, 4, 4), "f4"),
    "delta half": (init.DeltaOrthogonal(1e5), (3, 4, 4), "f2"),
    "eye": (init.Eye(1e5), (3, 3), "f2"),
    "parts": (init.Parts([netinit.Normal(), netinit.Constant(1e39)]), (8, 3), "f4"),
    "identity": (init.Identity(netinit.Constant(1e39)), (4, 4), "f4"),
    "orthogonal": (init.Orthogonal(1e39), (4, 4), "f4"),
    "sparse": (init.Sparse(0.5, netinit.Constant(1e39)), (4, 4), "f4"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_numbers_out_of_range(what):
    initializer, shape, dtype = REFUSED[what]
    out = np.full(shape, 7, dtype)
    with pytest.raises(ValueError, match=r"must be at most|do not fit"):
        netinit.fill(out, initializer, name="w")
    assert (out == 7).all()


@pytest.mark.parametrize("initializer", [init.Identity(netinit.Normal()), init.Dirac()])
def test_more_axes_than_can_be_named(initializer):
    try:
        out = np.full((1,) * 62 + (2, 2), 7, "f4")
    except ValueError:
        pytest.skip("numpy has no arrays of 64 axes")
    with pytest.raises(ValueError, match="at most 63 axes"):
        netinit.fill(out, initializer, name="w")
    assert (out == 7).all()


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (ValueError("no"), ValueError),
        (TypeError("no"), TypeError),
        (lambda q: q[1:], ValueError),
        (lambda q: q * np.nan, ValueError),
    ],
)
def test_a_quantile_that_fails_in_a_later_part(monkeypatch, result, error):
    monkeypatch.setattr(quantile, "_CHUNK", 100)
    out = np.full((40, 5), 7.0)
    with pytest.raises(error):
        netinit.fill(out, init.Quantile(Failing(result)), name="w")
    assert (out == 7).all()


@pytest.mark.parametrize("shape", [(300,), (40, 5), (3, 300), (2, 3, 70), (7, 1, 90)])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_a_quantile_in_parts_is_the_whole(monkeypatch, shape, dtype):
    class Same:
        def ppf(self, q):
            return q

    expected = netinit.fill(np.empty(shape, dtype), Same(), name="w")
    monkeypatch.setattr(quantile, "_CHUNK", 16)
    assert np.array_equal(netinit.fill(np.empty(shape, dtype), Same(), name="w"), expected)
    start = tuple(n // 3 for n in shape)
    part = np.empty(tuple(n - i for n, i in zip(shape, start, strict=True)), dtype)
    netinit.fill(part, Same(), name="w", shape=shape, start=start)
    assert np.array_equal(part, expected[tuple(slice(i, None) for i in start)])
