"""What `seed=` accepts."""

from __future__ import annotations

import random

import numpy as np
import pytest

import netinit
from netinit.streams.seeds import numpy_global_seed, resolve_seed


def never():
    raise AssertionError("the global generator must not be asked")


@pytest.mark.parametrize("seed", [0, 1234, -5, 2**200, "", "text", "1234", np.int64(7)])
def test_integers_and_texts_stand_for_themselves(seed):
    assert resolve_seed(seed, never) == seed
    assert type(resolve_seed(seed, never)) in (int, str)


@pytest.mark.parametrize("seed", [None, netinit.Automatic])
def test_automatic_differs_at_every_call(seed):
    seeds = {resolve_seed(seed, never) for _ in range(100)}
    assert len(seeds) == 100
    assert all(0 <= s < 2**63 for s in seeds)


def test_inherited_asks_the_global_generator():
    assert resolve_seed(netinit.Inherited, lambda: 42) == 42
    state = np.random.get_state()
    try:
        np.random.seed(3)
        first = [numpy_global_seed() for _ in range(3)]
        np.random.seed(3)
        assert [numpy_global_seed() for _ in range(3)] == first
        assert len(set(first)) == 3
    finally:
        np.random.set_state(state)


@pytest.mark.parametrize(
    "make", [np.random.default_rng, np.random.RandomState, random.Random], ids=repr
)
def test_generators_are_advanced(make):
    generator = make(5)
    drawn = [resolve_seed(generator, never) for _ in range(3)]
    assert len(set(drawn)) == 3
    assert all(0 <= s < 2**63 for s in drawn)
    again = make(5)
    assert [resolve_seed(again, never) for _ in range(3)] == drawn


@pytest.mark.parametrize("seed", [True, 1.5, b"x", object(), [1], netinit.All])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(TypeError, match="seed must be an integer, a text"):
        resolve_seed(seed, never)


def test_jax_keys_stand_for_their_data():
    jax = pytest.importorskip("jax")
    typed, raw = jax.random.key(7), jax.random.PRNGKey(7)
    assert resolve_seed(typed, never) == resolve_seed(raw, never) == "jax key 00000000 00000007"
    assert resolve_seed(jax.random.key(8), never) != resolve_seed(typed, never)
    assert resolve_seed(jax.numpy.int32(5), never) == 5
    with pytest.raises(TypeError, match="seed must be"):
        resolve_seed(jax.random.split(typed), never)
