"""`netinit.inspect` on Keras models, on every backend that has gradients."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BACKENDS = [name for name in ("torch", "jax", "tensorflow") if find_spec(name)]


@pytest.mark.skipif(not find_spec("keras"), reason="Keras is not installed")
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend(backend):
    tests = Path(__file__).with_name("keras_on_a_backend.py")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(tests)],
        cwd=tests.parents[2],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "3 passed" in result.stdout
