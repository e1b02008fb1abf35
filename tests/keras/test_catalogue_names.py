"""The catalogue has a row for every name of Keras's and of netinit's own module."""

from __future__ import annotations

import pytest

pytest.importorskip("keras")

import keras.initializers as theirs

import netinit.keras.initializers as ours
from netinit.catalogue.equivalents import PEERS

NAMES = PEERS["keras.initializers"]


def test_every_public_name_of_keras_has_a_row():
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public == set(NAMES)


def test_every_name_is_in_netinits_module():
    assert set(NAMES) <= set(ours.__all__)
    assert all(hasattr(ours, name) for name in NAMES)
