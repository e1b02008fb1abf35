"""Integers that describe arrays: slices, layouts, fans. No array is touched."""
