"""The seeds that JAX keys stand for."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from netinit.streams.seeds import jax_key_text

__all__ = ["seed_source"]


def seed_source(seed: Any) -> str | None:
    """Return the seed of one random key, typed or raw; None for what is none."""
    if not isinstance(seed, jax.Array):
        return None
    typed = jnp.issubdtype(seed.dtype, jax.dtypes.prng_key)
    if seed.ndim != (0 if typed else 1) or not (typed or seed.dtype == np.uint32):
        return None
    words = np.asarray(jax.random.key_data(seed) if typed else seed)
    return jax_key_text(words.ravel().tolist())
