"""Sharded arrays that Orbax saves and restores are those that are drawn anew."""

from __future__ import annotations

import pytest

from tests.jax.devices import run_cases

pytest.importorskip("jax")
pytest.importorskip("orbax.checkpoint")


def test_over_eight_devices():
    run_cases("sharded_orbax_cases.py", 8)
