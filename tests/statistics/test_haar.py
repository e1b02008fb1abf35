"""Orthogonal matrices have the Haar measure: traces, determinants, angles, entries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from netinit import _core as core
from tests.statistics.measures import KS_LIMIT, STREAM, Z_LIMIT

COUNT = 1 << 15


def stack(rows: int, columns: int, count: int = COUNT, dtype: str = "float64") -> np.ndarray:
    """Return matrices as float64."""
    out = np.empty((count, rows, columns), dtype)
    core.orthogonal(out, dtype, *STREAM, 1.0)
    return out.astype(np.float64)


def ks(values: np.ndarray, cdf) -> float:
    """Return sqrt(n) times the largest distance from a distribution function."""
    expected = np.sort(cdf(values))
    steps = np.arange(len(values) + 1) / len(values)
    distance = max(np.max(steps[1:] - expected), np.max(expected - steps[:-1]))
    return math.sqrt(len(values)) * float(distance)


def entry_cdf(n: int):
    """Return the distribution function of an entry's square: Beta(1/2, (n - 1)/2)."""
    return lambda square: special.betainc(0.5, (n - 1) / 2, np.minimum(square, 1.0))


def score(values: np.ndarray, mean: float) -> float:
    return float((values.mean() - mean) / (values.std() / math.sqrt(len(values))))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [2, 3, 8])
def test_determinants_of_both_signs(n, dtype):
    determinants = np.linalg.det(stack(n, n, dtype=dtype))
    assert np.allclose(np.abs(determinants), 1, atol=1e-5)
    assert abs((determinants > 0).sum() - COUNT / 2) / math.sqrt(COUNT / 4) < Z_LIMIT


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [8, 70])
def test_traces_of_powers(n, dtype):
    """E[tr Q^k] is 0 for odd k, 1 for even; the variance is k, k - 1 for n >= 2 k.

    Diaconis and Shahshahani, J. Appl. Probab. 31A, 1994, theorem 4: the joint moments are those
    of independent normals of mean (k even) and variance k, exactly, up to a degree of n / 2.
    """
    q = stack(n, n, COUNT if n < 64 else 4000, dtype)
    power = q
    for k in range(1, 5):
        traces = np.trace(power, axis1=1, axis2=2)
        even = float(k % 2 == 0)
        assert abs(score(traces, even)) < Z_LIMIT
        if 2 * k <= n / 2:
            assert abs(score((traces - even) ** 2, k)) < Z_LIMIT
        power = power @ q


@pytest.mark.parametrize(("n", "k"), [(3, 3), (9, 9), (12, 5), (5, 12), (130, 100), (100, 130)])
def test_single_entries(n, k):
    long, count = max(n, k), COUNT if n < 64 else 3000
    q = stack(n, k, count)
    places = [(0, 0), (n - 1, k - 1), (n // 2, 0), (0, k // 2), (n - 1, 0), (0, k - 1)]
    for i, j in places:
        entries = q[:, i, j]
        assert ks(entries**2, entry_cdf(long)) < KS_LIMIT
        assert abs((entries > 0).sum() - count / 2) / math.sqrt(count / 4) < Z_LIMIT


@pytest.mark.parametrize(("n", "k"), [(12, 5), (130, 100)])
def test_rows_of_a_tall_matrix(n, k):
    """A row's squared length is Beta(k / 2, (n - k) / 2)."""
    q = stack(n, k, COUNT if n < 64 else 3000)
    for i in (0, k - 1, k, n - 1):
        lengths = (q[:, i] ** 2).sum(axis=1)
        assert ks(lengths, lambda x: special.betainc(k / 2, (n - k) / 2, x)) < KS_LIMIT


@pytest.mark.parametrize("n", [4, 9])
def test_the_measure_is_invariant(n):
    """U Q V has the entries' distribution for fixed orthogonal U and V."""
    u, v = (np.linalg.qr(np.random.default_rng(n + i).standard_normal((n, n)))[0] for i in (0, 1))
    turned = u @ stack(n, n) @ v
    for i, j in ((0, 0), (n - 1, 1)):
        assert ks(turned[:, i, j] ** 2, entry_cdf(n)) < KS_LIMIT


def test_eigenvalue_angles_repel():
    """Angles of O(8), and the gaps between them, are those of scipy's Haar matrices."""
    stats = pytest.importorskip("scipy.stats")
    other = stats.ortho_group.rvs(8, size=20_000, random_state=np.random.default_rng(1))

    def angles_and_gaps(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        angles = np.sort(np.angle(np.linalg.eigvals(q)), axis=1)
        return angles[:, 6], np.diff(angles, axis=1)[:, 3]

    for ours, theirs in zip(angles_and_gaps(stack(8, 8)), angles_and_gaps(other), strict=True):
        result = stats.ks_2samp(ours, theirs)
        size = math.sqrt(len(ours) * len(theirs) / (len(ours) + len(theirs)))
        assert size * result.statistic < KS_LIMIT
    determinant_one = np.linalg.det(stack(8, 8)) > 0
    conditional = angles_and_gaps(stack(8, 8)[determinant_one])[0]
    assert stats.ks_2samp(conditional, angles_and_gaps(other)[0]).pvalue < 1e-6  # it has power


def test_matrices_of_a_stack_are_independent():
    q = stack(6, 6)
    traces = np.einsum("gij,gij->g", q[::2], q[1::2])
    assert abs(score(traces, 0.0)) < Z_LIMIT
    assert abs(score(traces**2, 1.0)) < Z_LIMIT
