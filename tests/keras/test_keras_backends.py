"""All tests of this folder on every backend that is installed, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

keras = pytest.importorskip("keras")

from tests.keras.backends import BACKENDS  # noqa: E402

#: Set in the processes that this test starts: they start no more.
NESTED = "NETINIT_TESTS_OF_ONE_KERAS_BACKEND"


@pytest.mark.skipif(NESTED in os.environ, reason="one backend is asked for")
@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != keras.backend.backend()])
def test_the_other_backends_pass(backend):
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/keras"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "KERAS_BACKEND": backend, NESTED: "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
