"""What each library does to a one-dimensional array, work by work.

The works are those of `WORKS`; a uint16 array stands for bfloat16. A library that is not
installed, or has no such work, is absent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np

import netinit
from benchmarks import vsl
from benchmarks.memory import bf16_tensor, tensor

__all__ = ["WORKS", "Filling", "fillers"]

Filling = Callable[[np.ndarray], object]

#: The works, as netinit's distributions.
WORKS: dict[str, netinit.initializers.Distribution] = {
    "constant": netinit.Constant(0.5),
    "uniform": netinit.Uniform(0.0, 1.0),
    "normal": netinit.Normal(0.0, 1.0),
    "truncated to [-2, 2]": netinit.TruncatedNormal(0.0, 1.0, -2.0, 2.0),
    "truncated to [-1, 3]": netinit.TruncatedNormal(0.0, 1.0, -1.0, 3.0),
}
_BOUNDS = {"truncated to [-2, 2]": (-2.0, 2.0), "truncated to [-1, 3]": (-1.0, 3.0)}


def fillers(dtype: str, threads: int) -> dict[tuple[str, str], Filling]:
    """Return every (work, library) that there is for "float32", "bfloat16" or "float64"."""
    found: dict[tuple[str, str], Filling] = {}
    for work in WORKS:
        found[work, "netinit"] = partial(fill_netinit, work=work, threads=threads)
    if find_spec("torch"):
        found |= {(work, "torch"): filling for work, filling in _torch().items()}
    if dtype != "bfloat16":
        for generator in ("PCG64", "Philox"):
            named = _numpy(generator, np.dtype(dtype)).items()
            found |= {(work, f"numpy {generator}"): filling for work, filling in named}
        library = vsl.load()
        for work in ("uniform", "normal") if library else ():
            fastest = vsl.best(library, work, threads, dtype)
            found[work, f"MKL VSL ({fastest.name})"] = fastest
            philox = vsl.Filler(library, work, "Philox4x32-10", "Box-Muller 2", threads)
            found[work, f"MKL VSL ({philox.name})"] = philox
    if find_spec("jax") and dtype != "float64":  # which it draws after a switch for all of it
        found |= {(work, "jax"): partial(_fill_jax, work=work) for work in [*WORKS][1:]}
    return found


def fill_netinit(out: np.ndarray, work: str, threads: int | None = None) -> None:
    """Fill `out` by netinit."""
    out = bf16_tensor(out) if out.dtype == np.uint16 else out
    netinit.fill(out, WORKS[work], threads=threads)


def _torch() -> dict[str, Filling]:
    from torch.nn.init import trunc_normal_

    works: dict[str, Filling] = {
        "constant": lambda out: tensor(out).fill_(0.5),
        "uniform": lambda out: tensor(out).uniform_(),
        "normal": lambda out: tensor(out).normal_(),
    }
    for work, (low, high) in _BOUNDS.items():
        works[work] = lambda out, low=low, high=high: trunc_normal_(tensor(out), a=low, b=high)
    return works


def _numpy(generator: str, dtype: np.dtype) -> dict[str, Filling]:
    rng = np.random.Generator(getattr(np.random, generator)(1234))
    works: dict[str, Filling] = {
        "uniform": lambda out: rng.random(dtype=dtype, out=out),
        "normal": lambda out: rng.standard_normal(dtype=dtype, out=out),
    }
    if generator == "PCG64":
        works["constant"] = lambda out: out.fill(0.5)
    return works


@cache
def _jitted(work: str, size: int, dtype: str) -> Callable[[Any], Any]:
    import jax

    if work in _BOUNDS:
        draw = partial(jax.random.truncated_normal, lower=_BOUNDS[work][0], upper=_BOUNDS[work][1])
    else:
        draw = {"uniform": jax.random.uniform, "normal": jax.random.normal}[work]
    return jax.jit(lambda key: draw(key, shape=(size,), dtype=dtype))


def _fill_jax(out: np.ndarray, work: str) -> Any:
    """Draw as many elements as `out` has; JAX writes them to memory of its own."""
    import jax

    dtype = "bfloat16" if out.dtype == np.uint16 else "float32"
    return _jitted(work, out.size, dtype)(jax.random.key(1234)).block_until_ready()
