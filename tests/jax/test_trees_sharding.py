"""Trees over several devices: a shard is the slice of the whole, made by its device alone."""

from __future__ import annotations

import pytest

from tests.jax.devices import run_cases

pytest.importorskip("jax")
pytest.importorskip("flax")


def test_trees_over_eight_devices():
    run_cases("sharded_tree_cases.py", 8)
