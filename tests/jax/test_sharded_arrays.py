"""`netinit.jax.initialize`: a tree over several devices has the bits of numpy's whole arrays."""

from __future__ import annotations

import pytest

from tests.jax.devices import run_cases

pytest.importorskip("jax")


def test_over_eight_devices():
    run_cases("sharded_array_cases.py", 8)
