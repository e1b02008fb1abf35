"""The catalogue has a row for every name of Thinc's and of netinit's own module."""

from __future__ import annotations

import pytest

pytest.importorskip("thinc")

import thinc.initializers as theirs

import netinit.thinc.initializers as ours
from netinit.catalogue.equivalents import PEERS

NAMES = PEERS["thinc.initializers"]


def test_every_public_name_of_thinc_has_a_row():
    public = {
        name
        for name, value in vars(theirs).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == theirs.__name__
    } | {"xavier_uniform_init"}  # of the documentation alone
    assert public == set(NAMES)


def test_every_name_is_in_netinits_module():
    assert set(NAMES) <= set(ours.__all__)
    assert all(hasattr(ours, name) for name in NAMES)
