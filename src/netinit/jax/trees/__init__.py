"""Trees of JAX arrays as nets: those of Flax, Equinox and Haiku, and any other pytree."""
