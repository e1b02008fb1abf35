"""JAX: netinit's values where a ``jax.nn.initializers`` function is expected.

`netinit.jax.initializers` has every public name of ``jax.nn.initializers``, with its arguments:
what is called with (key, shape, dtype, out_sharding) by Flax, by Equinox, by Haiku code that
passes ``hk.next_rng_key()``, or by hand, eagerly or under any of JAX's transformations.
`netinit.jax.initialize` is `netinit.initialize` for trees over several devices.
"""

from __future__ import annotations

from netinit.jax.initialize import initialize

__all__ = ["initialize", "initializers"]
