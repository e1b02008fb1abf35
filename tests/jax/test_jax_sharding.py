"""Arrays over several devices: a shard is the slice of the whole, made by its device alone."""

from __future__ import annotations

import pytest

from tests.jax.devices import run_cases

pytest.importorskip("jax")


def test_arrays_over_four_devices():
    run_cases("sharded_cases.py", 4)
