"""Nets of Flax over several devices: by what they say of partitions, and in programs."""

from __future__ import annotations

import pytest

from tests.jax.devices import run_cases

pytest.importorskip("jax")
pytest.importorskip("flax")


def test_over_eight_devices():
    run_cases("sharded_flax_cases.py", 8)
