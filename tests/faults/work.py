"""What is made while something fails, and the hashes that it must have: of all paths a little.

    python -m tests.faults.work         print the hashes
    python -m tests.faults.work all     one hash of all, and of a written file

The hashes in `GOLDEN` are of this stream version: where they change, values do.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import netinit
import netinit._core as core
from netinit import checkpoint, linalg
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan, build_plan
from netinit.shapes.layout import DENSE

__all__ = ["FILE", "GOLDEN", "WORK", "digest", "plan_of", "write_file"]

NORMAL = ("normal", 0.0, 1.0, 0.0, 0.0)


def _fill() -> np.ndarray:
    out = np.empty((700, 300), "f4")
    return netinit.fill(out, netinit.TruncatedNormal(0, 1, -2, 2), seed=1, name="w", threads=4)


def _strided() -> np.ndarray:
    out = np.zeros((300, 700))
    netinit.fill(out.T[::2], netinit.Normal(0, 2e-40), seed="text", name="é", threads=2)
    return out


def _orthogonal() -> np.ndarray:
    return netinit.create((300, 200), "orthogonal", seed=1, name="w", threads=4)


def _sparse() -> np.ndarray:
    return netinit.create((300, 200), netinit.initializers.Sparse(0.3), seed=1, name="w", threads=4)


def _batch() -> np.ndarray:
    return netinit.create((6, 40, 30), "orthogonal", seed=2, name="w", threads=4)


def _many() -> np.ndarray:
    outs = np.zeros((40, 3000), "f4")
    core.fill_many([(row, "float32", 5, 6, n, NORMAL) for n, row in enumerate(outs)], threads=4)
    return outs


def _qr() -> np.ndarray:
    a = netinit.create((120, 70), netinit.Normal(), dtype="float64")
    return np.concatenate(linalg.qr(a))


def _tree() -> np.ndarray:
    arrays = {f"l{n}.weight": np.zeros((64, 32), "f4") for n in range(5)}
    netinit.initialize(arrays, netinit.All, method="Kaiming", seed=3)
    return np.stack(list(arrays.values()))


#: By name what makes an array.
WORK: dict[str, Callable[[], np.ndarray]] = {
    "fill": _fill,
    "strided": _strided,
    "orthogonal": _orthogonal,
    "batch": _batch,
    "sparse": _sparse,
    "many": _many,
    "qr": _qr,
    "tree": _tree,
}

GOLDEN: dict[str, str] = {
    "fill": "7be92fdee78664c2",
    "strided": "77cbc9f06e050bb3",
    "orthogonal": "bffe04064b7a8d52",
    "batch": "25f3e2e13cf346be",
    "sparse": "0b3edf258914f4de",
    "many": "433a63e46d940e70",
    "qr": "d62c52ca3e82cf6e",
    "tree": "1935961713aabf98",
}

#: Of the file of `write_file`.
FILE = "6999a3c732181751"


def digest(made: np.ndarray | bytes) -> str:
    """Return the first 16 digits of the SHA-256 of an array's bytes."""
    data = made if isinstance(made, bytes) else np.ascontiguousarray(made).tobytes()
    return hashlib.sha256(data).hexdigest()[:16]


def plan_of(seed: int = 1) -> Plan:
    """Return a plan of some matrices, of which one is made whole."""
    layers = [Parameter(f"l{n}", (64, 512), layout=DENSE) for n in range(5)]
    methods = {"l0": netinit.initializers.Orthogonal(), "*": netinit.Normal(0, 0.02)}
    return build_plan(layers, netinit.All, methods, seed)


def write_file(path: Path, seed: int = 1, threads: int = 2) -> str:
    """Write that plan to a file; return its hash."""
    checkpoint.write(path, plan_of(seed), threads=threads)
    return digest(path.read_bytes())


def main(arguments: list[str]) -> None:
    """Print the hashes."""
    hashes = {name: digest(make()) for name, make in WORK.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.safetensors"
        file = write_file(path)
        assert checkpoint.check(path) == []
    if arguments:
        print("as ever" if hashes == GOLDEN and file == FILE else (hashes, file))
    else:
        print(hashes, file)


if __name__ == "__main__":
    main(sys.argv[1:])
