"""The catalogue has a row for every name of JAX's and of netinit's own module."""

from __future__ import annotations

import pytest

pytest.importorskip("jax")

import jax.nn.initializers as theirs

import netinit.jax.initializers as ours
from netinit.catalogue.equivalents import PEERS

NAMES = PEERS["jax.nn.initializers"]


def test_every_public_name_of_jax_has_a_row():
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public == set(NAMES)


def test_every_name_is_in_netinits_module():
    assert set(NAMES) <= set(ours.__all__)
    assert all(hasattr(ours, name) for name in NAMES)
