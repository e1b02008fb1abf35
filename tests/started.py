"""What a spawned child imports in test_fork.py."""

import numpy as np

import netinit._core as core


def values(threads: int) -> bytes:
    out = np.empty(1 << 19, "f4")
    core.fill(out, "float32", 5, 6, 7, ("normal", 0.0, 1.0, 0.0, 0.0), threads=threads)
    return out.tobytes()
