"""Keras on JAX with four devices: every part of a kernel is drawn alone and is of the whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

keras = pytest.importorskip("keras")

import netinit.keras  # noqa: E402

SCRIPT = """
import keras, netinit, numpy as np
from keras import distribution
from netinit.keras import draw, initializers

drawn = []
host_array = draw._host_array
draw._host_array = lambda initializer, part, *rest: (
    drawn.append(part), host_array(initializer, part, *rest)
)[1]
mesh = distribution.DeviceMesh((2, 2), axis_names=("batch", "model"))
layouts = distribution.LayoutMap(mesh)
layouts[".*kernel"] = distribution.TensorLayout([None, "model"])
parallel = distribution.ModelParallel(layout_map=layouts)

for name in ("HeNormal", "RandomUniform", "TruncatedNormal", "Orthogonal"):
    for dtype in ("float32", "bfloat16"):
        for seed in (7, keras.random.SeedGenerator(7)):
            whole = getattr(initializers, name)(seed=7)((6, 8), dtype)
            drawn.clear()
            with parallel.scope():
                initializer = getattr(initializers, name)(seed=seed)
                kernel = keras.Variable(initializer, (6, 8), dtype, name="kernel")
                expected = keras.Variable("ones", (6, 8), dtype, name="kernel")
            assert kernel.value.sharding == expected.value.sharding
            assert set(drawn) == {(6, 4)}, drawn
            assert (np.asarray(kernel.value) == np.asarray(whole)).all()

layout = distribution.TensorLayout(["model", None], mesh)
parts = initializers.HeNormal(seed=7)((6, 8), layout=layout)
assert (np.asarray(parts) == np.asarray(initializers.HeNormal(seed=7)((6, 8)))).all()
assert parts.sharding == layout.backend_layout

with parallel.scope():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8)])
before = model.layers[0].kernel.value
netinit.initialize(model, netinit.All, method="Lecun")
after = model.layers[0].kernel.value
assert after.sharding == before.sharding and not after.sharding.is_fully_replicated
expected = netinit.create((6, 8), netinit.Normal(0, 6**-0.5), name="dense.kernel")
assert (np.asarray(after) == expected).all()

left_to_keras = initializers.RandomNormal(stddev=-1.0, seed=7)((6, 8), layout=layout)
assert left_to_keras.sharding == layout.backend_layout
"""


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX distributes")
def test_parts_are_drawn_alone():
    flags = "--xla_force_host_platform_device_count=4"
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).parent,
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX distributes")
def test_other_backends_have_no_layouts():
    with pytest.raises(ValueError, match="layout must be None for Keras on"):
        netinit.keras.initializers.HeNormal(seed=1)((2, 3), layout=object())
