"""Servers of models, whose loaders netinit stands in for: weights for benchmarks, in place."""
