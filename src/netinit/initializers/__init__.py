"""Initializers: what an array is filled with."""
