"""Saved by Orbax, restored into another sharding; run by test_sharded_orbax.py."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import netinit
import netinit.jax

MESH = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
SHAPES = {
    "dense": {"kernel": jax.ShapeDtypeStruct((32, 24), jnp.float32)},
    "table": {"embedding": jax.ShapeDtypeStruct((64, 16), jnp.bfloat16)},
}


@pytest.mark.parametrize("other", [P(), P("y"), P(None, "x"), P(("y", "x"))], ids=str)
def test_restored_into_another_sharding(tmp_path, other):
    made = netinit.jax.initialize(SHAPES, sharding=NamedSharding(MESH, P("x", "y")))
    there = NamedSharding(MESH, other)
    asked = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=there), SHAPES
    )
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(tmp_path / "saved", made)
        checkpointer.wait_until_finished()
        restored = checkpointer.restore(tmp_path / "saved", asked)
    drawn = netinit.initialize(asked)
    for one, two in zip(jax.tree.leaves(restored), jax.tree.leaves(drawn), strict=True):
        assert one.sharding == two.sharding == there
        assert np.asarray(one).tobytes() == np.asarray(two).tobytes()
